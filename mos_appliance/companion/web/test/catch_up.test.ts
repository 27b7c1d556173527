import { describe, expect, test } from "vitest";
import { CatchUp } from "../src/music/catch_up";

describe("a stream that is late", () => {
  test("is played faster until it is half a second late, and then as it is", () => {
    const catching = new CatchUp();
    expect([1.3, 0.9, 0.5, 0.44, 0.5].map((delay) => catching.rate(delay))).toEqual([1.25, 1.25, 1.25, 1, 1]);
  });

  test("may be later each time that it ran dry, so that it stutters no more", () => {
    const catching = new CatchUp();
    for (let stall = 0; stall < 10; stall++) catching.stalled();
    expect(catching.rate(1.9)).toBe(1);
  });
});
