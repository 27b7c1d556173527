/** What the user should know, said politely; and the state of the connection. */
import { useEffect } from "preact/hooks";
import { tryTo } from "../app";
import { t } from "../messages";
import type { ShownNotice } from "../state/state";
import { store, useStore } from "../state/store";
import { api } from "../wire/api";
import { Icon } from "./icons";

const INFO_MS = 7000;
const ERROR_MS = 30_000;
/** What can be undone stays long enough to be reached by keyboard and by switch. */
const UNDO_MS = 20_000;

export function Notices() {
  const notices = useStore((state) => state.notices);
  const lost = useStore((state) => state.connection === "lost");
  const disk = useStore((state) => state.diskFull);
  const faults = useStore((state) => state.faults);
  const gone = useStore((state) => state.engine?.running === false);
  return (
    <div class="notices" role="status" aria-live="polite">
      {lost && <p class="notice warning">{t("connection.lost")}</p>}
      {gone && !lost && <p class="notice warning">{t("engine.gone")}</p>}
      {disk && !lost && <p class="notice error">{t("disk.full", { why: disk })}</p>}
      {!lost &&
        faults.map(
          ({ fault, what, cure, detail }) =>
            fault !== "full_card" && (
              <p key={fault} class="notice warning">
                {what} {cure} {fault === "wrong_setting" && detail}
              </p>
            ),
        )}
      {notices.map((notice) => (
        <NoticeLine key={notice.id} notice={notice} />
      ))}
    </div>
  );
}

function NoticeLine({ notice }: { notice: ShownNotice }) {
  const { id, level, text, undoTake } = notice;
  const dismiss = () => store.tell({ kind: "dismiss", id });
  useEffect(() => {
    const timer = setTimeout(dismiss, level === "error" ? ERROR_MS : undoTake ? UNDO_MS : INFO_MS);
    return () => clearTimeout(timer);
  }, [id]);
  const undo = (take: string) => {
    dismiss();
    tryTo(api.restoreTake(take));
  };
  return (
    <p class={`notice ${level}`}>
      <span>{text}</span>
      {undoTake && (
        <button type="button" class="undo" onClick={() => undo(undoTake)}>
          {t("takes.undo")}
        </button>
      )}
      <button
        type="button"
        class="quiet"
        aria-label={t("notice.dismiss")}
        title={t("notice.dismiss")}
        onClick={dismiss}
      >
        <Icon name="close" />
      </button>
    </p>
  );
}
