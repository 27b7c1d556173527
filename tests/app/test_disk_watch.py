"""A disk that takes nothing more is told once, and told again when it does."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from mos_appliance.app import disk_watch
from mos_appliance.app.disk_watch import DiskWatch
from tests.loop_guard import loop_guard, task_guard

__all__ = ["loop_guard", "task_guard"]


class Disk:
    """A disk whose room the test decides."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.told: list[str] = []
        self.free = 1 << 30
        self.path = path
        self.watch = DiskWatch(path, lambda message: self.told.append(message.why))
        monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=self.free, f_frsize=1))
        monkeypatch.setattr(disk_watch, "LOOK_S", 0.01)

    async def look(self) -> None:
        """A few looks."""
        task = asyncio.create_task(self.watch.watch())
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(tmp_path, monkeypatch)


async def test_a_disk_without_room_is_told_once_and_once_more_when_there_is_room(disk: Disk) -> None:
    await disk.look()
    assert disk.told == []
    disk.free = 0
    await disk.look()
    assert disk.told == [os.strerror(errno.ENOSPC)]
    disk.free = 1 << 30
    await disk.look()
    assert disk.told == [os.strerror(errno.ENOSPC), ""]
    assert list(disk.path.iterdir()) == []


async def test_many_refusals_are_one_message(disk: Disk) -> None:
    for _ in range(5):
        disk.watch.refused(OSError(errno.EROFS, os.strerror(errno.EROFS)))
    assert disk.told == [os.strerror(errno.EROFS)]


async def test_a_disk_that_refused_must_take_a_file_before_it_is_trusted(
    disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    disk.watch.refused(OSError(errno.EIO, os.strerror(errno.EIO)))
    with monkeypatch.context() as broken:
        broken.setattr(DiskWatch, "_write_probe", refuse)
        await disk.look()
    assert disk.told == [os.strerror(errno.EIO)]
    await disk.look()
    assert disk.told[-1] == ""
