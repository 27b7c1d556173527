/** After the take: the one true thing, more on request, the take itself, and what comes next. */
import { useState } from "preact/hooks";
import { replay, sayError, why } from "../../app";
import { tp } from "../../messages/practice";
import { api } from "../../wire/api";
import { type Judgement, practiceApi, type Step } from "./api";
import type { Choices } from "./choices";
import { Next } from "./lesson";
import { gravest } from "./score";
import { markText } from "./sheet";

interface Props {
  judgement: Judgement;
  choices: Choices;
  start: (changed?: Partial<Choices>) => void;
  open: (step: Step) => void;
}

const SLOWEST_PERCENT = 45;
const SLOWER_PERCENT = 20;

export function Result({ judgement, choices, start, open }: Props) {
  const [first, ...rest] = judgement.told;
  const [telling, tellAll] = useState(false);
  return (
    <section class="result" aria-labelledby="result-title">
      <h2 id="result-title">{tp("result")}</h2>
      <p class="one" role="status">
        {first?.text}
      </p>
      {first && (
        <button type="button" class="say" onClick={() => say(first.text)}>
          {tp("say")}
        </button>
      )}
      <p class="hint">{tp("counted", { right: judgement.right, notes: judgement.notes })}</p>
      {rest.length > 0 && !telling && (
        <button type="button" onClick={() => tellAll(true)}>
          {tp("tellMore", { count: rest.length })}
        </button>
      )}
      {telling && (
        <ul class="told">
          {rest.map((told, index) => (
            <li key={index}>{told.text}</li>
          ))}
        </ul>
      )}
      <Marks judgement={judgement} />
      <p class="acts">
        <button type="button" class="main" onClick={() => start()}>
          {tp("again")}
        </button>
        {plays(choices) && choices.tempo >= SLOWEST_PERCENT && (
          <button type="button" onClick={() => start({ tempo: choices.tempo - SLOWER_PERCENT })}>
            {tp("slower")}
          </button>
        )}
        <button type="button" onClick={() => replay(judgement.take)}>
          {tp("replay")}
        </button>
        <a class="file" href={api.takeFile(judgement.take, "mid")} download>
          {tp("mid")}
        </a>
        <a class="file" href={api.takeFile(judgement.take, "wav")} download>
          {tp("wav")}
        </a>
      </p>
      <Next after={judgement.take} open={open} />
    </section>
  );
}

/** Has the appliance speak, through its own sound. */
function say(text: string): void {
  practiceApi.say(text).catch((error: unknown) => sayError(tp("failed", { why: why(error) })));
}

/** Whether the machine plays too, at a tempo. */
const plays = ({ mode }: Choices) => mode === "accompany" || mode === "along";

/** What is marked on the score, in words. */
function Marks({ judgement }: { judgement: Judgement }) {
  const marks = gravest(judgement.marks);
  if (!marks.length) return null;
  return (
    <details class="more">
      <summary>
        {tp("marked")} ({marks.length})
      </summary>
      <ul class="told">
        {marks.map((mark) => (
          <li key={mark.mark}>{markText(mark)}</li>
        ))}
      </ul>
    </details>
  );
}
