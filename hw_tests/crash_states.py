"""A box that plays, records and imports is cut off at a thousand moments: what a teacher would find each time.

    python -m hw_tests.crash_states --image FILE [--states 1000] [--boots 20] [--steps 12]

First, once: the image starts in the emulator, every write of its card is recorded, and after each step is kept what the
box had promised. Then power cuts, the same for the same number (`bench.write_log`): each state's data partition is
checked as the box checks it, and what had been promised a second before the cut is looked for. Some of the states are
started, play, are ended by SIGKILL, and started again. Everything is kept in build/crash-states as it is reached: a
run that is broken off goes on from there. Writes docs/evidence/crash-states.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from hw_tests import crash_boots, crash_checks
from hw_tests.appliance import wall_clock
from hw_tests.bench import image, variants, write_log
from hw_tests.bench.packages import NotAvailable
from hw_tests.bench.qemu import Machine
from image import bundle, emulate, slot

ROOT: Final = Path(__file__).resolve().parents[1]
PLACE: Final = ROOT / "build" / "crash-states"
PAGE: Final = ROOT / "docs" / "evidence" / "crash-states.md"
LOG_BYTES: Final = 8 << 30
"""Room for the log: a file without content, larger than what is ever written."""
UPDATE: Final = "/data/mos/updates/update.raucb"
PIECE: Final = 1 << 18
"""Bytes that the tests' agent takes at once without looking long for their end."""
LOADER_STATE: Final = "BOOT_ORDER A B\\nBOOT_A_LEFT 3\\nBOOT_B_LEFT 3\\n"
"""What the loader has written before, which these starts are without."""
_READY: Final = """after_sound
until wget -q -O /dev/null http://127.0.0.1:8080/api/v1/health; do sleep 0.1; done"""


def record(card_image: Path, place: Path, steps: int, signing: Path) -> None:
    """Let the image work while all that it writes is recorded; `steps.json` is written last."""
    place.mkdir(parents=True, exist_ok=True)
    image.copy_card(card_image, place)
    (place / image.CARD).rename(place / "base.img")
    with tempfile.TemporaryDirectory(prefix="mos-crash-") as folder:
        run = Path(folder)
        image.copy_card(card_image, run)
        log = place / "writes.log"
        with log.open("wb") as file:
            file.truncate(LOG_BYTES)
        words = write_log.qemu_words(image.CARD, str(log))
        bundled = make_bundle(card_image, run, signing)
        machine = image.start(run, 0, timer=False, held=False, wait=_READY, disk=words, loader_words="rauc.slot=A")
        try:
            for told in _work(machine, log, steps, bundled):
                kept = {"date": wall_clock(), "image": card_image.name, "steps": told}
                (place / "steps.part").write_text(json.dumps(kept))
        finally:
            machine.power_cut()
    (place / "steps.part").rename(place / "steps.json")


def make_bundle(card_image: Path, folder: Path, signing: Path) -> bytes:
    """An update that the image takes: its kernel, and a root that is small. Nobody starts it here."""
    kernel = variants.kernel_of(card_image, folder)
    slot.assemble(variants.crashing_root(folder), kernel, "9.9.9", folder / "slot")
    bundle.sign(folder / "slot", "9.9.9", bundle.COMPATIBLE.read_text().strip(), signing, folder / "update.raucb")
    return (folder / "update.raucb").read_bytes()


def _work(machine: Machine, log: Path, steps: int, bundled: bytes) -> Iterator[list[dict[str, Any]]]:
    """Yields all that was promised so far, after each step. An update is written beside the second half of them."""
    told: list[dict[str, Any]] = []
    _must(machine, f"printf '{LOADER_STATE}' | fw_setenv --script -")
    _must(machine, f"mkdir -p $(dirname {UPDATE})")
    for at in range(0, len(bundled), PIECE):
        machine.put("/tmp/piece", bundled[at : at + PIECE])
        _must(machine, f"cat /tmp/piece >> {UPDATE}")
    code, device = machine.run("python3 -P /opt/bench/gadget.py plug")
    if code:
        raise RuntimeError(f"no keyboard: {device}")
    machine.run("until grep -q 'connected\": *true' /run/mos/keyboards.json; do sleep 0.1; done", 30)
    student = "-"
    for number in range(1, steps + 1):
        if number == steps // 2 + 1:
            _must(machine, f"/usr/lib/mos/update install {UPDATE} > /tmp/update.out 2>&1; echo $? > /tmp/update.code &")
        code, output = machine.run(f"python3 -P /opt/bench/busy.py {device.strip()} {number} {student}", 120)
        if code:
            raise RuntimeError(f"step {number}: {output[-1000:]}\n{machine.console_end()}")
        step = json.loads(output.splitlines()[-1])
        student = step["student"]
        step["loader"] = True
        step["writes"] = len(write_log.read_log(log))
        told.append(step)
        print(f"crash-states: step {number} of {steps}: {step['writes']} writes so far", file=sys.stderr, flush=True)
        yield told
    _must(machine, "n=0; until [ -s /tmp/update.code ] || [ $n -gt 6000 ]; do n=$((n+1)); sleep 0.1; done", 700)
    if _must(machine, "cat /tmp/update.code") != "0":
        raise RuntimeError(f"the update: {machine.run('cat /tmp/update.out')[1]}")
    told[-1]["updated"] = len(write_log.read_log(log))
    yield told


def _must(machine: Machine, command: str, seconds: float = 60.0) -> str:
    code, output = machine.run(command, seconds)
    if code:
        raise RuntimeError(f"{command}: {output[-1000:]}")
    return output.strip()


def results(file: Path) -> dict[int, dict[str, Any]]:
    """What has been found so far, by the number of the cut; a torn last line is done again."""
    found: dict[int, dict[str, Any]] = {}
    if file.exists():
        for line in file.read_text().splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue
            found[row["number"]] = row
    return found


def check(place: Path, states: int) -> dict[int, dict[str, Any]]:
    """Look at every state that has not been looked at."""
    file = place / "checked.jsonl"
    done = results(file)
    left = [number for number in range(1, states + 1) if number not in done]
    if left:
        steps = json.loads((place / "steps.json").read_text())["steps"]
        with crash_checks.States(place, steps) as known, file.open("a") as out:
            for row in known.look(left):
                out.write(json.dumps(row) + "\n")
                out.flush()
                done[row["number"]] = row
                if len(done) % 50 == 0:
                    print(f"crash-states: {len(done)} of {states} states", file=sys.stderr, flush=True)
    return {number: row for number, row in done.items() if number <= states}


def boot(place: Path, boots: int) -> dict[int, dict[str, Any]]:
    """Start states: each plays, is killed, and plays again."""
    file = place / "booted.jsonl"
    done = results(file)
    steps = json.loads((place / "steps.json").read_text())["steps"]
    for number in range(1, boots + 1):
        if number in done:
            continue
        row = crash_boots.start_twice(place, steps, number)
        with file.open("a") as out:
            out.write(json.dumps(row) + "\n")
        done[number] = row
        print(f"crash-states: {len(done)} of {boots} started: {row['wrong'] or 'well'}", file=sys.stderr, flush=True)
    return {number: row for number, row in done.items() if number <= boots}


def _updated(steps: Sequence[dict[str, Any]]) -> str:
    ended = steps[-1].get("updated")
    return f"finished after write {ended}" if ended else "it did not come to its end"


def page(place: Path, checked: dict[int, dict[str, Any]], booted: dict[int, dict[str, Any]]) -> str:
    """The evidence, as Markdown."""
    told = json.loads((place / "steps.json").read_text())
    writes = write_log.read_log(place / "writes.log")
    flushes = sum(bool(write.flags & write_log.FLUSH) for write in writes)
    fsck = Counter(row["e2fsck"] for row in checked.values())
    bad = {number: row["wrong"] for number, row in checked.items() if row["wrong"]}
    failed = {number: row["wrong"] for number, row in booted.items() if row["wrong"]}
    sound = [seconds for row in booted.values() for seconds in row["sound_s"]]
    return "\n".join(
        (
            "# Evidence: power cuts",
            "",
            f"Written {wall_clock()} by `make evidence NAME=crash-states`. The log of writes was recorded",
            f"{told['date']} from `{told['image']}` in the emulator, from power-on through {len(told['steps'])} steps,",
            "each of ten keys, an import and a lesson of a student; beside the last half of them an update was written",
            f"to the other root ({_updated(told['steps'])}). No board has run it.",
            "",
            "| | |",
            "|---|---|",
            f"| writes recorded, and flushes among them | {len(writes)}, {flushes} |",
            f"| states checked | {len(checked)} |",
            *(f"| `e2fsck -p` ended with {code} | {count} |" for code, count in sorted(fsck.items())),
            f"| states in which something promised was missing or damaged | {len(bad)} |",
            f"| takes, pieces, student's events found (most in one state) | "
            f"{max((row['takes'] for row in checked.values()), default=0)}, "
            f"{max((row['pieces'] for row in checked.values()), default=0)}, "
            f"{max((row['events'] for row in checked.values()), default=0)} |",
            f"| states started, played, ended by SIGKILL, started again | {len(booted)} |",
            f"| of these with something wrong | {len(failed)} |",
            f"| sound after, virtual s, least and most | {min(sound, default=0)}, {max(sound, default=0)} |",
            "",
            *(f"- state {number}: {why}" for number, why in sorted({**bad, **failed}.items())),
            "",
        )
    )


def main(argv: Sequence[str]) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="hw_tests.crash_states", description=__doc__)
    parser.add_argument("--image", type=Path, default=ROOT / "build/image/mos-qemu_aarch64.img")
    parser.add_argument("--states", type=int, default=1000)
    parser.add_argument("--boots", type=int, default=20)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument(
        "--signing", type=Path, default=Path("~/.cache/mos/image/signing"), help="of the image's updates"
    )
    args = parser.parse_args(argv)
    try:
        if not (PLACE / "steps.json").exists():
            record(args.image, PLACE, args.steps, args.signing.expanduser())
        checked = check(PLACE, args.states)
        booted = boot(PLACE, args.boots)
    except (NotAvailable, emulate.NotAvailable) as error:
        print(f"crash-states: needed: {error}", file=sys.stderr)
        return 3
    PAGE.write_text(page(PLACE, checked, booted))
    return 1 if any(row["wrong"] for row in [*checked.values(), *booted.values()]) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
