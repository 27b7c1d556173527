/**
 * Beats that are only told by number (a count-in, a metronome that runs alone): when does each begin?
 *
 * That beat `index` is the one at `frame` says that the first began in (frame − (index + 1)·period, frame − index·period].
 * Each message narrows this; a contradiction means that something was changed, and the count begins anew.
 */
export class BeatCounter {
  private period = 0;
  private earliest = 0;
  private latest = 0;
  private index = 0;
  private known = false;
  private standing = false;

  forget(): void {
    this.known = false;
    this.standing = false;
  }

  observe(frame: number, index: number, period: number): void {
    const earliest = frame - (index + 1) * period;
    const latest = frame - index * period;
    const agrees = this.known && period === this.period && earliest < this.latest && latest > this.earliest;
    if (index !== this.index) this.standing = false;
    else if (this.known && period === this.period && !agrees) this.standing = true;
    this.earliest = agrees ? Math.max(this.earliest, earliest) : earliest;
    this.latest = agrees ? Math.min(this.latest, latest) : latest;
    this.period = period;
    this.index = index;
    this.known = true;
  }

  /** Beats since the first at `frame`, with their fraction; null before any was told and when the next did not come. */
  at(frame: number): number | null {
    return this.known && !this.standing ? (frame - this.latest) / this.period : null;
  }
}
