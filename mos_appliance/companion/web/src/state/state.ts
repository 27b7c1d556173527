/** What the page knows. Changed only by the reducers in `reduce.ts`. */
import {
  CONTROLS,
  COUNTS,
  type ControlName,
  type Device,
  type EngineState,
  type Fault,
  type Hello,
  type Judged,
  type Keyboard,
  type Mark,
  type Notice,
  type Place,
  type Practice,
  type SongLoaded,
  type Statistics,
  type TakeChanged,
  type Transport,
  type TutorState,
} from "../wire/generated";

export type Connection = "connecting" | "open" | "lost";

export interface SoundingNote {
  pitch: number;
  source: string;
  channel: number;
}

/** A notice on the screen; `undoTake` offers to bring that take back. */
export interface ShownNotice {
  id: number;
  level: Notice["level"];
  text: string;
  undoTake?: string;
}

export type Controls = Record<ControlName, readonly number[]>;

type Lesson = TutorState | Practice | Place | Mark | Judged;
export type Heard = { readonly [K in Lesson["kind"]]?: Extract<Lesson, { kind: K }> };

export interface State {
  connection: Connection;
  hello: Hello | null;
  controls: Controls;
  transport: Transport;
  song: SongLoaded;
  statistics: Statistics | null;
  device: Device | null;
  keyboard: Keyboard | null;
  engine: EngineState | null;
  takes: Readonly<Record<string, TakeChanged>>;
  sounding: readonly SoundingNote[];
  /** Value of the sustain pedal as the engine has it, 0–127. */
  sustain: number;
  /** Why the disk takes nothing more; empty while it does. */
  diskFull: string;
  /** What is wrong with the box, the worst first. */
  faults: readonly Fault[];
  /** The last of each kind that the tutor has said; the practice room makes something of it. */
  heard: Heard;
  notices: readonly ShownNotice[];
  nextNotice: number;
}

/** What the page itself tells the store. */
export type LocalEvent =
  | { kind: "connection"; connection: Connection }
  | { kind: "say"; level: Notice["level"]; text: string; undoTake?: string }
  | { kind: "dismiss"; id: number };

export function defaultControls(): Controls {
  const rows = Object.entries(CONTROLS).map(([name, row]) => {
    const values: number[] = Array(COUNTS[row.scope]).fill(row.default);
    // Layer 0 is the one that sounds before anything is chosen.
    if (name === "layer_on") values[0] = 1;
    return [name, values];
  });
  return Object.fromEntries(rows) as Controls;
}

export const EMPTY_SONG: SongLoaded = {
  kind: "song",
  title: "",
  end_tick: 0,
  parts: [],
  bars: [],
  metres: [],
};

export function initialState(): State {
  return {
    connection: "connecting",
    hello: null,
    controls: defaultControls(),
    transport: {
      kind: "transport",
      state: "stopped",
      tick: 0,
      bar: 1,
      beat: 1,
      quarter_bpm: CONTROLS.tempo.default,
      tempo_scale: CONTROLS.tempo_scale.default,
      loop: null,
      frame: 0,
    },
    song: EMPTY_SONG,
    statistics: null,
    device: null,
    keyboard: null,
    engine: null,
    takes: {},
    sounding: [],
    sustain: 0,
    diskFull: "",
    faults: [],
    heard: {},
    notices: [],
    nextNotice: 1,
  };
}
