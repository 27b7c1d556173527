"""The runner: each case is made from (seed, its number), so that a run can be stopped, resumed and repeated."""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import random
import sys
import time
from pathlib import Path
from typing import Final

from mos_appliance.errors import MosError
from tests.fuzz.doors import DOORS, Door
from tests.fuzz.mutate import case

ROOT: Final = Path(__file__).parents[2]
_BATCH: Final = 2_000
_HEAD: Final = (
    "# Fuzzing\n\nDamaged and random input at every door: it may be refused with one clear line (a `MosError`), "
    "never anything else.\nMade by `python -m tests.fuzz NAME --cases N --seed S`; a case repeats from its seed and "
    "number.\n\n"
    "| door | what comes in | cases | seed | accepted | refused | failures | slowest CPU ms | version | date | "
    "command |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|\n"
)


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
        return ("refused" if told and "\n" not in told else f"refused in more than one line: {told!r}"), data
    except Exception as error:  # noqa: BLE001 - a failure of any kind is what fuzzing looks for
        return f"{type(error).__name__}: {error}", data
    return "accepted", data


def run(door: Door, cases: int, seed: int, folder: Path) -> dict[str, float]:
    """Run the cases that are not done yet. Returns the counts over all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    seeds = door.seeds()
    corpus = hashlib.sha256(b"".join(seeds)).hexdigest()[:8]
    state_path = folder / f"{door.name}-{seed}-{corpus}.json"
    state = {"done": 0, "accepted": 0, "refused": 0, "failures": 0, "slowest_ms": 0.0}
    if state_path.exists():
        state |= json.loads(state_path.read_text())
    for number in range(int(state["done"]), cases):
        began = time.process_time()
        outcome, data = run_case(door, seeds, seed, number)
        state["slowest_ms"] = max(state["slowest_ms"], (time.process_time() - began) * 1000)
        if outcome not in {"accepted", "refused"}:
            (folder / f"{door.name}-{seed}-{number}.bin").write_bytes(data)
            sys.stderr.write(f"\n{door.name} case {number}: {outcome}\n")
            outcome = "failures"
        state[outcome] += 1
        state["done"] = number + 1
        if state["done"] % _BATCH == 0 or state["done"] == cases:
            state_path.write_text(json.dumps(state))
            if sys.stderr.isatty() or state["done"] % (50 * _BATCH) == 0:
                sys.stderr.write(f"\r{door.name}: {int(state['done']):,} of {cases:,}, {state['failures']:g} failures ")
    return state


def record(door: Door, seed: int, state: dict[str, float], table: Path) -> None:
    """Put the door's row into the table of evidence."""
    version = (ROOT / "image" / "version").read_text().strip()
    command = f"`python -m tests.fuzz {door.name} --cases {int(state['done'])} --seed {seed}`"
    cells = (
        door.name,
        door.doc,
        f"{int(state['done']):,}",
        seed,
        f"{int(state['accepted']):,}",
        f"{int(state['refused']):,}",
        int(state["failures"]),
        f"{state['slowest_ms']:.0f}",
        version,
        datetime.datetime.now(datetime.UTC).date().isoformat(),
        command,
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
    parser.add_argument("name", choices=[*names, "all"])
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--table", type=Path, default=ROOT / "docs" / "evidence" / "fuzz.md")
    parser.add_argument("--state", type=Path, default=ROOT / "build" / "fuzz")
    args = parser.parse_args()
    failures = 0.0
    for door in DOORS:
        if args.name in {door.name, "all"}:
            state = run(door, args.cases, args.seed, args.state)
            record(door, args.seed, state, args.table)
            failures += state["failures"]
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
