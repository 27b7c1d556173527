import { expect, test } from "vitest";
import { EngineClock } from "../src/music/clock";

/** An engine that started 5 s before the page, seen over a way of `wayMs` each. */
function heard(clock: EngineClock, count: number, wayMs: (index: number) => number): void {
  for (let index = 0; index < count; index++) {
    const atMs = index * 100;
    clock.addPair(Math.round((atMs + 5000) * 48), (atMs + 5000) * 1e6, atMs + wayMs(index));
  }
}

test("nothing is known before the first pair", () => {
  expect(new EngineClock().frameAt(0)).toBeNull();
});

test("late messages do not move the clock", () => {
  const clock = new EngineClock();
  clock.addRoundTrip(4);
  heard(clock, 60, (index) => (index % 7 === 0 ? 2 : 2 + 15 * Math.random()));
  const frame = clock.frameAt(10_000) ?? 0;
  expect(Math.abs(frame - 15_000 * 48)).toBeLessThan(48);
});

test("half of the shortest round trip is taken off", () => {
  const clock = new EngineClock();
  for (const ms of [30, 20, 45]) clock.addRoundTrip(ms);
  heard(clock, 10, () => 10);
  expect(clock.roundTripMs).toBe(20);
  expect(clock.frameAt(900)).toBeCloseTo(5900 * 48, 0);
});

test("an engine that began anew is followed at once", () => {
  const clock = new EngineClock();
  heard(clock, 60, () => 1);
  clock.addPair(480, 900_000 * 1e6, 7000);
  expect(clock.frameAt(7010)).toBeCloseTo(480 + 480, 0);
});
