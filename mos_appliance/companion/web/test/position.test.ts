import { describe, expect, test } from "vitest";
import { EngineClock } from "../src/music/clock";
import { Present } from "../src/music/now";
import { lastNotAfter, metreAt, placeAt, tapsPerMinute, tickAfter, withTap } from "../src/music/position";
import { reduceMessage } from "../src/state/reduce";
import { EMPTY_SONG, initialState } from "../src/state/state";
import type { SongLoaded, Statistics, Transport } from "../src/wire/generated";

/** Two bars of 3/4, then 6/8. */
const SONG: SongLoaded = {
  kind: "song",
  title: "x",
  end_tick: 14_400,
  parts: [],
  bars: [0, 2880, 5760, 8640, 11_520],
  metres: [
    [0, 3, 4],
    [5760, 6, 8],
  ],
};
const FOUR = { beats: 4, unit: 4 };

describe("the place in the music", () => {
  test("is told in the song's own bars and beats", () => {
    expect(placeAt(SONG, 0, FOUR)).toEqual({ bar: 1, beat: 1, phase: 0 });
    expect(placeAt(SONG, 2880 + 1440, FOUR)).toEqual({ bar: 2, beat: 2, phase: 0.5 });
    expect(placeAt(SONG, 5760 + 480 * 5, FOUR)).toEqual({ bar: 3, beat: 6, phase: 0 });
  });

  test("without a song goes by the metronome's metre", () => {
    expect(placeAt(EMPTY_SONG, 960 * 5, FOUR)).toEqual({ bar: 2, beat: 2, phase: 0 });
  });

  test("knows the metre that is in force", () => {
    expect(metreAt(SONG, 5759, FOUR)).toEqual({ beats: 3, unit: 4 });
    expect(metreAt(SONG, 5760, FOUR)).toEqual({ beats: 6, unit: 8 });
    expect(metreAt(EMPTY_SONG, 0, FOUR)).toEqual(FOUR);
  });

  test("is found by halving", () => {
    expect(lastNotAfter([], 5)).toBe(0);
    for (const [tick, index] of [
      [-1, 0],
      [0, 0],
      [2879, 0],
      [2880, 1],
      [99_999, 4],
    ] as const) {
      expect(lastNotAfter(SONG.bars, tick)).toBe(index);
    }
  });

  test("moves by a quarter in half a second at 120", () => {
    expect(tickAfter(960, 24_000, 120, null)).toBeCloseTo(1920);
  });

  test("goes round a loop, as often as need be", () => {
    expect(tickAfter(960, 24_000, 120, [0, 1440])).toBeCloseTo(480);
    expect(tickAfter(960, 24_000 * 7, 120, [0, 1440])).toBeCloseTo((960 * 8) % 1440);
    expect(tickAfter(2000, 24_000, 120, [0, 1440])).toBeCloseTo(2960);
  });
});

describe("taps", () => {
  test("tell a tempo by their mean distance", () => {
    const taps = [0, 510, 990, 1500].reduce<number[]>(withTap, []);
    expect(tapsPerMinute(taps)).toBeCloseTo(120);
  });

  test("begin anew after a pause, and one alone tells nothing", () => {
    expect(withTap([0, 500], 9000)).toEqual([9000]);
    expect(tapsPerMinute([9000])).toBeNull();
  });
});

describe("the present", () => {
  const statistics = (frame: number, tick: number, bar: number, beat: number): Statistics => ({
    kind: "statistics",
    frame,
    at_ns: (frame / 48_000) * 1e9,
    xruns: 0,
    voices: 0,
    voices_shed: 0,
    block_us: {},
    period_us: 1333,
    latency_ms: 2,
    peak_dbfs: -20,
    reduction_db: 0,
    tick,
    bar,
    beat,
  });
  const transport = (state: Transport["state"], frame: number, tick: number): Transport => ({
    kind: "transport",
    state,
    tick,
    bar: 1,
    beat: 1,
    quarter_bpm: 120,
    tempo_scale: 100,
    loop: null,
    frame,
  });

  test("runs with the engine's clock between messages, less its latency", () => {
    const clock = new EngineClock();
    const present = new Present(clock);
    const state = [SONG, transport("playing", 0, 0), statistics(4800, 192, 1, 1)].reduce(
      reduceMessage,
      initialState(),
    );
    clock.addPair(4800, 1e8, 1100);
    const now = present.at(state, 1100 + 402);
    expect(now.moving).toBe(true);
    expect(now.tick).toBeCloseTo(960, 0);
    expect(now.place.beat).toBe(now.tick < 960 ? 1 : 2);
  });

  test("stands where it was told while nothing moves", () => {
    const present = new Present(new EngineClock());
    const state = reduceMessage(reduceMessage(initialState(), SONG), transport("stopped", 0, 2880));
    expect(present.at(state, 5000)).toMatchObject({ moving: false, tick: 2880, place: { bar: 2, beat: 1 } });
  });

  test("counts the beats of a metronome that runs alone", () => {
    const clock = new EngineClock();
    const present = new Present(clock);
    let state = [
      { kind: "control", control: "metronome", value: 1, which: 0 } as const,
      transport("stopped", 0, 0),
    ].reduce(reduceMessage, initialState());
    for (let frame = 0; frame <= 240_000; frame += 4800) {
      const beats = Math.floor(frame / 24_000);
      const told = statistics(frame, 0, Math.floor(beats / 4) + 1, (beats % 4) + 1);
      state = reduceMessage(state, told);
      clock.addPair(frame, told.at_ns, frame / 48);
      present.observe(state, told);
    }
    const now = present.at(state, 5000 + 2 + 250);
    expect(now.moving).toBe(true);
    expect(now.place).toMatchObject({ bar: 3, beat: 3 });
    expect(now.place.phase).toBeCloseTo(0.5, 2);
  });
});
