"""States of the card after a power cut, started: the box sounds, is killed while it plays, and sounds again."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from hw_tests import crash_checks
from hw_tests.bench import image, write_log
from hw_tests.bench.qemu import GuestFailed, Machine
from hw_tests.bench.write_log import Disk

LATEST_SOUND_S: Final = 10.0
_READY: Final = """after_sound
until wget -q -O /dev/null http://127.0.0.1:8080/api/v1/health; do sleep 0.1; done"""
_SOUND: Final = (
    "grep -h trigger_time /proc/asound/card*/pcm*p/sub0/status; grep -hc RUNNING /proc/asound/card*/pcm*p/sub0/status"
)


def make_card(place: Path, number: int, card: Path) -> int:
    """The whole card as that power cut leaves it. Returns how many writes had been made."""
    log = place / "writes.log"
    writes = write_log.read_log(log)
    cut = write_log.cut_power(writes, number)
    subprocess.run(["cp", "--sparse=always", str(place / "base.img"), str(card)], check=True)
    disk = Disk(card, log)
    for write in writes[: cut.flushed]:
        disk.redo(write)
    disk.close()
    crash_checks.apply(cut, writes, card, log)
    return cut.at


def start_twice(place: Path, steps: Sequence[dict[str, Any]], number: int) -> dict[str, Any]:
    """Start that state, play, kill it while keys sound, start again. What was wrong is told in words."""
    folder = Path(tempfile.mkdtemp(prefix="mos-crash-"))
    row: dict[str, Any] = {"number": number, "sound_s": [], "notes": [], "data": [], "wrong": ""}
    try:
        at = make_card(place, number, folder / image.CARD)
        owed = int(crash_checks.promised(steps, at)["notes"])
        for _ in range(2):
            owed = _once(folder, owed, row)
    except GuestFailed as error:
        row["wrong"] = f"{row['wrong']} did not start: {str(error)[-300:]}"
    finally:
        shutil.rmtree(folder)
    return row


def _once(folder: Path, owed: int, row: dict[str, Any]) -> int:
    """One start, ended by SIGKILL. Returns how many notes the box owes then."""
    machine = image.start(folder, 0, timer=False, held=False, wait=_READY)
    try:
        _, told = machine.run(_SOUND)
        lines = told.split()
        if len(lines) < 3 or lines[-1] != "1":
            row["wrong"] += f" no sound: {told!r}"
        else:
            row["sound_s"].append(round(float(lines[1]), 2))
            if float(lines[1]) > LATEST_SOUND_S:
                row["wrong"] += f" late: {lines[1]} s"
        _, data = machine.run("cat /run/data-partition; head -c 300 /run/e2fsck")
        row["data"].append(data.strip()[-200:])
        notes = _notes(machine)
        row["notes"].append(notes)
        if notes < owed:
            row["wrong"] += f" {notes} notes of {owed}"
        played = _play(machine)
        return notes + played
    finally:
        machine.power_cut()


def _notes(machine: Machine) -> int:
    code, output = machine.run("wget -q -O - http://127.0.0.1:8080/api/v1/takes", 20)
    return sum(take["notes"] for take in json.loads(output)) if code == 0 else -1


def _play(machine: Machine) -> int:
    """Keys until the kill. Returns how many were played a second before it."""
    _, device = machine.run("python3 -P /opt/bench/gadget.py plug")
    machine.run("until grep -q 'connected\": *true' /run/mos/keyboards.json; do sleep 0.1; done", 30)
    spec = {"device": device.strip(), "presses": 30, "key": 60, "least_ms": 90, "most_ms": 110, "after_s": 0.0}
    machine.put("/tmp/keyboard.json", json.dumps(spec).encode())
    code, output = machine.run("python3 -P /opt/bench/keyboard.py /tmp/keyboard.json; cut -d' ' -f1 /proc/uptime", 60)
    if code:
        raise GuestFailed(f"the keyboard could not be played: {output[-500:]}")
    lines = output.strip().splitlines()
    pressed, now = json.loads(lines[-2])["pressed_ns"], float(lines[-1])
    return sum(at / 1e9 < now - 1.0 for at in pressed)
