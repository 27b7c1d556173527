"""Which short notes hang on one beam."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from mos_appliance.music.json_text import Json
from shelf.notation import Event

_QUARTER: Final = Fraction(1, 4)
_GROUPS: Final[dict[str, tuple[int, ...]]] = {
    "3/8": (3,), "6/8": (3, 3), "9/8": (3, 3, 3), "12/8": (3, 3, 3, 3), "10/8": (3, 2, 2, 3), "2/2": (4, 4),
    "5/8": (2, 3), "7/8": (3, 2, 2),
}  # fmt: skip
"""Beats in eighths; all other metres count quarters."""


def groups(metre: str, voice: list[Event]) -> list[int]:
    """Where beats begin. Units: eighths from the beginning of the bar; the last is the end."""
    count, unit = (int(part) for part in metre.split("/"))
    eighths = count * 8 // unit
    sizes = _GROUPS.get(metre)
    if sizes is None:
        whole_halves = metre == "4/4" and all(event.written == Fraction(1, 8) for event in voice if _short(event))
        sizes = (4,) * (eighths // 4) if whole_halves else (2,) * (eighths // 2)
    edges = [0]
    for size in sizes:
        edges.append(edges[-1] + size)
    return edges


def beams(metre: str, voice: list[Event], ids: dict[int, str], shift: Fraction) -> list[Json]:
    """The beams of a voice; `shift` is how much of a full bar a pick-up bar lacks, `ids` name events by `id()`."""
    edges = groups(metre, voice)
    found: list[Json] = []
    run: list[Event] = []
    beat = -1
    for event in [*voice, None]:
        here = -1 if event is None else sum(edge <= (event.onset + shift) * 8 for edge in edges)
        if run and (event is None or not _short(event) or here != beat or event.tuplet != run[-1].tuplet):
            found += _beam(run, ids)
            run = []
        if event is not None and _short(event):
            run.append(event)
        beat = here
    return found


def _short(event: Event) -> bool:
    return bool(event.pitches) and event.written < _QUARTER and "g" not in event.marks


def _beam(run: list[Event], ids: dict[int, str]) -> list[Json]:
    if len(run) < 2:
        return []
    beam: Json = {"events": [ids[id(event)] for event in run]}
    inner = _sixteenths(run, ids)
    if inner:
        beam["beams"] = inner
    return [beam]


def _sixteenths(run: list[Event], ids: dict[int, str]) -> list[Json]:
    found: list[Json] = []
    part: list[int] = []
    for place, event in enumerate([*run, None]):
        if event is not None and event.written < Fraction(1, 8):
            part.append(place)
        elif part:
            names = [ids[id(run[one])] for one in part]
            hook = {"direction": "right" if part[0] == 0 else "left"} if len(part) == 1 else {}
            found.append({"events": names, **hook})
            part = []
    return found
