/** One dot a beat, the present one lit by the engine's clock. */
import { t } from "../messages";
import type { Now } from "../music/now";
import { useNow } from "./ticker";

/** A light is short, so that beats of the same bar can be told apart. */
const LIT = 0.35;

const placeText = (now: Now): string => {
  if (now.countingIn) return t("bar.countingIn");
  return t("bar.place", { bar: now.place.bar, beat: now.place.beat });
};

export function BeatLight() {
  const beats = useNow((now) => now.metre.beats);
  const beat = useNow((now) => (now.moving ? now.place.beat : 0));
  const lit = useNow((now) => now.moving && now.place.phase < LIT);
  const text = useNow(placeText);
  const short = useNow((now) => (now.countingIn ? "–" : `${now.place.bar}.${now.place.beat}`));
  return (
    <div class="beat" role="img" aria-label={text} data-beat={beat} data-lit={lit}>
      <span class="place" dir="ltr">
        {short}
      </span>
      <span class="dots">
        {Array.from({ length: beats }, (_, index) => (
          <i key={index} class={index + 1 === beat ? (lit ? "now lit" : "now") : ""} />
        ))}
      </span>
    </div>
  );
}
