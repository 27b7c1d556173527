/** The piano at the foot of the page, with its octave buttons and pedal. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { player } from "../app";
import { lettersByPitch } from "../input/letters";
import { firstWhiteFor, type KeyShape, keyShapes, whiteKeysFor } from "../input/piano";
import { t } from "../messages";
import { pitchName } from "../music/pitch";
import { store } from "../state/store";
import { Icon } from "./icons";
import { Keys } from "./keys";
import { useLetters } from "./letters";
import { Sounding } from "./sounding";

const LOWEST_OCTAVE = 1;
const HIGHEST_OCTAVE = 7;
/** From so many white keys on the piano begins an octave lower, so that both hands find their place. */
const TWO_HANDS = 22;

export function Piano() {
  const frame = useRef<HTMLDivElement>(null);
  const count = useWhiteKeys(frame);
  const [octave, setOctave] = useState<number | null>(null);
  const shown = octave ?? (count >= TWO_HANDS ? 3 : 4);
  const base = 12 * (shown + 1);
  const shift = (by: number) => setOctave(Math.max(LOWEST_OCTAVE, Math.min(HIGHEST_OCTAVE, shown + by)));
  const learnt = useLetters(base, shift);
  const first = firstWhiteFor(base, count);
  const shapes = useMemo(() => keyShapes(first, count), [first, count]);
  const letters = useMemo(() => lettersByPitch(base, learnt), [base, learnt]);
  return (
    <section class="piano" aria-label={t("page.piano")}>
      <Tools text={placeText(shapes, base)} shift={shift} octave={shown} />
      <div ref={frame} class="keyframe" dir="ltr">
        <Keys shapes={shapes} count={count} letters={letters} />
      </div>
      <p id="piano-help" class="unseen">
        {t("piano.help")}
      </p>
    </section>
  );
}

/** White keys that fit into the frame, for fingers or for a mouse. */
function useWhiteKeys(frame: { current: HTMLDivElement | null }): number {
  const [count, setCount] = useState(() => whiteKeysFor(innerWidth, isCoarse()));
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const measure = () => setCount(whiteKeysFor(element.clientWidth, isCoarse()));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return count;
}

const isCoarse = () => matchMedia("(pointer: coarse)").matches;

/** What the octave buttons move: the keys that are seen, or where the computer's letters lie. */
function placeText(shapes: KeyShape[], base: number): string {
  if (!isCoarse()) return t("piano.letters", { pitch: pitchName(base) });
  const pitches = shapes.map((shape) => shape.pitch);
  return t("piano.range", { low: pitchName(Math.min(...pitches)), high: pitchName(Math.max(...pitches)) });
}

interface ToolsProps {
  text: string;
  shift: (by: number) => void;
  octave: number;
}

function Tools({ text, shift, octave }: ToolsProps) {
  return (
    <div class="tools">
      <button
        type="button"
        class="square"
        aria-label={t("piano.lower")}
        title={t("piano.lower")}
        disabled={octave <= LOWEST_OCTAVE}
        onClick={() => shift(-1)}
      >
        <Icon name="lower" />
      </button>
      <span class="range" aria-live="polite">
        {text}
      </span>
      <button
        type="button"
        class="square"
        aria-label={t("piano.higher")}
        title={t("piano.higher")}
        disabled={octave >= HIGHEST_OCTAVE}
        onClick={() => shift(1)}
      >
        <Icon name="higher" />
      </button>
      <Sounding />
      <PedalButton />
    </div>
  );
}

/** Down while held; a screen reader's or a keyboard's click latches it. */
function PedalButton() {
  const [down, setDown] = useState(false);
  useEffect(() => {
    const update = () => setDown(player.pedalDown || store.state.sustain >= 64);
    const ends = [player.listen(update), store.listen(update)];
    return () => {
      for (const end of ends) end();
    };
  }, []);
  const latch = (event: MouseEvent) => {
    if (event.detail === 0) player.pedal("latch", !player.pedalDown);
  };
  const up = () => player.pedal("button", false);
  return (
    <button
      type="button"
      class="pedal"
      aria-pressed={down}
      aria-label={t("piano.pedal")}
      title={t("piano.pedalHelp")}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        player.pedal("button", true);
      }}
      onLostPointerCapture={up}
      onClick={latch}
    >
      <Icon name="pedal" />
      <span>{t("piano.pedal")}</span>
    </button>
  );
}
