/** Notes of the score and where they stand on the engraved pages. */
import type { NoteMark, PageMap, ScoreNote } from "./api";

/** A place on a page, in per cent of its width and height. */
export interface Spot {
  page: number;
  left: number;
  top: number;
  width: number;
  height: number;
}

export class Score {
  private readonly byId: Map<string, ScoreNote>;
  private readonly byOnset = new Map<string, ScoreNote[]>();
  private readonly heads: Map<string, PageMap["notes"][number]>;

  constructor(
    private readonly map: PageMap,
    notes: readonly ScoreNote[],
  ) {
    this.byId = new Map(notes.map((note) => [note.id, note]));
    this.heads = new Map(map.notes.map((head) => [head.id, head]));
    for (const note of notes) {
      const together = this.byOnset.get(note.onset_quarters);
      if (together) together.push(note);
      else this.byOnset.set(note.onset_quarters, [note]);
    }
  }

  get lastBar(): number {
    return Math.max(1, ...this.map.bars.map((bar) => bar.bar));
  }

  note(id: string): ScoreNote | undefined {
    return this.byId.get(id);
  }

  /** What is struck with a note, by those hands (none: all of them), from low to high. */
  together(id: string, hands: readonly number[]): ScoreNote[] {
    const note = this.byId.get(id);
    const all = note ? (this.byOnset.get(note.onset_quarters) ?? []) : [];
    const wanted = all.filter((one) => !hands.length || hands.includes(one.hand));
    return [...wanted].sort((a, b) => a.pitch - b.pitch);
  }

  /** The line through all staves at a note. */
  cursor(id: string): Spot | null {
    const head = this.heads.get(id);
    const bar = head && this.barAt(head);
    if (!head || !bar) return null;
    const spot = this.spot(head.page, head.x - CURSOR / 2, bar.y - MARGIN, CURSOR, bar.height + 2 * MARGIN);
    return spot;
  }

  /** The box around a note's head. */
  head(id: string): Spot | null {
    const head = this.heads.get(id);
    return head ? this.spot(head.page, head.x - HEAD, head.y - HEAD, 2 * HEAD, 2 * HEAD) : null;
  }

  /** The bars of a stretch, to show what is practised. */
  bars(from: number, to: number): Spot[] {
    const chosen = this.map.bars.filter((bar) => bar.bar >= from && (to === 0 || bar.bar <= to));
    return chosen.map((bar) =>
      this.spot(bar.page, bar.x, bar.y - MARGIN, bar.width, bar.height + 2 * MARGIN),
    );
  }

  private barAt(head: PageMap["notes"][number]): PageMap["bars"][number] | undefined {
    const bars = this.map.bars.filter((bar) => bar.bar === head.bar);
    return bars.find((bar) => bar.page === head.page && bar.x <= head.x) ?? bars[0];
  }

  private spot(page: number, x: number, y: number, width: number, height: number): Spot {
    const size = this.map.pages[page - 1];
    const wide = 100 / (size?.units_wide ?? 1);
    const high = 100 / (size?.units_high ?? 1);
    return { page, left: x * wide, top: y * high, width: width * wide, height: height * high };
  }
}

/** Units of the map: how wide the cursor is, how far it reaches beyond the staves, half of a note's box. */
const CURSOR = 260;
const MARGIN = 400;
const HEAD = 170;

/** Of several marks of one note the gravest. */
const WEIGHT = { right: 0, extra: 0, early: 1, late: 1, missed: 2, wrong: 3 } as const;

export function gravest(marks: readonly NoteMark[]): NoteMark[] {
  const kept = new Map<string, NoteMark>();
  for (const mark of marks) {
    const before = kept.get(mark.note);
    if (mark.note && (!before || WEIGHT[mark.verdict] > WEIGHT[before.verdict])) kept.set(mark.note, mark);
  }
  return [...kept.values()].filter((mark) => WEIGHT[mark.verdict] > 0);
}
