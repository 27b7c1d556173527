/** The page: a bar on top, panels (side by side where there is room, one at a time on a phone), the piano below. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { openSong } from "../app";
import { type MessageKey, t } from "../messages";
import { useStore } from "../state/store";
import { Bar } from "./bar";
import { Icon, type IconName } from "./icons";
import { Notices } from "./notices";
import { Piano } from "./piano";
import { useRoom } from "./room";

const PANELS = [
  { id: "sound", icon: "sound" },
  { id: "metronome", icon: "metronome" },
  { id: "song", icon: "play" },
  { id: "takes", icon: "takes" },
  { id: "engine", icon: "engine" },
] as const satisfies readonly { id: string; icon: IconName }[];
type PanelId = (typeof PANELS)[number]["id"];
type Panels = Partial<Record<PanelId | "listen", () => ComponentChildren>>;

const RETRY_MS = 2000;

/** On a phone held sideways the piano needs the room: no panel is open at first. */
const firstPanel = (): PanelId | null => (innerHeight < 500 ? null : "sound");

export function Page() {
  const [open, setOpen] = useState<PanelId | null>(firstPanel);
  const practising = useRoom() === "#practice";
  const panels: Panels = useLater(() => import("./panels"));
  const { PracticeRoom } = useLater(() => import("./practice"), practising);
  const Listening = panels.listen;
  const dropping = useDrop();
  useTitle();
  return (
    <div class={`page ${open ? "panelled" : "plain"}`}>
      <Bar />
      <Notices />
      {Listening && <Listening />}
      {practising ? (
        <main class="room">{PracticeRoom && <PracticeRoom />}</main>
      ) : (
        <>
          <nav class="tabs" aria-label={t("page.panels")}>
            {PANELS.map(({ id, icon }) => (
              <button
                type="button"
                key={id}
                aria-expanded={open === id}
                aria-controls={`panel-${id}`}
                onClick={() => setOpen(open === id ? null : id)}
              >
                <Icon name={icon} />
                <span>{t(`panel.${id}` as MessageKey)}</span>
              </button>
            ))}
          </nav>
          <main class="panels">
            {PANELS.map(({ id }) => {
              const Draw = panels[id];
              return (
                <section
                  key={id}
                  id={`panel-${id}`}
                  class={`panel${open === id ? " open" : ""}`}
                  aria-labelledby={`title-${id}`}
                >
                  <h2 id={`title-${id}`}>{t(`panel.${id}` as MessageKey)}</h2>
                  {Draw && <Draw />}
                </section>
              );
            })}
          </main>
        </>
      )}
      <Piano />
      {dropping && <div class="drop">{t("song.dropNow")}</div>}
    </div>
  );
}

/** What a file of its own exports, once it is there: the piano plays before it is fetched. */
function useLater<T extends object>(fetch: () => Promise<T>, wanted = true): Partial<T> {
  const [there, setThere] = useState<Partial<T>>({});
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    if (wanted) fetch().then(setThere, () => setTimeout(() => setAttempt(attempt + 1), RETRY_MS));
  }, [attempt, wanted]);
  return there;
}

function useTitle(): void {
  const name = useStore((state) => state.hello?.name);
  useEffect(() => {
    document.title = name ? t("page.titleWith", { name }) : t("page.title");
  }, [name]);
}

/** A file dropped anywhere is opened as a song; true while one hangs over the page. */
function useDrop(): boolean {
  const [dropping, setDropping] = useState(false);
  useEffect(() => {
    const hasFile = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const over = (event: DragEvent) => {
      if (!hasFile(event)) return;
      event.preventDefault();
      setDropping(true);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setDropping(false);
    };
    const drop = (event: DragEvent) => {
      if (!hasFile(event)) return;
      event.preventDefault();
      setDropping(false);
      const file = event.dataTransfer?.files[0];
      if (file) void openSong(file);
    };
    addEventListener("dragover", over);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
    };
  }, []);
  return dropping;
}
