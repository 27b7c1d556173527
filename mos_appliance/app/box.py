"""The box as the hub has it: on an image watched and asked through keeper, on a computer none of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from mos_appliance.app.disk_watch import DiskWatch
from mos_appliance.app.fault_watch import FaultWatch, Say, Watched
from mos_appliance.app.wall_clock import Quality, WallClock
from mos_appliance.companion.device_resources import Device
from mos_appliance.companion.state import State
from mos_appliance.errors import Bug, Unavailable
from mos_appliance.net.keeper_link import NOT_HERE, STARTING_S, KeeperLink
from mos_appliance.wire import faults, keeper, live
from mos_appliance.wire.files import CardTold

SAID: Final = "number-said"
"""In the run directory, which is gone with the power."""


class Box:
    """`socket` is keeper's, None on a computer."""

    def __init__(self, socket: Path | None, data: Path, run: Path, state: State, disk: DiskWatch) -> None:
        self.clock = WallClock(on_image=socket is not None)
        self._link = KeeperLink(socket)
        self._state = state
        self._say: Say = _mute
        self._looking = asyncio.Event()
        self._watched = None if socket is None else Watched(self._link, socket, data, state, disk, self.clock)
        self._run = run
        self._watch: FaultWatch | None = None

    def start(self, tell: Callable[[Iterable[live.Message]], None], say: Say) -> list[asyncio.Task[None]]:
        """Begin to watch, where there is something to watch."""
        self._say = say
        if self._watched is None:
            return []

        def tell_faults(told: live.Faults) -> None:
            tell(self._state.know_faults(told))

        self._watch = FaultWatch(self._watched, tell_faults, say, self._link, self._run / SAID)
        return [asyncio.create_task(self._watch.watch(self._looking), name="watch the box")]

    def look_soon(self) -> None:
        """Something was changed that the facts tell of."""
        self._looking.set()

    def wants_time(self) -> bool:
        """Whether a page is to tell what time it is."""
        return self._link.expected and self.clock.quality < Quality.TOLD

    def told(self) -> Device:
        """As it is now."""
        seen = self._watched.keeper if self._watched else None
        card = self._watched.card if self._watched else CardTold(0, "")
        certain = self.clock.quality >= Quality.TOLD
        return Device(
            keeper="none" if not self._link.expected else "running" if seen else "silent",
            number=seen.number if seen else card.number,
            name=f"mos-{seen.number}" if seen else card.name,
            class_name=card.class_name,
            language=card.language,
            clock=self.clock.quality.name.lower(),
            now=self.clock().isoformat(timespec="seconds") if certain else None,
            wifi=seen.wifi if seen else "off",
            network=seen.network if seen else "",
            wrong=card.wrong,
            faults=list(self._state.faults.faults),
        )

    async def ask(self, request: keeper.Request) -> keeper.Told:
        """Ask keeper for somebody, who may be quicker than its start. Errors: `Unavailable`, `BadInput`."""
        answer = await self._link.ask(request, STARTING_S)
        if isinstance(answer, keeper.Refusal):
            raise Bug("a refusal that was no error")
        return answer

    async def speak_number(self) -> float:
        """Say the number aloud. Errors: `Conflict`, `Unavailable`."""
        told = self.told()
        if not told.number:
            raise Unavailable(NOT_HERE)
        return await self._say(faults.number_spoken(told.number, told.language), told.language)


async def _mute(_text: str, _language: str) -> float:
    raise Unavailable("nothing can be said yet", 1.0)
