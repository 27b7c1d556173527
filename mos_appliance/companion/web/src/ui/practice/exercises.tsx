/** Exercises made to order. */
import { useState } from "preact/hooks";
import { sayError, why } from "../../app";
import { number } from "../../messages";
import { tp } from "../../messages/practice";
import { type Exercise, type ExerciseWish, practiceApi } from "./api";

const KINDS = ["scale", "broken-chord", "cadence", "sight-reading", "ear", "rhythm"] as const;
const MAJOR = ["C", "G", "D", "A", "E", "B", "F#", "Db", "Ab", "Eb", "Bb", "F"];
const MINOR = ["A", "E", "B", "F#", "C#", "G#", "Eb", "Bb", "F", "C", "G", "D"];
const KEYS = [...MAJOR.map((key) => `${key} major`), ...MINOR.map((key) => `${key} minor`)];
const LEVELS = [0, 1, 2, 3, 4];
const IN_KEYS: readonly string[] = ["scale", "broken-chord", "cadence"];

export function Exercises({ made }: { made: (exercise: Exercise) => void }) {
  const [kind, setKind] = useState<ExerciseWish["kind"]>("scale");
  const [key, setKey] = useState("C major");
  const [level, setLevel] = useState<number | null>(null);
  const [making, setMaking] = useState(false);
  const make = () => {
    const [tonic = "C", mode] = key.split(" ");
    setMaking(true);
    practiceApi
      .exercise({ kind, key: tonic, minor: mode === "minor", level })
      .then(made, (error: unknown) => sayError(tp("failed", { why: why(error) })))
      .finally(() => setMaking(false));
  };
  return (
    <section class="exercises" aria-labelledby="exercises-title">
      <h3 id="exercises-title">{tp("exercises")}</h3>
      <label class="row">
        <span class="name">{tp("exercise.kind")}</span>
        <select
          value={kind}
          onChange={(event) => setKind(KINDS[event.currentTarget.selectedIndex] ?? "scale")}
        >
          {KINDS.map((one) => (
            <option key={one} value={one}>
              {tp(`exercise.${one}`)}
            </option>
          ))}
        </select>
      </label>
      {IN_KEYS.includes(kind) ? (
        <label class="row">
          <span class="name">{tp("exercise.key")}</span>
          <select value={key} onChange={(event) => setKey(event.currentTarget.value)}>
            {KEYS.map((one) => (
              <option key={one} value={one}>
                {keyText(one)}
              </option>
            ))}
          </select>
        </label>
      ) : (
        <label class="row">
          <span class="name">{tp("exercise.level")}</span>
          <select
            value={level ?? ""}
            onChange={(event) =>
              setLevel(event.currentTarget.value === "" ? null : Number(event.currentTarget.value))
            }
          >
            <option value="">{tp("exercise.chosen")}</option>
            {LEVELS.map((one) => (
              <option key={one} value={one}>
                {number(one + 1)}
              </option>
            ))}
          </select>
        </label>
      )}
      <button type="button" disabled={making} onClick={make}>
        {tp(making ? "exercise.making" : "exercise.make")}
      </button>
    </section>
  );
}

function keyText(key: string): string {
  const [tonic = "", mode] = key.split(" ");
  const written = tonic.replace("#", "♯").replace(/b$/, "♭");
  return tp(mode === "minor" ? "exercise.minor" : "exercise.major", { tonic: written });
}
