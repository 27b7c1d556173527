"""The song in the transport, as the hub keeps it: imported once, given to every engine that comes."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Final

import msgspec

from mos_appliance.app.children import import_data
from mos_appliance.companion.desk import Desk
from mos_appliance.companion.live import Session
from mos_appliance.companion.state import NO_SONG, Place
from mos_appliance.errors import MosError, Unavailable
from mos_appliance.net.record_link import RecordLink
from mos_appliance.store.document import read_document, write_document
from mos_appliance.store.takes import Takes
from mos_appliance.wire import live
from mos_appliance.wire.files import RunFile
from mos_appliance.wire.imports import ImportedSong

LOADING_S: Final = 5.0
"""An engine that has not taken a song by then does not take it."""
MAX_FILE_BYTES: Final = 16 << 20
_ATTEMPTS: Final = 20
_RETRY_S: Final = 0.01
_log: Final = logging.getLogger("mos.hub")


class SongBook:
    """Loads songs from files and takes."""

    def __init__(self, run: Path, desk: Desk, link: RecordLink, takes: Takes) -> None:
        self._file = run / RunFile.SONG
        self._desk = desk
        self._link = link
        self._takes = takes
        self._song = ImportedSong(b"", NO_SONG)
        self._handle = time.time_ns() >> 20 & 0x3FFF_FFFF  # another hub's songs have other handles
        self._tasks: set[asyncio.Task[None]] = set()

    async def recall(self) -> None:
        """Know the song that a hub before this one gave the engine."""
        content = await asyncio.to_thread(read_document, self._file, MAX_FILE_BYTES)
        if content is None:
            return
        try:
            self._song = msgspec.msgpack.decode(content, type=ImportedSong)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            _log.warning("the song that was loaded is not known any more: %s", error)
            return
        self._desk.state.songs = {0: NO_SONG, self._song.handle: self._song.song}

    async def close(self) -> None:
        """Wait for nothing any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def load_midi(self, upload: bytes | int, title: str) -> live.SongLoaded:
        """Load a MIDI file or a score, or the one behind a descriptor. Errors: `BadInput`, `Unavailable`."""
        return await self._load(await import_data("song", upload, title))

    def load_take(self, take: str, session: Session) -> None:
        """Load a take; the page that asked is told when that fails."""
        self._begin(self._load_take(take, session), "load take")

    def _begin(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def unload(self) -> None:
        """Take the song out."""
        self._song = ImportedSong(b"", NO_SONG)
        self._file.unlink(missing_ok=True)
        self._link.send_song(b"", 0)

    def give(self, place: Place | None) -> None:
        """Give the song to an engine that does not have it, and bring it to the `place` of the one before."""
        if self._song.handle and self._desk.state.song is not self._song.song:
            self._begin(self._give_again(self._song, place), "give the song again")

    async def _give_again(self, song: ImportedSong, place: Place | None) -> None:
        try:
            await self._hand_over(song)
            await self._taken(song)
        except Unavailable as error:
            _log.warning("the song was not given to the new engine: %s", error)
            return
        if place is not None:
            self._desk.put_back(place)

    async def _load_take(self, take: str, session: Session) -> None:
        try:
            row = self._takes.find(take)
            content = await self._takes.read(take)
            await self._load(await import_data("take-song", content, row.title if row else take))
        except MosError as error:
            session.tell(live.Notice("error", str(error)))

    async def _load(self, imported: bytes) -> live.SongLoaded:
        return await self.load(msgspec.msgpack.decode(imported, type=ImportedSong))

    async def load(self, imported: ImportedSong) -> live.SongLoaded:
        """Load a song that was imported already. Errors: `Unavailable`."""
        self._handle += 1
        song = msgspec.structs.replace(imported, handle=self._handle)
        await self._hand_over(song)
        self._desk.state.songs = {0: NO_SONG, song.handle: song.song}
        self._song = song
        content = msgspec.msgpack.encode(song)
        await asyncio.to_thread(write_document, self._file, content, lasting=False)
        await self._taken(song)
        return song.song

    async def _hand_over(self, song: ImportedSong) -> None:
        """Errors: `Unavailable` when the engine is not there, or its queue stays full."""
        for _ in range(_ATTEMPTS):
            if self._link.send_song(song.block, song.handle):
                return
            await asyncio.sleep(_RETRY_S)
        raise Unavailable("the engine does not run", 1.0)

    async def _taken(self, song: ImportedSong) -> None:
        """Wait until the engine has it. Errors: `Unavailable`."""
        loop = asyncio.get_running_loop()
        end = loop.time() + LOADING_S
        while self._desk.state.song is not song.song:
            if self._song is not song:
                raise Unavailable("another song was loaded meanwhile")
            if loop.time() > end:
                raise Unavailable("the engine did not take the song", 1.0)
            await asyncio.sleep(0.01)
