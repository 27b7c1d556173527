"""What the API does with students."""

from __future__ import annotations

import os
from collections.abc import Awaitable
from typing import Protocol, TypeVar
from urllib.parse import unquote

import msgspec

from mos_appliance.companion.answers import Conflict, NotThere, json_answer
from mos_appliance.companion.student_resources import (
    Erased,
    ExportWish,
    Imported,
    NextLesson,
    Playing,
    Progress,
    Roll,
    Skip,
    StudentNew,
    StudentPatch,
    StudentRow,
)
from mos_appliance.companion.student_routes import MAX_STUDENT_FILE_BYTES, OCTETS
from mos_appliance.errors import BadInput
from mos_appliance.wire.http import Request, Response

T = TypeVar("T")


class WasErased(BadInput):
    """Somebody who was erased is not taken in again."""


class Roster(Protocol):
    """The students. Errors of all: `Unavailable`, `Corrupt`; where a student is named, `KeyError` for a stranger."""

    async def roll(self) -> Roll:
        """All of them."""

    async def make(self, wish: StudentNew) -> StudentRow:
        """A new one. Errors: `BadInput`."""

    async def progress(self, student: str) -> Progress:
        """How far a student is."""

    async def change(self, student: str, patch: StudentPatch) -> Progress:
        """Change name or equipment. Errors: `BadInput`."""

    async def erase(self, students: list[str]) -> None:
        """Erase them, whether they are here or not."""

    async def export(self, student: str, passphrase: str) -> bytes:
        """The student as a file. Errors: `BadInput`."""

    async def take_in(self, data: bytes, passphrase: str) -> Imported:
        """A student from a file. Errors: `WasErased`, `BadInput`."""

    async def lesson(self, student: str, begin: bool) -> NextLesson:
        """The next lesson; `begin`: it is given now."""

    async def skip(self, student: str, piece: str) -> None:
        """A step is not wanted."""

    async def playing(self) -> Playing:
        """Who plays."""

    async def let_play(self, student: str | None) -> Playing:
        """Say who plays."""

    async def erased(self) -> Erased:
        """Who was erased."""


class StudentRoom:
    """Answers the routes about students."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    async def list_students(self, _: Request) -> Response:
        """All students."""
        return json_answer(await self._roster.roll())

    async def make_student(self, request: Request) -> Response:
        """A new student."""
        return json_answer(await self._roster.make(_decoded(request, StudentNew)), 201)

    async def get_student(self, request: Request) -> Response:
        """How far a student is."""
        return json_answer(await _found(self._roster.progress(request.params["student"])))

    async def change_student(self, request: Request) -> Response:
        """Rename a student, or tell what they play on."""
        patch = _decoded(request, StudentPatch)
        return json_answer(await _found(self._roster.change(request.params["student"], patch)))

    async def erase_student(self, request: Request) -> Response:
        """Erase a student who is here."""
        student = request.params["student"]
        await _found(self._roster.progress(student))
        await self._roster.erase([student])
        return Response(204, "")

    async def export_student(self, request: Request) -> Response:
        """The student as a file."""
        student = request.params["student"]
        content = await _found(self._roster.export(student, _decoded(request, ExportWish).passphrase))
        named = {"Content-Disposition": f'attachment; filename="{student[:8]}.student"'}
        return Response(200, OCTETS, content, named)

    async def import_student(self, request: Request) -> Response:
        """A student from a file."""
        passphrase = unquote(request.headers.get("x-passphrase", ""))
        try:
            return json_answer(await self._roster.take_in(_uploaded(request), passphrase))
        except WasErased as error:
            raise Conflict(str(error)) from error

    async def get_lesson(self, request: Request) -> Response:
        """The next lesson."""
        return json_answer(await _found(self._roster.lesson(request.params["student"], begin=False)))

    async def begin_lesson(self, request: Request) -> Response:
        """The next lesson begins."""
        return json_answer(await _found(self._roster.lesson(request.params["student"], begin=True)))

    async def skip_step(self, request: Request) -> Response:
        """A step is not wanted."""
        await _found(self._roster.skip(request.params["student"], _decoded(request, Skip).piece))
        return Response(204, "")

    async def get_playing(self, _: Request) -> Response:
        """Who plays."""
        return json_answer(await self._roster.playing())

    async def set_playing(self, request: Request) -> Response:
        """Say who plays."""
        return json_answer(await _found(self._roster.let_play(_decoded(request, Playing).student)))

    async def list_erased(self, _: Request) -> Response:
        """Who was erased."""
        return json_answer(await self._roster.erased())

    async def obey_erasures(self, request: Request) -> Response:
        """Erase here who was erased elsewhere."""
        await self._roster.erase(_decoded(request, Erased).students)
        return json_answer(await self._roster.erased())


def _uploaded(request: Request) -> bytes:
    """A large body."""
    if request.upload < 0:
        return request.body
    return os.pread(request.upload, MAX_STUDENT_FILE_BYTES, 0)


def _decoded(request: Request, kind: type[T]) -> T:
    """The body. Errors: `BadInput`."""
    try:
        return msgspec.json.decode(request.body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadInput("body", str(error)) from error


async def _found(answer: Awaitable[T]) -> T:
    """The answer about a student. Errors: `NotThere` when there is none."""
    try:
        return await answer
    except KeyError as error:
        raise NotThere("there is no such student here") from error
