"""The benchmarks of `mos bench`, one module each, found by their file name.

A module has `measure() -> Iterable[Figure]`; its docstring's first line says what it measures. Prefer what a busy
machine does not change: CPU time over time, the least of several runs over their mean, counts over both.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure, and what it is to be seen beside: another program's, or the bound that it must keep."""

    name: str
    value: float
    unit: str
    peer: str = ""
    peer_value: float | None = None

    def told(self) -> dict[str, str | float | None]:
        """As `build/bench.json` tells it."""
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "peer": self.peer,
            "peer_value": self.peer_value,
        }
