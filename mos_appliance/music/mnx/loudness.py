"""How loud each note of a score is played: dynamics, hairpins and accents as MIDI velocities."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, Final, NamedTuple

from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.extensions import own, own_list
from mos_appliance.music.mnx.notes import Head, Page
from mos_appliance.music.mnx.rhythm import fraction_of

PLAIN: Final = 76
"""Where a score says nothing."""
LEVELS: Final[dict[str, int]] = {
    "n": 1, "pppppp": 8, "ppppp": 10, "pppp": 14, "ppp": 22, "pp": 34, "p": 48, "mp": 62,
    "mf": 76, "f": 92, "ff": 108, "fff": 118, "ffff": 124, "fffff": 126, "ffffff": 127,
}  # fmt: skip
ACCENTS: Final[dict[str, int]] = {
    "sf": 20, "sfz": 22, "fz": 20, "sffz": 28, "sfffz": 32, "rf": 16, "rfz": 18,
    "sfp": 20, "sfpp": 20, "fp": 16, "fpp": 16,
}  # fmt: skip
"""Louder at that place only."""
AFTER_ACCENT: Final[dict[str, int]] = {"fp": 48, "fpp": 34, "sfp": 48, "sfpp": 34, "pf": 92, "sfzp": 48}
"""The level that is in force from there on."""
MARKINGS: Final[dict[str, int]] = {"accent": 14, "strongAccent": 22, "softAccent": 7, "stress": 8, "unstress": -8}
_HAIRPIN: Final = 16
"""How much a hairpin changes that leads to no dynamic."""


class _Change(NamedTuple):
    """What stands at a place of the page. Units: ticks of the page from its beginning."""

    tick: int
    level: int | None
    accent: int
    staff: int | None
    voice: str | None


class _Hairpin(NamedTuple):
    begin: int
    end: int
    grows: bool
    staff: int | None
    voice: str | None


class Loudness:
    """The velocities of one part."""

    def __init__(self, page: Page, part: Json) -> None:
        self._starts = [page.ticks(bar.start) for bar in page.bars]
        self._page = page
        names = {bar.measure["id"]: bar.number for bar in page.bars if "id" in bar.measure}
        self._changes: list[_Change] = []
        self._hairpins: list[_Hairpin] = []
        for number, measure in enumerate(part["measures"]):
            self._changes += [self._change(number, item) for item in measure.get("dynamics", ())]
            for item in own_list(measure, "hairpins"):
                self._read_hairpin(number, item, names)
        self._changes.sort(key=lambda change: change.tick)
        self._lines: dict[tuple[int, str], tuple[list[_Change], list[int]]] = {}

    def velocity(self, head: Head) -> int:
        """How loud a head is struck, 1 to 127."""
        said = own(head.note).get("velocity") if "_x" in head.note else None
        if type(said) is int and 0 < said < 128:
            return said
        tick = self._starts[head.bar] + head.onset
        marks = head.placed.event.get("markings", ())
        louder = sum(MARKINGS.get(mark, 0) for mark in marks)
        staff, voice = head.staff, head.sequence.get("voice", "")
        changes, ticks = self._line(staff, voice)
        place = bisect_right(ticks, tick)
        if place and changes[place - 1].tick == tick:
            louder += changes[place - 1].accent
        return max(1, min(127, round(self._level(changes, place, tick, staff, voice)) + louder))

    def _level(self, changes: list[_Change], place: int, tick: int, staff: int, voice: str) -> float:
        before = next((change for change in reversed(changes[:place]) if change.level is not None), None)
        level = PLAIN if before is None or before.level is None else before.level
        since = -1 if before is None else before.tick
        for begin, end, grows, pin_staff, pin_voice in self._hairpins:
            if tick < begin or begin < since or pin_staff not in (None, staff) or pin_voice not in (None, voice):
                continue
            target = self._target(changes, place, end)
            goal = level + (_HAIRPIN if grows else -_HAIRPIN) if target is None else target
            return level + (goal - level) * min(1.0, (tick - begin) / max(1, end - begin))
        return level

    def _target(self, changes: list[_Change], place: int, end: int) -> int | None:
        """The level that a hairpin leads to: a dynamic at its end or within a quarter note after."""
        following = (change for change in changes[place:] if change.level is not None)
        change = next(following, None)
        return change.level if change and abs(change.tick - end) <= self._page.division else None

    def _line(self, staff: int, voice: str) -> tuple[list[_Change], list[int]]:
        """What applies to one staff and voice."""
        found = self._lines.get((staff, voice))
        if found is None:
            changes = [row for row in self._changes if row.staff in (None, staff) and row.voice in (None, voice)]
            found = self._lines[staff, voice] = changes, [row.tick for row in changes]
        return found

    def _change(self, bar: int, item: Json) -> _Change:
        value: str = item["value"]
        level = LEVELS.get(value, AFTER_ACCENT.get(value))
        tick = self._tick(bar, item["position"]["fraction"])
        return _Change(tick, level, ACCENTS.get(value, 0), item.get("staff"), item.get("voice"))

    def _read_hairpin(self, bar: int, item: Any, names: dict[str, int]) -> None:
        """A hairpin of an extension; what is none is passed over."""
        match item:
            case {
                "type": "crescendo" | "diminuendo" as kind,
                "position": {"fraction": [int(), int()] as begin},
                "end": {"measure": str(name), "position": {"fraction": [int(), int()] as end}},
            } if name in names and begin[1] > 0 and end[1] > 0:
                first, last = self._tick(bar, begin), self._tick(names[name], end)
                pin = _Hairpin(first, last, kind == "crescendo", item.get("staff"), item.get("voice"))
                self._hairpins.append(pin)

    def _tick(self, bar: int, pair: list[int]) -> int:
        return self._starts[bar] + self._page.ticks(fraction_of(pair))
