"""A log of writes, and the power cuts that are made of it."""

from __future__ import annotations

import json
import struct
import subprocess
from pathlib import Path

import pytest

from hw_tests import crash_checks, crash_states
from hw_tests.bench import write_log
from hw_tests.bench.write_log import FLUSH, FUA, Disk

SECTOR = 512


def make_log(path: Path, entries: list[tuple[int, bytes, int]]) -> None:
    """A log as the emulator writes it: sector, data, flags."""
    content = struct.pack("<QQQI", write_log.MAGIC, 1, 0, SECTOR).ljust(SECTOR, b"\0")
    for sector, data, flags in entries:
        content += struct.pack("<QQQQ", sector, len(data) // SECTOR, flags, 0).ljust(SECTOR, b"\0") + data
    path.write_bytes(content + bytes(4 * SECTOR))


def fill(value: int, count: int = 1) -> bytes:
    return bytes([value]) * SECTOR * count


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "writes.log"
    entries = [(0, fill(1, 4), 0), (0, b"", FLUSH), (1, fill(2), 0), (2, fill(3, 2), 0), (6, fill(4), FUA)]
    make_log(path, entries)
    return path


def test_every_whole_entry_is_read_and_the_empty_end_is_not(log: Path) -> None:
    assert [(each.sector, each.count, each.flags) for each in write_log.read_log(log)] == [
        (0, 4, 0),
        (0, 0, FLUSH),
        (1, 1, 0),
        (2, 2, 0),
        (6, 1, FUA),
    ]
    cut_off = log.read_bytes()[: SECTOR * 7]
    log.write_bytes(cut_off)
    assert len(write_log.read_log(log)) == 2


def test_what_is_no_log_is_refused(tmp_path: Path) -> None:
    for content in (b"", bytes(SECTOR), struct.pack("<QQQI", write_log.MAGIC, 1, 0, 4096).ljust(SECTOR, b"\0")):
        path = tmp_path / "no.log"
        path.write_bytes(content)
        with pytest.raises(write_log.NoLog):
            write_log.read_log(path)


def test_a_cut_is_the_same_for_the_same_number_and_keeps_all_that_was_flushed(log: Path) -> None:
    writes = write_log.read_log(log)
    cuts = [write_log.cut_power(writes, number) for number in range(300)]
    assert cuts == [write_log.cut_power(writes, number) for number in range(300)]
    assert {cut.at for cut in cuts} == set(range(len(writes) + 1))
    assert all(cut.flushed == (2 if cut.at >= 2 else 0) for cut in cuts)
    for cut in cuts:
        assert all(cut.flushed <= index < cut.at for index, _ in cut.some)
        assert ((4, (0, 1)) in cut.some) == (cut.at == 5), "forced through: it is there as soon as it was written"
    late = [dict(cut.some) for cut in cuts if cut.at == 5]
    assert any(3 not in some for some in late) and any(some.get(3) == (0, 2) for some in late)
    assert any(some.get(3) in {(0, 1), (1, 2)} for some in late), "torn between two sectors"


def test_a_state_has_what_was_flushed_and_of_the_rest_what_chance_left(log: Path, tmp_path: Path) -> None:
    writes = write_log.read_log(log)
    for number in range(40):
        cut = write_log.cut_power(writes, number)
        state = tmp_path / "state.img"
        state.write_bytes(bytes(8 * SECTOR))
        disk = Disk(state, log)
        for write in writes[: cut.flushed]:
            disk.redo(write)
        disk.close()
        crash_checks.apply(cut, writes, state, log)
        expected = bytearray([1] * 4 + [0] * 4) if cut.flushed else bytearray(8)
        for index, (begin, end) in cut.some:
            for sector in range(writes[index].sector + begin, writes[index].sector + end):
                expected[sector] = index + 1 if index == 0 else index
        assert [state.read_bytes()[sector * SECTOR] for sector in range(8)] == list(expected)


def test_what_is_owed_after_a_cut_is_what_was_told_before_it() -> None:
    second = 10**9
    steps = [
        {"writes": 10, "at_ns": 5 * second, "pressed_ns": [second, 2 * second], "cids": ["a"], "student": "s"},
        {"writes": 20, "at_ns": 9 * second, "pressed_ns": [7 * second, 8 * second + 1], "cids": ["b"], "student": "s"},
    ]
    assert crash_checks.promised(steps, 9) == {"notes": 0, "cids": [], "lessons": 0, "student": ""}
    assert crash_checks.promised(steps, 10) == {"notes": 2, "cids": ["a"], "lessons": 0, "student": "s"}
    assert crash_checks.promised(steps, 99) == {"notes": 3, "cids": ["a", "b"], "lessons": 1, "student": "s"}


def test_a_state_without_what_was_promised_is_told_of(tmp_path: Path) -> None:
    """The check itself can fail: an empty data partition, and one whose file system is gone."""
    owed = {"notes": 3, "cids": ["bafkqaaa"], "lessons": 2, "student": "00" * 16}
    tree = tmp_path / "tree/mos"
    tree.mkdir(parents=True)
    data = tmp_path / "data.ext4"
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", str(tree.parent), str(data), "8M"], check=True)
    told = crash_checks.look_into(data, owed, tmp_path / "files")["wrong"]
    assert "0 notes of 3" in told and "library: no index" in told and "students: nobody" in told
    data.write_bytes(bytes(8 << 20))
    assert "all is lost" in crash_checks.look_into(data, owed, tmp_path / "files")["wrong"]


def test_a_run_that_was_broken_off_goes_on_after_its_last_whole_line(tmp_path: Path) -> None:
    file = tmp_path / "checked.jsonl"
    file.write_text(json.dumps({"number": 3, "wrong": ""}) + "\n" + '{"number": 4, "wro')
    assert list(crash_states.results(file)) == [3]
