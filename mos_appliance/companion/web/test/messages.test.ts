import { expect, test } from "vitest";
import { duration, number, t, tOr } from "../src/messages";
import { en } from "../src/messages/en";
import { CONTROLS } from "../src/wire/generated";

test("every control has a name", () => {
  const named = Object.keys(CONTROLS).filter((name) => `control.${name}` in en);
  const shown = Object.keys(CONTROLS).filter(
    (name) =>
      !["duck", "talk_volume", "layer_on", "program", "bank", "lowest_key", "highest_key"].includes(name),
  );
  const perLayer = ["layer_transpose", "layer_volume", "layer_pan"];
  expect(named).toEqual(expect.arrayContaining(shown.filter((name) => !perLayer.includes(name))));
});

test("every unit has a text", () => {
  const used = ["volume", "volume_cap", "tuning", "transpose", "count_in", "reverb"] as const;
  for (const name of used) expect(`unit.${CONTROLS[name].unit}` in en).toBe(true);
});

test("values stand where the text wants them", () => {
  expect(t("bar.place", { bar: 3, beat: 2 })).toBe("Bar 3, beat 2");
});

test("one is one and more are more", () => {
  expect(t("song.notes", { count: 1 })).toBe("1 note");
  expect(t("song.notes", { count: 0 })).toBe("0 notes");
  expect(t("unit.semitones", { value: "+1", count: 1 })).toBe("+1 semitone");
});

test("a word of a newer hub is shown as it is", () => {
  expect(tOr("engine.deviceState.levitating", "levitating")).toBe("levitating");
});

test("numbers and durations are written for people", () => {
  expect(number(-12)).toBe("−12");
  expect(number(0.04, 1)).toBe("0.0");
  expect(duration(125)).toBe("2:05");
  expect(duration(0)).toBe("0:00");
});

test("every choice of a control that is offered has a text", () => {
  for (const name of ["velocity_curve", "touch", "pedal"] as const) {
    for (let value = 0; value < CONTROLS[name].choices; value++) {
      expect(`control.${name}.${value}` in en).toBe(true);
    }
  }
});
