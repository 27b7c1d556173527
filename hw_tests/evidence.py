"""The long run on the virtual bench, then its figures as tables: `python -m hw_tests.evidence [--target …]`.

Each test writes its figure and its outcome as it ends: a run that is broken off leaves what it had, and the next one
goes on with what has not passed at the same commit. Writes docs/evidence/bench.md.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from hw_tests.appliance import wall_clock

ROOT = Path(__file__).resolve().parents[1]
FIGURES = ROOT / "build" / "hardware"
OUTCOMES = FIGURES / "outcomes" / "all.json"
REMARKS = "## Remarks"
"""What stands below this heading is written by people and kept."""
NOTHING_LEFT = 5
"""What pytest says when it was left nothing to run."""
PAGE = ROOT / "docs" / "evidence" / "bench.md"

LATENCY = (
    "line",
    "period",
    "presses",
    "missing",
    "too_early",
    "min_ms",
    "p50_ms",
    "p99_ms",
    "max_ms",
    "xruns",
    "drift_us",
    "player_late_max_ms",
    "from_start_p50_ms",
    "from_start_max_ms",
    "date",
)
STEADY = ("shift", "hog", "seconds", "xruns", "voices_max", "block_us_p50", "block_us_max", "takes", "date")
BLOCKS = ("voices_wanted", "bare_us", "ours_us", "ratio", "appliance_us", "appliance_ratio", "date")
ALL_ELSE = "survival", "engine-killed", "burst-300", "recording-", "low-bits-"


def figures(prefix: str) -> list[tuple[str, dict[str, Any]]]:
    """The kept figures whose names begin so."""
    return [(path.stem, json.loads(path.read_text())) for path in sorted(FIGURES.glob(f"{prefix}*.json"))]


def table(rows: Iterable[tuple[str, dict[str, Any]]], columns: Sequence[str]) -> str:
    lines = ["| measurement | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for name, row in rows:
        lines.append(f"| {name} | " + " | ".join(str(row.get(column, "")) for column in columns) + " |")
    return "\n".join(lines)


def outcomes() -> list[tuple[str, dict[str, Any]]]:
    """How each test of the long run ended last."""
    return sorted(json.loads(OUTCOMES.read_text()).items()) if OUTCOMES.exists() else []


def page(command: str) -> str:
    version = (ROOT / "image/version").read_text().strip()
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    rest = [(name, told) for word in ALL_ELSE for name, told in figures(word)]
    return "\n".join(
        (
            "# Evidence: the bench",
            "",
            f"Written {wall_clock()} by `{command}`, version {version}, commit {commit.stdout.strip()}. "
            "How it is measured: [bench.md](../bench.md). Virtual bench: no board has run these tests yet.",
            "",
            table(outcomes(), ("outcome", "seconds", "commit", "date")),
            "",
            "## From the key to the converter",
            "",
            "36 keys held, reverb, chorus, metronome, a phone connected, statistics flowing, a take being written.",
            "`fluidsynth`: FluidSynth's own player, same guest, same keys, without all that. `too_early`, and what in",
            "`min_ms` is below 1 ms: something else was taken for the key; the median is a little worse than it seems.",
            "A key over DIN counts from 0.96 ms (its three bytes) before its last byte is handed to the UART;",
            "`from_start` has in it how late the player was with that byte (`player_late`), as no keyboard would be.",
            "",
            table(figures("latency-"), LATENCY),
            "",
            "## A minute under full load",
            "",
            "`shift` 0 is nominal speed, 1 half of it; `hog`: the other core is kept busy (judged by xruns alone).",
            "",
            table(figures("steady-"), STEADY),
            "",
            "## Cost of a block of 64 frames, µs (= thousand instructions)",
            "",
            "`bare`: a loop in C around `fluid_synth_write_float`, with the engine's effect sends; `ours`: our own",
            "loop (MIDI port, talk ring, mixer, limiter, output ring) while nothing else runs; `appliance`: the",
            "median of what the running appliance tells itself, with a phone and a take, whose work on the other core",
            "is charged to it too. None of them hands the block to the device.",
            "",
            table(figures("block-"), BLOCKS),
            "",
            "## Kills, cables and 300 notes at once",
            "",
            *(f"- `{name}`: {json.dumps({key: told[key] for key in told if key != 'target'})}" for name, told in rest),
            "",
        )
    )


def main(options: Sequence[str]) -> int:
    """`--page` writes the page alone; else what has not passed at this commit is run first, with these options."""
    code = 0
    if "--page" not in options:
        command = [sys.executable, "-m", "pytest", "hw_tests", "--long", "--resume", "-q", *options]
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    remarks = PAGE.read_text().partition(REMARKS)[2] if PAGE.exists() else "\n"
    PAGE.write_text(f"{page('make evidence NAME=bench')}\n{REMARKS}{remarks}")
    return 0 if code == NOTHING_LEFT else code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
