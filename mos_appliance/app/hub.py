"""The hub's composition root: network, disk and the truth, on one asyncio loop that never waits."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final, TypeVar

from mos_appliance.app.engine_watch import EngineWatch
from mos_appliance.app.settings import parse_process
from mos_appliance.companion.access import judge
from mos_appliance.companion.api import Api
from mos_appliance.companion.desk import Desk
from mos_appliance.errors import BadInput
from mos_appliance.net.record_link import RecordLink
from mos_appliance.net.web import WebServer
from mos_appliance.store.document import read_document
from mos_appliance.wire.files import Process, RunFile, Sound, decode_file
from mos_appliance.wire.records import Record

PAGE: Final = Path(__file__).parent.parent / "companion" / "web" / "dist"
PAGES: Final = {
    "/tv": "The page for a television is not there yet.",
    "/teach": "The page for the teacher is not there yet.",
}
DEFAULT_NAME: Final = "MOS"
T = TypeVar("T")


class Hub:
    """Everything that the hub is made of, started in order and stopped in reverse."""

    def __init__(self, run: Path, data: Path, address: str, port: int) -> None:
        self._run = run
        self._address = address
        self._asked_port = port
        self.port = 0
        self.link = RecordLink(run / RunFile.ENGINE_SOCKET, run / RunFile.HUB_SOCKET, self._take_in)
        self.patchbay = RecordLink(run / RunFile.PATCHBAY_SOCKET)
        self.desk = Desk(version("mos-appliance"), DEFAULT_NAME, self.link, self.patchbay)
        self.desk.read_sound = lambda: _read(run / RunFile.SOUND, Sound, Sound(""))
        self.watch = EngineWatch(run, data, self.desk, self.link)
        self.api = Api(self.desk, self._processes, lambda: self.link.dropped)
        self.web = WebServer(self.api.endpoints(), self.desk, judge, PAGE, PAGES)

    async def start(self) -> None:
        """Serve. Errors: `Unavailable` when the port is taken."""
        await self.watch.recall()
        self.patchbay.open()
        self.link.open()
        self.watch.start()
        self.port = await self.web.start(self._address, self._asked_port)

    async def stop(self) -> None:
        """Let go of everything, in reverse."""
        await self.web.stop()
        await self.watch.stop()
        self.link.close()
        self.patchbay.close()

    def _take_in(self, records: list[Record]) -> None:
        self.watch.take_in(records)

    def _processes(self) -> dict[str, Process]:
        return _read(self._run / RunFile.PROCESSES, dict[str, Process], {})


def _read(path: Path, kind: type[T], absent: T) -> T:
    """A small file of the run directory, which is memory."""
    content = read_document(path)
    if content is None:
        return absent
    try:
        return decode_file(content, kind, path.name)
    except BadInput:
        return absent  # a newer writer's file; what it says is told by others too


def main(argv: Sequence[str]) -> int:
    """`python -m mos_appliance _hub`. Returns the exit code."""
    args = parse_process("hub", argv)
    asyncio.run(_serve(Hub(args.run, args.data, args.listen, args.port)))
    return 0


async def _serve(hub: Hub) -> None:
    """Serve until told to stop."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stopped.set)
    await hub.start()
    await stopped.wait()
    await hub.stop()
