"""What a voice holds before it becomes MNX: events, tuplets, grace notes, bars. Units: whole notes."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from mos_appliance.music.json_text import Json

MAX_EVENTS: Final = 100_000
MAX_BARS: Final = 20_000
MAX_VOICES: Final = 64
MAX_NESTED: Final = 4


@dataclass(slots=True)
class Event:
    """Notes that begin together, a rest, or nothing for so long. `length` as written, outside all tuplets."""

    length: Fraction
    where: str
    notes: list[Json] = field(default_factory=list)
    kind: str = "notes"
    """`notes`, `rest` or `space`."""
    members: Json = field(default_factory=dict)
    glued: bool = False
    """No space stands before it, so that a beam may."""
    rows: list[tuple[str, Any]] = field(default_factory=list)
    """What stands at its place in the bar: member of a bar, and what."""


@dataclass(slots=True)
class Grace:
    """Grace notes."""

    events: list[Event]
    slash: bool


@dataclass(slots=True)
class Tuplet:
    """`p` in the time of `q`, for the next `left` events."""

    p: int
    q: int
    left: int
    where: str
    items: list[Event | Grace | Tuplet] = field(default_factory=list)


Item = Event | Grace | Tuplet


@dataclass(slots=True)
class Bar:
    """A bar of one voice; `layers` sound at the same time."""

    layers: list[list[Item]] = field(default_factory=lambda: [[]])
    ending_rows: list[tuple[str, Any]] = field(default_factory=list)
    """What stands behind its last event."""
    silent: bool = False
    """A rest for the whole bar."""

    @property
    def empty(self) -> bool:
        """Whether nothing stands in it."""
        return not self.silent and not any(self.layers)


@dataclass(slots=True)
class Report:
    """What was not understood, each thing once with its first place and how often."""

    found: dict[str, tuple[str, int]] = field(default_factory=dict)

    def add(self, where: str, what: str) -> None:
        """Note it."""
        what = " ".join(what[:80].split())
        if what not in self.found and len(self.found) >= 500:
            what = "other things, of many kinds"
        first, times = self.found.get(what, (where, 0))
        self.found[what] = first, times + 1

    def rows(self) -> list[tuple[str, str]]:
        """Place and thing."""
        return [
            (f"{where} and {times - 1} more" if times > 1 else where, what)
            for what, (where, times) in self.found.items()
        ]
