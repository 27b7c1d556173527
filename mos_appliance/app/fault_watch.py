"""The hub's watch over the box: what is wrong is told on the page, by the light, and aloud, in the box's language."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import msgspec

from drivers import board_facts
from mos_appliance.app.disk_watch import DiskWatch
from mos_appliance.app.wall_clock import WallClock
from mos_appliance.companion.answers import Conflict
from mos_appliance.companion.state import State
from mos_appliance.errors import BadInput, MosError, Unavailable
from mos_appliance.net.keeper_link import KeeperLink
from mos_appliance.store.document import read_document
from mos_appliance.wire import faults, keeper, live
from mos_appliance.wire.faults import BY_NAME, Facts
from mos_appliance.wire.files import CARD_FILE, CardTold, decode_file

LOOK_S: Final = 3.0
AGAIN_S: Final = 600.0
"""A fault that comes and goes is spoken of no more often."""
SETTLED_S: Final = 2.0
"""So long sound must have been there before the box says its number: headphones are put on first."""
DATA_STORY: Final = Path("/run/data-partition")
UPDATER_STATE: Final = Path("/run/update/state.json")
"""What the updater leaves for everybody to read."""
_TAKEN_BACK: Final = ("gone back", "fell back", "cut off")
_STORIES: Final = ("in memory", "rebuilt", "repaired")
_log: Final = logging.getLogger("mos.hub")

Say = Callable[[str, str], Awaitable[float]]
"""(text, language) → seconds."""


class _UpdaterEvent(msgspec.Struct, frozen=True):
    """As much as is looked at of one."""

    what: str = ""
    version: str = ""
    why: str = ""


class _UpdaterState(msgspec.Struct, frozen=True):
    """As much as is looked at of the updater's state."""

    events: list[_UpdaterEvent] = []


class Watched:
    """Gathers the facts: from keeper, kernel and what the hub knows itself."""

    def __init__(
        self, link: KeeperLink, socket: Path, data: Path, state: State, disk: DiskWatch, clock: WallClock
    ) -> None:
        self._link, self._data, self._state, self._disk, self._clock = link, data, state, disk, clock
        self._card_file = socket.parent / CARD_FILE
        self.card = CardTold(0, "")
        self.root = Path("/")
        self.keeper: keeper.Facts | None = None
        """What keeper said last; None when it did not answer."""
        self._taken_back = ""
        self._complained = ""

    async def look(self) -> Facts:
        """The facts as they are now."""
        board, story = await asyncio.to_thread(self._read)
        self.keeper = await self._ask_keeper()
        if self.keeper is not None:
            self._clock.know(self.keeper.clock)
        seen = self.keeper
        return Facts(
            undervoltage=board.undervoltage,
            sound=self._sound(),
            keyboards=len(self._state.keyboard.names),
            played=self._state.keyboard.lowest_key is not None,
            card_errors=board.card_errors + (seen.card_errors if seen else 0),
            read_only=board.read_only,
            data=next((word for word in _STORIES if word in story), ""),
            full=self._disk.full,
            wifi=seen.wifi if seen else "off",
            network=seen.network if seen else "",
            clock=self._clock.quality,
            wrong_lines=tuple((row.line, row.why) for row in self.card.wrong),
            rolled_back=self._taken_back,
        )

    def _read(self) -> tuple[board_facts.Board, str]:
        """In a thread: files of sysfs, and what was noted of the start."""
        content = self._content(self._card_file)
        if content:
            try:
                self.card = decode_file(content, CardTold, CARD_FILE)
            except BadInput as error:
                self._complain(str(error))
        self._taken_back = taken_back(self._content(self.root / UPDATER_STATE.relative_to("/")))
        story = self._content(self.root / DATA_STORY.relative_to("/"))
        return board_facts.look(self._data, self.root), story.decode(errors="replace")

    def _content(self, path: Path) -> bytes:
        """Of a file that root leaves for us; nothing when it is not there, or not for us: the hub goes on."""
        try:
            return read_document(path) or b""
        except OSError as error:
            self._complain(f"{path}: {error.strerror}")
            return b""

    def _complain(self, line: str) -> None:
        """Once, not every few seconds."""
        if line != self._complained:
            self._complained = line
            _log.warning("passed over: %s", line)

    def _sound(self) -> str:
        """The device's state; who asked for silence misses nothing."""
        if self.card.sound == "silent":
            return "silent"
        device = self._state.device
        return device.state if device is not None and self._state.engine.running else "probing"

    async def _ask_keeper(self) -> keeper.Facts | None:
        try:
            answer = await self._link.ask(keeper.TellFacts())
        except MosError:
            return None
        return answer if isinstance(answer, keeper.Facts) else None


def taken_back(told: bytes) -> str:
    """Why the last update was taken back, by the updater's own state; empty when it was not."""
    try:
        events = decode_file(told, _UpdaterState, "update").events
    except BadInput:
        return ""
    if not events or events[-1].what not in _TAKEN_BACK:
        return ""
    return " ".join(f"{events[-1].version}: {events[-1].why or events[-1].what}".split())[:200]


class FaultWatch:
    """Looks every few seconds. `tell` reaches the pages; `say` and `light` may not be there, which is no fault."""

    def __init__(
        self,
        watched: Watched,
        tell: Callable[[live.Faults], None],
        say: Say,
        light: KeeperLink,
        said: Path,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`said` marks that the number was spoken since the box was switched on."""
        self._watched, self._tell, self._say, self._link, self._said = watched, tell, say, light, said
        self._now = now
        self._since: dict[str, float] = {}
        self._spoken: dict[str, float] = {}
        self._to_say: list[str] = []
        self._shown: str | None = None
        self._sounds_since: float | None = None
        self.standing: list[faults.Told] = []

    async def watch(self, sooner: asyncio.Event) -> None:
        """For ever; at once when `sooner` is set."""
        while True:
            sooner.clear()
            await self.look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(sooner.wait(), LOOK_S)

    async def look(self) -> None:
        """Look once, and tell what has changed."""
        facts = await self._watched.look()
        now = self._now()
        found = faults.find(facts)
        self._since = {name: self._since.get(name, now) for name in found}
        lasting = {name: text for name, text in found.items() if now - self._since[name] >= BY_NAME[name].after_s}
        language = self._watched.card.language
        standing = [faults.told(name, detail, facts, language) for name, detail in lasting.items()]
        if standing != self.standing:
            self.standing = standing
            self._tell(live.Faults([live.Fault(row.fault, row.what, row.cure, row.detail) for row in standing]))
        for name in lasting:
            if now - self._spoken.get(name, -AGAIN_S) >= AGAIN_S and name not in self._to_say:
                self._to_say.append(name)
        self._to_say = [name for name in self._to_say if name in lasting]
        for name in self._spoken:
            if name in lasting:
                self._spoken[name] = now
        await self._show(BY_NAME[next(iter(lasting))].light if lasting else "")
        await self._speak(facts.sound == "playing" and self._watched.card.voice, now, language)

    async def _show(self, pattern: str) -> None:
        """Have the light blink so; once, for writing it again would begin the pattern anew."""
        if self._watched.keeper is None:
            self._shown = None  # a keeper that comes back has forgotten
        elif self._watched.keeper.light and pattern != self._shown:
            try:
                await self._link.ask(keeper.ShowLight(pattern))
                self._shown = pattern
            except MosError as error:
                _log.warning("the light: %s", error)

    async def _speak(self, sounds: bool, now: float, language: str) -> None:
        """Say one thing: the number first, then what is wrong. Without sound it waits."""
        if not sounds:
            self._sounds_since = None
            return
        self._sounds_since = self._sounds_since if self._sounds_since is not None else now
        if now - self._sounds_since < SETTLED_S:
            return
        number = self._watched.card.number
        if number and not self._said.exists():
            if await self._spoke(faults.number_spoken(number, language), language):
                await asyncio.to_thread(self._said.touch)
        elif self._to_say:
            row = next(row for row in self.standing if row.fault == self._to_say[0])
            if await self._spoke(f"{row.what} {row.cure}", language):
                self._spoken[self._to_say.pop(0)] = now

    async def _spoke(self, text: str, language: str) -> bool:
        """Whether it was said, or never can be; not while somebody else speaks."""
        try:
            await self._say(text, language)
        except Conflict:
            return False
        except (BadInput, Unavailable, OSError) as error:  # no voice, or no process to be had now
            _log.warning("not said aloud: %s (%s)", error, text)
        return True
