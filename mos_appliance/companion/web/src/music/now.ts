/** Where the music is at this moment, as it is heard: from the store, the clock and what was counted. */
import { controlValue } from "../state/select";
import type { State } from "../state/state";
import { SAMPLE_RATE, type Statistics, type Transport } from "../wire/generated";
import { BeatCounter } from "./beats";
import type { EngineClock } from "./clock";
import { type Metre, metreAt, type Place, placeAt, tickAfter } from "./position";

export interface Now {
  moving: boolean;
  countingIn: boolean;
  /** Position in the song. */
  tick: number;
  metre: Metre;
  place: Place;
}

type Told = Pick<Statistics, "frame" | "bar" | "beat">;

export class Present {
  private readonly counter = new BeatCounter();

  constructor(private readonly clock: EngineClock) {}

  /** Takes the beat that a message tells into account; to be called for every one, before the next `at`. */
  observe(state: State, told: Told): void {
    const metre = metreNow(state);
    if (!isCounted(state)) this.counter.forget();
    else this.counter.observe(told.frame, beatIndex(told, metre), framesPerBeat(state.transport, metre));
  }

  at(state: State, nowMs: number): Now {
    const { transport } = state;
    const metre = metreNow(state);
    const countingIn = transport.state === "counting_in";
    const still: Now = {
      moving: false,
      countingIn,
      tick: transport.tick,
      metre,
      place: placeAt(state.song, transport.tick, metre),
    };
    const frame = this.heardFrame(state, nowMs);
    if (frame === null) return still;
    if (isCounted(state)) return this.counted(still, frame);
    return transport.state === "playing" ? playing(state, still, frame) : still;
  }

  /** The frame that is at the converter now. */
  private heardFrame({ statistics }: State, nowMs: number): number | null {
    const frame = this.clock.frameAt(nowMs);
    return frame === null || !statistics ? null : frame - (statistics.latency_ms * SAMPLE_RATE) / 1000;
  }

  private counted(still: Now, frame: number): Now {
    const beats = this.counter.at(frame);
    if (beats === null) return still;
    const whole = Math.max(0, Math.floor(beats));
    const { beats: inBar } = still.metre;
    const place = { bar: Math.floor(whole / inBar) + 1, beat: (whole % inBar) + 1, phase: beats - whole };
    return { ...still, moving: true, place };
  }
}

function playing(state: State, still: Now, frame: number): Now {
  const { transport, statistics, song } = state;
  const anchor = statistics && statistics.frame >= transport.frame ? statistics : transport;
  const tick = Math.max(
    0,
    tickAfter(anchor.tick, frame - anchor.frame, transport.quarter_bpm, transport.loop),
  );
  const metre = metreAt(song, tick, still.metre);
  return { ...still, moving: true, tick, metre, place: placeAt(song, tick, metre) };
}

/** Whether beats are told by number only. */
function isCounted(state: State): boolean {
  const { transport, controls } = state;
  return (
    transport.state === "counting_in" ||
    (transport.state === "stopped" && controlValue(controls, "metronome") > 0)
  );
}

function metreNow(state: State): Metre {
  const { controls, transport, song } = state;
  const unit = 2 ** Math.floor(Math.log2(controlValue(controls, "beat_unit")));
  const alone = { beats: controlValue(controls, "beats"), unit };
  return transport.state === "stopped" ? alone : metreAt(song, transport.tick, alone);
}

function beatIndex(told: Told, metre: Metre): number {
  return Math.max(0, told.bar - 1) * metre.beats + told.beat - 1;
}

function framesPerBeat(transport: Transport, metre: Metre): number {
  return ((SAMPLE_RATE * 60) / transport.quarter_bpm) * (4 / metre.unit);
}
