"""The takes as the hub's loop sees them: an index in memory, the disk behind one worker thread."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Final, Literal, TypeVar

import msgspec

from mos_appliance.errors import BadInput, MosError, Unavailable
from mos_appliance.store.recording import Begun, Ended, Grown, Step
from mos_appliance.store.take_files import Row, TakeFiles, take_name
from mos_appliance.store.take_format import Facts
from mos_appliance.units import SAMPLE_RATE
from mos_appliance.wire import live
from mos_appliance.wire.takes import Take, TakePatch

MAX_TITLE: Final = 200
TELL_S: Final = 1.0
"""Pages are told that often that a take grows."""
_FIRST_CERTAIN_YEAR: Final = 2026
"""A clock that shows an earlier year was never set."""
_log: Final = logging.getLogger("mos.hub")
T = TypeVar("T")


class Takes:
    """All takes. `tell` is what the pages are to hear; `controls` the instrument as it is set now.

    `refused` hears of every write that the disk refused.
    """

    def __init__(
        self,
        files: TakeFiles,
        tell: Callable[[live.Message], None],
        controls: Callable[[], dict[str, list[float]]],
        wall_time: Callable[[], datetime],
        refused: Callable[[OSError], None] = lambda _: None,
    ) -> None:
        self._files = files
        self._tell = tell
        self._controls = controls
        self._wall_time = wall_time
        self._refused = refused
        self._rows: dict[str, Row] = {}
        self._next = 1
        self._recording = ""
        self.failed = False
        """Whether the take that is played now is not written any more."""
        self._told_at = 0.0
        self._steps: list[Step] = []
        self._steps_there = asyncio.Event()
        self._written = asyncio.Event()
        self._written.set()
        self._worker = ThreadPoolExecutor(1, "takes")
        self.tasks: list[asyncio.Task[None]] = []
        """What runs until `close`."""
        self._closing = False

    # -- life --------------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Find the takes that there are and begin to write. Errors: `OSError` when the directory cannot be had."""
        rows, self._next = await self._on_disk(self._files.open)
        self._rows = {row.take: row for row in rows}
        await self.make_room()
        self.tasks = [asyncio.create_task(self._write(), name="takes writer")]

    async def close(self) -> None:
        """Write what has come so far and stop."""
        self._closing = True
        self._steps_there.set()
        await asyncio.gather(*self.tasks)
        await self._write_steps()
        await self._on_disk(self._files.give_up)
        self._worker.shutdown()

    # -- what there is -----------------------------------------------------------------------------------------------

    def rows(self) -> list[Take]:
        """All takes, newest first."""
        return [self._take(row) for row in reversed(self._rows.values())]

    def find(self, take: str) -> Take | None:
        """The take of that id."""
        row = self._rows.get(take)
        return None if row is None else self._take(row)

    def recent(self, most: int = 50) -> list[live.TakeChanged]:
        """The newest takes, oldest first, for a page that comes."""
        return [self._changed(row) for row in list(self._rows.values())[-most:]]

    async def upcoming(self) -> str:
        """The id that the next take will have, once what was recorded so far is written."""
        await self._written.wait()
        return take_name(self._next)

    # -- what may be done with them ----------------------------------------------------------------------------------

    async def change(self, take: str, patch: TakePatch) -> Take:
        """Rename or keep a take. Errors: `BadInput`, `Unavailable`."""
        row = self._row(take)
        facts = row.facts
        if patch.title is not None:
            title = " ".join(patch.title.split())
            if not title or len(title) > MAX_TITLE or not title.isprintable():
                raise BadInput("title", f"must have 1 to {MAX_TITLE} printable characters")
            facts = msgspec.structs.replace(facts, title=title, kept=True)
        if patch.kept is not None:
            facts = msgspec.structs.replace(facts, kept=patch.kept)
        await self._on_disk(self._files.rewrite_facts, take, facts)
        current = self._row(take)
        facts = msgspec.structs.replace(current.facts, title=facts.title, kept=facts.kept)
        self._rows[take] = replace(current, facts=facts)
        self._tell(self._changed(self._rows[take]))
        return self._take(self._rows[take])

    async def remove(self, take: str) -> None:
        """Remove a take; for a day it can be restored. Errors: `BadInput` (while recorded too), `Unavailable`."""
        row = self._row(take)
        if take == self._recording:
            raise BadInput("take", "is being recorded")
        await self._on_disk(self._files.remove, take)
        self._rows.pop(take, None)
        self._tell(self._changed(row, "removed"))

    async def restore(self, take: str) -> Take | None:
        """Bring a removed take back; None when there is no such one. Errors: `Unavailable`."""
        if take not in self._rows:
            row = await self._on_disk(self._files.restore, take)
            if row is None:
                return None
            self._rows = dict(sorted({**self._rows, take: row}.items()))
            self._tell(self._changed(row))
        return self.find(take)

    async def read(self, take: str) -> bytes:
        """The file of a take. Errors: `BadInput`, `Unavailable`."""
        self._row(take)
        return await self._on_disk(self._files.read_bytes, take)

    async def make_room(self) -> None:
        """Delete what has to go, and tell."""
        rows = [row for row in self._rows.values() if row.take != self._recording]
        now = self._wall_time()
        now_s = now.timestamp() if now.year >= _FIRST_CERTAIN_YEAR else None
        try:
            gone = await self._on_disk(self._files.make_room, rows, now_s)
        except (Unavailable, BadInput) as error:
            _log.warning("no room could be made: %s", error)
            return
        for row in gone:
            self._rows.pop(row.take, None)
            self._tell(self._changed(row, "removed"))
        if gone:
            names = "the oldest take was" if len(gone) == 1 else f"the {len(gone)} oldest takes were"
            self._tell(live.Notice("warning", f"Takes have used up their share of the disk: {names} removed."))

    # -- recording ---------------------------------------------------------------------------------------------------

    def take_in(self, step: Step) -> None:
        """A step of the recorder: the index follows at once, the disk soon."""
        self._steps.append(step)
        self._written.clear()
        self._steps_there.set()

    async def _write(self) -> None:
        while not self._closing:
            await self._steps_there.wait()
            await self._write_steps()

    async def _write_steps(self) -> None:
        """Write all that waits; a step that the disk refuses ends the recording, and nothing else."""
        self._steps_there.clear()
        steps, self._steps = self._steps, []
        for step in steps:
            try:
                await self._write_step(step)
            except (Unavailable, BadInput) as error:
                await self._fail(error)
        if not self._steps:
            self._written.set()

    async def _write_step(self, step: Step) -> None:
        match step:
            case Begun():
                await self._begin()
            case Grown(events, changes, notes, frames) if not self.failed:
                length = await self._on_disk(self._files.grow, events, changes)
                self._update(length, notes=notes, seconds=frames / SAMPLE_RATE)
            case Ended(notes, frames) if not self.failed:
                await self._end(notes, round(frames / SAMPLE_RATE, 3))

    async def _begin(self) -> None:
        self.failed = False
        now = self._wall_time()
        certain = now.year >= _FIRST_CERTAIN_YEAR
        number, self._next = self._next, self._next + 1
        facts = Facts(
            number,
            self._title_of(f"{now:%Y-%m-%d %H:%M}") if certain else f"Take {number}",
            now.isoformat(timespec="seconds") if certain else None,
            controls=self._controls(),
        )
        take = take_name(number)
        self._recording = take
        self._rows[take] = Row(take, facts, 0)
        await self._on_disk(self._files.begin, take, facts)
        self._tell(self._changed(self._rows[take]))

    def _title_of(self, minute: str) -> str:
        """A title that no other take has: several may begin in one minute, and are downloaded by their titles."""
        known = {row.facts.title for row in self._rows.values()}
        later = (f"{minute} ({number})" for number in range(2, len(known) + 3))
        return next(title for title in (minute, *later) if title not in known)

    async def _end(self, notes: int, seconds: float) -> None:
        take = self._recording
        facts = msgspec.structs.replace(self._rows[take].facts, ended=True, notes=notes, seconds=seconds)
        length = await self._on_disk(self._files.end, facts)
        self._recording = ""
        current = self._rows[take].facts  # it may have been renamed meanwhile
        facts = msgspec.structs.replace(facts, title=current.title, kept=current.kept)
        self._rows[take] = Row(take, facts, length)
        self._tell(self._changed(self._rows[take]))
        await self.make_room()

    def _update(self, length: int, notes: int, seconds: float) -> None:
        row = self._rows[self._recording]
        facts = msgspec.structs.replace(row.facts, notes=notes, seconds=round(seconds, 3))
        self._rows[row.take] = replace(row, facts=facts, bytes=length)
        now = asyncio.get_running_loop().time()
        if now - self._told_at >= TELL_S:
            self._told_at = now
            self._tell(self._changed(self._rows[row.take]))

    async def _fail(self, error: MosError) -> None:
        """The disk takes no more: what it has of the take is a take, the rest of it is not kept."""
        _log.warning("recording stopped: %s", error)
        self.failed = True
        take, self._recording = self._recording, ""
        if isinstance(error, BadInput):  # a disk that refuses has told so itself
            self._tell(live.Notice("error", f"The take could not be recorded any further: {error}."))
        await self._on_disk(self._files.give_up)
        row = self._rows.get(take)
        if row is not None and not row.bytes:
            del self._rows[take]
        elif row is not None:
            self._tell(self._changed(row))

    # -- within ------------------------------------------------------------------------------------------------------

    async def _on_disk(self, work: Callable[..., T], *arguments: object) -> T:
        """Do it in the worker thread. Errors: `Unavailable` when the disk refuses."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._worker, work, *arguments)
        except FileNotFoundError as error:
            raise BadInput("take", "is not on the disk any more") from error
        except OSError as error:
            self._refused(error)
            raise Unavailable(error.strerror or "the disk failed") from error

    def _row(self, take: str) -> Row:
        row = self._rows.get(take)
        if row is None:
            raise BadInput("take", f"there is no take {take[:40]!r}")
        return row

    def _take(self, row: Row) -> Take:
        facts = row.facts
        recording = row.take == self._recording
        return Take(row.take, facts.title, facts.started, facts.seconds, facts.notes, row.bytes, recording, facts.kept)

    def _changed(self, row: Row, state: Literal["kept", "removed"] = "kept") -> live.TakeChanged:
        told: Literal["recording", "kept", "removed"] = "recording" if row.take == self._recording else state
        facts = row.facts
        return live.TakeChanged(row.take, told, facts.title, facts.started, facts.seconds, facts.notes)
