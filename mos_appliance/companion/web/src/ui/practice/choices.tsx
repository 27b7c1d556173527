/** How a piece is practised: mode, hands, bars, tempo, marks. */
import { useEffect } from "preact/hooks";
import { tp } from "../../messages/practice";
import { useStore } from "../../state/store";
import type { Practice } from "../../wire/generated";
import type { Exercise, Step } from "./api";

export interface Choices {
  mode: Practice["mode"];
  hands: number[];
  from: number;
  to: number;
  loop: boolean;
  tempo: number;
  ramp: number;
  marks: boolean;
  listen: Practice["listen"];
  /** The score is hidden until the take is judged. */
  byEar: boolean;
  layout: string;
}

export const MODES = ["wait", "flow", "accompany", "along", "echo"] as const;
const RAMP_PERCENT = 5;
const LAYOUTS = ["phone", "tablet", "large", "names"] as const;

/** What is chosen at first: what a lesson's step says; what is new is waited for, what is known is followed. */
export const firstChoices = (step?: Step, exercise?: Exercise): Choices => ({
  mode: exercise?.mode ?? (!step || step.role === "new" ? "wait" : "flow"),
  byEar: exercise?.mode === "echo",
  hands: [],
  from: step?.bar || 1,
  to: step?.to_bar ?? 0,
  loop: false,
  tempo: Math.round((step?.tempo ?? 1) * 100),
  ramp: 0,
  marks: false,
  listen: "keys",
  layout: innerWidth < 700 ? "phone" : "tablet",
});

/** The hands of a piece for two, by the word that lessons have for them. */
export function handsNamed(word: Step["hands"], handNames: readonly string[]): number[] {
  const hand = handNames.indexOf(word);
  return hand < 0 || handNames.length < 2 ? [] : [hand];
}

interface Props {
  choices: Choices;
  change: (changed: Partial<Choices>) => void;
  handNames: readonly string[];
  lastBar: number;
}

export function ChoiceForm({ choices, change, handNames, lastBar }: Props) {
  const { mode, loop, marks, tempo } = choices;
  return (
    <div class="choices">
      <fieldset class="modes">
        <legend>{tp("mode")}</legend>
        {MODES.map((one) => (
          <label key={one} class="mode">
            <input
              type="radio"
              name="mode"
              value={one}
              checked={mode === one}
              onChange={() => change({ mode: one })}
            />
            <span>
              <b>{tp(`mode.${one}`)}</b>
              <small>{tp(`mode.${one}.help`)}</small>
            </span>
          </label>
        ))}
      </fieldset>
      <Hands choices={choices} change={change} handNames={handNames} />
      <Ear choices={choices} change={change} />
      <details class="more">
        <summary>{tp("more")}</summary>
        <Bars choices={choices} change={change} lastBar={lastBar} />
        <Check text={tp("loop")} on={loop} set={(on) => change({ loop: on })} />
        {mode === "along" && loop && (
          <Check
            text={tp("ramp")}
            on={choices.ramp > 0}
            set={(on) => change({ ramp: on ? RAMP_PERCENT : 0 })}
          />
        )}
        <label class="slider">
          <span class="name">{tp("tempo")}</span>
          <input
            type="range"
            min={25}
            max={150}
            step={5}
            value={tempo}
            aria-valuetext={tp("tempoValue", { percent: tempo })}
            style={{ "--filled": `${(tempo - 25) / 1.25}%` }}
            onInput={(event) => change({ tempo: event.currentTarget.valueAsNumber })}
          />
          <output aria-hidden="true">{tp("tempoValue", { percent: tempo })}</output>
        </label>
        <Check text={tp("marks")} on={marks} set={(on) => change({ marks: on })} />
        <label class="row">
          <span class="name">{tp("size")}</span>
          <select value={choices.layout} onChange={(event) => change({ layout: event.currentTarget.value })}>
            {LAYOUTS.map((one) => (
              <option key={one} value={one}>
                {tp(`size.${one}`)}
              </option>
            ))}
          </select>
        </label>
      </details>
    </div>
  );
}

export function handName(name: string): string {
  return name === "right" || name === "left" ? tp(`hand.${name}`) : name;
}

function Hands({ choices, change, handNames }: Omit<Props, "lastBar">) {
  const chosen = choices.hands.length === 1 ? String(choices.hands[0]) : "all";
  const set = (value: string) => change({ hands: value === "all" ? [] : [Number(value)] });
  return (
    <label class="row">
      <span class="name">{tp("hands")}</span>
      <select value={chosen} onChange={(event) => set(event.currentTarget.value)}>
        <option value="all">{tp("hands.all")}</option>
        {handNames.length > 1 &&
          handNames.map((name, hand) => (
            <option key={hand} value={String(hand)}>
              {handName(name)}
            </option>
          ))}
      </select>
    </label>
  );
}

/** Who is followed: asked only while a microphone is open. */
function Ear({ choices, change }: Pick<Props, "choices" | "change">) {
  const open = useStore((state) => state.device?.microphone === "open");
  useEffect(() => {
    if (!open) change({ listen: "keys" });
  }, [open]);
  if (!open) return null;
  return (
    <label class="row">
      <span class="name">{tp("ear")}</span>
      <select
        value={choices.listen}
        onChange={(event) =>
          change({ listen: event.currentTarget.value === "microphone" ? "microphone" : "keys" })
        }
      >
        <option value="keys">{tp("ear.keys")}</option>
        <option value="microphone">{tp("ear.microphone")}</option>
      </select>
    </label>
  );
}

function Bars({ choices, change, lastBar }: Omit<Props, "handNames">) {
  const { from, to } = choices;
  const within = (bar: number) => Math.max(1, Math.min(lastBar, bar));
  const setFrom = (value: number) => {
    if (Number.isInteger(value)) change({ from: within(value), to: to && Math.max(to, within(value)) });
  };
  const setTo = (value: number) => {
    if (!Number.isInteger(value)) return;
    const last = Math.max(from, within(value));
    change({ to: last === lastBar ? 0 : last });
  };
  return (
    <fieldset class="loop">
      <legend class="unseen">{tp("bars")}</legend>
      <label>
        <span>{tp("from")}</span>
        <input
          type="number"
          inputMode="numeric"
          min={1}
          max={lastBar}
          value={from}
          onChange={(event) => setFrom(event.currentTarget.valueAsNumber)}
        />
      </label>
      <label>
        <span>{tp("to")}</span>
        <input
          type="number"
          inputMode="numeric"
          min={1}
          max={lastBar}
          value={to || lastBar}
          onChange={(event) => setTo(event.currentTarget.valueAsNumber)}
        />
      </label>
    </fieldset>
  );
}

function Check({ text, on, set }: { text: string; on: boolean; set: (on: boolean) => void }) {
  return (
    <label class="row switch">
      <span class="name">{text}</span>
      <input
        type="checkbox"
        role="switch"
        aria-checked={on}
        checked={on}
        onChange={(event) => set(event.currentTarget.checked)}
      />
    </label>
  );
}
