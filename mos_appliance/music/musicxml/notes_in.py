"""The notes of plain files straight from the XML: the same that the way through MNX gives, in a third of the time.

What is not plain (percussion, changes of transposition, voices that overlap, notes with names, ties that end nowhere)
is left to that way: the answer is None, and nothing is guessed.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import accumulate
from operator import itemgetter
from typing import Any, Final

import numpy as np

from mos_appliance.music.mnx.notes import FINEST
from mos_appliance.music.musicxml.score_in import instrument_of
from mos_appliance.music.musicxml.tree import Element, text_of
from mos_appliance.music.notes import NOTE, NoteList, Part

_HEIGHTS: Final = {"C": 12, "D": 14, "E": 16, "F": 17, "G": 19, "A": 21, "B": 23}
_ALTERS: Final = {"-2": -2, "-1": -1, "0": 0, "1": 1, "2": 2}
_FINE: Final = 4 * FINEST
"""Ticks to the whole note, at least."""
_FINEST_DIVISIONS: Final = 15_360
_MOST_TICKS: Final = 1 << 20


class _NotPlainError(Exception):
    """The file needs the way through MNX."""


class _Row:
    """A note head. Units: divisions of the file from the beginning of its bar; `bar` from 0."""

    __slots__ = ("bar", "duration", "grace", "key", "onset", "pitch", "ratio", "staff", "starts", "stops", "voice")

    def __init__(self, bar: int, onset: int, duration: int, pitch: int) -> None:
        self.bar, self.onset, self.duration, self.pitch = bar, onset, duration, pitch
        self.voice = self.staff = 1
        self.grace = self.starts = self.stops = False
        self.ratio: tuple[str, str] | None = None
        self.key = ""

    @property
    def facts(self) -> tuple[int, int, bool, tuple[str, str] | None]:
        """What the notes of a chord share."""
        return self.onset, self.duration, self.grace, self.ratio


class _PartNotes:
    """Reads one part. `bars`: for each the rows by voice, in the order in which the voices appear."""

    def __init__(self) -> None:
        self.divisions = 0
        self.odd = 1
        """What a time must be a multiple of to be a sum of note values."""
        self.shift = 0
        self.bars: list[dict[str, list[_Row]]] = []
        self.lengths: list[int] = []
        self.tied: list[_Row] = []
        self.metres: list[Fraction | None] = []

    def measure(self, element: Element) -> None:
        """Append a bar."""
        voices: dict[str, list[_Row]] = {}
        self.bars.append(voices)
        self.metres.append(None)
        cursor = high = onset = 0
        alone = True
        for child in element:
            tag = child.tag
            if tag == "note":
                row, voice, chord = self._note(child)
                row.onset = onset = onset if chord else cursor
                cursor = max(cursor, onset + row.duration)
                high = max(high, cursor)
                self._check(row, voices.get(voice), chord, alone)
                voices.setdefault(voice, []).append(row)
                alone = False
            elif tag == "attributes":
                self._attributes(child, cursor)
            elif tag in ("backup", "forward"):
                length = _whole(child.find("duration"))
                cursor += length if tag == "forward" else -length
                high = max(high, cursor)
                alone = True
                if cursor < 0:
                    raise _NotPlainError
        for rows in voices.values():
            self._check_end(rows[-1])
        self.lengths.append(high)

    def _check(self, row: _Row, rows: list[_Row] | None, chord: bool, alone: bool) -> None:
        """What would need a tuplet that nobody wrote, or a second sequence, is not plain."""
        before = rows[-1] if rows else None
        if chord:
            if alone or before is None or before.facts != row.facts:
                raise _NotPlainError
            return
        if not row.ratio and (row.onset % self.odd or row.duration % self.odd):
            raise _NotPlainError
        if before is not None:
            end = before.onset + before.duration
            if row.onset < end or (row.grace and row.onset % self.odd):
                raise _NotPlainError
            if row.onset != end or row.ratio != before.ratio:
                self._check_end(before)

    def _check_end(self, row: _Row) -> None:
        """Tuplets end where note values may."""
        if row.ratio and (row.onset + row.duration) % self.odd:
            raise _NotPlainError

    def _attributes(self, element: Element, cursor: int) -> None:
        for child in element:
            if child.tag == "divisions":
                divisions = _whole(child)
                if (self.divisions and divisions != self.divisions) or not 0 < divisions <= _FINEST_DIVISIONS:
                    raise _NotPlainError
                self.divisions = divisions
                self.odd = divisions // (divisions & -divisions)
            elif child.tag == "transpose":
                if len(self.bars) > 1 or cursor or self.bars[0] or child.get("number"):
                    raise _NotPlainError
                self.shift = int(text_of(child.find("chromatic")) or 0)
                self.shift += 12 * int(text_of(child.find("octave-change")) or 0)
            elif child.tag == "time":
                self._time(child, cursor)

    def _time(self, element: Element, cursor: int) -> None:
        beats, unit = text_of(element.find("beats")), text_of(element.find("beat-type"))
        plain = len(element.findall("beats")) == 1 and beats.isdecimal() and unit in ("1", "2", "4", "8", "16", "32")
        if cursor or not plain or element.get("number"):
            raise _NotPlainError
        self.metres[-1] = Fraction(int(beats), int(unit))

    def _note(self, element: Element) -> tuple[_Row, str, bool]:  # noqa: C901, PLR0912 - calls would double its time
        row = _Row(len(self.bars) - 1, 0, 0, -1)
        voice, chord = "1", False
        if "id" in element.attrib:
            raise _NotPlainError
        for child in element:
            tag = child.tag
            if tag == "pitch":
                row.pitch, row.key = self._pitch(child)
            elif tag == "duration":
                row.duration = _whole(child)
            elif tag == "voice":
                voice = child.text or ""
            elif tag == "staff":
                row.staff = _whole(child)
            elif tag == "chord":
                chord = True
            elif tag == "grace":
                row.grace = True
            elif tag == "tie":
                self._tie(row, child)
            elif tag == "notations":
                if chord and child.find("slur") is not None:
                    raise _NotPlainError
                for tied in child.iterfind("tied"):
                    self._tie(row, tied)
            elif tag == "time-modification":
                row.ratio = text_of(child.find("actual-notes")), text_of(child.find("normal-notes"))
                if row.ratio[1] not in ("1", "2", "4", "8", "16", "32") or row.grace:
                    raise _NotPlainError
            elif tag == "unpitched":
                raise _NotPlainError
        if not (voice.isdecimal() and len(voice) < 3 and voice[0] != "0") or (row.grace and row.duration):
            raise _NotPlainError
        row.voice = int(voice)
        return row, voice, chord

    def ties(self) -> tuple[dict[_Row | None, _Row], set[_Row]]:
        """Which head follows which, and all that follow one; found as `Spans` finds them."""
        open_ends: dict[Any, _Row] = {}
        for row in self.tied:
            if row.starts:
                bar, at = row.bar, row.onset + row.duration
                if at >= self.lengths[bar] > 0:
                    bar, at = bar + 1, 0
                if (row.key, bar, at) in open_ends:
                    raise _NotPlainError
                open_ends[row.key, bar, at] = row
        following: dict[_Row | None, _Row] = {}
        for row in self.tied:
            before = open_ends.pop((row.key, row.bar, row.onset), None) if row.stops else None
            if before is row:
                raise _NotPlainError
            if before is not None:
                following[before] = row
        return following, set(following.values())

    def _tie(self, row: _Row, element: Element) -> None:
        kind = element.get("type")
        if not (row.starts or row.stops):
            self.tied.append(row)
        if kind == "start":
            row.starts = True
        elif kind == "stop":
            row.stops = True
        else:
            raise _NotPlainError

    def _pitch(self, element: Element) -> tuple[int, str]:
        height = 0
        key = ""
        for child in element:
            text = child.text or ""
            if child.tag == "step" and text in _HEIGHTS:
                height += _HEIGHTS[text]
            elif child.tag == "octave" and text.isdecimal() and len(text) == 1:
                height += 12 * int(text)
            elif child.tag == "alter" and text in _ALTERS:
                height += _ALTERS[text]
            else:
                raise _NotPlainError
            key += text if child.tag != "alter" or text != "0" else ""
        height += self.shift
        if not 12 <= height <= 127:
            raise _NotPlainError
        return height, key


_NUMBERS: Final = {str(number): number for number in range(65536)}


def _whole(element: Element | None) -> int:
    """A small whole number."""
    number = _NUMBERS.get(element.text or "") if element is not None else None
    if number is None:
        raise _NotPlainError
    return number


def plain_notes(root: Element) -> NoteList | None:
    """The notes of a plain file; None when it is none."""
    if root.tag != "score-partwise":
        return None
    parts = []
    try:
        for element in root.iterfind("part"):
            reader = _PartNotes()
            for measure in element:
                reader.measure(measure)
            parts.append(reader)
        return _assemble(root, parts)
    except (_NotPlainError, ValueError):
        return None


def _assemble(root: Element, parts: list[_PartNotes]) -> NoteList:
    """All parts on one line of time."""
    names = [element.get("id", "") for element in root.iterfind("part")]
    if not parts or any(not part.divisions for part in parts) or len(set(names)) < len(names) or "" in names:
        raise _NotPlainError
    lengths = _bar_lengths(parts)
    whole = _ticks_to_the_whole(parts, lengths)
    starts = [0, *accumulate(int(length * whole) for length in lengths)]
    rows: list[tuple[int, bool, int, int, int, int, int, int, int, str]] = []
    number = 0
    for index, part in enumerate(parts):
        scale = 4 * part.divisions
        following, targets = part.ties()
        for bar, voices in enumerate(part.bars):
            for row in (row for voice in voices.values() for row in voice if row.pitch >= 0):
                if row in targets:
                    continue
                onset = starts[bar] + row.onset * whole // scale
                end = last = onset + row.duration * whole // scale
                head: _Row | None = row
                while (head := following.get(head)) is not None:
                    if starts[head.bar] + head.onset * whole // scale != last:
                        raise _NotPlainError
                    end = last = last + head.duration * whole // scale
                place = (onset, not row.grace, 0 if row.grace else row.pitch, index)
                rows.append((*place, bar, end - onset, row.pitch, row.staff, row.voice, f"n{number}"))
                number += 1
    rows.sort(key=itemgetter(4))
    rows.sort(key=itemgetter(0, 1, 2, 3))
    return _listed(rows, whole // 4, _parts(root, names))


def _listed(rows: list[Any], division: int, parts: tuple[Part, ...]) -> NoteList:
    notes = np.zeros(len(rows), NOTE)
    notes["onset_ms"] = notes["duration_ms"] = np.nan
    if rows:
        columns = list(zip(*rows, strict=True))
        for name, column in (("onset", 0), ("part", 3), ("duration", 5), ("pitch", 6), ("staff", 7), ("voice", 8)):
            notes[name] = columns[column]
        notes["bar"] = np.array(columns[4]) + 1
        notes["grace"] = ~np.array(columns[1])
    ids = tuple(row[9] for row in rows)
    return NoteList(notes, division, parts, (), ids, (1,) * len(rows))


def _bar_lengths(parts: list[_PartNotes]) -> list[Fraction]:
    """As far as any part comes in a bar; where none comes anywhere, as the metre says."""
    lengths = []
    metre = Fraction(1)
    for bar in range(max(len(part.bars) for part in parts)):
        here = [part for part in parts if bar < len(part.bars)]
        metre = next((part.metres[bar] for part in here if part.metres[bar] is not None), None) or metre
        lengths.append(max(Fraction(part.lengths[bar], 4 * part.divisions) for part in here) or metre)
    return lengths


def _ticks_to_the_whole(parts: list[_PartNotes], lengths: list[Fraction]) -> int:
    """So many that every time is an integer, and no more than that takes."""
    denominators = {length.denominator for length in lengths} | {start.denominator for start in accumulate(lengths)}
    for part in parts:
        times = set()
        for voices in part.bars:
            for voice in voices.values():
                for row in voice:
                    if row.pitch >= 0:
                        times.add(row.onset)
                        times.add(row.duration)
        scale = 4 * part.divisions
        denominators.update(scale // math.gcd(time, scale) for time in times)
    whole = math.lcm(_FINE, *denominators)
    if whole > _MOST_TICKS:
        raise _NotPlainError
    return whole


def _parts(root: Element, names: list[str]) -> tuple[Part, ...]:
    """Who plays, as the list of parts says."""
    entries = {entry.get("id", ""): entry for entry in root.iterfind("part-list/score-part")}
    parts = []
    for number, name in enumerate(names):
        if name not in entries:
            raise _NotPlainError
        program, drums = instrument_of(entries[name])
        channel = 9 if drums else number % 15 + (number % 15 >= 9)
        title = entries[name].findtext("part-name") or ("Drums" if drums else f"Part {number + 1}")
        parts.append(Part(title, 0 if drums else program or 0, drums, number, channel, 0, name))
    return tuple(parts)
