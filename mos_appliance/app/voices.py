"""Voices over the music: one at a time, from a phone or from espeak-ng, into the talk ring."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from mos_appliance.app.children import import_data, run_child
from mos_appliance.companion.answers import Conflict
from mos_appliance.errors import BadInput, Unavailable
from mos_appliance.net.rings import speak
from mos_appliance.units import SAMPLE_RATE
from mos_appliance.wire import live
from mos_appliance.wire.rings import RingName

ESPEAK: Final = "espeak-ng"
HOW_TO_GET: Final = f"speech needs {ESPEAK}, which is not installed: apt-get install {ESPEAK}"


class Voices:
    """`tell` is what the pages hear when a voice that had begun could not go on."""

    def __init__(self, run: Path, tell: Callable[[live.Message], None]) -> None:
        self._ring = run / RingName.TALK
        self._tell = tell
        self._speaking: asyncio.Task[None] | None = None
        self._preparing = False

    async def close(self) -> None:
        """Fall silent."""
        if self._speaking is not None:
            self._speaking.cancel()
            await asyncio.gather(self._speaking, return_exceptions=True)

    async def talk(self, upload: int) -> float:
        """Begin to play the WAV behind a descriptor; its seconds. Errors: `BadInput`, `Conflict`, `Unavailable`."""
        self._claim()
        try:
            return self._begin(await import_data("voice", upload))
        finally:
            self._preparing = False

    async def say(self, text: str, language: str) -> float:
        """Begin to speak a text; the seconds that it takes. Errors: `BadInput`, `Conflict`, `Unavailable`."""
        self._claim()
        try:
            return self._begin(await import_data("voice", await _spoken(text, language)))
        finally:
            self._preparing = False

    def _claim(self) -> None:
        if self._preparing or (self._speaking is not None and not self._speaking.done()):
            raise Conflict("somebody speaks already")
        self._preparing = True

    def _begin(self, samples: bytes) -> float:
        self._speaking = asyncio.create_task(self._speak(samples), name="voice")
        return round(len(samples) / 2 / SAMPLE_RATE, 3)

    async def _speak(self, samples: bytes) -> None:
        try:
            await speak(self._ring, samples)
        except Unavailable as error:
            self._tell(live.Notice("warning", f"The voice could not be heard: {error}."))


async def _spoken(text: str, language: str) -> bytes:
    """The text as a WAV. Errors: `BadInput` for a language that is not there, `Unavailable`."""
    try:
        code, wav, error = await run_child((ESPEAK, "-v", language, "--stdin", "--stdout"), text.encode())
    except Unavailable as missing:
        raise Unavailable(HOW_TO_GET) from missing
    if code and "voice" in error:
        raise BadInput("language", f"{ESPEAK} has no voice for {language!r}")
    if code:
        raise Unavailable(f"{ESPEAK} failed: {error[:200]}")
    return wav
