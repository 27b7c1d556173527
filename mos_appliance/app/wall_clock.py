"""The date as far as it is known: boards have no clock chip, and nothing may be lost because of that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Final

from mos_appliance.wire.keeper import ClockQuality as Quality

FIRST_CERTAIN_YEAR: Final = 2026
"""A clock that shows an earlier year was never set."""
UNCERTAIN: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""What the hub's clock says while nobody knows: whoever asks takes an early year for no date."""
_EPOCH: Final = date(1970, 1, 1)


def quality_of(now: datetime) -> Quality:
    """What the system's clock is worth. A year before this software was made is none."""
    return Quality.UNKNOWN if now.year < FIRST_CERTAIN_YEAR else Quality.TOLD


def known_day(now: datetime, quality: Quality) -> int | None:
    """The day as events have it, where the date is known; None where it is not."""
    return (now.date() - _EPOCH).days if quality >= Quality.TOLD else None


class WallClock:
    """The hub's clock. On a computer the system's is believed; on an image only what keeper says of it."""

    def __init__(self, on_image: bool, now: Callable[[], datetime] = lambda: datetime.now().astimezone()) -> None:
        self._now = now
        self._told: Quality | None = Quality.UNKNOWN if on_image else None

    @property
    def quality(self) -> Quality:
        """What it is worth."""
        return quality_of(self._now()) if self._told is None else self._told

    def know(self, quality: Quality) -> None:
        """keeper has said what it is worth."""
        self._told = quality

    def __call__(self) -> datetime:
        """What time it is, `UNCERTAIN` while nobody has told."""
        return self._now() if self.quality >= Quality.TOLD else UNCERTAIN


__all__ = ["FIRST_CERTAIN_YEAR", "UNCERTAIN", "Quality", "WallClock", "known_day", "quality_of"]
