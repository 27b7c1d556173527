import { describe, expect, test } from "vitest";
import { reduceMessage } from "../src/state/reduce";
import { arrange, arrangement, loudestDb, takesNewestFirst } from "../src/state/select";
import { initialState } from "../src/state/state";
import { search } from "../src/ui/search";
import { CONTROLS, type TakeChanged } from "../src/wire/generated";

describe("the arrangement of sounds", () => {
  for (const wanted of ["single", "layered", "split"] as const) {
    test(`is ${wanted} after it was arranged so, from any other`, () => {
      for (const before of ["single", "layered", "split"] as const) {
        const changes = [...arrange(before, 55), ...arrange(wanted, 60)];
        const state = changes.reduce(
          (so, change) => reduceMessage(so, { kind: "control", ...change }),
          initialState(),
        );
        expect(arrangement(state.controls)).toBe(wanted);
      }
    });
  }

  test("stays within the ranges of the controls", () => {
    for (const { control, value } of arrange("split", 60)) {
      expect(value).toBeGreaterThanOrEqual(CONTROLS[control].minimum);
      expect(value).toBeLessThanOrEqual(CONTROLS[control].maximum);
    }
  });

  test("is the user's own when the API has made another", () => {
    const state = reduceMessage(initialState(), { kind: "control", control: "layer_on", value: 1, which: 3 });
    expect(arrangement(state.controls)).toBe("other");
  });
});

test("takes stand newest first, the growing one on top", () => {
  const take = (name: string, state: TakeChanged["state"]): TakeChanged => ({
    kind: "take",
    take: name,
    state,
    title: "",
    started: null,
    seconds: 0,
    notes: 0,
  });
  const takes = { 9: take("9", "kept"), 2: take("2", "recording"), 10: take("10", "kept") };
  expect(takesNewestFirst(takes).map((one) => one.take)).toEqual(["2", "10", "9"]);
});

describe("the search for instruments", () => {
  const list = [
    { program: 0, bank: 0, name: "Acoustic Grand Piano", family: "Piano" },
    { program: 24, bank: 0, name: "Nylon Guitar", family: "Guitar" },
    { program: 68, bank: 0, name: "Oboé", family: "Reed" },
  ];
  test("finds words in any order, without their accents, in name or family", () => {
    expect(search(list, "piano acoust", "").map((one) => one.program)).toEqual([0]);
    expect(search(list, "OBOE", "").map((one) => one.program)).toEqual([68]);
    expect(search(list, "reed", "").map((one) => one.program)).toEqual([68]);
    expect(search(list, "piano", "Guitar")).toEqual([]);
    expect(search(list, " ", "")).toHaveLength(3);
  });
});

test("how loud it can get is told below full scale", () => {
  const { controls } = initialState();
  expect(loudestDb(controls)).toBe(-18);
  expect(loudestDb({ ...controls, volume: [100] })).toBe(-12);
  expect(loudestDb({ ...controls, volume: [0] })).toBe(-99);
});
