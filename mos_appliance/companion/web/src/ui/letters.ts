/** Plays from the computer's keys, wherever on the page the focus is, except where one types. */
import { useEffect, useRef, useState } from "preact/hooks";
import { player } from "../app";
import { OFFSETS, VELOCITY } from "../input/letters";

const TYPED = new Set(["text", "search", "number", "email", "url", "password"]);
const SHIFTS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, PageDown: -1, PageUp: 1 };

/** Letters that the keys have shown of themselves so far, by code. */
export function useLetters(base: number, shift: (by: number) => void): ReadonlyMap<string, string> {
  const [learnt, setLearnt] = useState<ReadonlyMap<string, string>>(new Map());
  const latest = useRef({ base, shift });
  latest.current = { base, shift };
  useEffect(() => {
    const play = (event: KeyboardEvent, offset: number) => {
      setLearnt((known) => withLetter(known, event));
      player.press(`code:${event.code}`, latest.current.base + offset, VELOCITY);
    };
    const down = (event: KeyboardEvent) => onKeyDown(event, play, (by) => latest.current.shift(by));
    const up = (event: KeyboardEvent) => {
      if (event.key === "Shift") player.pedal("shift", false);
      else if (event.code === "Space") player.pedal("space", false);
      else player.release(`code:${event.code}`);
    };
    addEventListener("keydown", down);
    addEventListener("keyup", up);
    return () => {
      removeEventListener("keydown", down);
      removeEventListener("keyup", up);
    };
  }, []);
  return learnt;
}

function onKeyDown(
  event: KeyboardEvent,
  play: (event: KeyboardEvent, offset: number) => void,
  shift: (by: number) => void,
): void {
  if (isForSomebodyElse(event)) return;
  const by = SHIFTS[event.key];
  const offset = OFFSETS.get(event.code);
  if (offset !== undefined) {
    // Firefox would open its search at "/" and "'".
    event.preventDefault();
    if (!event.repeat) play(event, offset);
  } else if (event.key === "Shift") player.pedal("shift", true);
  else if (event.code === "Space") onSpace(event);
  else if (by !== undefined && isOnPage(event)) shift(by);
}

function withLetter(known: ReadonlyMap<string, string>, event: KeyboardEvent): ReadonlyMap<string, string> {
  const letter = event.key.toUpperCase();
  if (letter.length !== 1 || event.shiftKey || known.get(event.code) === letter) return known;
  return new Map(known).set(event.code, letter);
}

function isForSomebodyElse(event: KeyboardEvent): boolean {
  // While such a key is down the system swallows key-ups: nothing may be left sounding.
  if (event.key === "Meta" || event.key === "Control" || event.key === "Alt") player.releaseAll();
  return event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target);
}

function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return TYPED.has(target.type);
  return target instanceof HTMLSelectElement || (target instanceof HTMLElement && target.isContentEditable);
}

/** Whether nothing that uses arrows and Space itself has the focus. */
function isOnPage(event: KeyboardEvent): boolean {
  return event.target === document.body || event.target === document.documentElement;
}

function onSpace(event: KeyboardEvent): void {
  if (!isOnPage(event)) return;
  event.preventDefault();
  player.pedal("space", true);
}
