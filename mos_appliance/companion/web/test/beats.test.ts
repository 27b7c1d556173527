import { describe, expect, test } from "vitest";
import { BeatCounter } from "../src/music/beats";

const PERIOD = 32_000;

function told(counter: BeatCounter, frames: number[], start = 1000): void {
  for (const frame of frames) counter.observe(frame, Math.floor((frame - start) / PERIOD), PERIOD);
}

describe("beats told by number", () => {
  test("are found to within the closest message after a beat", () => {
    const counter = new BeatCounter();
    const every = Array.from({ length: 100 }, (_, index) => 1000 + index * 4801);
    told(counter, every);
    expect(counter.at(1000 + 50 * PERIOD)).toBeCloseTo(50, 1);
  });

  test("are found exactly once a message comes with a beat", () => {
    const counter = new BeatCounter();
    told(counter, [30_000, 1000 + PERIOD, 1000 + PERIOD + 4000]);
    expect(counter.at(1000 + 2.5 * PERIOD)).toBeCloseTo(2.5, 6);
  });

  test("stand still when the next one does not come", () => {
    const counter = new BeatCounter();
    for (let frame = 0; frame < 3 * PERIOD; frame += 4800) counter.observe(frame, 2, PERIOD);
    expect(counter.at(3 * PERIOD)).toBeNull();
    counter.observe(4 * PERIOD, 3, PERIOD);
    expect(counter.at(4 * PERIOD)).not.toBeNull();
  });

  test("begin anew with another tempo", () => {
    const counter = new BeatCounter();
    told(counter, [1000, 1000 + PERIOD]);
    counter.observe(200_000, 4, PERIOD / 2);
    expect(counter.at(200_000)).toBeCloseTo(4, 6);
  });

  test("are unknown before any was told", () => {
    expect(new BeatCounter().at(0)).toBeNull();
  });
});
