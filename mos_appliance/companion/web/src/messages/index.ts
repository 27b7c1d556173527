/** Texts by key. Other languages come as tables with the same keys as `en`. */
import { en, type Text } from "./en";

export type MessageKey = keyof typeof en;
type Values = Record<string, string | number>;

const table: Record<MessageKey, Text> = en;
const language = "en";
const plurals = new Intl.PluralRules(language);

/** A way into a table: the text of a key with `{name}` replaced from values; `count` or `value` picks the plural. */
export const textsOf =
  <Key extends string>(texts: Record<Key, Text>) =>
  (key: Key, values: Values = {}): string => {
    const text: Text = texts[key];
    const template = typeof text === "string" ? text : text[pluralOf(values)];
    return template.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
  };

export const t = textsOf(table);

/** The text of a key put together at run time, or `fallback` when the table has none (a newer hub's word). */
export function tOr(key: string, fallback: string, values: { overruns?: number } = {}): string {
  return key in table ? t(key as MessageKey, { ...values }) : fallback;
}

function pluralOf(values: Values): "one" | "other" {
  const count = Number(values.count ?? values.value);
  return plurals.select(count) === "one" ? "one" : "other";
}

/** Numbers as the language writes them. */
export function number(value: number, digits = 0): string {
  const shown = value.toLocaleString(language, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return shown.replace("-", "−");
}

/** `2:05`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** A day and time as people say it. */
export function dateTime(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** Tells the document which language it is in and which way that runs. */
export function dressDocument(): void {
  document.documentElement.lang = language;
  document.documentElement.dir = t("direction");
}
