import os
from pathlib import Path

import pytest

from mos_appliance.app.journal import Journal


@pytest.fixture
def terminal(tmp_path: Path) -> int:
    return os.open(tmp_path / "terminal", os.O_RDWR | os.O_CREAT)


def test_a_line_is_shown_with_its_tag_and_kept_with_its_time(tmp_path: Path, terminal: int) -> None:
    journal = Journal(tmp_path / "log" / "mos.log", terminal)
    journal.write("engine", "sound: silence")
    journal.close()
    assert os.pread(terminal, 100, 0) == b"engine: sound: silence\n"
    assert (tmp_path / "log" / "mos.log").read_text().endswith(" engine: sound: silence\n")


def test_the_log_never_grows_past_twice_its_bound(tmp_path: Path, terminal: int) -> None:
    journal = Journal(tmp_path / "mos.log", terminal, limit=1000)
    for number in range(200):
        journal.write("engine", f"line {number}")
    journal.close()
    sizes = [path.stat().st_size for path in sorted(tmp_path.glob("mos.log*"))]
    assert len(sizes) == 2
    assert max(sizes) <= 1000
    assert (tmp_path / "mos.log").read_text().endswith("line 199\n")


def test_a_full_disk_is_told_once_and_ends_nothing(terminal: int) -> None:
    journal = Journal(Path("/dev/full"), terminal)
    journal.write("engine", "one")
    journal.write("engine", "two")
    told = os.pread(terminal, 1000, 0).decode().splitlines()
    assert told == ["log: /dev/full: No space left on device; nothing more is kept", "engine: one", "engine: two"]


def test_a_terminal_that_takes_nothing_holds_nobody_up(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    journal = Journal(tmp_path / "mos.log", writing, limit=1 << 30)
    for _ in range(2000):
        journal.write("engine", "x" * 100)
    journal.close()
    assert (tmp_path / "mos.log").read_text().count("\n") == 2000
    os.close(reading)
    os.close(writing)


def test_a_terminal_that_is_gone_ends_nothing(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    journal = Journal(tmp_path / "mos.log", writing)
    journal.write("engine", "one")
    journal.close()
    os.close(writing)
    assert (tmp_path / "mos.log").read_text().endswith("one\n")
