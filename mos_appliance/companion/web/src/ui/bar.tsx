/** The bar on top: name and connection, beat light, play, metronome, volume, silence. */
import { move, silence } from "../app";
import { number, t } from "../messages";
import { loudestDb } from "../state/select";
import { useStore } from "../state/store";
import { BeatLight } from "./beat_light";
import { Slider, useControl } from "./controls";
import { Icon } from "./icons";
import { useRoom } from "./room";

export function Bar() {
  return (
    <header class="bar">
      <Name />
      <div class="transport">
        <PlayButton />
        <MetronomeButton />
        <BeatLight />
        <Door />
      </div>
      <div class="volume">
        <Volume />
      </div>
      <button
        type="button"
        class="silence"
        title={t("bar.silenceHelp")}
        aria-label={t("bar.silenceHelp")}
        onClick={silence}
      >
        <Icon name="silence" />
        <span aria-hidden="true">{t("bar.silence")}</span>
      </button>
    </header>
  );
}

/** Into the practice room and out of it. */
function Door() {
  const inside = useRoom() === "#practice";
  return (
    <a class="button" href={inside ? "#" : "#practice"}>
      {t(inside ? "page.play" : "page.practise")}
    </a>
  );
}

/** How loud it is at most is the volume under the cap: told in dB, as converters and headphones are. */
function Volume() {
  const db = useStore((state) => loudestDb(state.controls));
  return (
    <Slider control="volume" hideLabel meaning={t("bar.loudness", { db: number(-db) })}>
      <Icon name="volume" />
    </Slider>
  );
}

function Name() {
  const name = useStore((state) => state.hello?.name);
  const connection = useStore((state) => state.connection);
  const text = t(`connection.${connection}`);
  return (
    <h1>
      <span class="dot" data-connection={connection} role="img" aria-label={text} title={text} />
      <span class="title">{name || t("page.title")}</span>
    </h1>
  );
}

/** Plays or stops the song; without one there is nothing to play. */
export function PlayButton() {
  const playing = useStore((state) => state.transport.state !== "stopped");
  const empty = useStore((state) => state.song.end_tick === 0);
  const text = t(playing ? "bar.stop" : "bar.play");
  return (
    <button
      type="button"
      class="play"
      aria-label={text}
      title={text}
      disabled={empty && !playing}
      onClick={() => move(playing ? "stop" : "play")}
    >
      <Icon name={playing ? "stop" : "play"} />
    </button>
  );
}

function MetronomeButton() {
  const [on, set] = useControl("metronome");
  return (
    <button
      type="button"
      class="square toggle"
      aria-pressed={on > 0}
      aria-label={t("bar.metronome")}
      title={t("bar.metronome")}
      onClick={() => set(on > 0 ? 0 : 1)}
    >
      <Icon name="metronome" />
    </button>
  );
}
