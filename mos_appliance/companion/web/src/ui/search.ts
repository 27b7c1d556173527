/** Finds instruments by words. */
import type { Instrument } from "../wire/api";

const plain = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Those of the family whose name or family has every word of the search in it. */
export function search(instruments: readonly Instrument[], text: string, family: string): Instrument[] {
  const words = plain(text).split(/\s+/).filter(Boolean);
  return instruments.filter((one) => {
    const name = plain(`${one.name} ${one.family}`);
    return (!family || one.family === family) && words.every((word) => name.includes(word));
  });
}
