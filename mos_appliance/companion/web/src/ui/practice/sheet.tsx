/** The engraved pages, with the place and the marks over them. */
import { useEffect, useRef } from "preact/hooks";
import { tp } from "../../messages/practice";
import { pitchName } from "../../music/pitch";
import { type NoteMark, type PageMap, practiceApi } from "./api";
import type { Score, Spot } from "./score";

interface Props {
  cid: string;
  title: string;
  layout: string;
  map: PageMap;
  score: Score;
  /** The notes where the student is; the first tells where the line stands. */
  place: readonly string[];
  lost: boolean;
  /** Bars that are practised, when not all are. */
  bars: readonly Spot[];
  marks: readonly NoteMark[];
}

export function Sheet({ cid, title, layout, map, score, place, lost, bars, marks }: Props) {
  const cursor = place[0] ? score.cursor(place[0]) : null;
  const line = useRef<HTMLElement>(null);
  useEffect(() => {
    line.current?.scrollIntoView({ block: "nearest", behavior: calm() ? "auto" : "smooth" });
  }, [cursor?.page, cursor?.top]);
  return (
    <div class={`sheet ${layout}`}>
      {map.pages.map((page, index) => {
        const number = index + 1;
        return (
          <div key={number} class="leaf" style={{ aspectRatio: `${page.width} / ${page.height}` }}>
            <img
              src={practiceApi.page(cid, layout, number)}
              alt={tp("page", { page: number, pages: map.pages.length, title })}
              width={page.width}
              height={page.height}
            />
            {bars
              .filter((bar) => bar.page === number)
              .map((bar) => (
                <i key={`${bar.left},${bar.top}`} class="stretch" style={styleOf(bar)} />
              ))}
            {cursor?.page === number && (
              <i
                ref={line}
                class={lost ? "line lost" : "line"}
                data-note={place[0]}
                style={styleOf(cursor)}
              />
            )}
            <Heads score={score} page={number} place={place} marks={marks} />
          </div>
        );
      })}
    </div>
  );
}

interface HeadsProps {
  score: Score;
  page: number;
  place: readonly string[];
  marks: readonly NoteMark[];
}

function Heads({ score, page, place, marks }: HeadsProps) {
  return (
    <>
      {place.map((id) => (
        <Head key={`at-${id}`} spot={score.head(id)} page={page} kind="at" />
      ))}
      {marks.map((mark) => (
        <Head
          key={`mark-${mark.note}`}
          spot={score.head(mark.note)}
          page={page}
          kind={mark.verdict}
          text={markText(mark)}
        />
      ))}
    </>
  );
}

function Head({ spot, page, kind, text }: { spot: Spot | null; page: number; kind: string; text?: string }) {
  if (spot?.page !== page) return null;
  return <i class={`head ${kind}`} style={styleOf(spot)} {...(text ? { title: text } : {})} />;
}

export function markText(mark: NoteMark): string {
  const values = { bar: mark.bar, key: pitchName(mark.pitch), played: pitchName(mark.played) };
  if (!mark.mark || mark.verdict === "right" || mark.verdict === "extra") return "";
  return tp(`mark.${mark.verdict}`, values);
}

function styleOf({ left, top, width, height }: Spot) {
  return { left: `${left}%`, top: `${top}%`, width: `${width}%`, height: `${height}%` };
}

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
