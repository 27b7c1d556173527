/** The list of instruments: searched by typing, narrowed by family, chosen by click, arrows and Enter. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { setControl } from "../app";
import { t } from "../messages";
import { controlValue } from "../state/select";
import { useStore } from "../state/store";
import type { Instrument } from "../wire/api";
import { search } from "./search";

interface Props {
  layer: number;
  instruments: Instrument[];
}

const idOf = (one: Instrument) => `instrument-${one.bank}-${one.program}`;
export function InstrumentList({ layer, instruments }: Props) {
  const [text, setText] = useState("");
  const [family, setFamily] = useState("");
  const [active, setActive] = useState<string | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const program = useStore((state) => controlValue(state.controls, "program", layer));
  const bank = useStore((state) => controlValue(state.controls, "bank", layer));
  const current = idOf({ program, bank, name: "", family: "" });
  const found = useMemo(() => search(instruments, text, family), [instruments, text, family]);
  const families = useMemo(() => [...new Set(instruments.map((one) => one.family))], [instruments]);
  useEffect(() => showInList(list.current, active ?? current), [active, current, found]);

  const choose = (one: Instrument) => {
    setControl("bank", one.bank, layer);
    setControl("program", one.program, layer);
    setActive(null);
  };
  const at = found.findIndex((one) => idOf(one) === (active ?? current));
  const go = (step: number) => {
    const next = found[Math.max(0, Math.min(found.length - 1, at + step))];
    setActive(next ? idOf(next) : null);
  };
  const acts: Readonly<Record<string, (field: HTMLElement) => void>> = {
    ArrowDown: () => go(1),
    ArrowUp: () => go(-1),
    Enter: () => {
      const one = found[at] ?? found[0];
      if (one) choose(one);
    },
    // Letters play again as soon as the field is left.
    Escape: (field) => (text ? setText("") : field.blur()),
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act(event.currentTarget as HTMLElement);
  };

  return (
    <>
      <div class="search">
        <input
          type="text"
          inputMode="search"
          enterKeyHint="done"
          autoComplete="off"
          role="combobox"
          aria-expanded="true"
          aria-controls="instrument-list"
          aria-autocomplete="list"
          aria-activedescendant={active ?? undefined}
          aria-label={t("sound.search")}
          placeholder={t("sound.searchHint")}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <select
          aria-label={t("sound.family")}
          value={family}
          onChange={(event) => setFamily(event.currentTarget.value)}
        >
          <option value="">{t("sound.allFamilies")}</option>
          {families.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </div>
      <div
        ref={list}
        id="instrument-list"
        class="list"
        role="listbox"
        aria-label={t("sound.list")}
        tabIndex={-1}
      >
        {found.map((one, index) => (
          <Option
            key={idOf(one)}
            one={one}
            chosen={idOf(one) === current}
            active={idOf(one) === active}
            title={found[index - 1]?.family !== one.family}
            choose={() => choose(one)}
          />
        ))}
        {!found.length && instruments.length > 0 && <p class="hint">{t("sound.none")}</p>}
      </div>
    </>
  );
}

interface OptionProps {
  one: Instrument;
  chosen: boolean;
  active: boolean;
  /** Whether it is the first of its family here. */
  title: boolean;
  choose: () => void;
}

function Option({ one, chosen, active, title, choose }: OptionProps) {
  return (
    <>
      {title && (
        <p class="family" aria-hidden="true">
          {one.family}
        </p>
      )}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the search field above moves through the list */}
      <div
        id={idOf(one)}
        role="option"
        tabIndex={-1}
        aria-selected={chosen}
        class={active ? "option active" : "option"}
        onClick={choose}
      >
        {one.name}
      </div>
    </>
  );
}

/** Scrolls the list alone, never the page. */
function showInList(list: HTMLElement | null, id: string): void {
  const option = list?.querySelector<HTMLElement>(`#${id}`);
  if (!list || !option) return;
  const above = option.offsetTop < list.scrollTop;
  const below = option.offsetTop + option.offsetHeight > list.scrollTop + list.clientHeight;
  if (above || below) list.scrollTop = option.offsetTop - list.clientHeight / 2;
}
