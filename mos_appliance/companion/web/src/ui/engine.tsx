/** The engine's figures, the sound device and the keyboards. */

import { clock } from "../app";
import { type MessageKey, number, t, tOr } from "../messages";
import { pitchName } from "../music/pitch";
import { useStore } from "../state/store";
import type { Device, Keyboard, Statistics } from "../wire/generated";

/** Where the meter begins; below it is silence to the ear. */
const METER_FLOOR_DB = -60;

type Row = [MessageKey, string];

export function EnginePanel() {
  const statistics = useStore((state) => state.statistics);
  const device = useStore((state) => state.device);
  const keyboard = useStore((state) => state.keyboard);
  const restarts = useStore((state) => state.engine?.restarts ?? 0);
  const version = useStore((state) => state.hello?.version ?? t("engine.unknown"));
  const roundTrip = clock.roundTripMs;
  const rows: Row[] = [
    ...statisticsRows(statistics),
    ...deviceRows(device),
    ...keyboardRows(keyboard),
    [
      "engine.roundTrip",
      roundTrip === null ? t("engine.unknown") : t("engine.latencyValue", { ms: number(roundTrip, 1) }),
    ],
    ["engine.restarts", number(restarts)],
    ["engine.version", version],
  ];
  return (
    <>
      <Meter statistics={statistics} />
      <dl class="figures">
        {rows.map(([key, value]) => (
          <div key={key}>
            <dt>{t(key)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Meter({ statistics }: { statistics: Statistics | null }) {
  const peak = statistics?.peak_dbfs ?? METER_FLOOR_DB;
  const reduction = statistics?.reduction_db ?? 0;
  const shown = Math.min(0, Math.max(METER_FLOOR_DB, peak));
  const text = peak <= METER_FLOOR_DB ? "−∞" : number(peak, 1);
  return (
    <div class="meter">
      <div
        role="meter"
        aria-label={t("engine.peak")}
        aria-valuemin={METER_FLOOR_DB}
        aria-valuemax={0}
        aria-valuenow={Math.round(shown)}
        aria-valuetext={t("engine.peakValue", { db: text })}
        class="scale"
      >
        <i style={{ width: `${100 - (100 * shown) / METER_FLOOR_DB}%` }} />
      </div>
      <span class="peak">{t("engine.peakValue", { db: text })}</span>
      <span class={reduction > 0.1 ? "limiter acting" : "limiter"}>
        {t("engine.reduction")} {t("engine.reductionValue", { db: number(-reduction || 0, 1) })}
      </span>
    </div>
  );
}

function statisticsRows(statistics: Statistics | null): Row[] {
  if (!statistics) return [["engine.latency", t("engine.unknown")]];
  const { latency_ms, block_us, period_us, voices, voices_shed, xruns } = statistics;
  const block = {
    p50: number(block_us.p50 ?? 0),
    p99: number(block_us.p99 ?? 0),
    max: number(block_us.max ?? 0),
    period: number(period_us),
  };
  return [
    ["engine.latency", t("engine.latencyValue", { ms: number(latency_ms, 1) })],
    ["engine.xruns", number(xruns)],
    ["engine.block", t("engine.blockValue", block)],
    ["engine.voices", t("engine.voicesValue", { voices: number(voices), shed: number(voices_shed) })],
  ];
}

function deviceRows(device: Device | null): Row[] {
  if (!device) return [];
  const state = tOr(`engine.deviceState.${device.state}`, device.state);
  const { name, period, periods, bits } = device;
  const rows: Row[] = [
    ["engine.device", name ? t("engine.deviceValue", { name, state }) : state],
    ["engine.format", t("engine.formatValue", { period, periods, bits })],
  ];
  if (device.microphone !== "none") {
    rows.push([
      "engine.microphone",
      tOr(`engine.microphone.${device.microphone}`, device.microphone, device),
    ]);
  }
  return rows;
}

function keyboardRows(keyboard: Keyboard | null): Row[] {
  if (!keyboard) return [];
  const { names, lowest_key, highest_key, velocity, pedal } = keyboard;
  const rows: Row[] = [["engine.keyboards", names.length ? names.join(", ") : t("engine.noKeyboard")]];
  if (lowest_key !== null && highest_key !== null) {
    const range = { low: pitchName(lowest_key), high: pitchName(highest_key) };
    rows.push(["engine.keys", t("piano.range", range)]);
    rows.push(["engine.velocity", tOr(`engine.velocity.${velocity}`, velocity)]);
    rows.push(["engine.pedal", tOr(`engine.pedal.${pedal}`, pedal)]);
  }
  return rows;
}
