"""Takes on a real disk: what is there after a cut, when there is room, and what goes first."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from mos_appliance.store import take_files
from mos_appliance.store.take_files import Row, TakeFiles
from mos_appliance.store.take_format import Event, Facts

NOTE = [Event(0, 0x90, 60, 80, 80), Event(4800, 0x80, 60, 0, 0)]


def record(files: TakeFiles, number: int, notes: int = 1, **facts: object) -> str:
    take = f"{number:06d}"
    made = Facts(number, f"Take {number}", **facts)  # type: ignore[arg-type]
    files.begin(take, made)
    files.grow(NOTE * notes, [])
    files.end(Facts(number, f"Take {number}", ended=True, notes=notes, seconds=0.1, **facts))  # type: ignore[arg-type]
    return take


@pytest.fixture
def files(tmp_path: Path) -> TakeFiles:
    made = TakeFiles(tmp_path / "takes", 10)
    made.open()
    return made


def test_a_take_is_there_again_after_a_restart(files: TakeFiles, tmp_path: Path) -> None:
    record(files, 1)
    record(files, 2)
    rows, following = TakeFiles(tmp_path / "takes", 10).open()
    assert [row.facts.title for row in rows] == ["Take 1", "Take 2"]
    assert following == 3


def test_a_process_killed_while_recording_loses_nothing_that_had_been_written(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from mos_appliance.store.take_files import TakeFiles
        from mos_appliance.store.take_format import Event, Facts
        files = TakeFiles(Path(sys.argv[1]), 10)
        files.open()
        files.begin("000001", Facts(1, "Take 1"))
        for number in range(10**9):
            files.grow([Event(number, 0x90, 60, 80, 80)], [])
            print(number, flush=True)
        """
    )
    command = [sys.executable, "-c", program, str(tmp_path / "takes")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        last = 0
        for line in child.stdout:
            last = int(line)
            if last >= 50:
                os.kill(child.pid, signal.SIGKILL)
                break
    rows, _ = TakeFiles(tmp_path / "takes", 10).open()
    assert rows[0].facts.notes >= last + 1
    assert rows[0].facts.ended


def test_a_take_cut_at_any_byte_never_harms_another(files: TakeFiles, tmp_path: Path) -> None:
    root = tmp_path / "takes"
    record(files, 1)
    whole = (root / "000001.take").read_bytes()
    record(files, 2)
    for cut in range(0, len(whole), 7):
        (root / "000001.take").write_bytes(whole[:cut])
        rows, _ = TakeFiles(root, 10).open()
        assert rows[-1].facts.title == "Take 2"
        assert all(row.facts.title == "Take 1" for row in rows[:-1])
        again, _ = TakeFiles(root, 10).open()
        assert again == rows


def test_a_damaged_take_is_put_aside_not_deleted(files: TakeFiles, tmp_path: Path) -> None:
    root = tmp_path / "takes"
    record(files, 1)
    (root / "000001.take").write_bytes(b"something else entirely")
    rows, following = TakeFiles(root, 10).open()
    assert rows == []
    assert (root / "damaged" / "000001.take").read_bytes() == b"something else entirely"
    assert following == 2


def test_a_full_disk_leaves_whole_chunks_only(
    files: TakeFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.begin("000001", Facts(1, "Take 1"))
    files.grow(NOTE, [])
    real = os.write

    def full(descriptor: int, data: bytes) -> int:
        real(descriptor, bytes(data)[:5])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        files.grow(NOTE, [])
    monkeypatch.undo()
    files.give_up()
    content = files.read("000001")
    assert len(content.events) == 2
    assert content.whole == (tmp_path / "takes" / "000001.take").stat().st_size


def test_a_take_that_could_not_begin_leaves_no_file(
    files: TakeFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        files.begin("000001", Facts(1, "Take 1"))
    assert not (tmp_path / "takes" / "000001.take").exists()


def test_the_oldest_takes_that_nobody_kept_make_room(files: TakeFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TakeFiles, "share_bytes", lambda _: 2500)
    for number in range(1, 5):
        record(files, number, notes=50, kept=number == 1)
    rows, _ = files.open()
    gone = files.make_room(rows, None)
    assert [row.facts.number for row in gone] == [2, 3]
    left, _ = files.open()
    assert [row.facts.number for row in left] == [1, 4]


def test_the_share_is_never_less_than_64_mib(files: TakeFiles) -> None:
    assert TakeFiles(files._root, 0.0).share_bytes() == 64 << 20


def test_a_removed_take_comes_back_within_a_day_and_not_after(files: TakeFiles) -> None:
    record(files, 1)
    record(files, 2)
    files.remove("000001")
    files.make_room([], time.time() + 3600)
    row = files.restore("000001")
    assert isinstance(row, Row)
    files.remove("000001")
    files.make_room([], time.time() + take_files.UNDO_S + 60)
    assert files.restore("000001") is None


def test_nothing_expires_while_the_date_is_unknown(files: TakeFiles) -> None:
    record(files, 1)
    files.remove("000001")
    files.make_room([], None)
    assert files.restore("000001") is not None


def test_numbers_are_not_used_again_while_a_removed_take_has_them(files: TakeFiles) -> None:
    record(files, 1)
    files.remove("000001")
    assert files.open()[1] == 2


@pytest.mark.parametrize("name", ["../000001", "", "1", "000001.take", "00000x"])
def test_names_that_are_no_take_are_not_looked_up(files: TakeFiles, name: str) -> None:
    with pytest.raises(FileNotFoundError):
        files.read_bytes(name)


def test_what_was_rendered_gives_way_before_a_take_and_what_is_damaged_counts(
    files: TakeFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "takes"
    for number in range(1, 4):
        record(files, number, notes=50)
    rows, _ = files.open()
    (root / "wav").mkdir()
    (root / "wav" / "000001-900.wav").write_bytes(bytes(2000))
    monkeypatch.setattr(TakeFiles, "share_bytes", lambda _: sum(row.bytes for row in rows) + 1000)
    assert files.make_room(rows, None) == []
    assert not list((root / "wav").iterdir())
    (root / "damaged" / "000009.take").write_bytes(bytes(1500))
    assert [row.take for row in files.make_room(rows, None)] == ["000001"]
    assert (root / "damaged" / "000009.take").exists()
