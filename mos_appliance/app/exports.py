"""Takes as files for people: MIDI by the importer, WAV by `mos render`, each in a process of its own."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Final

from mos_appliance.app.children import import_data, run_child
from mos_appliance.errors import Unavailable
from mos_appliance.store.takes import Takes
from mos_appliance.store.wav_cache import WavCache

RENDER: Final = (sys.executable, "-m", "mos_appliance", "render")


class Exports:
    """One rendering at a time: the board has other things to do."""

    def __init__(self, takes: Takes, cache: WavCache) -> None:
        self._takes = takes
        self._cache = cache
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        """Clear away what an interrupted rendering left."""
        await asyncio.to_thread(self._cache.forget)

    async def midi(self, take: str) -> bytes:
        """A Standard MIDI File. Errors: `BadInput`, `Unavailable`."""
        row = self._takes.find(take)
        return await import_data("take-midi", await self._takes.read(take), row.title if row else take)

    async def wav(self, take: str) -> Path:
        """A WAV, rendered or remembered. Cancelled, it stops rendering. Errors: `BadInput`, `Unavailable`."""
        async with self._turn:
            row = self._takes.find(take)
            key = f"{take}-{row.bytes if row else 0}"
            found = await asyncio.to_thread(self._cache.find, key)
            return found or await self._render(take, key)

    async def _render(self, take: str, key: str) -> Path:
        content = await self.midi(take)
        midi, wav = await asyncio.to_thread(self._cache.room_for, key)
        try:
            await asyncio.to_thread(midi.write_bytes, content)
            code, _, error = await run_child((*RENDER, str(midi), "-o", str(wav)))
            if code:
                raise Unavailable(f"the take could not be rendered: {error[:200] or code}")
            return await asyncio.to_thread(self._cache.admit, key, wav)
        except OSError as error:
            raise Unavailable(f"the take could not be rendered: {error.strerror}") from error
        finally:
            midi.unlink(missing_ok=True)
            wav.unlink(missing_ok=True)
