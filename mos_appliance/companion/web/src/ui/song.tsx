/** A MIDI file to play along with: opened, moved through, looped, slowed down, its parts muted. */
import { useRef, useState } from "preact/hooks";
import { move, openSong, setLoop, tryTo } from "../app";
import { number, t } from "../messages";
import { lastNotAfter } from "../music/position";
import { store, useStore } from "../state/store";
import { api } from "../wire/api";
import type { Part, SongLoaded } from "../wire/generated";
import { PlayButton } from "./bar";
import { Press, Reset, rowOf, Slider } from "./controls";
import { Icon } from "./icons";
import { useNow, useTicker } from "./ticker";

export function SongPanel() {
  const song = useStore((state) => state.song);
  if (!song.end_tick) return <OpenFile />;
  return (
    <>
      <Title song={song} />
      <Position song={song} />
      <Slider control="tempo_scale" step={5}>
        <Reset control="tempo_scale" to={rowOf("tempo_scale").default} />
      </Slider>
      <Loop song={song} />
      <Parts parts={song.parts} />
      <OpenFile />
    </>
  );
}

function OpenFile() {
  const input = useRef<HTMLInputElement>(null);
  const [loading, setLoading] = useState("");
  const open = async () => {
    const file = input.current?.files?.[0];
    if (!file) return;
    setLoading(file.name);
    await openSong(file);
    setLoading("");
    // The same file may be chosen again after it was changed.
    if (input.current) input.current.value = "";
  };
  return (
    <p class="openfile">
      <input
        ref={input}
        type="file"
        accept=".mid,.midi,.kar,.umf,.mnx,audio/midi"
        class="unseen"
        id="song-file"
        onChange={open}
      />
      <label for="song-file" class="button">
        <Icon name="open" />
        {loading ? t("song.loading", { name: loading }) : t("song.choose")}
      </label>
      <span class="hint">{t("song.drop")}</span>
    </p>
  );
}

function Title({ song }: { song: SongLoaded }) {
  const close = () => {
    tryTo(api.removeSong());
  };
  return (
    <div class="row">
      <h3 class="songtitle">{song.title || t("song.untitled")}</h3>
      <button
        type="button"
        class="square quiet"
        aria-label={t("song.close")}
        title={t("song.close")}
        onClick={close}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}

/** Keys that follow each other faster than the engine answers count on from where the last one went. */
const SETTLE_MS = 500;

/** Moved by the music itself unless a finger is on it. */
function Position({ song }: { song: SongLoaded }) {
  const slider = useRef<HTMLInputElement>(null);
  const dragged = useRef(false);
  const sought = useRef({ tick: 0, atMs: -SETTLE_MS });
  const bars = song.bars.length;
  const bar = useNow((now) => now.place.bar);
  const text = t("song.barOf", { bar: Math.min(bar, bars), bars });
  useTicker((now) => {
    const input = slider.current;
    if (!input || dragged.current) return;
    input.value = String(now.tick);
    fill(input, now.tick / song.end_tick);
  });
  const drag = (event: { currentTarget: HTMLInputElement }) => {
    dragged.current = true;
    fill(event.currentTarget, event.currentTarget.valueAsNumber / song.end_tick);
  };
  const drop = (event: { currentTarget: HTMLInputElement }) => {
    dragged.current = false;
    move("seek", event.currentTarget.valueAsNumber);
  };
  // An arrow key moves by a bar: a tick would be nothing, and the native step is that.
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: 4, PageDown: -4 }[
      event.key
    ];
    if (by === undefined) return;
    event.preventDefault();
    const nowMs = performance.now();
    const told = store.state.transport.tick;
    const from = nowMs - sought.current.atMs < SETTLE_MS ? sought.current.tick : told;
    const index = Math.max(0, Math.min(bars - 1, lastNotAfter(song.bars, from) + by));
    sought.current = { tick: song.bars[index] ?? 0, atMs: nowMs };
    move("seek", sought.current.tick);
  };
  return (
    <div class="position">
      <button
        type="button"
        class="square"
        aria-label={t("song.toStart")}
        title={t("song.toStart")}
        onClick={() => move("seek", 0)}
      >
        <Icon name="start" />
      </button>
      <PlayButton />
      <input
        ref={slider}
        type="range"
        min={0}
        max={song.end_tick}
        aria-label={t("song.position")}
        aria-valuetext={text}
        onInput={drag}
        onChange={drop}
        onKeyDown={onKeyDown}
      />
      <span class="where">{text}</span>
    </div>
  );
}

function fill(input: HTMLInputElement, part: number): void {
  input.style.setProperty("--filled", `${Math.min(100, 100 * part)}%`);
}

/** A loop over whole bars, kept while it is switched off. */
function Loop({ song }: { song: SongLoaded }) {
  const loop = useStore((state) => state.transport.loop);
  const bars = song.bars.length;
  const [kept, setKept] = useState<[number, number]>([1, Math.min(4, bars)]);
  const [from, to] = loop ? barsOf(song, loop) : kept;
  const bar = useNow((now) => now.place.bar);
  const change = (first: number, last: number, on: boolean) => {
    const begin = Math.max(1, Math.min(bars, first));
    const end = Math.max(begin, Math.min(bars, last));
    setKept([begin, end]);
    if (on) setLoop([song.bars[begin - 1] ?? 0, song.bars[end] ?? song.end_tick]);
    else if (loop) setLoop(null);
  };
  const on = loop !== null;
  return (
    <fieldset class="loop">
      <legend class="unseen">{t("song.loop")}</legend>
      <button type="button" class="toggle" aria-pressed={on} onClick={() => change(from, to, !on)}>
        {t("song.loop")}
      </button>
      <span class="edge">
        <BarField
          label={t("song.from")}
          value={from}
          bars={bars}
          change={(value) => change(value, Math.max(value, to), on)}
        />
        <Here name={t("song.fromHere")} act={() => change(bar, Math.max(bar, to), on)} />
      </span>
      <span class="edge">
        <BarField
          label={t("song.to")}
          value={to}
          bars={bars}
          change={(value) => change(Math.min(from, value), value, on)}
        />
        <Here name={t("song.toHere")} act={() => change(Math.min(from, bar), bar, on)} />
      </span>
    </fieldset>
  );
}

/** First and last bar of a loop, counted from 1. */
function barsOf(song: SongLoaded, loop: readonly [number, number]): [number, number] {
  return [lastNotAfter(song.bars, loop[0]) + 1, lastNotAfter(song.bars, loop[1] - 1) + 1];
}

interface BarFieldProps {
  label: string;
  value: number;
  bars: number;
  change: (value: number) => void;
}

function BarField({ label, value, bars, change }: BarFieldProps) {
  const onChange = (event: { currentTarget: HTMLInputElement }) => {
    const wanted = event.currentTarget.valueAsNumber;
    if (Number.isInteger(wanted)) change(wanted);
    else event.currentTarget.value = String(value);
  };
  return (
    <label>
      <span>{label}</span>
      <input type="number" inputMode="numeric" min={1} max={bars} value={value} onChange={onChange} />
    </label>
  );
}

function Here({ name, act }: { name: string; act: () => void }) {
  return (
    <button type="button" class="here" aria-label={name} title={name} onClick={act}>
      {t("song.here")}
    </button>
  );
}

function Parts({ parts }: { parts: readonly Part[] }) {
  return (
    <div>
      <h3>{t("song.parts")}</h3>
      <ul class="parts">
        {parts.map((part, index) => {
          const name = part.name || t("song.part", { number: index + 1 });
          return (
            <li key={index}>
              <span class="what">
                <b>{name}</b>
                <span>{t("song.notes", { count: number(part.notes) })}</span>
              </span>
              <Press
                control="muted"
                which={index}
                name={t("song.mutePart", { part: name })}
                text={t("control.muted")}
              />
              <Press
                control="solo"
                which={index}
                name={t("song.soloPart", { part: name })}
                text={t("control.solo")}
              />
            </li>
          );
        })}
      </ul>
    </div>
  );
}
