/** MIDI pitches and their names. */

const NAMES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"] as const;
const BLACK = new Set([1, 3, 6, 8, 10]);

/** Lowest and highest key of a piano. */
export const LOWEST = 21;
export const HIGHEST = 108;

export function isBlack(pitch: number): boolean {
  return BLACK.has(((pitch % 12) + 12) % 12);
}

/** `C4` for 60. */
export function pitchName(pitch: number): string {
  return `${NAMES[((pitch % 12) + 12) % 12]}${Math.floor(pitch / 12) - 1}`;
}

/** The white keys of a piano from the lowest, 52 of them. */
export const WHITE_KEYS: readonly number[] = Array.from(
  { length: HIGHEST - LOWEST + 1 },
  (_, index) => LOWEST + index,
).filter((pitch) => !isBlack(pitch));
