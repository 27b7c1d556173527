/** Draws with the screen, but only while something moves. */
import { useEffect, useRef, useState } from "preact/hooks";
import { present } from "../app";
import type { Now } from "../music/now";
import { store } from "../state/store";

/**
 * Calls `draw` once a frame of the screen while the music moves, and once when it has stopped or was moved.
 * `draw` must be cheap: it runs up to 120 times a second.
 */
export function useTicker(draw: (now: Now) => void): void {
  const latest = useRef(draw);
  latest.current = draw;
  useEffect(() => {
    let request = 0;
    const step = () => {
      const now = present.at(store.state, performance.now());
      latest.current(now);
      request = now.moving ? requestAnimationFrame(step) : 0;
    };
    step();
    const end = store.listen((state, before) => {
      if (
        state.transport !== before.transport ||
        state.statistics !== before.statistics ||
        state.song !== before.song
      ) {
        if (!request) step();
      }
    });
    return () => {
      end();
      cancelAnimationFrame(request);
    };
  }, []);
}

/** What `pick` makes of the present, updated when it changes: choose something coarse, a beat rather than a tick. */
export function useNow<T extends string | number | object>(pick: (now: Now) => T): T {
  const [value, setValue] = useState(() => pick(present.at(store.state, performance.now())));
  useTicker((now) => {
    const next = pick(now);
    setValue((before) => (isSame(before, next) ? before : next));
  });
  return value;
}

/** Equal, or objects whose fields all are. */
function isSame<T>(one: T, other: T): boolean {
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) return one === other;
  return (Object.keys(one) as (keyof T)[]).every((key) => one[key] === other[key]);
}
