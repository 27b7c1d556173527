"""What the API does with takes."""

from __future__ import annotations

from pathlib import PurePath
from typing import Protocol
from urllib.parse import quote

import msgspec

from mos_appliance.companion.answers import Conflict, NotThere, json_answer
from mos_appliance.companion.routes import MIDI, WAV
from mos_appliance.errors import BadInput
from mos_appliance.wire.http import Request, Response
from mos_appliance.wire.takes import Take, TakePatch


class Takes(Protocol):
    """The takes."""

    def rows(self) -> list[Take]:
        """All of them, newest first."""

    def find(self, take: str) -> Take | None:
        """The take of that id."""

    async def change(self, take: str, patch: TakePatch) -> Take:
        """Rename or keep it. Errors: `BadInput`, `Unavailable`."""

    async def remove(self, take: str) -> None:
        """Remove it, for a day. Errors: `BadInput`, `Unavailable`."""

    async def restore(self, take: str) -> Take | None:
        """Bring it back. Errors: `Unavailable`."""


class Exporter(Protocol):
    """Makes files of takes."""

    async def midi(self, take: str) -> bytes:
        """A Standard MIDI File. Errors: `BadInput`, `Corrupt`, `Unavailable`."""

    async def wav(self, take: str) -> PurePath:
        """A WAV, rendered or remembered. Errors: `BadInput`, `Corrupt`, `Unavailable`."""


class TakeRoom:
    """Answers the routes below `/takes`."""

    def __init__(self, takes: Takes, exporter: Exporter) -> None:
        self._takes = takes
        self._exporter = exporter

    async def list_takes(self, _: Request) -> Response:
        """All takes."""
        return json_answer(self._takes.rows())

    async def get_take_midi(self, request: Request) -> Response:
        """A take as MIDI."""
        take = self._find(request)
        content = await self._exporter.midi(take.take)
        return Response(200, MIDI, content, _as_file(take.title, "mid"))

    async def get_take_wav(self, request: Request) -> Response:
        """A take as sound."""
        take = self._find(request)
        return Response(200, WAV, await self._exporter.wav(take.take), _as_file(take.title, "wav"))

    async def change_take(self, request: Request) -> Response:
        """Rename or keep a take."""
        take = self._find(request)
        try:
            patch = msgspec.json.decode(request.body, type=TakePatch)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise BadInput("body", str(error)) from error
        return json_answer(await self._takes.change(take.take, patch))

    async def remove_take(self, request: Request) -> Response:
        """Remove a take."""
        take = self._find(request)
        if take.recording:
            raise Conflict("the take is being recorded")
        await self._takes.remove(take.take)
        return Response(204, "")

    async def restore_take(self, request: Request) -> Response:
        """Bring a take back."""
        name = request.params["take"]
        take = await self._takes.restore(name) if name.isascii() and name.isdigit() else None
        if take is None:
            raise NotThere(f"there is no take {name[:40]!r} to bring back")
        return json_answer(take)

    def _find(self, request: Request) -> Take:
        take = self._takes.find(request.params["take"])
        if take is None:
            raise NotThere(f"there is no take {request.params['take'][:40]!r}")
        return take


def _as_file(title: str, suffix: str) -> dict[str, str]:
    """The header by which a browser names the download. Source: RFC 6266."""
    plain = "".join(char if char.isascii() and (char.isalnum() or char in " -_.") else "_" for char in title)
    named = f"attachment; filename=\"{plain}.{suffix}\"; filename*=UTF-8''{quote(title, safe='')}.{suffix}"
    return {"Content-Disposition": named}
