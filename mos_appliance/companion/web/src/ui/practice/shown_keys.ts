/** Keys that are to be pressed next, shown on the piano below. */
import { useEffect } from "preact/hooks";

export function useKeysShown(pitches: readonly number[]): void {
  const wanted = pitches.join(" ");
  useEffect(() => {
    const shown = new Set(wanted.split(" "));
    const keys = document.querySelectorAll<HTMLElement>(".key");
    for (const key of keys) {
      if (shown.has(key.dataset.pitch ?? "")) key.dataset.next = "";
      else delete key.dataset.next;
    }
    return () => {
      for (const key of keys) delete key.dataset.next;
    };
  }, [wanted]);
}
