"""The index of takes that the hub keeps, over a real directory."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mos_appliance.errors import BadInput, Unavailable
from mos_appliance.store.recording import Begun, Ended, Grown
from mos_appliance.store.take_files import TakeFiles
from mos_appliance.store.take_format import Event
from mos_appliance.store.takes import Takes
from mos_appliance.wire import live
from mos_appliance.wire.takes import TakePatch

NOTE = [Event(0, 0x90, 60, 80, 80), Event(4800, 0x80, 60, 0, 0)]


class Room:
    """Takes with somebody who listens."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.told: list[live.Message] = []
        self.now = datetime(2026, 11, 22, 18, 40, tzinfo=UTC)
        self.refused: list[OSError] = []
        controls = {"program": [4.0, 0, 0, 0]}
        self.takes = Takes(
            TakeFiles(path, 10), self.told.append, lambda: controls, lambda: self.now, self.refused.append
        )

    async def record(self, notes: int = 1) -> None:
        self.takes.take_in(Begun())
        self.takes.take_in(Grown(NOTE * notes, [], notes, 4800))
        self.takes.take_in(Ended(notes, 4800))
        await self.settle()

    async def settle(self) -> None:
        for _ in range(200):
            await asyncio.sleep(0.005)
            if not self.takes._steps and not any(take.recording for take in self.takes.rows()):
                return

    def notices(self) -> list[str]:
        return [message.text for message in self.told if isinstance(message, live.Notice)]


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    made = Room(tmp_path / "takes")
    await made.takes.open()
    yield made
    await made.takes.close()


async def test_a_take_is_named_by_the_wall_clock_when_that_is_set(room: Room) -> None:
    await room.record()
    take = room.takes.rows()[0]
    assert (take.title, take.started) == ("2026-11-22 18:40", "2026-11-22T18:40:00+00:00")
    assert (take.notes, take.seconds, take.recording) == (1, 0.1, False)


async def test_a_take_is_numbered_while_the_date_is_unknown(room: Room) -> None:
    room.now = datetime(1970, 1, 1, 0, 3, tzinfo=UTC)
    await room.record()
    assert (room.takes.rows()[0].title, room.takes.rows()[0].started) == ("Take 1", None)


async def test_takes_that_begin_in_one_minute_have_titles_of_their_own(room: Room) -> None:
    for _ in range(3):
        await room.record()
    titles = [take.title for take in room.takes.rows()]
    assert titles == ["2026-11-22 18:40 (3)", "2026-11-22 18:40 (2)", "2026-11-22 18:40"]


async def test_pages_are_told_when_it_begins_and_when_it_is_kept(room: Room) -> None:
    await room.record()
    states = [message.state for message in room.told if isinstance(message, live.TakeChanged)]
    assert states[0] == "recording"
    assert states[-1] == "kept"


async def test_a_new_title_keeps_the_take_and_is_there_after_a_restart(room: Room, tmp_path: Path) -> None:
    await room.record()
    await room.takes.change("000001", TakePatch(title="  Für   Elise "))
    again = Room(tmp_path / "takes")
    await again.takes.open()
    take = again.takes.rows()[0]
    await again.takes.close()
    assert (take.title, take.kept) == ("Für Elise", True)


async def test_a_take_can_be_renamed_while_it_is_recorded(room: Room) -> None:
    room.takes.take_in(Begun())
    room.takes.take_in(Grown(NOTE, [], 1, 4800))
    await asyncio.sleep(0.1)
    await room.takes.change("000001", TakePatch(title="Etude"))
    room.takes.take_in(Ended(1, 4800))
    await room.settle()
    take = room.takes.rows()[0]
    assert (take.title, take.notes, take.recording) == ("Etude", 1, False)


@pytest.mark.parametrize("title", ["", "   ", "x" * 201, "a\x00b"])
async def test_a_title_that_cannot_be_shown_is_refused(room: Room, title: str) -> None:
    await room.record()
    with pytest.raises(BadInput, match="printable"):
        await room.takes.change("000001", TakePatch(title=title))


async def test_removed_and_restored_it_is_the_same_take(room: Room) -> None:
    await room.record()
    before = room.takes.rows()
    await room.takes.remove("000001")
    assert room.takes.rows() == []
    await room.takes.restore("000001")
    assert room.takes.rows() == before


async def test_a_full_disk_stops_the_recording_and_nothing_else(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    await room.record()
    room.takes.take_in(Begun())
    room.takes.take_in(Grown(NOTE, [], 1, 4800))
    await asyncio.sleep(0.1)

    def full(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as broken:
        broken.setattr(os, "write", full)
        room.takes.take_in(Grown(NOTE, [], 2, 9600))
        await room.settle()
        assert room.takes.failed
    room.takes.take_in(Grown(NOTE, [], 3, 9900))
    room.takes.take_in(Ended(3, 9900))
    await room.settle()
    assert [error.errno for error in room.refused] == [errno.ENOSPC]
    assert room.notices() == []
    assert [take.notes for take in room.takes.rows()] == [1, 1]
    await room.record()
    assert len(room.takes.rows()) == 3


async def test_a_title_that_the_disk_refuses_is_refused_and_the_take_stays_whole(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    await room.record()
    write, written = os.write, []

    def nearly_full(descriptor: int, data: bytes) -> int:
        if written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written.append(write(descriptor, data[:7]))
        return 7

    with monkeypatch.context() as broken:
        broken.setattr(os, "write", nearly_full)
        with pytest.raises(Unavailable, match="No space left"):
            await room.takes.change("000001", TakePatch(title="x"))
    assert room.takes.rows()[0].title == "2026-11-22 18:40"
    assert (await room.takes.change("000001", TakePatch(title="Etude"))).title == "Etude"
    again = Room(room.path)
    await again.takes.open()
    assert [take.title for take in again.takes.rows()] == ["Etude"]
    await again.takes.close()


async def test_a_directory_that_is_gone_stops_the_recording_and_nothing_else(room: Room, tmp_path: Path) -> None:
    await room.record()
    places = [path for path in tmp_path.rglob("*") if path.is_dir()]
    shutil.rmtree(min(places, key=lambda path: len(path.parts)))
    await room.record()
    assert "could not be recorded" in room.notices()[0]
    assert not any(task.done() for task in room.takes.tasks)


async def test_takes_that_had_to_go_are_told(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TakeFiles, "share_bytes", lambda _: 3500)
    for _ in range(3):
        await room.record(notes=100)
    await room.settle()
    assert len(room.takes.rows()) == 1
    assert "removed" in room.notices()[0]


async def test_what_waits_is_written_when_the_hub_stops(tmp_path: Path) -> None:
    room = Room(tmp_path / "takes")
    await room.takes.open()
    room.takes.take_in(Begun())
    room.takes.take_in(Grown(NOTE, [], 1, 4800))
    await room.takes.close()
    rows, _ = TakeFiles(tmp_path / "takes", 10).open()
    assert rows[0].facts.notes == 1
