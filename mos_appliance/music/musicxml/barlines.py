"""Bar lines, repeats and endings, both ways: what they mean stands in MNX, how they look is kept beside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.extensions import own, set_own
from mos_appliance.music.musicxml.kept import keep, restore, tidy
from mos_appliance.music.musicxml.limits import MAX_REPEATS
from mos_appliance.music.musicxml.part_in import PartReader
from mos_appliance.music.musicxml.tree import Element, new, text_of
from mos_appliance.music.musicxml.words import BAR_STYLES, BARLINES

LEFT: Final = "left"
RIGHT: Final = "right"
KEPT: Final = {LEFT: "leftLine", RIGHT: "rightLine"}
_STOPS: Final = ("stop", "discontinue")


class Meaning(NamedTuple):
    """What the line at one side of a bar says."""

    style: str | None = None
    repeat: int | None = None
    """At the left 0: a repeat begins; at the right how often it is played."""
    ending: tuple[str, str] | None = None
    """`start`, `stop` or `discontinue`, and for which times."""


def meaning_of(element: Element) -> Meaning:
    """What a `barline` says."""
    style = BARLINES.get(text_of(element.find("bar-style")))
    repeat, ending = element.find("repeat"), element.find("ending")
    times = None
    if repeat is not None:
        text = repeat.get("times", "2")
        forward = repeat.get("direction") == "forward"
        given = int(text) if text.isascii() and text.isdigit() and 0 < int(text[:4]) <= MAX_REPEATS else 2
        times = 0 if forward else given
    row = (ending.get("type", ""), ending.get("number", "")) if ending is not None else None
    return Meaning(style, times, row)


def read_barline(reader: PartReader, element: Element) -> bool:
    """Take a bar line at the left or right of a bar; what stands within is kept."""
    location = element.get("location", RIGHT)
    if location not in (LEFT, RIGHT):
        return False
    kept = keep(element, reader.report, reader.where)
    return reader.claim(reader.bar.number, f"barline-{location}", kept, reader.name)


def put_barlines(measures: list[Json], rows: dict[int, dict[str, Any]]) -> None:
    """Write the bar lines into the measures of `global`. `rows`: by bar and side, the elements as JSON."""
    opened: tuple[int, str] | None = None
    for bar, sides in sorted(rows.items()):
        measure = measures[bar]
        for side in (LEFT, RIGHT):
            element = restore(sides.get(side))
            if element is None:
                continue
            meaning = meaning_of(element)
            _put_line(measure, side, meaning)
            if meaning.ending is not None:
                opened = _put_ending(measures, opened, bar, meaning.ending)
    made = lines_of(measures)
    for bar, sides in rows.items():
        for side, kept in sides.items():
            if side not in made[bar] or tidy(made[bar][side]) != kept:
                set_own(measures[bar], KEPT[side], kept)


def _put_line(measure: Json, side: str, meaning: Meaning) -> None:
    if meaning.repeat == 0 and side == LEFT:
        measure["repeatStart"] = {}
    elif meaning.repeat and side == RIGHT:
        measure["repeatEnd"] = {} if meaning.repeat == 2 else {"times": meaning.repeat}
    if side == RIGHT and meaning.style is not None and not meaning.repeat:
        measure["barline"] = {"type": meaning.style}


def _put_ending(
    measures: list[Json], opened: tuple[int, str] | None, bar: int, ending: tuple[str, str]
) -> tuple[int, str] | None:
    """Returns the bar where an ending began that has not ended, and its numbers."""
    kind, numbers = ending
    if kind == "start":
        return bar, numbers
    if kind in _STOPS and opened is not None:
        begin, named = opened
        row: Json = {"duration": bar - begin + 1}
        times = [int(text) for text in named.replace(",", " ").split() if text.isdigit() and len(text) < 4]
        if times:
            row["numbers"] = times
        if kind == "discontinue":
            row["open"] = True
        measures[begin]["ending"] = row
        return None
    return opened


def line_element(side: str, meaning: Meaning) -> Element:
    """The `barline` that says this."""
    element = new("barline", None, location=side)
    if meaning.style is not None:
        element.append(new("bar-style", BAR_STYLES[meaning.style]))
    if meaning.ending is not None:
        element.append(new("ending", None, number=meaning.ending[1], type=meaning.ending[0]))
    if meaning.repeat is not None:
        repeat = new("repeat", None, direction="backward" if meaning.repeat else "forward")
        if meaning.repeat > 2:
            repeat.set("times", str(meaning.repeat))
        element.append(repeat)
    return element


def lines_of(measures: list[Json]) -> list[dict[str, Element]]:
    """For each bar the lines at its sides, as they are to be written in every part."""
    rows: list[dict[str, Element]] = []
    endings = dict(_endings(measures))
    for bar, measure in enumerate(measures):
        sides: dict[str, Element] = {}
        for side in (LEFT, RIGHT):
            meaning = _said(measure, side)._replace(ending=endings.get((bar, side)))
            element = _kept(measure, side, meaning)
            if element is not None:
                sides[side] = element
        rows.append(sides)
    return rows


def _endings(measures: list[Json]) -> Iterator[tuple[tuple[int, str], tuple[str, str]]]:
    for bar, measure in enumerate(measures):
        if "ending" in measure:
            row = measure["ending"]
            numbers = ", ".join(str(number) for number in row.get("numbers", []))
            last = bar + max(row["duration"], 1) - 1
            yield (bar, LEFT), ("start", numbers)
            yield (min(last, len(measures) - 1), RIGHT), ("discontinue" if row.get("open") else "stop", numbers)


def _said(measure: Json, side: str) -> Meaning:
    """What MNX says about one side, endings aside."""
    if side == LEFT:
        return Meaning("heavyLight", 0) if "repeatStart" in measure else Meaning()
    if "repeatEnd" in measure:
        return Meaning("final", measure["repeatEnd"].get("times", 2))
    return Meaning(measure["barline"]["type"]) if "barline" in measure else Meaning()


def _kept(measure: Json, side: str, meaning: Meaning) -> Element | None:
    """The line as it was read where it still says the same, else one that says what MNX says; None for nothing."""
    kept = restore(own(measure).get(KEPT[side]))
    if kept is not None and kept.tag == "barline":
        before = meaning_of(kept)
        same_style = before.style == meaning.style or side == LEFT or bool(meaning.repeat)
        ending = before.ending if meaning.ending is None else meaning.ending
        repeat = before.repeat if (before.repeat == 0) == (side == LEFT) else None
        if same_style and repeat == meaning.repeat and _same(before.ending, ending):
            return kept
    return line_element(side, meaning) if meaning != Meaning() else None


def _same(one: tuple[str, str] | None, other: tuple[str, str] | None) -> bool:
    """Whether two ends of endings are one, however their numbers are written."""
    if one is None or other is None:
        return one is other
    return one[0] == other[0]
