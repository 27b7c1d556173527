"""When everything in a bar happens: MNX nests tuplets, tremolos and grace notes, this lays them out in time.

Source: MNX specification, "Sequencing the content". Units: whole notes from the beginning of the bar.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final, NamedTuple

from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.extensions import own
from mos_appliance.music.mnx.rhythm import duration_of, exact, fraction_of, quantity_of

_START: Final = Fraction(0)
_PLAIN: Final = Fraction(1)


class Placed(NamedTuple):
    """An event of a sequence and where it lies. `event` is the very object of the document."""

    event: Json
    onset: Fraction
    duration: Fraction
    """How long it sounds; 0 for a grace note."""
    grace: Json | None
    """The `grace` object that it stands in."""
    tuplets: tuple[Json, ...]
    """The `tuplet` objects that it stands in, outermost first."""
    tremolo: Json | None
    """The `tremolo` object that it stands in."""


def events_of(sequence: Json) -> Iterator[Placed]:
    """The events of a sequence in order: notes, chords and rests, grace notes among them."""
    yield from _lay_out(sequence["content"], _START, _PLAIN, ())


def _lay_out(content: list[Json], start: Fraction, ratio: Fraction, tuplets: tuple[Json, ...]) -> Iterator[Placed]:
    cursor = start
    for item in content:
        kind = item.get("type", "event")
        if kind == "event":
            length = duration_of(item["duration"])
            if tuplets:
                length *= ratio
            yield Placed(item, cursor, length, None, tuplets, None)
            cursor += length
        elif kind == "tuplet":
            outer = quantity_of(item["outer"])
            inside = ratio * outer / quantity_of(item["inner"])
            yield from _lay_out(item["content"], cursor, inside, (*tuplets, item))
            cursor += ratio * outer
        elif kind == "grace":
            for event in item["content"]:
                yield Placed(event, cursor, _START, item, tuplets, None)
        elif kind == "tremolo":
            each = ratio * duration_of(item["outer"]["duration"])
            for number, event in enumerate(item["content"]):
                yield Placed(event, cursor + number * each, each, None, tuplets, item)
            cursor += ratio * quantity_of(item["outer"])
        else:
            cursor += ratio * fraction_of(item["duration"])


def length_of(content: list[Json]) -> Fraction:
    """How long the content of a sequence lasts."""
    total = _START
    for item in content:
        kind = item.get("type", "event")
        if kind == "event":
            total += duration_of(item["duration"])
        elif kind == "space":
            total += fraction_of(item["duration"])
        elif kind != "grace":
            total += quantity_of(item["outer"])
    return total


class Bar(NamedTuple):
    """A bar of the score. `start` counts from the beginning of the score; `time` is the metre in force."""

    number: int
    """From 0."""
    start: Fraction
    length: Fraction
    time: tuple[int, int]
    measure: Json
    """The object in `global.measures`."""


def bars_of(document: Json) -> list[Bar]:
    """The bars in the order of the page.

    A bar lasts as its own `_x` says (`length`); else as long as the longest of what stands in it, so that a pick-up is
    short; else, when nothing does, as its metre says.
    """
    lengths = _contents(document)
    bars: list[Bar] = []
    start, time = _START, (4, 4)
    for number, (measure, content) in enumerate(zip(document["global"]["measures"], lengths, strict=True)):
        if "time" in measure:
            time = measure["time"]["count"], measure["time"]["unit"]
        said = own(measure).get("length")
        if said is not None:
            length = exact(said, f"global.measures[{number}]._x: length")
        else:
            length = content or Fraction(*time)
        bars.append(Bar(number, start, length, time, measure))
        start += length
    return bars


def _contents(document: Json) -> list[Fraction]:
    """The length of the longest sequence in each bar, 0 where all are empty."""
    longest = [_START] * len(document["global"]["measures"])
    for part in document["parts"]:
        for number, measure in enumerate(part["measures"]):
            for sequence in measure["sequences"]:
                length = length_of(sequence["content"])
                if length > longest[number]:
                    longest[number] = length
    return longest


def voice_number(sequence: Json, place: int) -> int:
    """The number of a sequence's voice: its own name when that is one, else its place in the bar; from 1 to 255."""
    name = sequence.get("voice", "")
    if name.isascii() and name.isdigit() and 0 < int(name[:4]) < 256:
        return int(name)
    return min(place + 1, 255)
