/**
 * What the page itself plays: counts who holds a pitch (fingers, mouse, computer keys, a screen reader's button), so that
 * every note-on gets exactly one note-off, also when the window loses the keyboard or the connection goes.
 */

const NOTE_OFF = 0x80;
const NOTE_ON = 0x90;
const CONTROL_CHANGE = 0xb0;
const SUSTAIN = 64;

type Send = (midi: number[]) => void;
type Holder = string;

export class Player {
  private readonly pitches = new Map<Holder, number>();
  private readonly pedals = new Set<Holder>();
  private readonly listeners = new Set<() => void>();

  constructor(private readonly send: Send) {}

  /** `holder` presses `pitch`; what it held before is let go. */
  press(holder: Holder, pitch: number, velocity: number): void {
    if (this.pitches.get(holder) === pitch) return;
    this.release(holder);
    this.pitches.set(holder, pitch);
    this.send([NOTE_ON, pitch, velocity]);
    this.changed();
  }

  release(holder: Holder): void {
    const pitch = this.pitches.get(holder);
    if (pitch === undefined) return;
    this.pitches.delete(holder);
    if (!this.holds(pitch)) this.send([NOTE_OFF, pitch, 0]);
    this.changed();
  }

  /** The sustain pedal is down while anybody has its foot on it. */
  pedal(holder: Holder, down: boolean): void {
    const before = this.pedalDown;
    if (down) this.pedals.add(holder);
    else this.pedals.delete(holder);
    if (before === this.pedalDown) return;
    this.send([CONTROL_CHANGE, SUSTAIN, down ? 127 : 0]);
    this.changed();
  }

  releaseAll(): void {
    for (const holder of [...this.pitches.keys()]) this.release(holder);
    for (const holder of [...this.pedals]) this.pedal(holder, false);
  }

  holds(pitch: number): boolean {
    for (const held of this.pitches.values()) if (held === pitch) return true;
    return false;
  }

  get held(): ReadonlySet<number> {
    return new Set(this.pitches.values());
  }

  get pedalDown(): boolean {
    return this.pedals.size > 0;
  }

  /** Calls `listener` after each change; returns what ends that. */
  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
