"""Beams of MNX from groups of events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mos_appliance.music.json_text import Json

FLAGS: Final = {
    "eighth": 1, "16th": 2, "32nd": 3, "64th": 4, "128th": 5, "256th": 6, "512th": 7, "1024th": 8, "2048th": 9,
    "4096th": 10,
}  # fmt: skip
"""Note value → beams; those without have none."""


def beams_of(groups: Sequence[Sequence[tuple[str, int]]]) -> list[Json]:
    """The beams of groups of (id of the event, flags); groups of one have none."""
    return [_beam(group, 1) for group in groups if len(group) > 1]


def _beam(group: Sequence[tuple[str, int]], level: int) -> Json:
    beam: Json = {"events": [name for name, _ in group]}
    inner: list[Json] = []
    run: list[tuple[str, int]] = []
    for place, event in enumerate([*group, ("", 0)]):
        if event[1] > level:
            run.append(event)
        elif run:
            made = _beam(run, level + 1)
            if len(run) == 1:
                made["direction"] = "right" if place == 1 else "left"
            inner.append(made)
            run = []
    return {**beam, "beams": inner} if inner else beam
