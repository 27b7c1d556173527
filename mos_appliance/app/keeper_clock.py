"""The box's clock: boards have none that goes on without power. It never runs backwards.

It is kept when it is told, when the box is stopped, and by the times of what was played: never because time passes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from mos_appliance.app.keeper_state import Places, keep, recall
from mos_appliance.errors import BadInput
from mos_appliance.store.document import read_document, write_document
from mos_appliance.wire.keeper import ClockQuality

NEAR_S: Final = 300.0
"""A phone that is behind by no more is believed, and the clock stays as it is."""
FAR_S: Final = 86_400.0
"""Once it was told, the clock does not go on by more because another phone says so."""
_MOST_TAKES: Final = 100_000


def set_system_clock(seconds: float) -> None:
    """Needs the right to."""
    time.clock_settime(time.CLOCK_REALTIME, seconds)


class Clock:
    """`now` and `set_now` are the system's clock, in seconds since 1970."""

    def __init__(
        self,
        places: Places,
        now: Callable[[], float] = time.time,
        set_now: Callable[[float], None] = set_system_clock,
    ) -> None:
        self._places, self._now, self._set_now = places, now, set_now
        self.quality = ClockQuality.UNKNOWN

    def start(self) -> None:
        """Go on from the latest time that anything here knows of, unless keeper was only started again."""
        known = recall(self._places.run / "clock.json").get("quality")
        floor, carried = self._floor()
        if self._now() < floor:
            self._set_now(floor)
        self._become(ClockQuality.CARRIED_OVER if carried else ClockQuality.UNKNOWN)
        if isinstance(known, int) and known in ClockQuality._value2member_map_:
            self._become(ClockQuality(known))

    def tell(self, unix_ms: int, synchronised: bool) -> None:
        """Somebody says what time it is. Errors: `BadInput` when the clock would have to go back, or far on."""
        told, now = unix_ms / 1000, self._now()
        if told < now - NEAR_S:
            raise BadInput("unix_ms", f"lies before {_day(now)}, which was on this box already; it never goes back")
        if self.quality >= ClockQuality.TOLD and not synchronised and told > now + FAR_S:
            raise BadInput("unix_ms", f"lies far after {_day(now)}, which this box was told before")
        if told > now:
            self._set_now(told)
        self._become(ClockQuality.SYNCHRONISED if synchronised else max(self.quality, ClockQuality.TOLD))
        self.save()

    def save(self) -> None:
        """Keep what time it is now; the next start goes on from there. Errors: `OSError`."""
        if self.quality > ClockQuality.UNKNOWN:
            write_document(self._places.kept / "clock", f"{int(self._now())}\n".encode())

    def _become(self, quality: ClockQuality) -> None:
        self.quality = quality
        keep(self._places.run / "clock.json", {"quality": int(quality)})

    def _floor(self) -> tuple[float, bool]:
        """The latest time known, and whether it comes from a run before this one."""
        saved = (read_document(self._places.kept / "clock", 32) or b"").strip()
        kept = float(saved) if saved.isdigit() and len(saved) < 12 else 0.0
        kept = max(kept, _newest(self._places.hub / "takes"))
        return max(kept, _changed(self._places.root / "etc" / "os-release")), kept > 0


def _newest(folder: Path) -> float:
    """When the newest file in a folder was last written to, 0 without any."""
    newest = 0.0
    try:
        with os.scandir(folder) as entries:
            for _, entry in zip(range(_MOST_TAKES), entries, strict=False):
                if entry.is_file(follow_symlinks=False):
                    newest = max(newest, entry.stat(follow_symlinks=False).st_mtime)
    except OSError:
        return 0.0
    return newest


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _day(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(seconds))
