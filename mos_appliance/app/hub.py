"""The hub's composition root: network, disk and the truth, on one asyncio loop that never waits."""

from __future__ import annotations

import asyncio
import gc
import logging
import secrets
import signal
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, TypeVar

from mos_appliance.app.box import Box
from mos_appliance.app.disk_watch import DiskWatch
from mos_appliance.app.engine_watch import EngineWatch
from mos_appliance.app.exercises import Exercises
from mos_appliance.app.exports import Exports
from mos_appliance.app.hub_log import speak_in_lines
from mos_appliance.app.librarian import Librarian
from mos_appliance.app.models import why_deaf
from mos_appliance.app.practice_hall import PracticeHall
from mos_appliance.app.roster import Roster
from mos_appliance.app.settings import parse_process
from mos_appliance.app.song_book import SongBook
from mos_appliance.app.update_told import STATE, last_update
from mos_appliance.app.voices import Voices
from mos_appliance.companion.access import judge
from mos_appliance.companion.answers import failure
from mos_appliance.companion.api import endpoints
from mos_appliance.companion.desk import Desk
from mos_appliance.companion.device_room import DeviceRoom
from mos_appliance.companion.device_routes import DEVICE_ROUTES
from mos_appliance.companion.library_room import LibraryRoom
from mos_appliance.companion.library_routes import LIBRARY_ROUTES
from mos_appliance.companion.overview import Overview
from mos_appliance.companion.practice_room import PracticeRoom
from mos_appliance.companion.practice_routes import PRACTICE_ROUTES
from mos_appliance.companion.routes import ROUTES
from mos_appliance.companion.song_room import SongRoom
from mos_appliance.companion.sound_room import SoundRoom
from mos_appliance.companion.student_room import StudentRoom
from mos_appliance.companion.student_routes import STUDENT_ROUTES
from mos_appliance.companion.take_room import TakeRoom
from mos_appliance.errors import BadInput, Bug
from mos_appliance.net.record_link import RecordLink
from mos_appliance.net.rings import Listening
from mos_appliance.net.web import WebServer
from mos_appliance.store.document import read_document
from mos_appliance.store.judgements import Judgements
from mos_appliance.store.recording import Recorder
from mos_appliance.store.take_files import TakeFiles
from mos_appliance.store.takes import Takes
from mos_appliance.wire import live
from mos_appliance.wire.files import DataFile, HubSettings, Process, RunFile, Sound, decode_file
from mos_appliance.wire.http import Endpoint, Request, Response
from mos_appliance.wire.records import Kind, Record
from mos_appliance.wire.rings import RingName

PAGE: Final = Path(__file__).parent.parent / "companion" / "web" / "dist"
SHELF: Final = Path(__file__).parent.parent / "shelf"
PAGES: Final = {
    "/tv": "The page for a television is not there yet.",
    "/teach": "The page for the teacher is not there yet.",
}
FLUSH_S: Final = 0.25
"""A take is on the disk that long after it was played, and what the disk needs to say so: at most a second is lost."""
T = TypeVar("T")
_log: Final = logging.getLogger("mos.hub")


class Hub:
    """Everything that the hub is made of, started in order and stopped in reverse."""

    def __init__(self, run: Path, data: Path, address: str, port: int, keeper: Path | None = None) -> None:
        """`keeper` is keeper's socket, on an image."""
        self._run = run
        self._address = address
        self._asked_port = port
        self.port = 0
        self.link = RecordLink(run / RunFile.ENGINE_SOCKET, run / RunFile.HUB_SOCKET, self._take_in)
        self.patchbay = RecordLink(run / RunFile.PATCHBAY_SOCKET)
        settings = _read(data / DataFile.SETTINGS, HubSettings, HubSettings())
        self.desk = Desk(version("mos-appliance"), settings.name, self.link, self.patchbay)
        state = self.desk.state
        files = TakeFiles(data / DataFile.TAKES, settings.takes_share_percent)
        self.disk = DiskWatch(data, self._tell_disk)
        self.box = Box(keeper, data, run, state, self.disk)
        self.desk.wants_time = self.box.wants_time
        self.desk.number = lambda: self.box.told().number
        clock = self.box.clock
        self.takes = Takes(files, self._tell, state.remembered, clock, self.disk.refused)
        self.recorder = Recorder(self.takes.take_in)
        self.songs = SongBook(run, self.desk, self.link, self.takes)
        self.watch = EngineWatch(run, data, self.desk, self.link, self.songs.give, self.disk.refused)
        self.voices = Voices(run, self._tell)
        self.exports = Exports(self.takes, files.renderings)
        self.desk.read_sound = lambda: _read(run / RunFile.SOUND, Sound, Sound(""))
        self.desk.recent_takes = self.takes.recent
        self.desk.load_take = self.songs.load_take
        self.librarian = Librarian(data, data / DataFile.LIBRARY, SHELF, self.desk.version)
        self.roster = Roster(data / DataFile.STUDENTS, clock)
        self.exercises = Exercises(self.librarian, _chance, self.roster)
        self.judgements = Judgements(
            data / DataFile.JUDGEMENTS,
            lambda take: self.takes.find(take) is not None,
            files.knows,
            self.disk.refused,
        )
        self.hall = PracticeHall(
            run,
            self.desk,
            self.librarian,
            self.songs.load,
            self.takes,
            self.recorder,
            self.judgements,
            self.roster,
            self._take_heard,
            why_deaf,
            self.exercises.offer,
        )
        self.desk.practised = self.hall.told
        routes = (*ROUTES, *LIBRARY_ROUTES, *STUDENT_ROUTES, *PRACTICE_ROUTES, *DEVICE_ROUTES)
        updates = partial(last_update, STATE if keeper else None)
        rooms = (
            Overview(
                self.desk, self._processes, lambda: self.link.dropped, self.hall.health, self.box.told, updates, routes
            ),
            TakeRoom(self.takes, self.exports),
            SongRoom(self.songs),
            LibraryRoom(self.librarian, self.songs.load_midi, self.takes.find),
            StudentRoom(self.roster),
            DeviceRoom(self.box, self.box.look_soon),
            PracticeRoom(self.hall, self.judgements, self.exercises, clock),
            SoundRoom(lambda: Listening(run / RingName.OUTPUT).pieces(), self.voices),
        )
        self.web = WebServer(map(_guarded, endpoints(rooms, routes)), self.desk, judge, PAGE, PAGES)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Serve. Errors: `Unavailable` when the port is taken or the disk refuses."""
        await self.watch.recall()
        await self.songs.recall()
        await self.takes.open()
        await self.exports.open()
        await self.judgements.open()
        await self.librarian.open()
        await self.roster.open()
        self.patchbay.open()
        self.link.open()
        self.hall.open()
        self.watch.start()
        self._tasks = [
            asyncio.create_task(self._flush(), name="flush takes"),
            asyncio.create_task(self.disk.watch(), name="watch the disk"),
            *self.box.start(self.desk.broadcast, self.voices.say),
        ]
        self.port = await self.web.start(self._address, self._asked_port)

    async def stop(self) -> None:
        """Let go of everything, in reverse."""
        await self.web.stop()
        await self.hall.close()
        await self.voices.close()
        await self.roster.close()
        await self.librarian.close()
        await self.songs.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.watch.stop()
        self.recorder.stop()
        await self.takes.close()
        self.link.close()
        self.patchbay.close()

    def tasks(self) -> list[asyncio.Task[None]]:
        """What must never end by itself."""
        return [*self.watch.tasks, *self.takes.tasks, *self._tasks]

    def _take_in(self, records: list[Record]) -> None:
        """Everything that the engine tells passes here."""
        if any(record.kind == Kind.MIDI_HAPPENED for record in records):
            self.librarian.music_heard()
        self.watch.take_in(records)
        for record in records:
            self.recorder.take_in(record)
        self.hall.forward(records)

    def _take_heard(self, records: list[Record]) -> None:
        """What the tutor has heard of the microphone is played like anything else."""
        self.desk.take_in(records)
        for record in records:
            self.recorder.take_in(record)
        self.hall.forward(records)

    def _tell(self, message: live.Message) -> None:
        self.desk.broadcast((message,))

    def _tell_disk(self, told: live.Disk) -> None:
        self.desk.broadcast(self.desk.state.know_disk(told))
        if not told.why and self.takes.failed:
            self.recorder.stop()  # what is played from now on is a take again

    async def _flush(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_S)
            self.recorder.flush()

    def _processes(self) -> dict[str, Process]:
        """As the supervisor sees them, but the engine as it says itself: the supervisor knows only its nursery."""
        processes = _read(self._run / RunFile.PROCESSES, dict[str, Process], {})
        state, nursery = self.desk.state, processes.get("engine")
        if nursery is not None and state.engine.running:
            restarts = max(nursery.restarts, state.engine.restarts)
            processes["engine"] = Process(state.engine_pid, nursery.running, restarts)
        return processes


def _chance() -> int:
    """A seed for what is composed."""
    return secrets.randbelow(2**31)


def _guarded(endpoint: Endpoint) -> Endpoint:
    """The same endpoint, whose bugs are answered as JSON too and cost nobody else anything."""

    async def handle(request: Request) -> Response:
        try:
            return await endpoint.handle(request)
        except OSError:
            raise
        except Exception as error:
            _log.exception("internal error at %s", request.path)
            return failure(Bug(f"internal error: {type(error).__name__}"))

    return replace(endpoint, handle=handle)


def _read(path: Path, kind: type[T], absent: T) -> T:
    """A small file: at start, or of the run directory, which is memory. What cannot be read is as if it were absent."""
    content = read_document(path)
    if content is None:
        return absent
    try:
        return decode_file(content, kind, path.name)
    except BadInput as error:
        _log.warning("passed over: %s", error)
        return absent


def main(argv: Sequence[str]) -> int:
    """`python -m mos_appliance _hub`. Returns the exit code."""
    args = parse_process("hub", argv)
    speak_in_lines()
    keeper = Path(args.keeper) if args.keeper else None
    asyncio.run(_serve(Hub(args.run, args.data, args.listen, args.port, keeper)))
    return 0


async def _serve(hub: Hub) -> None:
    """Serve until told to stop, or until something of the hub has failed: then it ends, to be started again."""
    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[None] = loop.create_future()
    loop.set_exception_handler(lambda _, context: _note_failure(stopped, context))
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, _finish, stopped)
    await hub.start()
    gc.collect()
    gc.freeze()  # what is there to stay is not looked through again: that took milliseconds of everybody's time
    await asyncio.wait([stopped, *hub.tasks()], return_when=asyncio.FIRST_COMPLETED)
    failed = [task for task in hub.tasks() if task.done()]
    await hub.stop()
    for ended in (stopped, *failed):
        if ended.done():
            ended.result()


def _finish(stopped: asyncio.Future[None]) -> None:
    if not stopped.done():
        stopped.set_result(None)


def _note_failure(stopped: asyncio.Future[None], context: dict[str, Any]) -> None:
    """An exception that nobody took: of a callback of ours it is a bug, of a connection it is its client's affair."""
    error = context.get("exception")
    _log.error("%s", context.get("message"), exc_info=error)
    if "handle" in context and isinstance(error, BaseException) and not stopped.done():
        stopped.set_exception(error)
