"""When everything in a bar happens: MNX nests tuplets, tremolos and grace notes, this lays them out in time.

Source: MNX specification, "Sequencing the content". Units: whole notes from the beginning of the bar.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from math import gcd
from typing import Final, NamedTuple

from mos_appliance.errors import BadInput
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.extensions import own
from mos_appliance.music.mnx.rhythm import SHORTEST, exact, shortest_of

_START: Final = Fraction(0)
_MOST_BITS: Final = 256


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
    yield from _lay_out(sequence["content"], 0, SHORTEST, 1, ())


@lru_cache(maxsize=1 << 14)
def _whole(ticks: int, under: int) -> Fraction:
    """`ticks / under`: the same few fractions come again in every bar, and dividing is slow."""
    return Fraction(ticks, under)


def _lay_out(content: list[Json], cursor: int, under: int, factor: int, tuplets: tuple[Json, ...]) -> Iterator[Placed]:
    """Times are counted in 1/`under`, of which `factor` make 1/SHORTEST of what is written."""
    for item in content:
        kind = item.get("type", "event")
        if kind == "event":
            value = item["duration"]
            length = shortest_of(value["base"], value.get("dots", 0)) * factor
            yield Placed(item, _whole(cursor, under), _whole(length, under), None, tuplets, None)
            cursor += length
        elif kind == "tuplet":
            outer, inner = _shortest(item["outer"]), _shortest(item["inner"])
            common = gcd(outer, inner)
            finer = inner // common  # each 1/under becomes so many
            inside = _sane(under * finer)
            yield from _lay_out(item["content"], cursor * finer, inside, factor * outer // common, (*tuplets, item))
            cursor += outer * factor
        elif kind == "grace":
            for event in item["content"]:
                yield Placed(event, _whole(cursor, under), _START, item, tuplets, None)
        elif kind == "tremolo":
            each = _shortest({**item["outer"], "multiple": 1}) * factor
            for number, event in enumerate(item["content"]):
                yield Placed(event, _whole(cursor + number * each, under), _whole(each, under), None, tuplets, item)
            cursor += _shortest(item["outer"]) * factor
        else:
            over, parts = item["duration"]
            finer = parts // gcd(over * SHORTEST * factor, parts)
            cursor, under, factor = cursor * finer, _sane(under * finer), factor * finer
            cursor += over * SHORTEST * factor // parts


def _sane(under: int) -> int:
    """`under`, which counts the parts of a whole note. Errors: `BadInput` when there are absurdly many."""
    if under.bit_length() > _MOST_BITS:
        raise BadInput("rhythm", "has no common measure that is not absurdly short")
    return under


def _shortest(quantity: Json) -> int:
    """A `quantity` in 1/SHORTEST whole notes."""
    value = quantity["duration"]
    multiple: int = quantity["multiple"]
    return shortest_of(value["base"], value.get("dots", 0)) * multiple


def length_of(content: list[Json]) -> Fraction:
    """How long the content of a sequence lasts."""
    total, spaces = 0, _START
    for item in content:
        kind = item.get("type", "event")
        if kind == "event":
            value = item["duration"]
            total += shortest_of(value["base"], value.get("dots", 0))
        elif kind == "space":
            spaces += Fraction(*item["duration"])
            _sane(spaces.denominator)
        elif kind != "grace":
            total += _shortest(item["outer"])
    return _whole(total, SHORTEST) + spaces if spaces else _whole(total, SHORTEST)


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
        _sane(start.denominator)
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
