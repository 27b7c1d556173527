"""The runner: each case is made from (seed, its number), so that a run can be stopped, resumed and repeated."""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import math
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from mos_appliance.errors import Bug, MosError
from tests.fuzz.doors import DOORS, Door
from tests.fuzz.mutate import case

ROOT: Final = Path(__file__).parents[2]
_BATCH: Final = 500
_HANG_S: Final = 20
"""CPU seconds after which a case is a failure; the slowest honest one took a fiftieth of that."""
_NICE: Final = 10
_MEMORY: Final = 2 << 30
"""What a whole run may take, so that a case that asks for more is a failure, not the end of the machine."""
_HEAD: Final = (
    "# Fuzzing\n\nDamaged and random input at every door: it may be refused with one clear line (a `MosError`), "
    "never anything else.\nA door is done after a million cases or ten minutes of CPU time, whichever comes first.\n"
    "What fails is mended, becomes a test, and is run again. Made by `make evidence NAME=fuzz`,\n"
    "that is `python -m tests.fuzz NAME --cases N --minutes M --seed S`; a case "
    "repeats from its seed and number.\n\n"
    "| door | what comes in | cases | CPU min | seed | accepted | refused | failures | slowest CPU ms | version | "
    "date |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|\n"
)


def _commit() -> str:
    """Short name of the commit that runs; `-` outside of a clone."""
    done = subprocess.run(
        ("git", "rev-parse", "--short", "HEAD"), cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "-"


COMMIT: Final = _commit()
"""That of the code that was loaded: a run takes hours."""


def run_case(door: Door, seeds: list[bytes], seed: int, number: int) -> tuple[str, bytes]:
    """Returns `accepted`, `refused` or the failure in one line; and the input."""
    generator = random.Random(f"{door.name}/{seed}/{number}")
    data = case(generator, seeds, door.most_bytes)
    if door.mend is not None and generator.random() < 0.5:
        data = door.mend(generator, data)
    try:
        door.enter(data)
    except MosError as error:
        told = str(error)
        if isinstance(error, Bug):
            return f"Bug: {told}", data
        return ("refused" if told and "\n" not in told else f"refused in more than one line: {told!r}"), data
    except Exception as error:  # noqa: BLE001 - a failure of any kind is what fuzzing looks for
        return f"{type(error).__name__}: {error}", data
    return "accepted", data


def run(door: Door, cases: int, seed: int, folder: Path, minutes: float = math.inf) -> dict[str, float]:
    """Run the cases that are not done yet, for so much CPU time in all. Returns the counts over all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    seeds = door.seeds()
    corpus = hashlib.sha256(b"".join(seeds)).hexdigest()[:8]
    state_path = folder / f"{door.name}-{seed}-{corpus}.json"
    state = {"done": 0, "accepted": 0, "refused": 0, "failures": 0, "slowest_ms": 0.0, "cpu_s": 0.0}
    if state_path.exists():
        state |= json.loads(state_path.read_text())
    signal.signal(signal.SIGPROF, _hang)
    if state["failures"]:
        _mended(door, seeds, seed, folder, state)
        _save(state_path, state)
    for number in range(int(state["done"]), cases):
        if state["cpu_s"] >= 60 * minutes:
            break
        began = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, _HANG_S)
        outcome, data = run_case(door, seeds, seed, number)
        signal.setitimer(signal.ITIMER_PROF, 0)
        spent = time.process_time() - began
        state["cpu_s"] += spent
        state["slowest_ms"] = max(state["slowest_ms"], spent * 1000)
        if outcome not in {"accepted", "refused"}:
            (folder / f"{door.name}-{seed}-{number}.bin").write_bytes(data)
            sys.stderr.write(f"\n{door.name} case {number}: {outcome}\n")
            outcome = "failures"
        state[outcome] += 1
        state["done"] = number + 1
        if state["done"] % _BATCH == 0 or state["done"] == cases or state["cpu_s"] >= 60 * minutes:
            _save(state_path, state)
            if sys.stderr.isatty() or state["done"] % (200 * _BATCH) == 0:
                sys.stderr.write(f"\r{door.name}: {int(state['done']):,} of {cases:,}, {state['failures']:g} failures ")
    return state


def _mended(door: Door, seeds: list[bytes], seed: int, folder: Path, state: dict[str, float]) -> None:
    """Run what failed before again: what does not any more counts as what it is now."""
    for kept in sorted(folder.glob(f"{door.name}-{seed}-*.bin")):
        outcome, _ = run_case(door, seeds, seed, int(kept.stem.rpartition("-")[2]))
        if outcome in {"accepted", "refused"}:
            state["failures"] -= 1
            state[outcome] += 1
            kept.unlink()


def _save(path: Path, state: dict[str, float]) -> None:
    """Whole or not at all: the run may be killed at any time."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(state))
    part.replace(path)


def _hang(*_: object) -> None:
    raise TimeoutError(f"not done after {_HANG_S} s")


def record(door: Door, seed: int, state: dict[str, float], table: Path) -> None:
    """Put the door's row into the table of evidence."""
    version = f"{(ROOT / 'image' / 'version').read_text().strip()} ({COMMIT})"
    cells = (
        door.name,
        door.doc,
        f"{int(state['done']):,}",
        f"{state['cpu_s'] / 60:.1f}",
        seed,
        f"{int(state['accepted']):,}",
        f"{int(state['refused']):,}",
        int(state["failures"]),
        f"{state['slowest_ms']:.0f}",
        version,
        datetime.datetime.now(datetime.UTC).date().isoformat(),
    )
    row = "| " + " | ".join(str(cell) for cell in cells) + " |"
    lines = table.read_text().splitlines() if table.exists() else []
    others = [line for line in lines if line.startswith("| ") and not line.startswith(("| door ", f"| {door.name} "))]
    table.parent.mkdir(parents=True, exist_ok=True)
    table.write_text(_HEAD + "\n".join(sorted([*others, row])) + "\n")


def main() -> int:
    """Returns 1 when a case failed."""
    names = [door.name for door in DOORS]
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("name", nargs="+", choices=[*names, "all"])
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--minutes", type=float, default=math.inf, help="CPU minutes a door, those before counted in")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--table", type=Path, default=ROOT / "docs" / "evidence" / "fuzz.md")
    parser.add_argument("--state", type=Path, default=ROOT / "build" / "fuzz")
    args = parser.parse_args()
    os.nice(max(0, _NICE - os.nice(0)))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    failures = 0.0
    for door in DOORS:
        if {door.name, "all"} & set(args.name):
            state = run(door, args.cases, args.seed, args.state, args.minutes)
            record(door, args.seed, state, args.table)
            failures += state["failures"]
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
