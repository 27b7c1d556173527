/** The notes that sound now, by name, in the colours of who plays them. */
import { t, tOr } from "../messages";
import { pitchName } from "../music/pitch";
import { useStore } from "../state/store";

const MOST = 10;
/** People first: where room is short, the song's notes are those that are cut off. */
const bySource = (a: string, b: string) => Number(a === "song") - Number(b === "song");

export function Sounding() {
  const sounding = useStore((state) => state.sounding);
  const notes = [...sounding].sort((a, b) => a.pitch - b.pitch).slice(0, MOST);
  const sources = [...new Set(notes.map((note) => note.source))].sort(bySource);
  return (
    <div class="sounding" role="group" aria-label={t("piano.sounding")}>
      {sources.map((source) => (
        <p key={source} data-source={source}>
          <span class="who">{tOr(`source.${source}`, source)}</span>
          {[...new Set(notes.filter((note) => note.source === source).map((note) => note.pitch))].map(
            (pitch) => (
              <span key={pitch} class="chip" dir="ltr">
                {pitchName(pitch)}
              </span>
            ),
          )}
        </p>
      ))}
    </div>
  );
}
