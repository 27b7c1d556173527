"""What the API does with practising."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol, TypeVar

import msgspec

from mos_appliance.companion.answers import NotThere, json_answer
from mos_appliance.companion.practice_resources import Exercise, ExerciseWish, JudgementPatch, PracticeWish
from mos_appliance.companion.routes import JSON
from mos_appliance.errors import BadInput, Denied
from mos_appliance.wire.http import Request, Response
from mos_appliance.wire.live import Practice
from mos_appliance.wire.practice import Correction, Judgement

MOST_CORRECTIONS: Final = 2_000
FIRST_CERTAIN_YEAR: Final = 2026
"""A clock that shows an earlier year was never set."""
T = TypeVar("T")


class Hall(Protocol):
    """Where is practised."""

    practice: Practice
    notes: bytes
    """`PracticeNotes` as JSON; empty while nothing is practised."""

    async def begin(self, wish: PracticeWish) -> Practice:
        """Begin. Errors: `KeyError` when there is no such piece, `BadInput`, `Corrupt`, `Unavailable`."""

    async def end(self) -> Practice:
        """End it."""


class Exercises(Protocol):
    """Exercises made to order."""

    async def make(self, wish: ExerciseWish) -> Exercise:
        """Make one. Errors: `BadInput`, `Unavailable`."""


class Judgements(Protocol):
    """What is kept of judgements. Errors of all: `BadInput`, `Corrupt`, `Unavailable`."""

    async def read(self, take: str) -> Judgement | None:
        """That of a take."""

    async def write(self, judgement: Judgement) -> None:
        """Keep it."""


class PracticeRoom:
    """Answers the routes below `/practice`, and those of a take's judgement."""

    def __init__(
        self, hall: Hall, judgements: Judgements, exercises: Exercises, wall_time: Callable[[], datetime]
    ) -> None:
        self._hall = hall
        self._exercises = exercises
        self._wall_time = wall_time
        self._judgements = judgements

    async def begin_practice(self, request: Request) -> Response:
        """Begin to practise."""
        wish = _decoded(request, PracticeWish)
        try:
            return json_answer(await self._hall.begin(wish))
        except KeyError as error:
            raise NotThere("there is no such piece in the library") from error

    async def get_practice(self, _: Request) -> Response:
        """What is practised."""
        return json_answer(self._hall.practice)

    async def end_practice(self, _: Request) -> Response:
        """End it."""
        if self._hall.practice.state == "none":
            raise NotThere("nothing is practised")
        return json_answer(await self._hall.end())

    async def make_exercise(self, request: Request) -> Response:
        """Make an exercise."""
        return json_answer(await self._exercises.make(_decoded(request, ExerciseWish)))

    async def get_practice_notes(self, _: Request) -> Response:
        """The notes of the piece."""
        if not self._hall.notes:
            raise NotThere("nothing is practised")
        return Response(200, JSON, self._hall.notes)

    async def get_judgement(self, request: Request) -> Response:
        """The judgement, as the student may see it."""
        return json_answer(_for_student(await self._found(request)))

    async def get_graded_judgement(self, request: Request) -> Response:
        """The judgement with its grade."""
        _only_teachers(request)
        return json_answer(await self._found(request))

    async def change_judgement(self, request: Request) -> Response:
        """Correct or release it."""
        _only_teachers(request)
        judgement = await self._found(request)
        patch = _decoded(request, JudgementPatch)
        if patch.correction is not None:
            made = patch.correction
            if made.mark not in {mark.mark for mark in judgement.marks}:
                raise BadInput("correction.mark", f"there is no mark {made.mark}")
            if len(judgement.corrections) >= MOST_CORRECTIONS:
                raise BadInput("correction", f"is one too many: {MOST_CORRECTIONS:,} are kept")
            now = self._wall_time()
            at = now.isoformat(timespec="seconds") if now.year >= FIRST_CERTAIN_YEAR else None
            row = Correction(made.mark, made.verdict, made.comment, at)
            judgement = msgspec.structs.replace(judgement, corrections=[*judgement.corrections, row])
        if patch.released is not None:
            judgement = msgspec.structs.replace(judgement, released=patch.released)
        await self._judgements.write(judgement)
        return json_answer(judgement)

    async def _found(self, request: Request) -> Judgement:
        take = request.params["take"]
        found = await self._judgements.read(take) if take.isascii() and take.isdigit() else None
        if found is None:
            raise NotThere(f"there is no judgement on a take {take[:40]!r}")
        return found


def _only_teachers(request: Request) -> None:
    """Errors: `Denied`. Until there are teachers, the owner is one."""
    if not request.owner:
        raise Denied("only a teacher may see grades and correct marks")


def _for_student(judgement: Judgement) -> Judgement:
    if judgement.released:
        return judgement
    return msgspec.structs.replace(judgement, grade=None, features={})


def _decoded(request: Request, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(request.body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadInput("body", str(error)) from error
