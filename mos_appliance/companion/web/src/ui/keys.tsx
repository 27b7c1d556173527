/** The keys: touched, slid over, clicked, or pressed one by one with arrows and Enter. */
import { useEffect, useRef, useState } from "preact/hooks";
import { player } from "../app";
import { type KeyShape, keyAt, velocityAt } from "../input/piano";
import { t } from "../messages";
import { isBlack, pitchName } from "../music/pitch";
import { store } from "../state/store";

const BUTTON_VELOCITY = 80;
const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -12, ArrowUp: 12 };

interface KeysProps {
  shapes: KeyShape[];
  count: number;
  letters: ReadonlyMap<number, string>;
}

export function Keys({ shapes, count, letters }: KeysProps) {
  const keys = useRef<HTMLDivElement>(null);
  const [wanted, setFocus] = useState(60);
  const focus = shapes.some((shape) => shape.pitch === wanted) ? wanted : (shapes[0]?.pitch ?? 60);
  useLights(keys, shapes);
  const pointer = pointerHandlers(keys, shapes, count);

  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step !== undefined) {
      const next = focus + step;
      setFocus(next);
      keys.current?.querySelector<HTMLElement>(`[data-pitch="${next}"]`)?.focus();
    } else if (event.key === "Enter" || event.key === " ") {
      player.press("focus", focus, BUTTON_VELOCITY);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const letGo = () => player.release("focus");

  return (
    <div
      ref={keys}
      class="keys"
      role="group"
      aria-label={t("page.piano")}
      aria-describedby="piano-help"
      onKeyDown={onKeyDown}
      onKeyUp={letGo}
      onBlurCapture={letGo}
      onContextMenu={(event) => event.preventDefault()}
      {...pointer}
    >
      {shapes.map((shape) => (
        <button
          type="button"
          key={shape.pitch}
          data-pitch={shape.pitch}
          class={shape.black ? "key black" : "key white"}
          tabIndex={shape.pitch === focus ? 0 : -1}
          aria-label={pitchName(shape.pitch)}
          style={{ left: `${(100 * shape.left) / count}%`, width: `${(100 * shape.width) / count}%` }}
          onFocus={() => setFocus(shape.pitch)}
          onClick={(event) => tapByAssistant(event, shape.pitch)}
        >
          <i class="light" />
          <span class="letter" aria-hidden="true">
            {letters.get(shape.pitch)}
          </span>
          {shape.pitch % 12 === 0 && (
            <span class="octave" aria-hidden="true">
              {pitchName(shape.pitch)}
            </span>
          )}
        </button>
      ))}
    </div>
  );
}

const ASSISTANT_MS = 400;

/** Screen readers press by a click without pointer or key: they get a short note. */
function tapByAssistant(event: MouseEvent, pitch: number): void {
  if (event.detail !== 0) return;
  const holder = `assistant:${pitch}`;
  player.press(holder, pitch, BUTTON_VELOCITY);
  setTimeout(() => player.release(holder), ASSISTANT_MS);
}

/** Fingers and mouse: where they are decides the key, so that sliding plays a glissando. */
function pointerHandlers(keys: { current: HTMLDivElement | null }, shapes: KeyShape[], count: number) {
  const holder = (event: PointerEvent) => `pointer:${event.pointerId}`;
  const touch = (event: PointerEvent) => {
    const box = keys.current?.getBoundingClientRect();
    if (!box) return;
    const x = ((event.clientX - box.left) / box.width) * count;
    const y = (event.clientY - box.top) / box.height;
    const pitch = keyAt(shapes, x, y);
    if (pitch === null) player.release(holder(event));
    else player.press(holder(event), pitch, velocityAt(y, isBlack(pitch)));
  };
  const letGo = (event: PointerEvent) => player.release(holder(event));
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0) return;
      event.preventDefault();
      keys.current?.setPointerCapture(event.pointerId);
      touch(event);
    },
    onPointerMove: (event: PointerEvent) => {
      if (keys.current?.hasPointerCapture(event.pointerId)) touch(event);
    },
    onPointerUp: letGo,
    onPointerCancel: letGo,
    onLostPointerCapture: letGo,
  };
}

/** Lights keys by who plays them, past the drawing of components: a key must answer within the frame. */
function useLights(keys: { current: HTMLDivElement | null }, shapes: KeyShape[]): void {
  useEffect(() => {
    const update = () => {
      if (keys.current) light(keys.current);
    };
    update();
    const ends = [
      player.listen(update),
      store.listen((state, before) => {
        if (state.sounding !== before.sounding) update();
      }),
    ];
    return () => {
      for (const end of ends) end();
    };
  }, [shapes]);
}

function light(keys: HTMLElement): void {
  const held = player.held;
  const sources = new Map(store.state.sounding.map((note) => [note.pitch, note.source]));
  for (const key of keys.querySelectorAll<HTMLElement>(".key")) {
    const pitch = Number(key.dataset.pitch);
    const source = held.has(pitch) ? "hub" : sources.get(pitch);
    if (source) key.dataset.source = source;
    else delete key.dataset.source;
  }
}
