/** The shape of the piano on the screen: which key is where, in widths of a white key, and how hard it is touched. */
import { HIGHEST, isBlack, LOWEST, WHITE_KEYS } from "../music/pitch";

export interface KeyShape {
  pitch: number;
  black: boolean;
  /** Left edge and width in widths of a white key. */
  left: number;
  width: number;
}

export const BLACK_WIDTH = 0.6;
/** How far down the black keys reach. */
export const BLACK_DEPTH = 0.62;
const SOFTEST = 25;
const HARDEST = 120;

/** Black keys stand a little off the middle, as on a real keyboard. */
const LEAN: Readonly<Record<number, number>> = { 1: -0.1, 3: 0.1, 6: -0.13, 8: 0, 10: 0.13 };

/** The keys that a piano of `count` white keys from the white key `first` (0–51) shows, from left to right. */
export function keyShapes(first: number, count: number): KeyShape[] {
  const shapes: KeyShape[] = [];
  WHITE_KEYS.slice(first, first + count).forEach((pitch, index) => {
    shapes.push({ pitch, black: false, left: index, width: 1 });
    const next = pitch + 1;
    if (next <= HIGHEST && isBlack(next) && index + 1 < count) {
      const lean = LEAN[next % 12] ?? 0;
      shapes.push({ pitch: next, black: true, left: index + 1 - BLACK_WIDTH / 2 + lean, width: BLACK_WIDTH });
    }
  });
  return shapes;
}

/** The key at `x` (in white keys) and `y` (0 top – 1 bottom); null beside the piano. */
export function keyAt(shapes: readonly KeyShape[], x: number, y: number): number | null {
  const covers = (shape: KeyShape) => x >= shape.left && x < shape.left + shape.width;
  const black = y < BLACK_DEPTH ? shapes.find((shape) => shape.black && covers(shape)) : undefined;
  return (black ?? shapes.find((shape) => !shape.black && covers(shape)))?.pitch ?? null;
}

/** Velocity by where on the key it is touched: softer at the far end, harder near the player. */
export function velocityAt(y: number, black: boolean): number {
  const along = Math.min(1, Math.max(0, black ? y / BLACK_DEPTH : y));
  return Math.round(SOFTEST + (HARDEST - SOFTEST) * along);
}

/** The white key that a piano of `count` white keys has to begin with so that `pitch` is its first, if it fits. */
export function firstWhiteFor(pitch: number, count: number): number {
  const index = WHITE_KEYS.findIndex((white) => white >= Math.max(LOWEST, pitch));
  return Math.max(0, Math.min(index < 0 ? WHITE_KEYS.length : index, WHITE_KEYS.length - count));
}

/** How many white keys fit: a finger needs `COARSE` pixels, a mouse `FINE`. */
const COARSE_PX = 44;
const FINE_PX = 23;
const FEWEST = 7;

export function whiteKeysFor(widthPx: number, coarse: boolean): number {
  const fit = Math.floor(widthPx / (coarse ? COARSE_PX : FINE_PX));
  return Math.max(FEWEST, Math.min(WHITE_KEYS.length, fit));
}
