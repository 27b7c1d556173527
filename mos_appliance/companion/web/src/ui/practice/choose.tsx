/** The shelf: a piece is searched and chosen. */
import { useEffect, useState } from "preact/hooks";
import { why } from "../../app";
import { tp } from "../../messages/practice";
import { type Exercise, type Hit, practiceApi, type Step } from "./api";
import { Exercises } from "./exercises";
import { Next } from "./lesson";

const TYPING_MS = 200;
/** The shelf is filled some seconds after the first start: what is not there yet may come. */
const EMPTY_MS = 2000;

interface Props {
  choose: (hit: Hit) => void;
  open: (step: Step) => void;
  made: (exercise: Exercise) => void;
}

export function Choose({ choose, open, made }: Props) {
  const [text, setText] = useState("");
  const { hits, problem } = useSearch(text);
  return (
    <div class="entrance">
      <div class="side">
        <Next after="" open={open} />
        <Exercises made={made} />
      </div>
      <section class="choose-piece" aria-labelledby="choose-title">
        <h2 id="choose-title">{tp("choose")}</h2>
        <input
          type="search"
          aria-label={tp("search")}
          placeholder={tp("searchHint")}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <p class="hint" role="status">
          {problem || (hits ? found(hits, text) : tp("waiting"))}
        </p>
        <ul class="pieces">
          {hits?.map((hit) => (
            <li key={hit.cid}>
              <button type="button" class="piece" onClick={() => choose(hit)}>
                <b>{hit.title}</b>
                <span>{hit.composer}</span>
              </button>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}

function found(hits: readonly Hit[], text: string): string {
  if (hits.length) return tp("found", { count: hits.length });
  return tp(text ? "none" : "waiting");
}

function useSearch(text: string): { hits: Hit[] | null; problem: string } {
  const [hits, setHits] = useState<Hit[] | null>(null);
  const [problem, setProblem] = useState("");
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let current = true;
    const timer = setTimeout(() => {
      practiceApi.search(text).then(
        (found) => {
          if (!current) return;
          setHits(found);
          setProblem("");
          if (!found.length) setTimeout(() => current && setAttempt(attempt + 1), EMPTY_MS);
        },
        (error: unknown) => current && setProblem(tp("failed", { why: why(error) })),
      );
    }, TYPING_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [text, attempt]);
  return { hits, problem };
}
