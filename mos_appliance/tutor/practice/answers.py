"""What the tutor says while somebody practises."""

from __future__ import annotations

from typing import NamedTuple

from mos_appliance.wire.records import Lead, Verdict


class Moved(NamedTuple):
    """The student is somewhere else. `note`: of the page, one of those that are expected, or were played last."""

    note: int
    confidence: float
    pace_ms: float
    lost: bool = False
    end: bool = False
    """The last note of what is practised has been played."""
    listen: bool = False
    """It is the machine's turn."""


class Answered(NamedTuple):
    """What a note was that was struck. `note`: of the page, -1 for none; `final`: it stays so."""

    struck: int
    verdict: Verdict
    note: int
    early_ms: float
    times: int
    final: bool


class Missed(NamedTuple):
    """A note of the page was passed over."""

    note: int
    times: int


class Led(NamedTuple):
    """What the transport is to do. Units: ticks of 1/960 quarter note of the song; `scale` in per cent, 0 leaves it."""

    verb: Lead
    tick: int
    scale: float = 0.0


Answer = Moved | Answered | Missed | Led
