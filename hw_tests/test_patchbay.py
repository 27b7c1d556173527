"""Keyboards on a kernel's own sequencer: connected by themselves, told of when they go, found again after kills."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hw_tests.conftest import MakeTarget
from hw_tests.target import Target

INSIDE = Path(__file__).parent / "inside"
NOTES = [[0x90, 60, 100], [0x90, 62, 101], [0x80, 60, 0], [0x80, 62, 0]]


def life(target: Target, *steps: str) -> list[Any]:
    """What `keyboard_life.py` saw at its start and at each step."""
    device = target.plug_keyboard()
    for name in ("keyboard_life.py", "gadget.py"):
        target.put(f"/tmp/{name}", (INSIDE / name).read_bytes())
    code, output = target.run(f"taskset 1 python3 /tmp/keyboard_life.py {device} {' '.join(steps)}", 120)
    assert code == 0, output
    return list(json.loads(output.splitlines()[-1]))


def test_a_keyboard_plays_by_itself_and_through_kills_of_patchbay_and_engine(make_target: MakeTarget) -> None:
    here, notes, found, again, local, back, anew = life(
        make_target(), "notes", "restart", "notes", "local_off", "engine_back", "notes"
    )
    assert len(here) == 1 and found == here and back == here
    assert notes == again == anew == NOTES, "once each: no connection is doubled"
    assert local == [byte for channel in range(16) for byte in (0xB0 | channel, 122, 0)]


def test_the_engine_is_told_of_a_keyboard_that_goes_and_hears_it_when_it_is_back(make_target: MakeTarget) -> None:
    target = make_target()
    target.plug_keyboard()
    target.unplug_keyboard()  # or it says here what it lacks
    here, quiet, nobody, told, back, notes = life(target, "told", "unplug", "told", "plug", "notes")
    assert quiet == [] and nobody == []
    assert told == ["KEYBOARD_GONE"]
    assert back == here and notes == NOTES
