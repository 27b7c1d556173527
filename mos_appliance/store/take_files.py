"""The directory of takes. Every method works on the disk and waits for it: call them from one worker thread."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from mos_appliance.errors import Corrupt
from mos_appliance.store.document import sync_directory
from mos_appliance.store.take_format import (
    MAGIC,
    Change,
    Content,
    Event,
    Facts,
    decode_take,
    encode_changes,
    encode_events,
    encode_facts,
    summarise,
)
from mos_appliance.store.wav_cache import WavCache

LEAST_SHARE_BYTES: Final = 64 << 20
UNDO_S: Final = 24 * 3600
MAX_FILE_BYTES: Final = 16 << 20
"""More than the longest take has."""
SUFFIX: Final = ".take"
_NAME: Final = re.compile(r"\d{6,9}\.take")
_log: Final = logging.getLogger("mos.hub")


@dataclass(frozen=True, slots=True)
class Row:
    """A take of the directory."""

    take: str
    facts: Facts
    bytes: int


def take_name(number: int) -> str:
    """The id of the take of that number."""
    return f"{number:06d}"


class TakeFiles:
    """Takes as files of `root`; removed ones wait in `root/removed`, damaged ones in `root/damaged`.

    What was rendered of them lies in `root/wav`. All of it counts towards their share of the disk.
    """

    def __init__(self, root: Path, share_percent: float) -> None:
        self._root = root
        self._removed = root / "removed"
        self._damaged = root / "damaged"
        self.renderings = WavCache(root / "wav")
        self._share_percent = share_percent
        self._descriptor = -1
        self._recording = ""

    # -- the directory -----------------------------------------------------------------------------------------------

    def open(self) -> tuple[list[Row], int]:
        """Read all takes, cutting off what a power cut tore. Returns them by number, and the next number."""
        for directory in (self._root, self._removed, self._damaged):
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        rows = [row for file in self._files(self._root) if (row := self._admit(file)) is not None]
        known = [file.stem for place in (self._root, self._removed, self._damaged) for file in self._files(place)]
        return rows, 1 + max((int(take) for take in known), default=0)

    def knows(self, take: str) -> bool:
        """Whether its file is here, removed for now or damaged."""
        return any((place / f"{take}{SUFFIX}").exists() for place in (self._root, self._removed, self._damaged))

    def read(self, take: str) -> Content:
        """A take with its events. Errors: `Corrupt`, `FileNotFoundError`."""
        file = self._file(take)
        content = decode_take(file.read_bytes(), file.name)
        return content._replace(facts=summarise(content))

    def read_bytes(self, take: str) -> bytes:
        """The file of a take. Errors: `FileNotFoundError`."""
        return self._file(take).read_bytes()

    def rewrite_facts(self, take: str, facts: Facts) -> None:
        """Append new facts to a take."""
        if take == self._recording:
            self._append(encode_facts(facts))
            return
        descriptor = os.open(self._file(take), os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        try:
            _append_to(descriptor, encode_facts(facts))
        finally:
            os.close(descriptor)

    def remove(self, take: str) -> None:
        """Put a take where it waits for a day to be restored."""
        self._move(self._file(take), self._removed)
        os.utime(self._removed / f"{take}{SUFFIX}")

    def restore(self, take: str) -> Row | None:
        """Put a removed take back. None when it is gone for good or was damaged."""
        waiting = self._removed / f"{take}{SUFFIX}"
        if not waiting.is_file():
            return None
        self._move(waiting, self._root)
        return self._admit(self._file(take))

    def make_room(self, rows: Sequence[Row], now_s: float | None) -> list[Row]:
        """Delete what was removed over a day ago, and the oldest takes while all are more than their share.

        Before them goes what can be rendered again; what is damaged counts and stays. `now_s` is wall time, None while
        it is unknown: then only the share counts. Returns the takes deleted for it.
        """
        waiting = [(file, file.stat()) for file in self._files(self._removed)]
        used = sum(row.bytes for row in rows) + sum(stat.st_size for _, stat in waiting)
        used += sum(file.stat().st_size for file in self._files(self._damaged))
        share = self.share_bytes()
        used += self.renderings.shrink(max(0, share - used))
        for file, stat in sorted(waiting, key=lambda pair: pair[1].st_mtime):
            if used > share or (now_s is not None and now_s - stat.st_mtime > UNDO_S):
                file.unlink()
                used -= stat.st_size
        gone = []
        for row in rows:
            if used <= share:
                break
            if not row.facts.kept and row.take != self._recording:
                self._file(row.take).unlink(missing_ok=True)
                used -= row.bytes
                gone.append(row)
        return gone

    def share_bytes(self) -> int:
        """Bytes that all takes together may have: their share of the disk, and never less than 64 MiB."""
        disk = os.statvfs(self._root)
        return max(LEAST_SHARE_BYTES, int(disk.f_blocks * disk.f_frsize * self._share_percent / 100))

    # -- recording ---------------------------------------------------------------------------------------------------

    def begin(self, take: str, facts: Facts) -> None:
        """Begin a take: it is on the disk, by name, when this returns. Errors: `OSError`."""
        self.give_up()
        self._descriptor = os.open(
            self._file(take), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600
        )
        self._recording = take
        try:
            self._append(MAGIC + encode_facts(facts))
        except OSError:
            self._file(take).unlink()
            raise
        sync_directory(self._root)

    def grow(self, events: Sequence[Event], changes: Sequence[Change]) -> int:
        """Append to the take: nothing of it is lost any more when this returns. Returns its length in bytes."""
        chunks = b""
        if events:
            chunks += encode_events(events)
        if changes:
            chunks += encode_changes(changes)
        self._append(chunks)
        return os.fstat(self._descriptor).st_size

    def end(self, facts: Facts) -> int:
        """End the take. Returns its length in bytes."""
        try:
            self._append(encode_facts(facts))
            return os.fstat(self._descriptor).st_size
        finally:
            self.give_up()

    def give_up(self) -> None:
        """Let go of the take that is being recorded; what was appended stays."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor, self._recording = -1, ""

    # -- within ------------------------------------------------------------------------------------------------------

    def _append(self, chunks: bytes) -> None:
        """Append to the take that is being recorded. Errors: `OSError`."""
        _append_to(self._descriptor, chunks)

    def _file(self, take: str) -> Path:
        if not _NAME.fullmatch(f"{take}{SUFFIX}"):
            raise FileNotFoundError(take)
        return self._root / f"{take}{SUFFIX}"

    def _files(self, directory: Path) -> list[Path]:
        return sorted(file for file in directory.iterdir() if _NAME.fullmatch(file.name))

    def _move(self, file: Path, directory: Path) -> None:
        file.replace(directory / file.name)
        sync_directory(self._root)
        sync_directory(directory)

    def _admit(self, file: Path) -> Row | None:
        """A take as found at start: a torn tail is cut off, a damaged file put aside, an empty one removed."""
        try:
            with file.open("rb") as opened:
                data = opened.read(MAX_FILE_BYTES)
            content = decode_take(data, file.name)
        except Corrupt as error:
            _log.warning("put aside: %s", error)
            self._move(file, self._damaged)
            return None
        if not content.events:  # the plug was pulled before its first note was written
            file.unlink()
            return None
        facts = replace_number(summarise(content), int(file.stem))
        try:
            if content.whole < len(data):
                _log.info("%s: the last %d bytes were torn and cut off", file.name, len(data) - content.whole)
                os.truncate(file, content.whole)
            if facts != content.facts:
                self.rewrite_facts(file.stem, facts)
        except OSError as error:
            _log.warning("%s: cannot be mended now: %s", file.name, error)
        return Row(file.stem, facts, file.stat().st_size)


def replace_number(facts: Facts, number: int) -> Facts:
    """The facts with the number that the file's name says."""
    return facts if facts.number == number else msgspec.structs.replace(facts, number=number)


def _append_to(descriptor: int, content: bytes) -> None:
    """Append and make it last. What a full disk cut in half is cut off again. Errors: `OSError`."""
    length = os.fstat(descriptor).st_size
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fdatasync(descriptor)
    except OSError:
        os.ftruncate(descriptor, length)
        raise
