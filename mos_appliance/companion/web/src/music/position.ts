/** Bars, beats and ticks: where the music stands between two messages of the engine. */
import { SAMPLE_RATE, type SongLoaded, TICKS_PER_QUARTER } from "../wire/generated";

export interface Metre {
  beats: number;
  unit: number;
}

export interface Place {
  /** Counted from 1. */
  bar: number;
  beat: number;
  /** How much of the beat has passed, 0–1. */
  phase: number;
}

export function ticksPerBeat(metre: Metre): number {
  return (TICKS_PER_QUARTER * 4) / metre.unit;
}

/** The metre of a song at `tick`. */
export function metreAt(song: SongLoaded, tick: number, fallback: Metre): Metre {
  let metre = fallback;
  for (const [from, beats, unit] of song.metres) {
    if (from > tick) break;
    metre = { beats, unit };
  }
  return metre;
}

/** Index of the last entry of the sorted `ticks` that is not after `tick`; 0 when all are. */
export function lastNotAfter(ticks: readonly number[], tick: number): number {
  let low = 0;
  let high = ticks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ticks[middle] ?? 0) <= tick) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

/** Bar and beat at `tick`, in a song by its own bars, without one by `metre` from tick 0. */
export function placeAt(song: SongLoaded, tick: number, metre: Metre): Place {
  const there = metreAt(song, tick, metre);
  const beatTicks = ticksPerBeat(there);
  const barTicks = beatTicks * there.beats;
  const index = song.bars.length ? lastNotAfter(song.bars, tick) : Math.floor(tick / barTicks);
  const start = song.bars[index] ?? index * barTicks;
  const beats = Math.max(0, tick - start) / beatTicks;
  return { bar: index + 1, beat: Math.floor(beats) + 1, phase: beats % 1 };
}

/** The tick `frames` after `tick` at so many quarter notes a minute, going round `loop` if there is one. */
export function tickAfter(
  tick: number,
  frames: number,
  quarterBpm: number,
  loop: readonly [number, number] | null,
): number {
  const later = tick + (frames / SAMPLE_RATE) * (quarterBpm / 60) * TICKS_PER_QUARTER;
  if (!loop || tick >= loop[1] || later < loop[1] || loop[1] <= loop[0]) return later;
  return loop[0] + ((later - loop[0]) % (loop[1] - loop[0]));
}

const MOST_TAPS = 6;
/** Longer than this between two taps begins a new count: 20 beats a minute is the slowest. */
const TAP_PAUSE_MS = 3200;

/** The taps that count after one at `nowMs`. */
export function withTap(taps: readonly number[], nowMs: number): number[] {
  const last = taps[taps.length - 1];
  const kept = last !== undefined && nowMs - last < TAP_PAUSE_MS ? taps : [];
  return [...kept, nowMs].slice(-MOST_TAPS);
}

/** Taps a minute by the mean distance; null for fewer than two. */
export function tapsPerMinute(taps: readonly number[]): number | null {
  const first = taps[0];
  const last = taps[taps.length - 1];
  if (first === undefined || last === undefined || taps.length < 2) return null;
  return (60_000 * (taps.length - 1)) / (last - first);
}
