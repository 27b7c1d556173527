/** What was played: each take replayed, renamed, downloaded, deleted and brought back. */
import { useRef, useState } from "preact/hooks";
import { deleteTake, replay, sayError, why } from "../app";
import { dateTime, duration, t } from "../messages";
import { takesNewestFirst } from "../state/select";
import { useStore } from "../state/store";
import { api } from "../wire/api";
import type { TakeChanged } from "../wire/generated";
import { Icon, type IconName } from "./icons";

export function TakesPanel() {
  const takes = useStore((state) => state.takes);
  const list = takesNewestFirst(takes);
  if (!list.length) return <p class="hint">{t("takes.none")}</p>;
  return (
    <ul class="takes">
      {list.map((take) => (
        <TakeLine key={take.take} take={take} />
      ))}
    </ul>
  );
}

/** Its title, or when it was played, or at least which it is. */
function titleOf(take: TakeChanged): string {
  if (take.title) return take.title;
  if (take.started) return t("takes.untitled", { time: dateTime(take.started) });
  return t("takes.undated", { take: take.take });
}

function TakeLine({ take }: { take: TakeChanged }) {
  const [renaming, setRenaming] = useState(false);
  const title = titleOf(take);
  const recording = take.state === "recording";
  return (
    <li class={recording ? "take recording" : "take"}>
      {renaming ? (
        <Rename take={take} title={title} done={() => setRenaming(false)} />
      ) : (
        <p class="what">
          <b>{title}</b>
          <span>
            {recording && <em>{t("takes.recording")} </em>}
            <time>{duration(take.seconds)}</time> · {t("song.notes", { count: take.notes })}
          </span>
        </p>
      )}
      {!recording && !renaming && <TakeButtons take={take} title={title} rename={() => setRenaming(true)} />}
    </li>
  );
}

interface ButtonsProps {
  take: TakeChanged;
  title: string;
  rename: () => void;
}

function TakeButtons({ take, title, rename }: ButtonsProps) {
  return (
    <p class="buttons">
      <Act icon="play" name={t("takes.replay", { take: title })} act={() => replay(take.take)} />
      <Act icon="rename" name={t("takes.rename", { take: title })} act={rename} />
      <a
        class="file"
        href={api.takeFile(take.take, "mid")}
        download={`${title}.mid`}
        aria-label={t("takes.mid", { take: title })}
      >
        MIDI
      </a>
      <a
        class="file"
        href={api.takeFile(take.take, "wav")}
        download={`${title}.wav`}
        aria-label={t("takes.wav", { take: title })}
      >
        WAV
      </a>
      <Act
        icon="trash"
        name={t("takes.delete", { take: title })}
        act={() => void deleteTake(take.take, title)}
      />
    </p>
  );
}

function Act({ icon, name, act }: { icon: IconName; name: string; act: () => void }) {
  return (
    <button type="button" class="square quiet" aria-label={name} title={name} onClick={act}>
      <Icon name={icon} />
    </button>
  );
}

function Rename({ take, title, done }: { take: TakeChanged; title: string; done: () => void }) {
  const input = useRef<HTMLInputElement>(null);
  const save = (event: Event) => {
    event.preventDefault();
    const wanted = input.current?.value.trim() ?? "";
    done();
    if (wanted && wanted !== title) {
      api.renameTake(take.take, wanted).catch((error: unknown) => {
        sayError(t("takes.failed", { take: title, why: why(error) }));
      });
    }
  };
  return (
    <form class="rename" onSubmit={save} onKeyDown={(event) => event.key === "Escape" && done()}>
      <input
        ref={(element) => {
          if (element && !input.current) element.select();
          input.current = element;
        }}
        type="text"
        aria-label={t("takes.name")}
        defaultValue={title}
        maxLength={80}
      />
      <button type="submit" class="main">
        {t("takes.save")}
      </button>
      <button type="button" onClick={done}>
        {t("takes.cancel")}
      </button>
    </form>
  );
}
