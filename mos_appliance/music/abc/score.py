"""Voices of an ABC tune into the parts of an MNX document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import count
from typing import Any, Final

from mos_appliance.errors import BadInput
from mos_appliance.music.abc.events import Bar, Event, Grace, Item, Tuplet
from mos_appliance.music.abc.fields import Clef
from mos_appliance.music.abc.tune import TuneReader
from mos_appliance.music.abc.voice import Voice
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.build import document, midi_pitch, position, value
from mos_appliance.music.mnx.extensions import own, set_own
from mos_appliance.music.mnx.rhythm import note_value
from mos_appliance.music.notation.beams import FLAGS, beams_of

_GROUPS: Final = re.compile(r"[{}()\[\]|*]|[^\s{}()\[\]|*]+")
_MAX_DOTS: Final = 3
_MIDDLE: Final = 57
"""A staff of a group without a clef whose notes lie below on average gets a bass clef."""


def score_of(reader: TuneReader) -> Json:
    """The document. Errors: `BadInput`."""
    groups = _groups(reader)
    bars = max((len(voice.bars) for voice in reader.voices.values()), default=0)
    if not bars:
        raise BadInput(f"line {reader.tune.line}", "the tune has no notes")
    measures = [reader.measure(number) for number in range(bars)][:bars]
    del reader.measures[bars:]
    _endings(measures)
    parts = [_Part(reader, staves, measures).build() for staves in groups]
    tree = document(measures, parts)
    lines = sorted({name for part in parts for name in _verses(part)}, key=int)
    if len(lines) > 1:
        tree["global"]["lyrics"] = {"lineOrder": lines}
    return tree


def _verses(part: Json) -> Iterator[str]:
    found: set[str] = part.pop("_verses")
    yield from found


def _groups(reader: TuneReader) -> list[list[list[Voice]]]:
    """Parts, their staves, and the voices on each: as `%%score` says, else a part for each voice."""
    groups: list[list[list[Voice]]] = []
    left = dict(reader.voices)
    brace = paren = False
    for word in _GROUPS.findall(reader.grouping):
        if word in "{}":
            brace, paren = word == "{", False
            if brace:
                groups.append([])
        elif word in "()":
            paren = word == "("
            if paren:
                if not brace:
                    groups.append([])
                groups[-1].append([])
        elif word in left:
            voice = left.pop(word)
            if not brace and not paren:
                groups.append([])
            if not paren:
                groups[-1].append([])
            groups[-1][-1].append(voice)
        elif word not in "[]|*":
            reader.report.add("score", f"voice {word[:40]} that is not there")
    groups += [[[voice]] for voice in left.values()]
    found = [[staff for staff in staves if any(voice.bars for voice in staff)] for staves in groups]
    return [staves for staves in found if staves]


def _endings(measures: list[Json]) -> None:
    """An ending lasts until the line that ends it."""
    for number, measure in enumerate(measures):
        if "ending" not in measure:
            continue
        last = number
        while last + 1 < len(measures) and not _ends(measures[last], measures[last + 1]):
            last += 1
        measure["ending"]["duration"] = last - number + 1


def _ends(measure: Json, following: Json) -> bool:
    line = measure.get("barline", {}).get("type")
    return "repeatEnd" in measure or line in ("double", "final") or bool({"ending", "repeatStart"} & following.keys())


class _Part:
    """A part being written."""

    def __init__(self, reader: TuneReader, staves: list[list[Voice]], measures: list[Json]) -> None:
        self.reader = reader
        self.staves = staves
        self.globals = measures
        self.measures: list[Json] = []
        self.ids = reader.shared.ids
        self.verses: set[str] = set()
        self.hairpins: list[tuple[str, int, Fraction, int | None]] = []

    def build(self) -> Json:
        voices = [voice for staff in self.staves for voice in staff]
        self.measures = [{"sequences": []} for _ in range(max(len(voice.bars) for voice in voices))]
        for staff, group in enumerate(self.staves, 1):
            for place, voice in enumerate(group):
                self._voice(voice, staff, f"{place + 1 + 4 * (staff - 1)}")
        self._clefs()
        for kind, bar, _, _ in self.hairpins:
            self.reader.report.add(f"bar {bar + 1}", f"{kind} without an end")
        first = voices[0]
        part: Json = {"measures": self.measures, "_verses": self.verses}
        name = next((voice.name for voice in voices if voice.name), "")
        part.update({"name": name} if name else {})
        if len(self.staves) > 1:
            part["staves"] = len(self.staves)
        if first.program is not None:
            set_own(part, "program", first.program)
        if first.drums:
            set_own(part, "drums", True)
        return part

    def _clefs(self) -> None:
        for staff, group in enumerate(self.staves, 1):
            found = [row for voice in group for row in voice.clefs]
            if not found and len(self.staves) > 1:
                found = [(0, _guess_clef(group))]
            for bar, clef in found:
                if bar >= len(self.measures):
                    continue
                octave = {"octave": clef.octave} if clef.octave else {}
                row: Json = {"clef": {"sign": clef.sign, "staffPosition": clef.staff_position, **octave}}
                if len(self.staves) > 1:
                    row["staff"] = staff
                self.measures[bar].setdefault("clefs", []).append(row)

    def _voice(self, voice: Voice, staff: int, name: str) -> None:
        for number, bar in enumerate(voice.bars):
            measure = self.measures[number]
            layers = [layer for layer in bar.layers if layer] or [[]]
            for depth, layer in enumerate(layers):
                sequence = self._sequence(bar, layer, number, staff if len(self.staves) > 1 else None)
                if len(self.staves) > 1:
                    sequence["staff"] = staff
                if len(self.staves) > 1 or len(layers) > 1 or any(len(group) > 1 for group in self.staves):
                    sequence["voice"] = name if not depth else f"{int(name) + depth}"
                measure["sequences"].append(sequence)

    def _sequence(self, bar: Bar, layer: list[Item], number: int, staff: int | None) -> Json:
        writer = _Writer(self.ids)
        content = writer.content(layer, Fraction(0), Fraction(1))
        sequence: Json = {"content": content}
        if bar.silent and not layer:
            sequence["fullMeasure"] = {}
        rows = [*writer.rows, *((writer.end, row) for row in bar.ending_rows)]
        for at, (member, said) in rows:
            self._row(number, at, member, said, staff)
        self.verses |= writer.verses
        beams = beams_of(writer.groups())
        if beams:
            self.measures[number].setdefault("beams", []).extend(beams)
        return sequence

    def _row(self, bar: int, at: Fraction, member: str, said: Any, staff: int | None) -> None:
        """What stands at a place of a bar."""
        measure = self.measures[bar]
        where: Json = {"position": position(at), **({"staff": staff} if staff else {})}
        if member == "chords":
            label, text = said
            self._own(measure, "chords", {**where, "label": label, **({"text": text} if text else {})})
        elif member == "texts":
            self._own(measure, "texts", {**where, "text": said})
        elif member == "dynamics":
            measure.setdefault("dynamics", []).append({"value": said, **where})
        elif member == "hairpins":
            self._hairpin(bar, at, said, staff)
        else:
            self._sign(bar, at, said)

    def _own(self, measure: Json, member: str, row: Json) -> None:
        set_own(measure, member, [*own(measure).get(member, []), row])

    def _hairpin(self, bar: int, at: Fraction, said: tuple[str, bool], staff: int | None) -> None:
        kind, begins = said
        if begins:
            self.hairpins.append((kind, bar, at, staff))
            return
        found = next((row for row in self.hairpins if row[0] == kind and row[3] == staff), None)
        if found is None:
            self.reader.report.add(f"bar {bar + 1}", f"{kind} without a beginning")
            return
        self.hairpins.remove(found)
        name = self.globals[bar].setdefault("id", f"m{bar + 1}")
        row: Json = {"type": kind, "position": position(found[2]), **({"staff": staff} if staff else {})}
        self._own(self.measures[found[1]], "hairpins", {**row, "end": {"measure": name, "position": position(at)}})

    def _sign(self, bar: int, at: Fraction, said: str) -> None:
        """Segno, coda, fine, and the jumps."""
        measure, location = self.globals[bar], {"location": position(at)}
        if said in ("segno", "fine"):
            measure.setdefault(said, location)
        elif said in ("coda", "toCoda"):
            if said not in own(measure):
                set_own(measure, said, location)
        elif said == "dsalfine" or (said == "segno" and "jump" not in measure):
            measure.setdefault("jump", {"type": said, **location})
        elif "jump" not in own(measure):
            set_own(measure, "jump", {"type": said, **location})


def _guess_clef(group: list[Voice]) -> Clef:
    heights = [
        midi_pitch(note["pitch"])
        for voice in group
        for bar in voice.bars
        for layer in bar.layers
        for event in layer
        if isinstance(event, Event)
        for note in event.notes
    ]
    low = bool(heights) and sum(heights) / len(heights) < _MIDDLE
    return Clef("F", 2) if low else Clef("G", -2)


class _Writer:
    """The content of one sequence, and what else is found on the way."""

    def __init__(self, ids: count[int]) -> None:
        self.ids = ids
        self.rows: list[tuple[Fraction, tuple[str, Any]]] = []
        self.verses: set[str] = set()
        self.end = Fraction(0)
        self._beamed: list[tuple[Event, Json]] = []

    def content(self, items: list[Item], at: Fraction, factor: Fraction) -> list[Json]:
        """The items as MNX; `factor` is that of the tuplets that they stand in."""
        out: list[Json] = []
        for item in items:
            if isinstance(item, Grace):
                out.append(self._grace(item))
            elif isinstance(item, Tuplet):
                made, length = self._tuplet(item, at, factor)
                out.append(made)
                at += length * factor
            else:
                self.rows += [(at, row) for row in item.rows]
                out += self._event(item)
                at += item.length * factor
        self.end = at
        return out

    def _grace(self, grace: Grace) -> Json:
        unit = Fraction(1, 8) if len(grace.events) == 1 else Fraction(1, 16)
        content = []
        for event in grace.events:
            length = event.length * unit
            found = note_value(length) if note_value(length) else value(unit)
            content.append({"duration": found, "notes": event.notes, **event.members})
        made: Json = {"type": "grace", "content": content}
        return made if grace.slash else {**made, "slash": False}

    def _tuplet(self, tuplet: Tuplet, at: Fraction, factor: Fraction) -> tuple[Json, Fraction]:
        ratio = Fraction(tuplet.q, tuplet.p)
        content = self.content(tuplet.items, at, factor * ratio)
        inner = sum((_written(item) for item in tuplet.items), Fraction(0))
        unit = _unit(tuplet)
        times = -(-inner // (unit * tuplet.p))
        missing = unit * tuplet.p * times - inner
        if missing:
            content.append({"type": "space", "duration": [missing.numerator, missing.denominator]})
        counts = [{"multiple": int(number * times), "duration": value(unit)} for number in (tuplet.p, tuplet.q)]
        made = {"type": "tuplet", "inner": counts[0], "outer": counts[1], "content": content}
        return made, unit * tuplet.q * times

    def _event(self, event: Event) -> list[Json]:
        if event.kind == "space":
            return [{"type": "space", "duration": [event.length.numerator, event.length.denominator]}]
        lengths = values_of(event.length)
        if lengths is None:
            raise BadInput(event.where, f"a length of {event.length} is no sum of note values; write a tuplet")
        self.verses |= set(event.members.get("lyrics", {}).get("lines", ()))
        first: Json = {"duration": value(lengths[0])}
        first["rest" if event.kind == "rest" else "notes"] = {} if event.kind == "rest" else event.notes
        first.update(event.members)
        if event.kind == "notes":
            self._beamed.append((event, first))
        return [first, *self._tied(event, lengths[1:])]

    def _tied(self, event: Event, lengths: list[Fraction]) -> list[Json]:
        """The rest of a note that no note value holds."""
        out: list[Json] = []
        notes = event.notes
        for length in lengths:
            made: Json = {"duration": value(length)}
            if event.kind == "rest":
                out.append({**made, "rest": {}})
                continue
            heads = []
            for note in notes:
                head = {"id": f"t{next(self.ids)}", "pitch": note["pitch"]}
                ties = note.pop("ties", None)
                note["ties"] = [{"target": head["id"]}]
                heads.append({**head, **({"ties": ties} if ties else {})})
            notes = heads
            out.append({**made, "notes": heads})
        return out

    def groups(self) -> list[list[tuple[str, int]]]:
        """The events that stand under one beam: those that no space parts."""
        found: list[list[tuple[Event, Json]]] = []
        for event, made in self._beamed:
            short = made["duration"]["base"] in FLAGS
            if short and event.glued and found and found[-1]:
                found[-1].append((event, made))
            elif short:
                found.append([(event, made)])
            else:
                found.append([])
        out = []
        for group in found:
            if len(group) > 1:
                for _, made in group:
                    made.setdefault("id", f"e{next(self.ids)}")
                out.append([(made["id"], FLAGS[made["duration"]["base"]]) for _, made in group])
        return out


def _written(item: Item) -> Fraction:
    """How long an item lasts in the tuplet that it stands in."""
    if isinstance(item, Event):
        return item.length
    if isinstance(item, Grace):
        return Fraction(0)
    inner = sum((_written(each) for each in item.items), Fraction(0))
    unit = _unit(item)
    return unit * item.q * -(-inner // (unit * item.p))


def _unit(tuplet: Tuplet) -> Fraction:
    """The note value that a tuplet counts: that of which all its notes together are p, else of the first."""
    inner = sum((_written(item) for item in tuplet.items), Fraction(0))
    even = inner / tuplet.p
    if even and even.denominator & (even.denominator - 1) == 0 and note_value(even):
        return even
    for item in tuplet.items:
        if _written(item):
            length = _written(item)
            return Fraction(1, 1 << max(0, (length.denominator - 1).bit_length()))
    return Fraction(1, 8)


def values_of(length: Fraction) -> list[Fraction] | None:
    """Note values that last so long together, the longest first; None when there are none."""
    if length.denominator & (length.denominator - 1) or length.denominator > 4096:
        return None
    out = []
    while length:
        best = next(value for value in _VALUES if value <= length)
        out.append(best)
        length -= best
    return out


_VALUES: Final = sorted(
    (
        Fraction(1 << power) * (2 - Fraction(1, 1 << dots))
        if power >= 0
        else Fraction(1, 1 << -power) * (2 - Fraction(1, 1 << dots))
        for power in range(3, -13, -1)
        for dots in range(_MAX_DOTS)
        if power - dots >= -12
    ),
    reverse=True,
)
