/** Pure reducers: the state after a message from the hub, or after something that the page did itself. */
import { CONTROLS, type ControlName, type Note, type ToPage } from "../wire/generated";
import {
  type Controls,
  EMPTY_SONG,
  initialState,
  type LocalEvent,
  type ShownNotice,
  type SoundingNote,
  type State,
} from "./state";

/** More than these cannot be read; the oldest goes. */
const MOST_NOTICES = 3;

type Reducers = { [K in ToPage["kind"]]: (state: State, message: Extract<ToPage, { kind: K }>) => State };

const REDUCERS: Reducers = {
  pong: (state) => state,
  note: (state, note) => ({ ...state, sounding: withNote(state.sounding, note) }),
  pedal: (state, pedal) => (pedal.which === "sustain" ? { ...state, sustain: pedal.value } : state),
  control: (state, { control, which, value }) => ({
    ...state,
    controls: withControl(state.controls, control, which, value),
  }),
  transport: (state, transport) => ({ ...state, transport }),
  song: (state, song) => ({ ...state, song: song.title || song.parts.length ? song : EMPTY_SONG }),
  statistics: (state, statistics) => ({ ...state, statistics }),
  device: (state, device) => ({ ...state, device }),
  keyboard: (state, keyboard) => ({ ...state, keyboard }),
  engine: (state, engine) => {
    // An engine that went took its notes with it, also when another was there before anybody noticed.
    const went = !engine.running || (state.engine !== null && engine.restarts !== state.engine.restarts);
    return { ...state, engine, ...(went ? { sounding: [], sustain: 0, statistics: null } : {}) };
  },
  take: (state, take) => {
    const { [take.take]: _, ...others } = state.takes;
    return { ...state, takes: take.state === "removed" ? others : { ...others, [take.take]: take } };
  },
  // Everything is told anew after a hello, so that nothing stale survives a reconnection.
  hello: (state, hello) => ({
    ...initialState(),
    connection: state.connection,
    notices: state.notices,
    nextNotice: state.nextNotice,
    hello,
  }),
  disk: (state, disk) => ({ ...state, diskFull: disk.why }),
  faults: (state, { faults }) => ({ ...state, faults }),
  notice: (state, { level, text }) => say(state, { level, text }),
  tutor: hear,
  practice: hear,
  place: hear,
  mark: hear,
  judged: hear,
};

function hear(state: State, message: ToPage): State {
  return { ...state, heard: { ...state.heard, [message.kind]: message } };
}

/** The state after a message of the hub; one of an unknown kind (a newer hub's) changes nothing. */
export function reduceMessage(state: State, message: ToPage): State {
  const reducer = REDUCERS[message.kind] as ((state: State, message: ToPage) => State) | undefined;
  return reducer ? reducer(state, message) : state;
}

/** The state after something that the page did. */
export function reduceLocal(state: State, event: LocalEvent): State {
  switch (event.kind) {
    case "connection":
      return event.connection === "open"
        ? { ...state, connection: "open" }
        : { ...state, connection: event.connection, sounding: [], sustain: 0, statistics: null };
    case "say": {
      const { kind: _, ...notice } = event;
      return say(state, notice);
    }
    case "dismiss":
      return { ...state, notices: state.notices.filter((notice) => notice.id !== event.id) };
  }
}

function say(state: State, notice: Omit<ShownNotice, "id">): State {
  const others = state.notices.filter((shown) => shown.text !== notice.text || shown.undoTake);
  const notices = [...others, { ...notice, id: state.nextNotice }].slice(-MOST_NOTICES);
  return { ...state, notices, nextNotice: state.nextNotice + 1 };
}

function withNote(sounding: readonly SoundingNote[], note: Note): readonly SoundingNote[] {
  const { pitch, source, channel } = note;
  const others = sounding.filter(
    (other) => other.pitch !== pitch || other.source !== source || other.channel !== channel,
  );
  return note.on ? [...others, { pitch, source, channel }] : others;
}

function withControl(controls: Controls, name: string, which: number, value: number): Controls {
  if (!(name in CONTROLS)) return controls;
  const values = controls[name as ControlName];
  if (!(which in values) || values[which] === value) return controls;
  return { ...controls, [name]: values.map((old, index) => (index === which ? value : old)) };
}
