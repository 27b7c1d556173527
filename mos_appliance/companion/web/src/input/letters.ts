/** The computer's keys as a piano of two rows, by `KeyboardEvent.code`: the place of a key, whatever is printed on it. */

const LOWER = [
  "KeyZ", "KeyS", "KeyX", "KeyD", "KeyC", "KeyV", "KeyG", "KeyB", "KeyH", "KeyN", "KeyJ", "KeyM",
  "Comma", "KeyL", "Period", "Semicolon", "Slash",
]; // biome-ignore format: one octave a line
const UPPER = [
  "KeyQ", "Digit2", "KeyW", "Digit3", "KeyE", "KeyR", "Digit5", "KeyT", "Digit6", "KeyY", "Digit7", "KeyU",
  "KeyI", "Digit9", "KeyO", "Digit0", "KeyP",
]; // biome-ignore format: one octave a line

/** Semitones above the lowest key, by code. */
export const OFFSETS: ReadonlyMap<string, number> = new Map([
  ...LOWER.map((code, index): [string, number] => [code, index]),
  ...UPPER.map((code, index): [string, number] => [code, index + 12]),
]);

export const VELOCITY = 96;

const SIGNS: Readonly<Record<string, string>> = { Comma: ",", Period: ".", Semicolon: ";", Slash: "/" };

/** What is printed on the key on most keyboards. */
export function usualLetter(code: string): string {
  return SIGNS[code] ?? code.replace(/^(Key|Digit)/, "");
}

/**
 * The letter of each pitch from `base`. `learnt` holds what the keys have shown of themselves so far: the browser
 * tells a layout only over HTTPS. Where both rows reach, the upper one names the key.
 */
export function lettersByPitch(base: number, learnt: ReadonlyMap<string, string>): Map<number, string> {
  const letters = new Map<number, string>();
  for (const [code, offset] of OFFSETS) letters.set(base + offset, learnt.get(code) ?? usualLetter(code));
  return letters;
}
