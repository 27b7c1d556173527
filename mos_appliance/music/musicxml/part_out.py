"""One part of an MNX document as a `part` element."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import Any, Final

from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.extensions import own
from mos_appliance.music.mnx.rhythm import duration_of, position_of, quantity_of
from mos_appliance.music.mnx.timeline import Bar, Placed, events_of
from mos_appliance.music.musicxml.attributes_out import (
    clef_element,
    kept_or,
    key_element,
    time_element,
    transpose_element,
)
from mos_appliance.music.musicxml.barlines import LEFT, RIGHT
from mos_appliance.music.musicxml.beams_out import beam_elements
from mos_appliance.music.musicxml.directions_out import part_directions
from mos_appliance.music.musicxml.kept import dress, own_list, own_rows, restore
from mos_appliance.music.musicxml.note_out import NoteWriter, Sound
from mos_appliance.music.musicxml.report import Report
from mos_appliance.music.musicxml.spans_out import slur_marks, tie_targets, tuplet_marks
from mos_appliance.music.musicxml.tree import Element, new, text_of
from mos_appliance.music.musicxml.words import ATTRIBUTES_ORDER

ZERO: Final = Fraction(0)
_PLACE: Final = {tag: place for place, tag in enumerate(ATTRIBUTES_ORDER)}


@dataclass(slots=True)
class Item:
    """An element with its place in the bar; `within`: it stands in `attributes`."""

    at: Fraction
    element: Element
    within: bool = False


@dataclass(slots=True)
class BarOut:
    """What is written in one bar."""

    measure: Json
    bar: Bar
    items: list[Item] = field(default_factory=list)
    voices: list[list[Sound]] = field(default_factory=list)
    shifts: list[tuple[Fraction, tuple[int, int]]] = field(default_factory=list)


class PartWriter:
    """Writes one part. `lines`: the bar lines of the whole score; `first`: what is said once stands in this part."""

    def __init__(
        self, part: Json, bars: list[Bar], lines: list[dict[str, Element]], report: Report, first: bool, name: str
    ) -> None:
        self.part = part
        self.lines = lines
        self.report = report
        self.first = first
        self.name = name
        interval = part.get("transposition", {}).get("interval")
        self.shift = (-interval["halfSteps"], -interval["staffDistance"]) if interval else (0, 0)
        self.directions: dict[int, list[tuple[Fraction, Element]]] = {}
        for number, at, directed in part_directions(part, [bar.measure for bar in bars], first, report):
            self.directions.setdefault(number, []).append((at, directed))
        self.timed: list[Element] = []
        """Elements that count divisions; while the divisions are not known they hold fractions of a quarter."""
        self.notes = NoteWriter(part, part.get("staves", 1) > 1, tie_targets(part), report, beam_elements(part))
        self.bars = [self._bar(measure, bar) for measure, bar in zip(part["measures"], bars, strict=False)]
        slur_marks([sound for bar in self.bars for voice in bar.voices for sound in voice])
        self.divisions = self._divisions()

    def write(self, number: int) -> Element:
        """The measures of bar `number`."""
        out = self.bars[number]
        element = new("measure", None, number=_label(out.bar))
        dress(element, own(out.bar.measure).get("attributes"))
        if "id" in out.bar.measure and self.first:
            element.set("id", out.bar.measure["id"])
        without = own_list(out.measure, "without")
        sides = {side: line for side, line in self.lines[number].items() if f"barline-{side}" not in without}
        if LEFT in sides:
            element.append(sides[LEFT])
        element.extend(self._body(out, number == 0))
        if RIGHT in sides:
            element.append(sides[RIGHT])
        return element

    def _bar(self, measure: Json, bar: Bar) -> BarOut:
        """Lay out a bar."""
        out = BarOut(measure, bar)
        for place, sequence in enumerate(measure["sequences"]):
            out.voices.append(list(self._sounds(sequence, place, bar)))
        out.shifts = self._shifts(measure)
        out.items = list(self._items(out))
        return out

    def _shifts(self, measure: Json) -> list[tuple[Fraction, tuple[int, int]]]:
        """From where which transposition holds in this bar."""
        found = [(ZERO, self.shift)]
        for row in own_rows(measure, "transpositions"):
            self.shift = (-row["halfSteps"], -row["staffDistance"])
            found.append((position_of(row["position"]), self.shift))
        return found

    def _sounds(self, sequence: Json, place: int, bar: Bar) -> Iterator[Sound]:
        voice = sequence.get("voice", str(place + 1))
        where = f"part {self.name}, bar {bar.number + 1}"
        staff = sequence.get("staff", 1)
        if "fullMeasure" in sequence:
            full = sequence["fullMeasure"]
            event: Json = {"duration": full.get("visualDuration", {"base": "whole"}), "rest": full, "_x": _whole(full)}
            yield Sound(event, ZERO, bar.length, 0, voice, staff, None, None, None, where=where)
        placed = list(events_of(sequence))
        marks = tuplet_marks(placed)
        for row in placed:
            sound = _sound(row, voice, staff, where)
            sound.tuplets = marks.get(id(row.event), [])
            yield sound

    def _items(self, out: BarOut) -> Iterator[Item]:
        """Everything that is no note, in order of time."""
        found = sorted(self._unsorted_items(out), key=lambda item: item.at)
        yield from found

    def _unsorted_items(self, out: BarOut) -> Iterator[Item]:
        measure, bar = out.measure, out.bar
        without = own_list(measure, "without")
        shift = out.shifts[-1][1] if out.shifts[-1][0] == 0 else out.shifts[0][1]
        if "key" in bar.measure and "key" not in without:
            yield Item(ZERO, kept_or(bar.measure["key"], key_element(bar.measure["key"], shift)), True)
        if "time" in bar.measure and "time" not in without:
            yield Item(ZERO, kept_or(bar.measure["time"], time_element(bar.measure["time"])), True)
        if bar.number == 0 and "transposition" in self.part:
            transposition = self.part["transposition"]
            made = transpose_element(transposition["interval"])
            yield Item(ZERO, kept_or(transposition, made), True)
        for row in measure.get("clefs", ()):
            yield Item(position_of(row.get("position")), kept_or(row, clef_element(row)), True)
        for row in own_rows(measure, "transpositions"):
            element = restore(row.get("musicxml"))
            if element is None:
                element = transpose_element(row)
            yield Item(position_of(row["position"]), element, True)
        for row in own_rows(measure, "musicxml"):
            element = restore(row.get("element"))
            if element is not None:
                self.timed += [child for child in element if child.tag in ("offset", "duration")]
                yield Item(position_of(row["position"]), element, row.get("within") == "attributes")
        for at, element in self.directions.get(bar.number, ()):
            yield Item(at, element)

    def _divisions(self) -> int:
        """So many units in a quarter that every time is a whole number of them."""
        times: set[int] = {1}
        for out in self.bars:
            times.add((out.bar.length * 4).denominator)
            times.update((item.at * 4).denominator for item in out.items)
            for voice in out.voices:
                for sound in voice:
                    times.add((sound.onset * 4).denominator)
                    times.add((sound.duration * 4).denominator)
        times.update(_quarters(child).denominator for child in self.timed)
        divisions = lcm(*times)
        for child in self.timed:
            child.text = str(int(_quarters(child) * divisions))
        return divisions

    def _ticks(self, length: Fraction) -> int:
        return int(length * 4 * self.divisions)

    def _body(self, out: BarOut, opening: bool) -> Iterator[Element]:
        """The notes and what stands between them."""
        waiting = list(out.items)
        if opening:
            waiting = [Item(ZERO, new("divisions", self.divisions), True), *waiting]
            if "staves" in self.part:
                waiting.insert(1, Item(ZERO, new("staves", self.part["staves"]), True))
        cursor = high = ZERO
        for voice in out.voices:
            for sound in voice:
                while waiting and waiting[0].at <= sound.onset:
                    at = waiting[0].at
                    yield from self._move(cursor, at)
                    cursor = at
                    yield from self._emit(waiting, at)
                yield from self._move(cursor, sound.onset)
                sound.ticks = self._ticks(sound.duration)
                yield from self.notes.notes(sound, _shift_at(out.shifts, sound.onset))
                cursor = sound.onset + sound.duration
                high = max(high, cursor)
        while waiting:
            at = waiting[0].at
            yield from self._move(cursor, at)
            cursor = at
            yield from self._emit(waiting, at)
            high = max(high, cursor)
        if high < out.bar.length and (out.voices or "length" in own(out.bar.measure)):
            yield from self._move(cursor, out.bar.length)
        elif cursor < high:
            yield from self._move(cursor, high)

    def _emit(self, waiting: list[Item], at: Fraction) -> Iterator[Element]:
        """The items of one place; those of `attributes` together."""
        inside: list[Element] = []
        while waiting and waiting[0].at == at:
            item = waiting.pop(0)
            if item.within:
                inside.append(item.element)
                continue
            if inside:
                yield _attributes(inside)
                inside = []
            yield item.element
        if inside:
            yield _attributes(inside)

    def _move(self, cursor: Fraction, to: Fraction) -> Iterator[Element]:
        if to != cursor:
            tag = "forward" if to > cursor else "backup"
            yield new(tag, None, new("duration", self._ticks(abs(to - cursor))))


def _quarters(element: Element) -> Fraction:
    """A fraction of a quarter, 0 where there is none."""
    over, _, below = text_of(element).partition("/")
    below = below or "1"
    if not (over.lstrip("-").isdecimal() and below.isdecimal() and len(over) < 12 and int(below[:12]) > 0):
        return ZERO
    return Fraction(int(over), int(below[:12]))


def _attributes(children: Iterable[Element]) -> Element:
    element = new("attributes")
    element.extend(sorted(children, key=lambda child: _PLACE.get(child.tag, 99)))
    return element


def _label(bar: Bar) -> str:
    label = own(bar.measure).get("label")
    return label if type(label) is str else str(bar.measure.get("number", bar.number + 1))


def _shift_at(shifts: list[tuple[Fraction, tuple[int, int]]], onset: Fraction) -> tuple[int, int]:
    return [shift for at, shift in shifts if at <= onset][-1]


def _whole(full: Json) -> Any:
    """The extensions of a rest for a whole bar: our own say `untyped` unless a note value is given."""
    ours = {**own(full), "wholeBar": True}
    if "visualDuration" not in full:
        ours["untyped"] = True
    return {"org.mos": ours}


def _sound(row: Placed, voice: str, staff: int, where: str) -> Sound:
    event = row.event
    for tuplet in row.tuplets:
        staff = tuplet.get("staff", staff)
    staff = event.get("staff", staff)
    sound = Sound(event, row.onset, row.duration, 0, voice, staff, row.grace, None, None, where=where)
    if own(event).get("timeless"):
        sound.grace = None
    elif row.grace is not None:
        return sound
    said = own(event).get("timeModification")
    if type(said) is list and len(said) == 2:
        sound.modification = said[0], said[1]
    else:
        _modify(sound, row)
    if row.tremolo is not None:
        position = "start" if row.tremolo["content"][0] is event else "stop"
        sound.tremolo = f"{position}{row.tremolo['marks']}"
    return sound


def _modify(sound: Sound, row: Placed) -> None:
    """The time modification of an event in tuplets, or in a tremolo of two notes."""
    ratio = Fraction(1)
    actual = normal = 1
    real = [tuplet for tuplet in row.tuplets if not own(tuplet).get("plain")]
    for tuplet in real:
        numbers = own(tuplet).get("ratio") or [tuplet["inner"]["multiple"], tuplet["outer"]["multiple"]]
        if tuplet["inner"]["duration"] != tuplet["outer"]["duration"] and "ratio" not in own(tuplet):
            exact = _exact(tuplet)
            numbers = [exact.denominator, exact.numerator]
        actual, normal = actual * numbers[0], normal * numbers[1]
        ratio *= Fraction(numbers[1], numbers[0])
    if row.tremolo is not None and row.duration:
        exact = row.duration / duration_of(sound.event["duration"])
        if exact != ratio:
            actual, normal = exact.denominator, exact.numerator
    if (actual, normal) != (1, 1):
        sound.modification = actual, normal
        if len(real) == 1 and real[0]["inner"]["duration"] != sound.event["duration"]:
            sound.normal = real[0]["inner"]["duration"]


def _exact(tuplet: Json) -> Fraction:
    return quantity_of(tuplet["outer"]) / quantity_of(tuplet["inner"])
