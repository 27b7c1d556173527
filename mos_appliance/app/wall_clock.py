"""The date as far as it is known: boards have no clock chip, and nothing may be lost because of that."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Final

FIRST_CERTAIN_YEAR: Final = 2026
"""A clock that shows an earlier year was never set."""
_EPOCH: Final = date(1970, 1, 1)


class Quality(enum.IntEnum):
    """How far the wall time is to be believed."""

    UNKNOWN = 0
    CARRIED_OVER = 1
    """Gone on with from what the last run left: the day may be another."""
    TOLD = 2
    SYNCHRONISED = 3


def quality_of(now: datetime) -> Quality:
    """What the system's clock is worth. A year before this software was made is none."""
    return Quality.UNKNOWN if now.year < FIRST_CERTAIN_YEAR else Quality.TOLD


def known_day(now: datetime, quality: Quality) -> int | None:
    """The day as events have it, where the date is known; None where it is not."""
    return (now.date() - _EPOCH).days if quality >= Quality.TOLD else None
