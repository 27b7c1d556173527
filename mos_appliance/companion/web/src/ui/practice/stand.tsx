/** The music stand: one piece with its pages, what is chosen for it, how it goes, and what came of it. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { move, sayError, why } from "../../app";
import { tp } from "../../messages/practice";
import { pitchName } from "../../music/pitch";
import { store, useStore } from "../../state/store";
import type { Mark, Place, Practice } from "../../wire/generated";
import { Icon } from "../icons";
import {
  type Exercise,
  type Judgement,
  type NoteMark,
  type PageMap,
  practiceApi,
  type ScoreNote,
  type Step,
  type Wish,
} from "./api";
import { ChoiceForm, type Choices, firstChoices, handsNamed } from "./choices";
import { Result } from "./result";
import { gravest, Score } from "./score";
import { Sheet } from "./sheet";
import { useKeysShown } from "./shown_keys";

interface Props {
  piece: { cid: string; title: string };
  /** How a lesson wants it practised. */
  step: Step | undefined;
  exercise: Exercise | undefined;
  open: (step: Step) => void;
  leave: () => void;
}

/** After so many refused keys the right ones are shown. */
const PATIENCE = 2;

export function Stand({ piece, step, exercise, open, leave }: Props) {
  const [choices, setChoices] = useState(() => firstChoices(step, exercise));
  const change = (changed: Partial<Choices>) => setChoices((before) => ({ ...before, ...changed }));
  const practice = useStore((state) => ofPiece(state.heard.practice, piece.cid));
  const going = practice?.state === "going" || practice?.state === "judging";
  const map = usePages(piece.cid, choices.layout);
  const notes = useNotes(practice);
  const score = useMemo(() => (map ? new Score(map, notes) : null), [map, notes]);
  const judgement = useJudgement(practice);
  const handNames = useHands(piece.cid);
  useEffect(() => {
    if (step) change({ hands: handsNamed(step.hands, handNames) });
  }, [handNames]);
  const place = useStore((state) => (going ? state.heard.place : undefined));
  const at = place && practice && score ? score.together(place.note, practice.hands) : [];
  const start = (changed: Partial<Choices> = {}) => {
    change(changed);
    begin(wishOf(piece.cid, { ...choices, ...changed }));
  };
  return (
    <div class={going ? "stand going" : "stand"}>
      <header class="standhead">
        <h2>{piece.title}</h2>
        <Acts going={going} mode={practice?.mode} start={() => start()} leave={leave} />
      </header>
      {exercise?.why && !going && <p class="hint">{exercise.why}</p>}
      {going && practice && <Progress practice={practice} at={at} />}
      <div class="desk">
        <Pages
          piece={piece}
          choices={choices}
          map={map}
          score={score}
          at={at}
          judgement={going ? null : judgement}
        />
        {!going && (
          <aside>
            {judgement && <Result judgement={judgement} choices={choices} start={start} open={open} />}
            <ChoiceForm
              choices={choices}
              change={change}
              handNames={handNames}
              lastBar={score?.lastBar ?? 1}
            />
          </aside>
        )}
      </div>
    </div>
  );
}

interface PagesProps {
  piece: Props["piece"];
  choices: Choices;
  map: PageMap | null;
  score: Score | null;
  at: readonly ScoreNote[];
  judgement: Judgement | null;
}

function Pages({ piece, choices, map, score, at, judgement }: PagesProps) {
  const live = useLiveMarks();
  const lost = useStore((state) => state.heard.place?.lost ?? false);
  const [hidden, setHidden] = useState(choices.byEar);
  const marks = useMemo(() => (judgement ? gravest(judgement.marks) : []), [judgement]);
  if (!map || !score) {
    return (
      <p class="hint" role="status">
        {tp("engraving")}
      </p>
    );
  }
  if (hidden && !judgement) {
    return (
      <p class="hidden">
        <span>{tp("hidden")}</span>
        <button type="button" onClick={() => setHidden(false)}>
          {tp("reveal")}
        </button>
      </p>
    );
  }
  return (
    <Sheet
      cid={piece.cid}
      title={piece.title}
      layout={choices.layout}
      map={map}
      score={score}
      place={at.map((note) => note.id)}
      lost={lost}
      bars={stretch(score, choices)}
      marks={judgement ? marks : live}
    />
  );
}

function ofPiece(practice: Practice | undefined, cid: string): Practice | undefined {
  return practice?.piece === cid && practice.state !== "none" ? practice : undefined;
}

function stretch(score: Score, { from, to }: Choices) {
  return from > 1 || to ? score.bars(from, to) : [];
}

function wishOf(piece: string, choices: Choices): Wish {
  const { mode, hands, loop, marks, listen } = choices;
  return {
    piece,
    mode,
    hands,
    from_bar: choices.from,
    to_bar: choices.to,
    loop,
    tempo_percent: choices.tempo,
    ramp_percent: choices.ramp,
    marks,
    listen,
  };
}

function begin(wish: Wish): void {
  practiceApi.begin(wish).catch((error: unknown) => sayError(tp("failed", { why: why(error) })));
}

interface ActsProps {
  going: boolean;
  mode: Practice["mode"] | undefined;
  start: () => void;
  leave: () => void;
}

function Acts({ going, mode, start, leave }: ActsProps) {
  const playing = useStore((state) => state.transport.state !== "stopped");
  const stop = () => {
    practiceApi.end().catch((error: unknown) => sayError(tp("failed", { why: why(error) })));
  };
  if (!going) {
    return (
      <p class="acts">
        <button type="button" class="main" onClick={start}>
          {tp("start")}
        </button>
        <button type="button" onClick={leave}>
          {tp("other")}
        </button>
      </p>
    );
  }
  return (
    <p class="acts">
      <button type="button" class="main" onClick={stop}>
        <Icon name="stop" />
        {tp("stop")}
      </button>
      {mode !== "accompany" && mode !== "echo" && (
        <button type="button" onClick={() => move(playing ? "stop" : "play")}>
          {tp(playing ? "quiet" : "listen")}
        </button>
      )}
    </p>
  );
}

/** Where the student is, in words, and what was refused: read out politely. */
function Progress({ practice, at }: { practice: Practice; at: readonly ScoreNote[] }) {
  const place = useStore((state) => state.heard.place);
  const mark = useStore((state) => state.heard.mark);
  const [wanted, show] = useState(false);
  const refusals = useRefusals(practice);
  const phrase = usePhrase(practice);
  const waits = practice.mode === "wait";
  useKeysShown(waits && (wanted || refusals >= PATIENCE) ? at.map((note) => note.pitch) : []);
  return (
    <p class="progress" role="status" aria-live="polite" data-mode={practice.mode}>
      <span class="where">{whereText(practice, at, place)}</span>
      <span class="answer" data-verdict={mark?.practice === practice.number ? mark.verdict : ""}>
        {mark?.practice === practice.number ? answerText(mark, waits) : ""}
        {phrase}
      </span>
      {waits && (
        <button type="button" class="toggle" aria-pressed={wanted} onClick={() => show(!wanted)}>
          {tp("show")}
        </button>
      )}
    </p>
  );
}

function whereText(practice: Practice, at: readonly ScoreNote[], place: Place | undefined): string {
  if (practice.state === "judging") return tp("play.judging");
  if (place?.end) return tp("play.end");
  if (place?.lost) return tp("play.lost");
  if (place?.listen) return tp("play.listen");
  const bar = at[0]?.bar;
  if (!bar) return tp("begin", { bar: practice.from_bar });
  const keys = at.map((note) => pitchName(note.pitch)).join(" ");
  if (practice.mode === "wait") return tp("play.next", { bar, keys });
  return tp(practice.mode === "echo" ? "play.echo" : "play.here", { bar });
}

function answerText(mark: Mark, waits: boolean): string {
  if (!waits) return "";
  if (mark.verdict === "wrong") return tp("refused", { key: pitchName(mark.pitch) });
  return mark.verdict === "apart" ? tp("apart") : "";
}

/** What is said after a phrase, until the student plays on. */
function usePhrase(practice: Practice): string {
  const [text, setText] = useState("");
  useEffect(() => {
    setText("");
    return store.listen((state, before) => {
      const { judged, place } = state.heard;
      if (place !== before.heard.place) setText("");
      if (judged && judged !== before.heard.judged && !judged.whole && judged.practice === practice.number) {
        setText(judged.said[0]?.text ?? "");
      }
    });
  }, [practice.number]);
  return text;
}

const NO_MARKS: readonly NoteMark[] = [];

/** The marks of the practice that goes on, as far as they are told: of each note the last. */
function useLiveMarks(): readonly NoteMark[] {
  const [marks, setMarks] = useState(NO_MARKS);
  useEffect(
    () =>
      store.listen((state, before) => {
        const { mark, practice } = state.heard;
        if (practice?.number !== before.heard.practice?.number) setMarks(NO_MARKS);
        if (!mark || mark === before.heard.mark || !mark.note || practice?.mode === "wait") return;
        const told = liveMark(mark);
        setMarks((known) => [...known.filter((one) => one.note !== mark.note), ...(told ? [told] : [])]);
      }),
    [],
  );
  return marks;
}

function liveMark({ verdict, note, times }: Mark): NoteMark | null {
  if (verdict !== "early" && verdict !== "late" && verdict !== "missed" && verdict !== "wrong") return null;
  return { mark: 0, verdict, note, bar: 0, pitch: 0, played: 0, times };
}

/** How many keys were refused since the place moved last. */
function useRefusals(practice: Practice): number {
  const [count, setCount] = useState(0);
  useEffect(() => {
    setCount(0);
    return store.listen((state, before) => {
      if (state.heard.place !== before.heard.place) setCount(0);
      const { mark } = state.heard;
      if (mark && mark !== before.heard.mark && mark.verdict === "wrong") setCount((known) => known + 1);
    });
  }, [practice.number]);
  return count;
}

function usePages(cid: string, layout: string): PageMap | null {
  const [map, setMap] = useState<PageMap | null>(null);
  useEffect(() => {
    let current = true;
    setMap(null);
    practiceApi.pages(cid, layout).then(
      (found) => current && setMap(found),
      (error: unknown) => current && sayError(tp("failed", { why: why(error) })),
    );
    return () => {
      current = false;
    };
  }, [cid, layout]);
  return map;
}

const TWO_HANDS = ["right", "left"];

/** The hands that may be chosen: those of a piece for two. */
function useHands(cid: string): readonly string[] {
  const [names, setNames] = useState<readonly string[]>([]);
  useEffect(() => {
    let current = true;
    practiceApi.piece(cid).then(
      ({ hands }) => current && setNames(hands === 2 ? TWO_HANDS : []),
      (error: unknown) => current && sayError(tp("failed", { why: why(error) })),
    );
    return () => {
      current = false;
    };
  }, [cid]);
  return names;
}

const NO_NOTES: readonly ScoreNote[] = [];

function useNotes(practice: Practice | undefined): readonly ScoreNote[] {
  const [notes, setNotes] = useState(NO_NOTES);
  const number = practice?.number;
  useEffect(() => {
    if (number === undefined) return;
    practiceApi.notes().then(setNotes, (error: unknown) => sayError(tp("failed", { why: why(error) })));
  }, [number]);
  return notes;
}

function useJudgement(practice: Practice | undefined): Judgement | null {
  const [judgement, setJudgement] = useState<Judgement | null>(null);
  const take = practice?.state === "judged" ? practice.take : "";
  useEffect(() => {
    let current = true;
    setJudgement(null);
    if (take) {
      practiceApi.judgement(take).then(
        (found) => current && setJudgement(found),
        (error: unknown) => current && sayError(tp("failed", { why: why(error) })),
      );
    }
    return () => {
      current = false;
    };
  }, [take]);
  return judgement;
}
