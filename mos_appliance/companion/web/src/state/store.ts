/** The one store of the page: holds the state, tells listeners, and lets components select from it. */
import { useEffect, useReducer, useRef } from "preact/hooks";
import type { ToPage } from "../wire/generated";
import { reduceLocal, reduceMessage } from "./reduce";
import { initialState, type LocalEvent, type State } from "./state";

type Listener = (state: State, before: State) => void;

export class Store {
  private current = initialState();
  private readonly listeners = new Set<Listener>();

  get state(): State {
    return this.current;
  }

  receive(message: ToPage): void {
    this.become(reduceMessage(this.current, message));
  }

  tell(event: LocalEvent): void {
    this.become(reduceLocal(this.current, event));
  }

  /** Calls `listener` after each change; returns what ends that. */
  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private become(next: State): void {
    const before = this.current;
    if (next === before) return;
    this.current = next;
    for (const listener of this.listeners) listener(next, before);
  }
}

export const store = new Store();

/** What `select` gives, kept up to date; the component is drawn again only when that changes. */
export function useStore<T>(select: (state: State) => T): T {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const latest = useRef(select);
  latest.current = select;
  const value = select(store.state);
  const shown = useRef(value);
  shown.current = value;
  useEffect(() => {
    const compare = () => {
      if (latest.current(store.state) !== shown.current) redraw(undefined);
    };
    compare();
    return store.listen(compare);
  }, []);
  return value;
}
