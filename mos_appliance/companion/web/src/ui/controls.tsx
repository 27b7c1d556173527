/** Inputs bound to the instrument's controls by the generated table: range, unit and steps come from there. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { setControl } from "../app";
import { type MessageKey, number, t } from "../messages";
import { controlValue } from "../state/select";
import { useStore } from "../state/store";
import { CONTROLS, type ControlName, type ControlRow } from "../wire/generated";
import { Icon } from "./icons";

/** How long a value just set is shown while the engine's echoes of older ones still come in. */
const SETTLE_MS = 500;

interface Bound {
  control: ControlName;
  which?: number;
}

export const rowOf = (control: ControlName): ControlRow => CONTROLS[control];
/** The values of a control whose numbers are choices. */
export const choicesOf = (control: ControlName) =>
  Array.from({ length: rowOf(control).choices }, (_, value) => value);
export const labelOf = (control: ControlName): string => t(`control.${control}` as MessageKey);

/** The value in force, and a setter that shows the new one at once. */
export function useControl(control: ControlName, which = 0): [number, (value: number) => void] {
  const told = useStore((state) => controlValue(state.controls, control, which));
  const [draft, setDraft] = useState<number | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const set = (value: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setDraft(null), SETTLE_MS);
    setDraft(value);
    setControl(control, value, which);
  };
  return [draft ?? told, set];
}

/** `70 %`, `−12 dB`, `3 semitones`. */
export function valueText(control: ControlName, value: number): string {
  const { unit, whole } = rowOf(control);
  const key = `unit.${unit}` as MessageKey;
  const digits = whole || Number.isInteger(value) ? 0 : 1;
  const signed = unit === "semitones" && value > 0 ? `+${number(value)}` : number(value, digits);
  return t(key, { value: signed, count: Math.abs(value) });
}

interface SliderProps extends Bound {
  step?: number;
  label?: string;
  disabled?: boolean;
  hideLabel?: boolean;
  /** What the value means, said with it. */
  meaning?: string;
  children?: ComponentChildren;
}

export function Slider({
  control,
  which = 0,
  step = 1,
  label,
  disabled,
  hideLabel,
  meaning,
  children,
}: SliderProps) {
  const [value, set] = useControl(control, which);
  const { minimum, maximum } = rowOf(control);
  const name = label ?? labelOf(control);
  const filled = `${(100 * (value - minimum)) / (maximum - minimum)}%`;
  return (
    <label class={`slider${hideLabel ? " bare" : ""}`}>
      <span class={hideLabel ? "unseen" : "name"}>{name}</span>
      {children}
      <input
        type="range"
        min={minimum}
        max={maximum}
        step={step}
        value={value}
        disabled={disabled}
        style={{ "--filled": filled }}
        title={meaning}
        aria-valuetext={[valueText(control, value), meaning].filter(Boolean).join(", ")}
        onInput={(event) => set(event.currentTarget.valueAsNumber)}
      />
      <output aria-hidden="true">{valueText(control, value)}</output>
    </label>
  );
}

interface StepperProps extends Bound {
  step?: number;
}

/** A number with a button on either side. */
export function Stepper({ control, which = 0, step = 1 }: StepperProps) {
  const [value, set] = useControl(control, which);
  const { minimum, maximum } = rowOf(control);
  const name = labelOf(control);
  const by = (change: number) => set(Math.min(maximum, Math.max(minimum, value + change)));
  return (
    <div class="row" role="group" aria-label={name}>
      <span class="name">{name}</span>
      <span class="stepper">
        <button
          type="button"
          aria-label={t("control.less", { control: name })}
          disabled={value <= minimum}
          onClick={() => by(-step)}
        >
          −
        </button>
        <output>{valueText(control, value)}</output>
        <button
          type="button"
          aria-label={t("control.moreOf", { control: name })}
          disabled={value >= maximum}
          onClick={() => by(step)}
        >
          +
        </button>
      </span>
    </div>
  );
}

export function Switch({ control, which = 0 }: Bound) {
  const [value, set] = useControl(control, which);
  return (
    <label class="row switch">
      <span class="name">{labelOf(control)}</span>
      <input
        type="checkbox"
        role="switch"
        aria-checked={value > 0}
        checked={value > 0}
        onChange={(event) => set(event.currentTarget.checked ? 1 : 0)}
      />
    </label>
  );
}

interface ChoiceProps extends Bound {
  options: readonly { value: number; text: string }[];
  disabled?: boolean;
}

export function Choice({ control, which = 0, options, disabled }: ChoiceProps) {
  const [value, set] = useControl(control, which);
  return (
    <label class="row">
      <span class="name">{labelOf(control)}</span>
      <select value={value} disabled={disabled} onChange={(event) => set(Number(event.currentTarget.value))}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.text}
          </option>
        ))}
      </select>
    </label>
  );
}

interface PressProps extends Bound {
  name: string;
  text: string;
}

/** A small button that stays down: mute, solo. */
export function Press({ control, which = 0, name, text }: PressProps) {
  const [value, set] = useControl(control, which);
  return (
    <button
      type="button"
      class={`press ${control}`}
      aria-pressed={value > 0}
      aria-label={name}
      title={name}
      onClick={() => set(value > 0 ? 0 : 1)}
    >
      {text}
    </button>
  );
}

interface ResetProps extends Bound {
  to: number;
}

/** Brings a control back; only there while it is elsewhere. */
export function Reset({ control, which = 0, to }: ResetProps) {
  const [value, set] = useControl(control, which);
  if (value === to) return null;
  const name = t("control.reset", { control: labelOf(control) });
  return (
    <button type="button" class="quiet" aria-label={name} title={name} onClick={() => set(to)}>
      <Icon name="close" />
    </button>
  );
}
