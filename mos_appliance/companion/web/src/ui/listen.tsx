/** Plays the engine's output in the browser where nothing else can be heard. */
import { useEffect, useRef, useState } from "preact/hooks";
import { sayError } from "../app";
import { number, t } from "../messages";
import { CatchUp } from "../music/catch_up";
import { useStore } from "../state/store";
import { api } from "../wire/api";

const MEASURE_MS = 250;
/** The delay is told that often. */
const TELL_EVERY = 4;

export function Listen() {
  const offered = useStore((state) => state.device?.browser_sound ?? false);
  const connected = useStore((state) => state.connection === "open");
  const [wanted, setWanted] = useState(false);
  if (!offered && !wanted) return null;
  return (
    <div class="listen">
      <p>{wanted && connected ? <Stream failed={() => setWanted(false)} /> : t("listen.offer")}</p>
      <button type="button" class="main" aria-pressed={wanted} onClick={() => setWanted(!wanted)}>
        {t(wanted ? "listen.stop" : "listen.start")}
      </button>
    </div>
  );
}

/** The stream began at the sound of that moment: what the player lags behind the time since then is the delay. */
function Stream({ failed }: { failed: () => void }) {
  const audio = useRef<HTMLAudioElement>(null);
  const [delayS, setDelayS] = useState<number | null>(null);
  useEffect(() => {
    const player = audio.current;
    if (!player) return;
    const startedMs = performance.now();
    player.src = `${api.listen}?${Math.round(startedMs)}`;
    player.play().catch(() => {
      failed();
      sayError(t("listen.failed"));
    });
    const catching = new CatchUp();
    const stalled = () => player.currentTime > 0 && catching.stalled();
    player.addEventListener("waiting", stalled);
    let count = 0;
    const timer = setInterval(() => {
      if (player.currentTime <= 0) return;
      const delay = (performance.now() - startedMs) / 1000 - player.currentTime;
      player.playbackRate = catching.rate(delay);
      if (count++ % TELL_EVERY === 0) setDelayS(delay);
    }, MEASURE_MS);
    return () => {
      clearInterval(timer);
      player.removeEventListener("waiting", stalled);
      player.pause();
      // Without a source the browser ends the request; a paused one would go on loading.
      player.removeAttribute("src");
      player.load();
    };
  }, []);
  return (
    <>
      {/* biome-ignore lint/a11y/useMediaCaption: what is played live has no captions */}
      <audio ref={audio} />
      {delayS === null ? t("listen.before") : t("listen.delay", { seconds: number(Math.max(0, delayS), 1) })}
    </>
  );
}
