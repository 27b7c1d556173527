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
  private firstIndex = 0;
  private lastIndex = 0;
  private known = false;

  forget(): void {
    this.known = false;
  }

  observe(frame: number, index: number, period: number): void {
    const earliest = Math.max(this.earliest, frame - (index + 1) * period);
    const latest = Math.min(this.latest, frame - index * period);
    if (this.known && period === this.period && earliest < latest) {
      this.earliest = earliest;
      this.latest = latest;
    } else {
      this.known = true;
      this.period = period;
      this.firstIndex = index;
      this.earliest = frame - (index + 1) * period;
      this.latest = frame - index * period;
    }
    this.lastIndex = index;
  }

  /** Beats since the first at `frame`, with their fraction; null until one was seen to follow another. */
  at(frame: number): number | null {
    if (!this.known || this.lastIndex === this.firstIndex) return null;
    return (frame - this.latest) / this.period;
  }
}
