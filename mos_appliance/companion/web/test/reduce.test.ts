import { describe, expect, test } from "vitest";
import { reduceLocal, reduceMessage } from "../src/state/reduce";
import { initialState, type State } from "../src/state/state";
import type { Note, TakeChanged, ToPage } from "../src/wire/generated";

const note = (on: boolean, pitch: number, source = "hub"): Note => ({
  kind: "note",
  on,
  pitch,
  velocity: on ? 90 : 0,
  frame: 0,
  at_ns: 0,
  source,
  channel: 0,
  part: null,
});

const take = (state: TakeChanged["state"], notes: number): TakeChanged => ({
  kind: "take",
  take: "a",
  state,
  title: "",
  started: null,
  seconds: 1,
  notes,
});

const told = (...messages: ToPage[]): State => messages.reduce(reduceMessage, initialState());

describe("messages of the hub", () => {
  test("a note sounds until it ends", () => {
    expect(told(note(true, 60), note(true, 64)).sounding.map((one) => one.pitch)).toEqual([60, 64]);
    expect(told(note(true, 60), note(true, 64), note(false, 60)).sounding).toHaveLength(1);
  });

  test("the same pitch of two players is two notes", () => {
    const state = told(note(true, 60), note(true, 60, "keyboard"), note(false, 60));
    expect(state.sounding).toEqual([{ pitch: 60, source: "keyboard", channel: 0 }]);
  });

  test("what is wrong with the box stands until the box says that it is well", () => {
    const fault = { fault: "no_keyboard", what: "There is no keyboard.", cure: "Plug it in.", detail: "" };
    expect(told({ kind: "faults", faults: [fault] }).faults).toEqual([fault]);
    expect(told({ kind: "faults", faults: [fault] }, { kind: "faults", faults: [] }).faults).toEqual([]);
  });

  test("a note struck again is one note", () => {
    expect(told(note(true, 60), note(true, 60)).sounding).toHaveLength(1);
  });

  test("a control changes its own value and nothing else", () => {
    const before = initialState();
    const state = reduceMessage(before, { kind: "control", control: "program", value: 40, which: 1 });
    expect(state.controls.program).toEqual([0, 40, 0, 0]);
    expect(state.controls.volume).toBe(before.controls.volume);
  });

  test("an unknown control, layer or kind of a newer hub changes nothing", () => {
    const before = initialState();
    expect(reduceMessage(before, { kind: "control", control: "sparkle", value: 1, which: 0 }).controls).toBe(
      before.controls,
    );
    expect(reduceMessage(before, { kind: "control", control: "volume", value: 1, which: 7 }).controls).toBe(
      before.controls,
    );
    expect(reduceMessage(before, { kind: "aurora" } as unknown as ToPage)).toBe(before);
  });

  test("a take grows, is kept and goes", () => {
    expect(told(take("recording", 1), take("recording", 5)).takes.a?.notes).toBe(5);
    expect(told(take("recording", 1), take("kept", 9)).takes.a?.state).toBe("kept");
    expect(told(take("kept", 1), take("removed", 1)).takes).toEqual({});
  });

  test("a hello begins with a clean slate but keeps what is being said", () => {
    const state = told(
      note(true, 60),
      take("kept", 1),
      { kind: "notice", level: "info", text: "hello" },
      { kind: "hello", version: "1", name: "Room 3", owner: true, wants_time: false },
    );
    expect(state.sounding).toEqual([]);
    expect(state.takes).toEqual({});
    expect(state.notices.map((one) => one.text)).toEqual(["hello"]);
    expect(state.hello?.owner).toBe(true);
  });

  test("an engine that went takes its notes with it", () => {
    const state = told(note(true, 60), { kind: "engine", running: false, restarts: 1 });
    expect(state.sounding).toEqual([]);
  });

  test("an engine that came back before anybody noticed does so too", () => {
    const engine = (restarts: number): ToPage => ({ kind: "engine", running: true, restarts });
    expect(told(engine(0), note(true, 60), engine(0)).sounding).toHaveLength(1);
    expect(told(engine(0), note(true, 60), engine(1)).sounding).toEqual([]);
  });

  test("the same text is said once, and three notices at most", () => {
    const say = (text: string): ToPage => ({ kind: "notice", level: "info", text });
    const state = told(say("a"), say("a"), say("b"), say("c"), say("d"));
    expect(state.notices.map((one) => one.text)).toEqual(["b", "c", "d"]);
  });

  test("no reducer changes the state that it is given", () => {
    const before = Object.freeze(initialState());
    Object.freeze(before.controls);
    Object.freeze(before.sounding);
    expect(() => [note(true, 1), take("kept", 1)].reduce(reduceMessage, before)).not.toThrow();
  });
});

describe("the page's own events", () => {
  test("a lost connection lets every light go out", () => {
    const state = reduceLocal(told(note(true, 60)), { kind: "connection", connection: "lost" });
    expect(state.sounding).toEqual([]);
    expect(state.connection).toBe("lost");
  });

  test("a notice is dismissed by its number", () => {
    const said = reduceLocal(initialState(), { kind: "say", level: "info", text: "x", undoTake: "a" });
    const [shown] = said.notices;
    expect(shown?.undoTake).toBe("a");
    expect(reduceLocal(said, { kind: "dismiss", id: shown?.id ?? 0 }).notices).toEqual([]);
  });
});
