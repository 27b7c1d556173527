/** Brings a live stream, of which a browser hoards more than a second, close to what sounds now. */

/** So late the sound may be at first: less than that and it stutters on an ordinary network. */
const WANTED_S = 0.45;
/** Not worth a change of speed. */
const SLACK_S = 0.1;
/** Each time that the sound ran dry it may be that much later. */
const STALL_S = 0.15;
/** Fast enough to be there soon, slow enough to be music; the pitch is kept by the browser. */
const FAST = 1.25;

export class CatchUp {
  private wantedS = WANTED_S;
  private hurrying = false;

  /** The speed at which to play while the sound is `delayS` late. */
  rate(delayS: number): number {
    this.hurrying = delayS > this.wantedS + (this.hurrying ? 0 : SLACK_S);
    return this.hurrying ? FAST : 1;
  }

  /** The player has run dry. */
  stalled(): void {
    this.wantedS += STALL_S;
  }
}
