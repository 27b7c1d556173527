/** What the practice room asks the hub for. */
import { ask } from "../../wire/api";
import type { Practice } from "../../wire/generated";

export interface Hit {
  cid: string;
  title: string;
  composer: string;
}

export interface Wish {
  piece: string;
  mode: Practice["mode"];
  hands: number[];
  from_bar: number;
  to_bar: number;
  loop: boolean;
  tempo_percent: number;
  ramp_percent: number;
  marks: boolean;
  listen: Practice["listen"];
}

export interface ExerciseWish {
  kind: "scale" | "broken-chord" | "cadence" | "sight-reading" | "ear" | "rhythm";
  key: string;
  minor: boolean;
  /** null: the tutor chooses. */
  level: number | null;
}

export interface Exercise {
  piece: string;
  title: string;
  mode: Practice["mode"];
  why: string;
}

export interface ScoreNote {
  id: string;
  onset_quarters: string;
  bar: number;
  pitch: number;
  hand: number;
}

interface Placed {
  page: number;
  x: number;
  y: number;
  bar: number;
}

export interface PageMap {
  pages: { width: number; height: number; units_wide: number; units_high: number }[];
  bars: (Placed & { width: number; height: number })[];
  notes: (Placed & { id: string; onset_quarters: string })[];
}

export interface Told {
  kind: string;
  message: string;
  bar: number;
  text: string;
}

export interface Student {
  student: string;
  nickname: string;
  playing: boolean;
}

export interface Step {
  role: "warm-up" | "new" | "review" | "repertoire";
  piece: string;
  title: string;
  minutes: number;
  hands: "left" | "right" | "both";
  tempo: number;
  bar: number;
  to_bar: number;
  reasons: { text: string }[];
}

export interface Lesson {
  number: number;
  minutes: number;
  steps: Step[];
}

export interface NoteMark {
  mark: number;
  verdict: "right" | "wrong" | "missed" | "early" | "late" | "extra";
  note: string;
  bar: number;
  pitch: number;
  played: number;
  times: number;
}

export interface Judgement {
  take: string;
  right: number;
  notes: number;
  told: Told[];
  marks: NoteMark[];
}

const piecePath = (cid: string) => `/library/pieces/${encodeURIComponent(cid)}`;

async function json<T>(path: string, method = "GET", body?: unknown): Promise<T> {
  const sent = { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  return (await (await ask(method, path, body === undefined ? {} : sent)).json()) as T;
}

export const practiceApi = {
  async search(text: string): Promise<Hit[]> {
    const found = await json<{ hits: Hit[] }>(`/library?most=60&q=${encodeURIComponent(text)}`);
    return found.hits;
  },
  piece: (cid: string) => json<{ hands: number }>(piecePath(cid)),
  pages: (cid: string, layout: string) => json<PageMap>(`${piecePath(cid)}/pages/${layout}`),
  page: (cid: string, layout: string, page: number) => `/api/v1${piecePath(cid)}/pages/${layout}/${page}`,
  begin: (wish: Wish) => json<Practice>("/practice", "POST", wish),
  exercise: (wish: ExerciseWish) => json<Exercise>("/practice/exercises", "POST", wish),
  end: () => json<Practice>("/practice", "DELETE"),
  async notes(): Promise<ScoreNote[]> {
    return (await json<{ notes: ScoreNote[] }>("/practice/notes")).notes;
  },
  async students(): Promise<Student[]> {
    return (await json<{ students: Student[] }>("/students")).students;
  },
  makeStudent: (nickname: string) => json<Student>("/students", "POST", { nickname }),
  letPlay: (student: string | null) => json<{ student: string | null }>("/playing", "PUT", { student }),
  lesson: (student: string) => json<Lesson>(`/students/${student}/lesson`),
  async say(text: string): Promise<void> {
    await ask("POST", "/say", {
      body: JSON.stringify({ text }),
      headers: { "Content-Type": "application/json" },
    });
  },
  judgement: (take: string) => json<Judgement>(`/takes/${encodeURIComponent(take)}/judgement`),
};
