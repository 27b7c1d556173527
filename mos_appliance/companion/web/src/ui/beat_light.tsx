/** One dot a beat, the present one lit by the engine's clock. */
import { t } from "../messages";
import type { Now } from "../music/now";
import { useNow } from "./ticker";

/** A light is short, so that beats of the same bar can be told apart. */
const LIT = 0.35;

function lightOf({ metre, moving, place, countingIn }: Now) {
  const beat = moving ? place.beat : 0;
  return {
    beats: metre.beats,
    beat,
    lit: moving && place.phase < LIT,
    bar: place.bar,
    at: place.beat,
    countingIn,
  };
}

export function BeatLight() {
  const { beats, beat, lit, bar, at, countingIn } = useNow(lightOf);
  const text = countingIn ? t("bar.countingIn") : t("bar.place", { bar, beat: at });
  return (
    <div class="beat" role="img" aria-label={text} data-beat={beat} data-lit={lit}>
      <span class="place" dir="ltr">
        {countingIn ? "–" : `${bar}.${at}`}
      </span>
      <span class="dots">
        {Array.from({ length: beats }, (_, index) => (
          <i key={index} class={index + 1 === beat ? (lit ? "now lit" : "now") : ""} />
        ))}
      </span>
    </div>
  );
}
