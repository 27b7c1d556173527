"""The students as the hub has them: records on the disk and lessons, by one worker thread.

How a judged take comes in: whoever judges builds an `Attempted` by `tutor.knowledge.attempts.attempt_of(offer, score,
take, assessment, judgement, manner)` — `offer` for the CID that was played by `Roster.offer(cid)` — and the hub calls
`await roster.attempted(attempt)`: it is kept for whoever plays now (`PUT /api/v1/playing`), and the next lesson that is
asked for takes it into account. With nobody set as playing nothing is kept.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import IO, Final, TypeVar

import msgspec

from mos_appliance.app.exercises import Known
from mos_appliance.app.lessons import SHELF, Syllabus, read_syllabus, told_lesson, told_progress
from mos_appliance.app.wall_clock import known_day, quality_of
from mos_appliance.companion.student_resources import (
    Equipment,
    Erased,
    Imported,
    NextLesson,
    Playing,
    Progress,
    Roll,
    StudentNew,
    StudentPatch,
    StudentRow,
)
from mos_appliance.companion.student_room import WasErased
from mos_appliance.errors import BadInput, MosError, Unavailable
from mos_appliance.store.document import read_document, write_document
from mos_appliance.store.students import Gone, Students, hold
from mos_appliance.tutor.knowledge.offers import Offer
from mos_appliance.tutor.knowledge.student import Student
from mos_appliance.wire.students import Attempted, Body, Equipped, LessonGiven, Named, StepSkipped

KEPT_STATES: Final = 64
"""States in memory; those of others are folded anew when they are asked for."""
_log: Final = logging.getLogger("mos.hub")
T = TypeVar("T")


class Roster:
    """The students of a data directory; `wall_time` is the system's clock, whose worth is looked at at every use."""

    def __init__(self, root: Path, wall_time: Callable[[], datetime], shelf: Path = SHELF) -> None:
        self._root = root
        self._wall_time = wall_time
        self._shelf = shelf
        self._students = Students(root)
        self._lock: IO[bytes] | None = None
        self._open = False
        self._states: OrderedDict[str, Student] = OrderedDict()
        self._syllabus: Syllabus | None = None
        self._playing: str | None = None
        self._worker = ThreadPoolExecutor(1, "students")

    async def open(self) -> None:
        """Find the students. What cannot be used is told when it is asked for."""
        try:
            await self._in_worker(self._begin)
        except (MosError, OSError) as error:
            _log.warning("the students cannot be used: %s", error)

    async def close(self) -> None:
        """Nothing waits to be written."""
        await asyncio.to_thread(self._worker.shutdown)
        if self._lock is not None:
            self._lock.close()

    # -- the API's port ----------------------------------------------------------------------------------------------

    async def roll(self) -> Roll:
        """All students. Errors: `Unavailable`."""
        return await self._ask(lambda: Roll([self._row(name) for name in self._students.ids()], self._students.told))

    async def make(self, wish: StudentNew) -> StudentRow:
        """A new one. Errors: `BadInput`, `Unavailable`."""

        def work() -> StudentRow:
            equipped = _equipped(wish.equipment)
            name = self._students.make()
            for body in (Named(wish.nickname), equipped):
                self._happened(name, body)
            return self._row(name)

        return await self._ask(work)

    async def progress(self, student: str) -> Progress:
        """How far a student is. Errors: `KeyError`, `Corrupt`, `Unavailable`."""
        return await self._ask(lambda: self._progress(student))

    async def change(self, student: str, patch: StudentPatch) -> Progress:
        """Change name or equipment. Errors: `KeyError`, `BadInput`, `Unavailable`."""

        def work() -> Progress:
            bodies: list[Body] = []
            if patch.nickname is not None:
                bodies.append(Named(patch.nickname))
            if patch.equipment is not None:
                bodies.append(_equipped(patch.equipment))
            for body in bodies:
                self._happened(student, body)
            return self._progress(student)

        return await self._ask(work)

    async def erase(self, students: list[str]) -> None:
        """Erase them, whether they are here or not. Errors: `BadInput`, `Unavailable`."""

        def work() -> None:
            for student in students:
                self._students.erase(student)
                self._states.pop(student, None)
                if self._playing == student:
                    self._let_play(None)

        await self._ask(work)

    async def export(self, student: str, passphrase: str) -> bytes:
        """The student as a file. Errors: `KeyError`, `BadInput`, `Unavailable`."""
        return await self._ask(lambda: self._students.export(student, passphrase))

    async def take_in(self, data: bytes, passphrase: str) -> Imported:
        """A student from a file. Errors: `WasErased`, `BadInput`, `Unavailable`."""

        def work() -> Imported:
            try:
                student, added = self._students.take_in(data, passphrase)
            except Gone as error:
                raise WasErased(error.where, error.why) from error
            self._states.pop(student, None)  # older events may have come in between
            return Imported(student, self._state(student).nickname, len(added))

        return await self._ask(work)

    async def lesson(self, student: str, begin: bool) -> NextLesson:
        """The next lesson; `begin`: it is given now. Errors: `KeyError`, `Unavailable`."""

        def work() -> NextLesson:
            state = self._state(student)
            found = self._lore().next_lesson(state, self._day())
            told = told_lesson(student, state.lessons + 1, found)
            if begin:
                self._happened(student, LessonGiven(tuple((step.role, step.piece) for step in found.steps)))
            return told

        return await self._ask(work)

    async def skip(self, student: str, piece: str) -> None:
        """A step is not wanted. Errors: `KeyError`, `BadInput`, `Unavailable`."""
        await self._ask(lambda: self._happened(student, StepSkipped(piece)))

    async def playing(self) -> Playing:
        """Who plays. Errors: `Unavailable`."""
        return await self._ask(lambda: Playing(self._playing))

    async def let_play(self, student: str | None) -> Playing:
        """Say who plays. Errors: `KeyError`, `Unavailable`."""

        def work() -> Playing:
            if student is not None:
                self._students.count(student)
            self._let_play(student)
            return Playing(self._playing)

        return await self._ask(work)

    async def mastered(self) -> Known | None:
        """What whoever plays has mastered; None when nobody plays, or the students cannot be used."""

        def work() -> Known | None:
            if self._playing is None:
                return None
            state, skills = self._state(self._playing), self._lore().graph.skills
            day = self._day()
            mastery = {skill: state.mastery(skill, day) for skill in state.skills}
            return Known(mastery, {skill.id: skill.title for skill in skills.values()})

        return await self._ask(work) if self._open else None

    async def erased(self) -> Erased:
        """Who was erased. Errors: `Unavailable`."""
        return await self._ask(lambda: Erased(self._students.erased()))

    # -- from the tutor ----------------------------------------------------------------------------------------------

    async def offer(self, cid: str) -> Offer | None:
        """What a piece of the shelf asks for, for `attempt_of`; None for another piece. Errors: `Unavailable`."""
        return await self._ask(lambda: self._lore().offer(cid))

    async def attempted(self, attempt: Attempted, student: str | None = None) -> str | None:
        """A take was judged: keep it for `student`, or for whoever plays now.

        Returns the student; None when nobody plays: then it is not kept. Errors: `KeyError`, `BadInput`, `Unavailable`.
        """

        def work() -> str | None:
            name = student or self._playing
            if name is not None:
                self._happened(name, attempt)
            return name

        return await self._ask(work)

    # -- in the worker -----------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._lock = hold(self._root)
        self._students.open()
        self._open = True
        name = (read_document(self._root / "playing") or b"").decode("ascii", "replace").strip()
        self._playing = name if name in self._students.ids() else None

    def _let_play(self, student: str | None) -> None:
        write_document(self._root / "playing", (student or "").encode())
        self._playing = student

    def _happened(self, student: str, body: Body) -> None:
        """Keep an event, and go on with the state by it."""
        event = self._students.append(student, self._day(), body)
        state = self._states.get(student)
        if state is not None:
            state.take_in(event)

    def _state(self, student: str) -> Student:
        state = self._states.get(student)
        if state is None:
            state = self._states[student] = self._lore().state_of(self._students.read(student))
            while len(self._states) > KEPT_STATES:
                self._states.popitem(last=False)
        self._states.move_to_end(student)
        return state

    def _row(self, student: str) -> StudentRow:
        state = self._state(student)
        events = self._students.count(student)
        return StudentRow(student, state.nickname, state.lessons, events, student == self._playing)

    def _progress(self, student: str) -> Progress:
        return told_progress(student, self._state(student), self._lore(), self._day())

    def _lore(self) -> Syllabus:
        """The shelf, read when it is first asked for."""
        if self._syllabus is None:
            self._syllabus = read_syllabus(self._shelf)
        return self._syllabus

    def _day(self) -> int | None:
        now = self._wall_time()
        return known_day(now, quality_of(now))

    # -- within ------------------------------------------------------------------------------------------------------

    async def _ask(self, work: Callable[[], T]) -> T:
        if not self._open:
            raise Unavailable("the students cannot be used; the log says why")
        return await self._in_worker(work)

    async def _in_worker(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._worker, work)
        except OSError as error:
            raise Unavailable(error.strerror or "the disk failed") from error


def _equipped(equipment: Equipment) -> Equipped:
    """Errors: `BadInput`."""
    if equipment.lowest >= equipment.highest:
        raise BadInput("equipment", "has its highest key below its lowest")
    return Equipped(**msgspec.structs.asdict(equipment))
