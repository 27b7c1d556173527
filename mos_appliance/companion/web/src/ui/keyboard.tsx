/** What is known of the keyboard, to be put right where it was found out wrongly or not at all. */
import { type MessageKey, t } from "../messages";
import { HIGHEST, LOWEST, pitchName } from "../music/pitch";
import type { ControlName } from "../wire/generated";
import { Choice, choicesOf, rowOf, Switch } from "./controls";

const PIANO_KEYS = Array.from({ length: HIGHEST - LOWEST + 1 }, (_, index) => LOWEST + index);

/** Every key of a piano, and the control's own default: the end of what MIDI knows. */
function keyOptions(control: "first_key" | "last_key") {
  const values = [...new Set([...PIANO_KEYS, rowOf(control).default])].sort((a, b) => a - b);
  return values.map((value) => ({ value, text: pitchName(value) }));
}

const choiceOptions = (control: ControlName) =>
  choicesOf(control).map((value) => ({ value, text: t(`control.${control}.${value}` as MessageKey) }));

export function KeyboardFacts() {
  return (
    <details class="more">
      <summary>{t("sound.keyboard")}</summary>
      <div class="pairs">
        <Choice control="first_key" options={keyOptions("first_key")} />
        <Choice control="last_key" options={keyOptions("last_key")} />
        <Choice control="touch" options={choiceOptions("touch")} />
        <Choice control="pedal" options={choiceOptions("pedal")} />
      </div>
      <Switch control="speakers" />
      <Switch control="local_off" />
    </details>
  );
}
