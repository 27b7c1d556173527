"""The hub's watch over the engine: heartbeats, silence and respawn, and what the engine is to remember."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from mos_appliance.companion.desk import Desk
from mos_appliance.companion.state import Place
from mos_appliance.errors import BadInput
from mos_appliance.net.record_link import RecordLink
from mos_appliance.store.document import read_document, write_document
from mos_appliance.wire.controls import BY_NAME
from mos_appliance.wire.files import DataFile, Keyboards, Remembered, RunFile, decode_file, encode_file
from mos_appliance.wire.records import WIRE_VERSION, Kind, Record, encode

HEARTBEAT_S: Final = 0.25
SILENT_S: Final = 0.75
"""Ten statistics a second come from an engine that runs; without any for so long it does not."""
REMEMBER_S: Final = 1.0
"""Changes within this time are written together."""
SETTLED_S: Final = 0.2
"""By then an engine that has said hello has also told its controls and which song it holds."""
_log: Final = logging.getLogger("mos.hub")


class EngineWatch:
    """Keeps engine and hub of one mind. `take_in` gets all that the engine sends."""

    def __init__(
        self,
        run: Path,
        data: Path,
        desk: Desk,
        link: RecordLink,
        give_song: Callable[[Place | None], None],
        refused: Callable[[OSError], None] = lambda _: None,
    ) -> None:
        """`refused` hears when the disk does not take what is to be remembered; it is tried again until it does."""
        self._run = run
        self._data = data
        self._desk = desk
        self._link = link
        self._give_song = give_song
        self._refused = refused
        self._heard = 0.0
        self._written: dict[str, list[float]] = {}
        self._periods: dict[str, int] = {}
        self._keyboards_stamp = 0
        self.tasks: list[asyncio.Task[None]] = []

    async def recall(self) -> None:
        """Start from what was remembered, so that pages see it before the engine speaks."""
        content = await asyncio.to_thread(self._read_remembered)
        if content is not None:
            try:
                remembered = decode_file(content, Remembered, DataFile.ENGINE)
            except BadInput as error:
                _log.warning("remembered controls are unreadable and were put aside: %s", error)
                await asyncio.to_thread(self._put_aside)
            else:
                self._periods = dict(remembered.periods)
                self._desk.state.recall(remembered.controls)
                self._written = self._desk.state.remembered()

    def start(self) -> None:
        """Greet the engine and begin to watch."""
        self._heard = time.monotonic()
        self._greet()
        self.tasks = [
            asyncio.create_task(self._beat(), name="heartbeat"),
            asyncio.create_task(self._remember(), name="remember controls"),
        ]

    async def stop(self) -> None:
        """Watch no more; what has changed is written."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self._write_if_changed()

    def take_in(self, records: list[Record]) -> None:
        """Records have come from the engine."""
        self._heard = time.monotonic()
        state = self._desk.state
        self._desk.broadcast(state.find_engine())
        for record in records:
            if record.kind == Kind.ENGINE_HELLO and record.value("pid") != state.engine_pid:
                wanted = state.remembered() if state.engine_pid else {}  # a hub that comes learns from the engine
                place = state.place() if state.engine_pid else None
                asyncio.get_running_loop().call_later(SETTLED_S, self._restore, wanted, place)
        self._desk.take_in(records)

    # -- heartbeat ---------------------------------------------------------------------------------------------------

    async def _beat(self) -> None:
        while True:
            self._link.send(encode(Kind.HEARTBEAT))
            if time.monotonic() - self._heard > SILENT_S:
                self._desk.broadcast(self._desk.state.lose_engine())
                self._greet()
            self._look_at_keyboards()
            await asyncio.sleep(HEARTBEAT_S)

    def _greet(self) -> None:
        self._link.send(encode(Kind.HUB_HELLO, os.getpid(), index=WIRE_VERSION))

    def _look_at_keyboards(self) -> None:
        """Read patchbay's list when it has changed; the run directory is memory, so this takes microseconds."""
        path = self._run / RunFile.KEYBOARDS
        try:
            stamp = path.stat().st_mtime_ns
            if stamp == self._keyboards_stamp:
                return
            self._keyboards_stamp = stamp
            keyboards = decode_file(read_document(path) or b"{}", Keyboards, path.name)
        except (FileNotFoundError, BadInput):
            return
        self._desk.meet_keyboards(keyboards)

    # -- memory ------------------------------------------------------------------------------------------------------

    def _restore(self, wanted: dict[str, list[float]], place: Place | None) -> None:
        """Give a new engine what the one before had: `engine.json` may have been written after it was read."""
        now = self._desk.state.remembered()
        for name, values in wanted.items():
            row = BY_NAME[name]
            for which, value in enumerate(values):
                if now[name][which] != value:
                    self._link.send(encode(Kind.SET_CONTROL, value, which, flags=1, index=row.number))
        self._give_song(place)

    async def _remember(self) -> None:
        while True:
            await asyncio.sleep(REMEMBER_S)
            await self._write_if_changed()

    async def _write_if_changed(self) -> None:
        controls = self._desk.state.remembered()
        sound = self._desk.state.sound
        periods = dict(self._periods)
        if sound.settled:
            periods[sound.name] = sound.period
        if (controls, periods) == (self._written, self._periods) or not self._desk.state.engine_pid:
            return
        content = encode_file(Remembered(controls, periods))
        try:
            await asyncio.to_thread(write_document, self._data / DataFile.ENGINE, content)
        except OSError as error:
            self._refused(error)
            return
        self._written, self._periods = controls, periods

    def _read_remembered(self) -> bytes | None:
        self._data.mkdir(parents=True, exist_ok=True)
        return read_document(self._data / DataFile.ENGINE)

    def _put_aside(self) -> None:
        damaged = self._data / DataFile.ENGINE
        damaged.replace(damaged.with_suffix(".damaged"))
