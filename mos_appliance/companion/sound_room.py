"""What the API does with sound itself: listening in, and voices over the music."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator, Callable
from typing import Final, Protocol

import msgspec

from mos_appliance.companion.answers import json_answer
from mos_appliance.companion.resources import Say, Spoken
from mos_appliance.companion.routes import WAV
from mos_appliance.errors import BadInput
from mos_appliance.units import SAMPLE_RATE
from mos_appliance.wire.http import Request, Response

_UNKNOWN_LENGTH: Final = 0xFFFFFFFF


class Voices(Protocol):
    """Voices over the music."""

    async def talk(self, upload: int) -> float:
        """Begin to play the WAV behind a descriptor; its seconds. Errors: `BadInput`, `Conflict`, `Unavailable`."""

    async def say(self, text: str, language: str) -> float:
        """Begin to speak; the seconds that it takes. Errors: `BadInput`, `Conflict`, `Unavailable`."""


class SoundRoom:
    """`listen_in` opens a stream of S16 stereo pieces. Errors: `Unavailable` when nothing can be heard."""

    def __init__(self, listen_in: Callable[[], AsyncIterator[bytes]], voices: Voices) -> None:
        self._listen_in = listen_in
        self._voices = voices

    async def listen(self, _: Request) -> Response:
        """What sounds."""
        return Response(200, WAV, _with_header(self._listen_in()), {"Accept-Ranges": "none"})

    async def talk(self, request: Request) -> Response:
        """Play a voice."""
        return json_answer(Spoken(await self._voices.talk(request.upload)), 202)

    async def say(self, request: Request) -> Response:
        """Speak a text."""
        try:
            asked = msgspec.json.decode(request.body, type=Say)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise BadInput("body", str(error)) from error
        return json_answer(Spoken(await self._voices.say(asked.text, asked.language)), 202)


async def _with_header(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield endless_wav_header()
    async for piece in pieces:
        yield piece


def endless_wav_header() -> bytes:
    """The header of a WAV of S16 stereo at 48 kHz whose end is not known."""
    frame_bytes = 4
    form = struct.pack("<HHIIHH", 1, 2, SAMPLE_RATE, SAMPLE_RATE * frame_bytes, frame_bytes, 16)
    return (
        struct.pack("<4sI4s4sI", b"RIFF", _UNKNOWN_LENGTH, b"WAVE", b"fmt ", len(form))
        + form
        + struct.pack("<4sI", b"data", _UNKNOWN_LENGTH)
    )
