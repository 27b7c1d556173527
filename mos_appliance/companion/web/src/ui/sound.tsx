/** Which instrument sounds, alone, with a second one, or split between the hands; and how. */
import { useEffect, useState } from "preact/hooks";
import { setArrangement, setControl, why } from "../app";
import { type MessageKey, number, t } from "../messages";
import { pitchName } from "../music/pitch";
import { type Arrangement, arrangement, controlValue, loudestDb } from "../state/select";
import { useStore } from "../state/store";
import { api, type Instrument } from "../wire/api";
import { Choice, choicesOf, Reset, rowOf, Slider, Stepper, Switch, useControl } from "./controls";
import { InstrumentList } from "./instruments";
import { KeyboardFacts } from "./keyboard";

const ARRANGEMENTS = ["single", "layered", "split"] as const;
const MIDDLE_C = 60;
/** Where hands are parted: the two octaves around middle C. */
const SPLITS = Array.from({ length: 25 }, (_, index) => MIDDLE_C - 12 + index);

export function SoundPanel() {
  const [layer, setLayer] = useState(0);
  const [listed, setListed] = useState(false);
  const [instruments, failure] = useInstruments();
  const laidOut = useStore((state) => arrangement(state.controls));
  const two = laidOut === "layered" || laidOut === "split";
  const chosen = two ? layer : 0;
  return (
    <>
      <Arrangements now={laidOut} />
      <div class="layers" role="radiogroup" aria-label={t("sound.choosing")}>
        {(two ? [0, 1] : [0]).map((index) => (
          <Layer
            key={index}
            layer={index}
            name={layerName(laidOut, index)}
            instruments={instruments}
            chosen={chosen === index}
            choose={() => setLayer(index)}
            only={!two}
          />
        ))}
      </div>
      {laidOut === "split" && <SplitPoint />}
      <button
        type="button"
        class="choose"
        aria-expanded={listed}
        aria-controls="instruments"
        onClick={() => setListed(!listed)}
      >
        {t(listed ? "sound.closeList" : "sound.choose")}
      </button>
      <div id="instruments" class={listed ? "instruments listed" : "instruments"}>
        {failure ? (
          <p class="hint">{t("sound.failed", { why: failure })}</p>
        ) : (
          <InstrumentList layer={chosen} instruments={instruments} />
        )}
      </div>
      <Slider control="reverb" />
      <Stepper control="transpose" />
      <More />
      <KeyboardFacts />
    </>
  );
}

/** The instruments, asked for at each new connection: another hub may have others. */
function useInstruments(): [Instrument[], string | null] {
  const connected = useStore((state) => state.connection === "open");
  const [instruments, setInstruments] = useState<Instrument[]>([]);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    if (!connected) return;
    api.instruments().then(
      (list) => {
        setInstruments(list);
        setFailure(null);
      },
      (error: unknown) => setFailure(why(error)),
    );
  }, [connected]);
  return [instruments, failure];
}

function layerName(laidOut: Arrangement, layer: number): string {
  if (laidOut === "split") return t(layer ? "sound.left" : "sound.right");
  return t(layer ? "sound.second" : "sound.first");
}

function Arrangements({ now }: { now: Arrangement }) {
  const split = useStore((state) => controlValue(state.controls, "lowest_key", 0)) || MIDDLE_C;
  return (
    <div class="segments" role="radiogroup" aria-label={t("sound.arrangement")}>
      {ARRANGEMENTS.map((wanted) => (
        <label key={wanted}>
          <input
            type="radio"
            name="arrangement"
            checked={now === wanted}
            onChange={() => setArrangement(wanted, split)}
          />
          <span>{t(`sound.${wanted}`)}</span>
        </label>
      ))}
    </div>
  );
}

interface LayerProps {
  layer: number;
  name: string;
  instruments: Instrument[];
  chosen: boolean;
  choose: () => void;
  only: boolean;
}

function Layer({ layer, name, instruments, chosen, choose, only }: LayerProps) {
  const program = useStore((state) => controlValue(state.controls, "program", layer));
  const bank = useStore((state) => controlValue(state.controls, "bank", layer));
  const found = instruments.find((one) => one.program === program && one.bank === bank);
  const instrument = found?.name ?? t("sound.program", { number: program + 1 });
  return (
    <div class="layer">
      <label>
        <input type="radio" name="layer" checked={chosen} onChange={choose} class={only ? "unseen" : ""} />
        <span>
          <small>{name}</small>
          <b>{instrument}</b>
        </span>
      </label>
      {!only && (
        <Slider
          control="layer_volume"
          which={layer}
          label={t("sound.level", { sound: instrument })}
          hideLabel
        />
      )}
    </div>
  );
}

function SplitPoint() {
  const [split] = useControl("lowest_key", 0);
  const pitches = SPLITS.includes(split) ? SPLITS : [...SPLITS, split].sort((a, b) => a - b);
  const change = (pitch: number) => {
    setControl("highest_key", pitch - 1, 1);
    setControl("lowest_key", pitch, 0);
  };
  return (
    <label class="row">
      <span class="name">{t("sound.splitAt")}</span>
      <select value={split} onChange={(event) => change(Number(event.currentTarget.value))}>
        {pitches.map((pitch) => (
          <option key={pitch} value={pitch}>
            {pitchName(pitch)}
          </option>
        ))}
      </select>
    </label>
  );
}

function More() {
  const owner = useStore((state) => state.hello?.owner ?? false);
  const [curve] = useControl("velocity_curve");
  const loudness = useStore((state) => loudestDb(state.controls));
  const curves = choicesOf("velocity_curve").map((value) => ({
    value,
    text: t(`control.velocity_curve.${value}` as MessageKey),
  }));
  return (
    <details class="more">
      <summary>{t("sound.more")}</summary>
      <Slider control="tuning" step={0.1}>
        <Reset control="tuning" to={rowOf("tuning").default} />
      </Slider>
      <Slider control="chorus" />
      <Choice control="velocity_curve" options={curves} />
      {curve === 3 && <Slider control="fixed_velocity" />}
      <Switch control="mono" />
      {owner && (
        <>
          <Slider control="volume_cap" step={0.5} />
          <p class="hint">{t("control.volume_capHelp", { db: number(-loudness) })}</p>
        </>
      )}
    </details>
  );
}
