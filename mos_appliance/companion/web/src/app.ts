/** The page's actions: what components call to make the appliance do something. */
import { Player } from "./input/player";
import { t } from "./messages";
import { EngineClock } from "./music/clock";
import { Present } from "./music/now";
import { type Arrangement, arrange, controlValue } from "./state/select";
import { store } from "./state/store";
import { api } from "./wire/api";
import { Connection } from "./wire/connection";
import type { ControlName, FromPage, ToPage } from "./wire/generated";

const LIVE = `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/api/v1/live`;
const MOST_SONG_BYTES = 16 * 1024 * 1024;
/** A take is rendered into a song within this, or the wish to hear it is forgotten. */
const REPLAY_WAIT_MS = 20_000;

export const clock = new EngineClock();
export const present = new Present(clock);
let replayUntilMs = 0;

const connection = new Connection(LIVE, {
  opened: () => {
    clock.reset();
    store.tell({ kind: "connection", connection: "open" });
  },
  lost: () => {
    player.releaseAll();
    store.tell({ kind: "connection", connection: "lost" });
  },
  message: hear,
  roundTrip: (ms) => clock.addRoundTrip(ms),
});

export const player = new Player((midi) => send({ kind: "play", midi }));

function hear(message: ToPage): void {
  if (message.kind === "statistics") clock.addPair(message.frame, message.at_ns, performance.now());
  if (message.kind === "engine") clock.reset();
  if (message.kind === "hello" && message.owner && message.wants_time) {
    tryTo(api.tellTime(Date.now()));
  }
  store.receive(message);
  if (message.kind === "statistics" || message.kind === "transport") present.observe(store.state, message);
  if (message.kind === "song" && performance.now() < replayUntilMs) {
    replayUntilMs = 0;
    move("play", 0);
  }
}

export function start(): void {
  connection.start();
  addEventListener("online", () => connection.hurry());
  addEventListener("visibilitychange", () => {
    if (document.hidden) player.releaseAll();
    else connection.hurry();
  });
  for (const event of ["blur", "pagehide"]) addEventListener(event, () => player.releaseAll());
}

export function send(message: FromPage): boolean {
  return connection.send(message);
}

export function setControl(control: ControlName, value: number, which = 0): void {
  send({ kind: "set", control, value, which });
}

export function setArrangement(wanted: Exclude<Arrangement, "other">, split: number): void {
  for (const { control, value, which } of arrange(wanted, split)) setControl(control, value, which);
}

export function move(what: "play" | "stop" | "seek", tick?: number): void {
  send({ kind: "transport", do: what, ...(tick === undefined ? {} : { tick: Math.round(tick) }) });
}

export function setLoop(loop: readonly [number, number] | null): void {
  send({ kind: "loop", from_tick: loop?.[0] ?? 0, to_tick: loop?.[1] ?? 0 });
}

export function silence(): void {
  player.releaseAll();
  // A metronome that runs alone falls silent too: its switch must not stay on.
  if (controlValue(store.state.controls, "metronome") > 0) setControl("metronome", 0);
  send({ kind: "panic" });
}

export function sayError(text: string): void {
  store.tell({ kind: "say", level: "error", text });
}

/** Say it when that fails. */
export function tryTo(work: Promise<void>): void {
  work.catch((error: unknown) => sayError(why(error)));
}

/** What went wrong, for people. */
export function why(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export async function openSong(file: File): Promise<void> {
  const name = file.name;
  if (!/\.(midi?|kar)$/i.test(name)) return sayError(t("song.notMidi", { name }));
  if (file.size > MOST_SONG_BYTES) return sayError(t("song.tooLarge", { name }));
  try {
    await api.loadSong(file);
  } catch (error) {
    sayError(t("song.failed", { name, why: why(error) }));
  }
}

/** Puts a take into the transport and plays it as soon as it is there. */
export function replay(take: string): void {
  replayUntilMs = performance.now() + REPLAY_WAIT_MS;
  send({ kind: "load_take", take });
}

export async function deleteTake(take: string, title: string): Promise<void> {
  try {
    await api.deleteTake(take);
    store.tell({ kind: "say", level: "info", text: t("takes.deleted", { take: title }), undoTake: take });
  } catch (error) {
    sayError(t("takes.failed", { take: title, why: why(error) }));
  }
}
