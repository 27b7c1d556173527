from __future__ import annotations

import random
from pathlib import Path

import pytest

from mos_appliance.errors import Bug
from tests.fuzz import __main__ as runner
from tests.fuzz.__main__ import record, run, run_case
from tests.fuzz.doors import DOORS, Door
from tests.fuzz.score import mend_score


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_damaged_input_is_accepted_or_refused_in_one_line(door: Door, tmp_path: Path) -> None:
    state = run(door, 1_000, 20_261_122, tmp_path)
    assert state["failures"] == 0
    assert state["accepted"] + state["refused"] == 1_000


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_what_is_good_is_accepted(door: Door) -> None:
    for seed in door.seeds():
        door.enter(seed)


def test_what_is_json_but_no_object_is_mended_too() -> None:
    generator = random.Random(1)
    assert all(mend_score(generator, data) for data in (b"7", b"[]", b'"umf"', b"null") * 20)


def test_no_two_doors_share_a_name() -> None:
    assert len({door.name for door in DOORS}) == len(DOORS)


def test_a_case_repeats_from_its_seed_and_number() -> None:
    door = DOORS[0]
    assert run_case(door, door.seeds(), 3, 77) == run_case(door, door.seeds(), 3, 77)
    assert run_case(door, door.seeds(), 3, 77)[1] != run_case(door, door.seeds(), 4, 77)[1]


def test_a_run_is_resumed_where_it_stopped_and_failures_are_kept(tmp_path: Path) -> None:
    seen: list[bytes] = []

    def enter(data: bytes) -> None:
        seen.append(data)
        if data.startswith(b"\x00"):
            raise RuntimeError("broken")

    door = Door("doorstep", enter, lambda: [b"good", b"\x00bad"], 16, "a test")
    first = run(door, 40, 1, tmp_path)
    whole = run(door, 100, 1, tmp_path)
    assert len(seen) == 100 + first["failures"]  # which are tried again
    assert 0 < first["failures"] < whole["failures"]
    assert len(list(tmp_path.glob("doorstep-1-*.bin"))) == whole["failures"]


def test_what_failed_and_was_mended_counts_as_what_it_is_now(tmp_path: Path) -> None:
    def enter(data: bytes) -> None:
        if broken and data.startswith(b"\x00"):
            raise RuntimeError("broken")

    broken = True
    door = Door("doorstep", enter, lambda: [b"good", b"\x00bad"], 16, "a test")
    assert run(door, 40, 1, tmp_path)["failures"] > 0
    broken = False
    state = run(door, 60, 1, tmp_path)
    assert (state["failures"], state["accepted"]) == (0, 60)
    assert not list(tmp_path.glob("*.bin"))


def test_a_case_that_does_not_end_and_a_bug_are_failures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def enter(data: bytes) -> None:
        if data.startswith(b"b"):
            raise Bug("ours")
        while data.startswith(b"h"):
            pass

    monkeypatch.setattr(runner, "_HANG_S", 0.05)
    state = run(Door("doorstep", enter, lambda: [b"hangs", b"bug"], 16, "a test"), 20, 1, tmp_path)
    assert state["failures"] > 5
    assert state["failures"] + state["accepted"] == 20


def test_a_door_is_done_when_its_time_is_spent_and_goes_on_with_more(tmp_path: Path) -> None:
    door = DOORS[0]
    first = run(door, 1_000_000, 1, tmp_path, 0.001)
    assert 0 < first["done"] < 1_000_000
    assert run(door, 1_000_000, 1, tmp_path, 0.001) == first
    assert run(door, 1_000_000, 1, tmp_path, 0.002)["done"] > first["done"]


def test_the_table_keeps_one_row_a_door(tmp_path: Path) -> None:
    table = tmp_path / "fuzz.md"
    state = {"done": 10, "accepted": 4, "refused": 6, "failures": 0, "slowest_ms": 1.0, "cpu_s": 6.0}
    for door in (*DOORS, DOORS[0]):
        record(door, 1, state, table)
    rows = [line for line in table.read_text().splitlines() if line.startswith("| ")]
    assert len(rows) == 1 + len(DOORS)
