/** Plays the engine's output in the browser where nothing else can be heard. */
import { useEffect, useRef, useState } from "preact/hooks";
import { sayError } from "../app";
import { number, t } from "../messages";
import { useStore } from "../state/store";
import { api } from "../wire/api";

const MEASURE_MS = 1000;

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
    const timer = setInterval(() => {
      if (player.currentTime > 0) setDelayS((performance.now() - startedMs) / 1000 - player.currentTime);
    }, MEASURE_MS);
    return () => {
      clearInterval(timer);
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
