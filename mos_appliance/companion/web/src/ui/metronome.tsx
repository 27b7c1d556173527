/** Tempo, metre, accents, subdivision, count-in. */
import { useState } from "preact/hooks";
import { number, t } from "../messages";
import { tapsPerMinute, withTap } from "../music/position";
import { useStore } from "../state/store";
import { Choice, rowOf, Slider, Switch, useControl, valueText } from "./controls";

const UNITS = [1, 2, 4, 8, 16, 32];

const upTo = (control: "beats" | "subdivision" | "count_in") => {
  const { minimum, maximum } = rowOf(control);
  return Array.from({ length: maximum - minimum + 1 }, (_, index) => {
    const value = minimum + index;
    return { value, text: value ? valueText(control, value) : t("unit.off") };
  });
};

export function MetronomePanel() {
  const song = useStore((state) => state.song.end_tick > 0);
  return (
    <>
      {song && <p class="hint">{t("metronome.songRules")}</p>}
      <Switch control="metronome" />
      <Tempo />
      <Accents />
      <div class="pairs">
        <Choice control="beats" options={upTo("beats")} />
        <Choice control="beat_unit" options={UNITS.map((value) => ({ value, text: `1/${value}` }))} />
        <Choice control="subdivision" options={upTo("subdivision")} />
        <Choice control="count_in" options={upTo("count_in")} />
      </div>
      <Slider control="metronome_volume" />
    </>
  );
}

function Tempo() {
  const [tempo, set] = useControl("tempo");
  const [unit] = useControl("beat_unit");
  const [taps, setTaps] = useState<number[]>([]);
  const { minimum, maximum } = rowOf("tempo");
  const by = (change: number) => set(Math.min(maximum, Math.max(minimum, Math.round(tempo) + change)));
  const tap = () => {
    const next = withTap(taps, performance.now());
    setTaps(next);
    const beats = tapsPerMinute(next);
    // Beats are tapped, quarters are set.
    if (beats !== null) set(Math.min(maximum, Math.max(minimum, Math.round((beats * 4) / unit))));
  };
  const name = t("control.tempo");
  return (
    <div class="tempo" role="group" aria-label={name}>
      <button
        type="button"
        class="square"
        aria-label={t("control.less", { control: name })}
        onClick={() => by(-1)}
      >
        −
      </button>
      <p class="bpm">
        <output>{number(Math.round(tempo))}</output>
        <span>{t("metronome.bpm")}</span>
      </p>
      <button
        type="button"
        class="square"
        aria-label={t("control.moreOf", { control: name })}
        onClick={() => by(1)}
      >
        +
      </button>
      <button
        type="button"
        class="main tap"
        title={t("metronome.tapHelp")}
        onPointerDown={tap}
        onKeyDown={onPress(tap)}
      >
        {t("metronome.tap")}
      </button>
      <Slider control="tempo" hideLabel />
    </div>
  );
}

/** A tap counts when the key goes down, as a finger does; a click comes when it goes up. */
const onPress = (tap: () => void) => (event: KeyboardEvent) => {
  if ((event.key !== "Enter" && event.key !== " ") || event.repeat) return;
  event.preventDefault();
  tap();
};

function Accents() {
  const [accents, set] = useControl("accents");
  const [beats] = useControl("beats");
  return (
    <div class="row" role="group" aria-label={t("control.accents")}>
      <span class="name">{t("control.accents")}</span>
      <span class="accents">
        {Array.from({ length: beats }, (_, beat) => {
          const bit = 1 << beat;
          return (
            <button
              type="button"
              key={beat}
              class="press"
              aria-pressed={(accents & bit) > 0}
              aria-label={t("metronome.accent", { beat: beat + 1 })}
              onClick={() => set(accents ^ bit)}
            >
              {beat + 1}
            </button>
          );
        })}
      </span>
    </div>
  );
}
