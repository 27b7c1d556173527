"""The notes of a score: as they stand on the page, and as they sound one after another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count, pairwise
from operator import itemgetter
from typing import Final, NamedTuple

import numpy as np

from mos_appliance.errors import BadInput
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.build import midi_pitch
from mos_appliance.music.mnx.extensions import own
from mos_appliance.music.mnx.repeats import Passage, page_order, playing_order
from mos_appliance.music.mnx.timeline import Bar, Placed, bars_of, events_of, voice_number
from mos_appliance.music.notes import NOTE, NoteList, Part

MAX_NOTES: Final = 500_000
MAX_DIVISION: Final = 2**40
MAX_TICKS: Final = 2**60
FINEST: Final = 480
"""Ticks to the quarter note are a multiple: grace notes and broken chords have no length of their own."""
_QUARTERS: Final = 4

Kit = dict[str, int]
"""Component of a drum kit → MIDI number."""


class Head(NamedTuple):
    """A note head. Units: ticks of its `Page`, from the beginning of the bar; `part` and `bar` from 0."""

    onset: int
    duration: int
    pitch: int
    """MIDI number; for percussion that of the sound."""
    id: str
    part: int
    bar: int
    staff: int
    voice: int
    note: Json
    """The object of the document, of `notes` or `kitNotes`."""
    placed: Placed
    sequence: Json


class Sounding(NamedTuple):
    """A note that is struck once: tied heads are one. Units: ticks from the beginning of what is played."""

    onset: int
    duration: int
    head: Head
    """The first of its heads."""
    last: Head
    times: int
    """How often that head has been played now, from 1."""


@dataclass(frozen=True, slots=True)
class Page:
    """All heads of a score: `heads` one list a bar, in the order of parts, sequences and time."""

    bars: list[Bar]
    heads: list[list[Head]]
    division: int
    """Ticks to the quarter note, so many that every time is an integer."""
    warnings: tuple[str, ...]

    def ticks(self, wholes: Fraction) -> int:
        """A time in ticks; the nearest when it is none of the notes' own."""
        return round(wholes * (_QUARTERS * self.division))


def score_notes(document: Json, unfold: bool = False) -> NoteList:
    """The notes of a checked document, ties merged; repeats written out with `unfold`. Errors: `BadInput`."""
    page = page_of(document)
    order = playing_order(document) if unfold else page_order(document)
    return note_list(sounding(page, order), page, parts_of(document))


def page_of(document: Json) -> Page:
    """The heads of a checked document. Errors: `BadInput` for a pitch that MIDI does not have, or too many notes."""
    bars = bars_of(document)
    reader = _Reader(document)
    for part, content in enumerate(document["parts"]):
        kit = reader.kit(content)
        for bar, measure in enumerate(content["measures"]):
            for place, sequence in enumerate(measure["sequences"]):
                reader.sequence(sequence, (part, bar, voice_number(sequence, place)), kit)
            if len(reader.found) > MAX_NOTES:
                raise BadInput(f"parts[{part}].measures[{bar}]", f"more than {MAX_NOTES:,} notes")
    division = _division(reader.found, bars)
    mute = reader.mute
    warnings = (f"{mute} percussion note{'s' * (mute > 1)} without a MIDI number left out",) if mute else ()
    return Page(bars, reader.heads(len(bars), _QUARTERS * division), division, warnings)


_Found = tuple[int, int, int, int, int, Json, Placed, Json]
"""A head before it has its name: pitch, part, bar, staff, voice, note, place, sequence. Plain, for there are many."""


def _division(found: list[_Found], bars: list[Bar]) -> int:
    """Ticks to the quarter note that make every time an integer. Errors: `BadInput` when they are absurdly many."""
    times = {id(time): time for row in found for time in row[6][1:3]}
    denominators = {time.denominator for time in times.values()}
    denominators.update(denominator for bar in bars for denominator in (bar.start.denominator, bar.length.denominator))
    whole = math.lcm(_QUARTERS * FINEST, *denominators)
    if whole > MAX_DIVISION or (bars and whole * (bars[-1].start + bars[-1].length) >= MAX_TICKS):
        raise BadInput("rhythm", "has no common measure that is not absurdly short")
    return whole // _QUARTERS


class _Reader:
    """Finds the heads of a document, and names those that have no name."""

    def __init__(self, document: Json) -> None:
        self.sounds = document["global"].get("sounds", {})
        self.found: list[_Found] = []
        self.mute = 0

    def kit(self, part: Json) -> Kit:
        """The MIDI number of each component of a part's kit, of those that have one."""
        kit = part.get("kit", {})
        sounds = {name: self.sounds.get(item.get("sound"), {}) for name, item in kit.items()}
        return {name: sound["midiNumber"] for name, sound in sounds.items() if "midiNumber" in sound}

    def sequence(self, sequence: Json, where: tuple[int, int, int], kit: Kit) -> None:
        """Find the heads of a sequence; `where`: part, bar, voice."""
        part, bar, voice = where
        staff = sequence.get("staff", 1)
        for placed in events_of(sequence):
            event = placed.event
            event_staff = event.get("staff") or (placed.tuplets and _tuplet_staff(placed)) or staff
            for note in event.get("notes", ()):
                pitch = midi_pitch(note["pitch"])
                if not 0 <= pitch <= 127:
                    place = f"parts[{part}].measures[{bar}]"
                    raise BadInput(place, f"{_spelled(note['pitch'])} lies outside the MIDI notes 0 to 127")
                note_staff = note.get("staff", event_staff)
                self.found.append((pitch, part, bar, note_staff, voice, note, placed, sequence))
            for note in event.get("kitNotes", ()):
                if note["kitComponent"] not in kit:
                    self.mute += 1
                    continue
                sound, note_staff = kit[note["kitComponent"]], note.get("staff", event_staff)
                self.found.append((sound, part, bar, note_staff, voice, note, placed, sequence))

    def heads(self, bars: int, whole: int) -> list[list[Head]]:
        """What was found, bar by bar; notes without an id are called n0, n1 … as long as no other is."""
        out: list[list[Head]] = [[] for _ in range(bars)]
        taken = {row[5]["id"] for row in self.found if "id" in row[5]}
        names = (name for name in map("n{}".format, count()) if name not in taken)
        ticks: dict[int, int] = {}  # by object: there are few, and they are slow to compare
        for pitch, part, bar, staff, voice, note, placed, sequence in self.found:
            onset = ticks.get(id(placed.onset))
            if onset is None:
                onset = ticks[id(placed.onset)] = int(placed.onset * whole)
            duration = ticks.get(id(placed.duration))
            if duration is None:
                duration = ticks[id(placed.duration)] = int(placed.duration * whole)
            name = note.get("id") or next(names)
            out[bar].append(Head(onset, duration, pitch, name, part, bar, staff, voice, note, placed, sequence))
        return out


def _spelled(pitch: Json) -> str:
    alter = pitch.get("alter", 0)
    return f"{pitch['step']}{'#' * alter}{'b' * -alter}{pitch['octave']}"


def _tuplet_staff(placed: Placed) -> int | None:
    return next((tuplet["staff"] for tuplet in reversed(placed.tuplets) if "staff" in tuplet), None)


def sounding(page: Page, order: Sequence[Passage]) -> list[Sounding]:
    """The notes that are struck, in order of time: heads tied to one before are part of it."""
    struck: list[tuple[int, bool, Head, int]] = []
    lengths = [page.ticks(bar.length) for bar in page.bars]
    start = 0
    for bar, begin, end, times in order:
        first, stop, heads = page.ticks(begin), lengths[bar], page.heads[bar]
        if end is not None:
            stop = min(stop, page.ticks(end))
        if first or stop < lengths[bar]:
            heads = [head for head in heads if first <= head.onset < stop]
        shift = start - first
        struck += [(shift + head.onset, head.placed.grace is None, head, times) for head in heads]
        if len(struck) > MAX_NOTES:
            raise BadInput("repeats", f"written out, they make more than {MAX_NOTES:,} notes")
        start = max(start, shift + stop)
    struck.sort(key=itemgetter(0, 1))
    gaps = _GAPS if any(after.bar != before.bar + 1 for before, after in pairwise(order)) else _GAPS_ON_PAGE
    return _merged(struck, lengths, gaps)


_GAPS: Final = ("arpeggio", "crossJump")
_GAPS_ON_PAGE: Final = ("arpeggio",)
"""Types of ties whose end may come a little after the note's: other notes of the broken chord lie between."""


def _merged(struck: list[tuple[int, bool, Head, int]], lengths: list[int], gaps: tuple[str, ...]) -> list[Sounding]:
    """Ties resolved: a head that is the target of a tie prolongs the note that it is tied to."""
    out: list[Sounding] = []
    awaited: dict[tuple[int, str], tuple[int, Json, Head]] = {}
    for onset, _, head, times in struck:
        place = len(out)
        tied = awaited.pop((head.part, head.id), None)
        if tied is not None and _continues(out[tied[0]], onset, head, tied[1].get("targetType") in gaps, lengths):
            place = tied[0]
            note = out[place]
            out[place] = Sounding(note.onset, onset + head.duration - note.onset, note.head, head, note.times)
            for other in tied[2].note["ties"]:  # it leads to one of its targets, not to several
                awaited.pop((head.part, other.get("target", "")), None)
        else:
            out.append(Sounding(onset, head.duration, head, head, times))
        for tie in head.note.get("ties", ()):
            if "target" in tie:
                awaited[head.part, tie["target"]] = place, tie, head
    return out


def _continues(note: Sounding, onset: int, head: Head, gap: bool, lengths: list[int]) -> bool:
    """Whether a head goes on where a note ends, or with a `gap` a little later."""
    end = note.onset + note.duration
    if head.pitch != note.head.pitch:
        return False
    return end <= onset <= end + lengths[head.bar] if gap else end == onset


def note_list(notes: list[Sounding], page: Page, parts: tuple[Part, ...]) -> NoteList:
    """The notes by onset, grace notes before the others."""
    notes = sorted(notes, key=_place)
    rows = np.zeros(len(notes), NOTE)
    rows["onset"] = [note.onset for note in notes]
    rows["duration"] = [note.duration for note in notes]
    rows["onset_ms"] = rows["duration_ms"] = np.nan
    heads = [note.head for note in notes]
    rows["bar"] = [head.bar + 1 for head in heads]
    rows["part"] = [head.part for head in heads]
    rows["pitch"] = [head.pitch for head in heads]
    rows["staff"] = [head.staff for head in heads]
    rows["voice"] = [head.voice for head in heads]
    rows["grace"] = [head.placed.grace is not None for head in heads]
    rows["velocity"] = [_velocity(head) for head in heads]
    ids = tuple(head.id for head in heads)
    return NoteList(rows, page.division, parts, page.warnings, ids, tuple(note.times for note in notes))


def _place(note: Sounding) -> tuple[int, bool, int, int]:
    """What decides the order; grace notes at one place keep theirs."""
    plain = note.head.placed.grace is None
    return note.onset, plain, note.head.pitch if plain else 0, note.head.part


def _velocity(head: Head) -> int:
    if "_x" not in head.note:
        return 0
    said = own(head.note).get("velocity")
    return said if type(said) is int and 0 < said < 128 else 0


def parts_of(document: Json) -> tuple[Part, ...]:
    """Who plays, with the names of the document."""
    parts = []
    for number, part in enumerate(document["parts"]):
        ours = own(part)
        program = ours.get("program")
        drums = ours.get("drums") is True or ("kit" in part and "program" not in ours)
        channel = 9 if drums else number % 15 + (number % 15 >= 9)
        if type(program) is not int or not 0 <= program < 128 or drums:
            program = 0
        name = part.get("name") or ("Drums" if drums else f"Part {number + 1}")
        parts.append(Part(name, program, drums, number, channel, 0, part.get("id", "")))
    return tuple(parts)
