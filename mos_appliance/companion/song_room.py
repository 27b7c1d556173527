"""What the API does with the song in the transport."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import unquote

from mos_appliance.companion.answers import json_answer
from mos_appliance.wire.http import Request, Response
from mos_appliance.wire.live import SongLoaded

MAX_TITLE = 200


class Songs(Protocol):
    """The song in the transport."""

    async def load_midi(self, upload: int, title: str) -> SongLoaded:
        """Load the MIDI file behind a descriptor. Errors: `BadInput`, `Unavailable`."""

    def unload(self) -> None:
        """Take the song out."""


class SongRoom:
    """Answers the routes of `/song`."""

    def __init__(self, songs: Songs) -> None:
        self._songs = songs

    async def put_song(self, request: Request) -> Response:
        """Load a song."""
        title = unquote(request.headers.get("x-title", ""), errors="replace")
        printable = "".join(char if char.isprintable() else " " for char in title).strip()
        return json_answer(await self._songs.load_midi(request.upload, printable[:MAX_TITLE]))

    async def remove_song(self, _: Request) -> Response:
        """Unload the song."""
        self._songs.unload()
        return Response(204, "")
