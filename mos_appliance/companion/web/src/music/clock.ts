/**
 * Where the engine is now, from the pairs (frame, at_ns) that it sends ten times a second.
 *
 * A message is never early, so the smallest of the last differences between arrival and `at_ns` is the offset of the
 * two clocks plus the shortest way; half of the shortest round trip is taken off. Late messages move nothing.
 */
import { SAMPLE_RATE } from "../wire/generated";

const NS_PER_MS = 1e6;
/** Pairs looked at: six seconds, in which clocks drift apart by far less than a frame of the screen. */
const PAIRS = 60;
const ROUND_TRIPS = 8;
const FRAMES_PER_MS = SAMPLE_RATE / 1000;

export class EngineClock {
  private offsets: number[] = [];
  private roundTrips: number[] = [];
  private frame = 0;
  private atMs = 0;

  /** An engine or hub that was started anew counts from elsewhere. */
  reset(): void {
    this.offsets = [];
    this.roundTrips = [];
  }

  addPair(frame: number, atNs: number, receivedMs: number): void {
    if (frame < this.frame) this.offsets = [];
    this.frame = frame;
    this.atMs = atNs / NS_PER_MS;
    this.offsets = [...this.offsets, receivedMs - this.atMs].slice(-PAIRS);
  }

  addRoundTrip(ms: number): void {
    this.roundTrips = [...this.roundTrips, ms].slice(-ROUND_TRIPS);
  }

  /** Shortest of the last round trips in ms; null before the first. */
  get roundTripMs(): number | null {
    return this.roundTrips.length ? Math.min(...this.roundTrips) : null;
  }

  /** The frame that leaves the engine at the page's time `nowMs`; null while no pair is known. */
  frameAt(nowMs: number): number | null {
    if (!this.offsets.length) return null;
    const offset = Math.min(...this.offsets) - (this.roundTripMs ?? 0) / 2;
    return this.frame + (nowMs - offset - this.atMs) * FRAMES_PER_MS;
  }
}
