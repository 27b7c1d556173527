"""What a conversion could not keep: told row by row, and never too much of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

MAX_ROWS: Final = 2_000
"""Rows of each kind; what goes beyond is counted in a last row."""


class Loss(NamedTuple):
    """One row: `what` is an element, an `element@attribute` or a member; `where` the first place, and how many more."""

    where: str
    what: str


@dataclass(slots=True)
class Report:
    """What was not understood in the input, and what had no place in the output."""

    _unread: dict[str, list[str | int]] = field(default_factory=dict)
    _lost: dict[str, list[str | int]] = field(default_factory=dict)

    def unread(self, where: str, what: str) -> None:
        """Note what was not understood."""
        _count(self._unread, where, what)

    def lost(self, where: str, what: str) -> None:
        """Note what was understood and has no place."""
        _count(self._lost, where, what)

    @property
    def unread_rows(self) -> tuple[Loss, ...]:
        """Each kind of thing once."""
        return _rows(self._unread)

    @property
    def lost_rows(self) -> tuple[Loss, ...]:
        """Each kind of thing once."""
        return _rows(self._lost)


def _count(table: dict[str, list[str | int]], where: str, what: str) -> None:
    """The same thing is told once, with its first place and a count."""
    what = " ".join(what[:80].split())
    if what not in table and len(table) >= MAX_ROWS:
        what = "other things, of many kinds"
    row = table.setdefault(what, [where, 0])
    row[1] = int(row[1]) + 1


def _rows(table: dict[str, list[str | int]]) -> tuple[Loss, ...]:
    rows = []
    for what, (where, count) in table.items():
        more = int(count) - 1
        rows.append(Loss(f"{where} and {more} more" if more else str(where), what))
    return tuple(rows)
