/** What is read out of the state by more than one part of the page. */
import type { ControlName, TakeChanged } from "../wire/generated";
import type { Controls, State } from "./state";

export function controlValue(controls: Controls, name: ControlName, which = 0): number {
  return controls[name][which] ?? 0;
}

/** How the two sounds that the page offers are laid out; `other` is what only the API can have set up. */
export type Arrangement = "single" | "layered" | "split" | "other";

export function arrangement(controls: Controls): Arrangement {
  const on = controls.layer_on;
  if (on.slice(2).some((value) => value > 0) || !on[0]) return "other";
  if (!on[1]) return isWhole(controls, 0) ? "single" : "other";
  if (isWhole(controls, 0) && isWhole(controls, 1)) return "layered";
  const meets = controlValue(controls, "highest_key", 1) + 1 === controlValue(controls, "lowest_key", 0);
  return meets ? "split" : "other";
}

function isWhole(controls: Controls, layer: number): boolean {
  return (
    controlValue(controls, "lowest_key", layer) === 0 && controlValue(controls, "highest_key", layer) === 127
  );
}

export interface ControlChange {
  control: ControlName;
  which: number;
  value: number;
}

/** The changes that lay the sounds out so; `split` is the lowest key of the right hand. */
export function arrange(wanted: Exclude<Arrangement, "other">, split: number): ControlChange[] {
  const change = (control: ControlName, which: number, value: number) => ({ control, which, value });
  const isSplit = wanted === "split";
  return [
    change("layer_on", 0, 1),
    change("layer_on", 1, wanted === "single" ? 0 : 1),
    change("layer_on", 2, 0),
    change("layer_on", 3, 0),
    change("lowest_key", 0, isSplit ? split : 0),
    change("highest_key", 0, 127),
    change("lowest_key", 1, 0),
    change("highest_key", 1, isSplit ? split - 1 : 127),
  ];
}

const byNumber = new Intl.Collator("en", { numeric: true });

/** Takes, the newest first. Ids count up because the hub makes them so; the growing one leads. */
export function takesNewestFirst(takes: State["takes"]): TakeChanged[] {
  const rank = (take: TakeChanged) => (take.state === "recording" ? 1 : 0);
  return Object.values(takes).sort((a, b) => rank(b) - rank(a) || byNumber.compare(b.take, a.take));
}

/** The lowest that a meter shows: no sound. */
const SILENCE_DB = -99;

/** The loudest that the sound can get now, in whole dB below full scale: the cap, under it the volume by a square law. */
export function loudestDb(controls: Controls): number {
  const volume = controlValue(controls, "volume") / 100;
  if (volume <= 0) return SILENCE_DB;
  return Math.round(controlValue(controls, "volume_cap") + 40 * Math.log10(volume));
}
