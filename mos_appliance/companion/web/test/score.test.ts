import { expect, test } from "vitest";
import type { NoteMark, PageMap, ScoreNote } from "../src/ui/practice/api";
import { handsNamed } from "../src/ui/practice/choices";
import { gravest, Score } from "../src/ui/practice/score";

const note = (id: string, onset: string, bar: number, pitch: number, hand: number): ScoreNote => ({
  id,
  onset_quarters: onset,
  bar,
  pitch,
  hand,
});
const NOTES = [
  note("a", "0/1", 1, 64, 0),
  note("b", "0/1", 1, 48, 1),
  note("c", "1/1", 1, 65, 0),
  note("d", "4/1", 2, 67, 0),
];
const MAP: PageMap = {
  pages: [
    { width: 820, height: 1080, units_wide: 10_000, units_high: 20_000 },
    { width: 820, height: 1080, units_wide: 10_000, units_high: 20_000 },
  ],
  bars: [
    { bar: 1, page: 1, x: 1000, y: 2000, width: 4000, height: 3000 },
    { bar: 2, page: 2, x: 1000, y: 2000, width: 4000, height: 3000 },
  ],
  notes: [
    { id: "a", page: 1, x: 2000, y: 2500, bar: 1, onset_quarters: "0/1" },
    { id: "b", page: 1, x: 2000, y: 4500, bar: 1, onset_quarters: "0/1" },
    { id: "c", page: 1, x: 3000, y: 2500, bar: 1, onset_quarters: "1/1" },
    { id: "d", page: 2, x: 2000, y: 2500, bar: 2, onset_quarters: "4/1" },
  ],
};
const mark = (verdict: NoteMark["verdict"], id: string): NoteMark => ({
  mark: 1,
  verdict,
  note: id,
  bar: 1,
  pitch: 64,
  played: 0,
  times: 1,
});

test("what is struck together is found by hand, from low to high", () => {
  const score = new Score(MAP, NOTES);
  expect(score.together("a", []).map((one) => one.id)).toEqual(["b", "a"]);
  expect(score.together("a", [0]).map((one) => one.id)).toEqual(["a"]);
  expect(score.together("nobody", [])).toEqual([]);
});

test("the line stands at the note, through all staves of its bar", () => {
  const spot = new Score(MAP, NOTES).cursor("d");
  expect(spot?.page).toBe(2);
  expect(spot && spot.left + spot.width / 2).toBeCloseTo(20);
  expect(spot?.top).toBeLessThan(10);
  expect(spot && spot.top + spot.height).toBeGreaterThan(25);
});

test("a stretch is its bars and no others", () => {
  const score = new Score(MAP, NOTES);
  expect(score.bars(2, 0).map((bar) => bar.page)).toEqual([2]);
  expect(score.lastBar).toBe(2);
});

test("of a note's marks the gravest is shown, and right notes have none", () => {
  const shown = gravest([mark("late", "a"), mark("wrong", "a"), mark("right", "c"), mark("extra", "")]);
  expect(shown.map((one) => [one.note, one.verdict])).toEqual([["a", "wrong"]]);
});

test("a lesson's word for a hand is the hand's place in the score", () => {
  expect(handsNamed("left", ["right", "left"])).toEqual([1]);
  expect(handsNamed("both", ["right", "left"])).toEqual([]);
  expect(handsNamed("left", [])).toEqual([]);
});
