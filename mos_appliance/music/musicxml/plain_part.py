"""One part of a plain MusicXML text: its note heads, bar by bar."""

from __future__ import annotations

import re
from collections.abc import Set
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple

from mos_appliance.music.musicxml.scan import NotPlainError, Step, attribute_of
from mos_appliance.music.musicxml.tree import Element, sound_tree, text_of

_HEIGHTS: Final = {"C": 12, "D": 14, "E": 16, "F": 17, "G": 19, "A": 21, "B": 23}
_ALTERS: Final = {"-2": -2, "-1": -1, "0": 0, "1": 1, "2": 2}
_OCTAVES: Final = {str(octave): 12 * octave for octave in range(10)}
_UNITS: Final = ("1", "2", "4", "8", "16", "32")
_FINEST_DIVISIONS: Final = 15_360

_USUAL: Final = re.compile(
    r"""\s* (?P<chord><chord/>\s*)?
    (?:<pitch>\s* <step>(?P<step>[A-G])</step>\s* (?:<alter>(?P<alter>-?\d)</alter>\s*)?
        <octave>(?P<octave>\d)</octave>\s* </pitch>|<rest[^>]*/>)\s*
    <duration>(?P<duration>[1-9]\d*)</duration>\s* (?P<ties>(?:<tie\s[^>]*/>\s*)*)
    (?:<voice>(?P<voice>\d+)</voice>\s*)?
    (?:<type[^>]*>(?P<type>[^<]*)</type>\s*)? (?P<dots>(?:<dot[^>]*/>\s*)*)
    (?:<accidental[^>]*>[^<]*</accidental>\s*)? (?:<stem[^>]*>[^<]*</stem>\s*)?
    (?:<staff>(?P<staff>\d+)</staff>\s*)? (?:<beam[^>]*>[^<]*</beam>\s*)*
    (?:<notations>\s* (?P<tied>(?:<tied\s[^>]*/>\s*)*))? (?P<rest><.*)? $""",
    re.VERBOSE | re.DOTALL,
)
"""The elements of most notes, in the order in which the schema wants them."""
_TELLING: Final = re.compile(
    r"<(?:type|dot|tied|slur|chord|grace|tie|duration|voice|staff|pitch|rest|unpitched|time-mod)"
)
"""What makes a note another one wherever it stands."""
_SAID: Final = re.compile(r"<(?:divisions|transpose|time)")
"""What the attributes of a bar may say that matters here."""
_ID, _TYPE = attribute_of("id"), attribute_of("type")


class Facts(NamedTuple):
    """What the text of a note says. Units: divisions of the file."""

    duration: int
    grace: bool
    pitch: int
    """MIDI number; -1 for a rest."""
    voice: int
    staff: int
    ratio: tuple[str, str] | None
    written: tuple[str, int]
    """Note value and dots."""
    key: str
    """What a tie goes by: step, alteration and octave."""
    chord: bool
    starts: bool
    stops: bool

    def stands_with(self, other: Facts) -> bool:
        """Whether both may be notes of one chord."""
        return (self.duration, self.grace, *self[5:7]) == (other.duration, other.grace, *other[5:7])


class Head(NamedTuple):
    """A note head. Units: divisions of the file from the beginning of its bar; `bar` from 0."""

    bar: int
    onset: int
    end: int
    facts: Facts


_head: Final = partial(tuple.__new__, Head)
_facts: Final = partial(tuple.__new__, Facts)
"""Made of their fields as one tuple, in a third of the time that `Head(...)` and `Facts(...)` take."""


class PartNotes:
    """Reads one part. `bars`: for each the rows by voice, in the order in which the voices appear."""

    def __init__(self, known: dict[int, dict[str, Facts]]) -> None:
        """`known`: what the notes of all parts say, by transposition and text."""
        self.divisions = 0
        self.odd = 1
        """What a time must be a multiple of to be a sum of note values."""
        self.shift = 0
        self.bars: list[dict[int, list[Head]]] = []
        self.lengths: list[int] = []
        self.tied: list[Head] = []
        self.metres: list[Fraction | None] = []
        self._all_known = known
        self.known = known.setdefault(0, {})
        """What notes say, by their texts: many stand there again and again."""

    def measure(self, steps: list[Step]) -> None:  # noqa: C901, PLR0912 - calls would cost half of its time again
        """Append a bar."""
        voices: dict[int, list[Head]] = {}
        number = len(self.bars)
        self.bars.append(voices)
        self.metres.append(None)
        cursor = high = onset = 0
        alone, known = True, self.known
        for tag, attributes, inside in steps:
            if tag == "note":
                facts = known.get(inside) or self._learn(inside)
                if not facts.chord:
                    onset = cursor
                head = _head((number, onset, onset + facts.duration, facts))
                heads = voices.get(facts.voice)
                before = heads[-1] if heads else None
                if facts.chord or self.odd > 1 or (before is not None and onset < before.end):
                    self._check(head, before, alone)
                if heads is None:
                    voices[facts.voice] = [head]
                else:
                    heads.append(head)
                if head.end > cursor:
                    cursor = head.end
                alone = False
                if facts.starts or facts.stops:
                    self.tied.append(head)
                if "id" in attributes and _ID(attributes) is not None:
                    raise NotPlainError
            elif tag == "attributes":
                if _SAID.search(inside):
                    self._attributes(_tree(inside), cursor)
                    known = self.known
            else:
                cursor += _whole(_tree(inside).findtext("duration", "")) * (1 if tag == "forward" else -1)
                alone = True
                if cursor < 0:
                    raise NotPlainError
            if cursor > high:
                high = cursor
        for heads in voices.values():
            self._check_end(heads[-1])
        self.lengths.append(high)

    def _learn(self, inside: str) -> Facts:
        """Of notes that only look different (stem, beams, words) one is read, by what it says up to its note value."""
        says, value, rest = inside.partition("</type>")
        alike = bool(value) and not _TELLING.search(rest)
        facts = self.known.get(says) if alike else None
        if facts is None:
            facts = _usual(inside, self.shift) or _facts_of(_tree(inside), self.shift)
            if alike:
                self.known[says] = facts
        self.known[inside] = facts
        return facts

    def _check(self, head: Head, before: Head | None, alone: bool) -> None:
        """What would need a tuplet that nobody wrote, or a second sequence, is not plain."""
        facts, onset = head.facts, head.onset
        if facts.chord:
            if alone or before is None or before.onset != onset or not facts.stands_with(before.facts):
                raise NotPlainError
            return
        if not facts.ratio and (onset % self.odd or facts.duration % self.odd):
            raise NotPlainError
        if before is not None:
            if onset < before.end or (facts.grace and onset % self.odd):
                raise NotPlainError
            if onset != before.end or facts.ratio != before.facts.ratio:
                self._check_end(before)

    def _check_end(self, row: Head) -> None:
        """Tuplets end where note values may."""
        if row.facts.ratio and row.end % self.odd:
            raise NotPlainError

    def _attributes(self, element: Element, cursor: int) -> None:
        """Divisions, transposition and metre."""
        for child in element:
            if child.tag == "divisions":
                self._divide(_whole(child.text or ""))
            elif child.tag == "transpose":
                if len(self.bars) > 1 or cursor or self.bars[0] or child.get("number"):
                    raise NotPlainError
                self.shift = int(text_of(child.find("chromatic")) or 0)
                self.shift += 12 * int(text_of(child.find("octave-change")) or 0)
                self.known = self._all_known.setdefault(self.shift, {})
            elif child.tag == "time":
                if cursor:
                    raise NotPlainError
                self.metres[-1] = _metre(child)

    def _divide(self, divisions: int) -> None:
        if (self.divisions and divisions != self.divisions) or not 0 < divisions <= _FINEST_DIVISIONS:
            raise NotPlainError
        self.divisions = divisions
        self.odd = divisions // (divisions & -divisions)

    def ties(self) -> tuple[dict[int, Head], set[int]]:
        """Which head follows which, and all that follow one, found as `Spans` finds them; heads by their `id`."""
        open_ends: dict[Any, Head] = {}
        for row in self.tied:
            key = row.facts.key
            if row.facts.starts:
                bar, at = row.bar, row.end
                if at >= self.lengths[bar] > 0:
                    bar, at = bar + 1, 0
                if (key, bar, at) in open_ends:
                    raise NotPlainError
                open_ends[key, bar, at] = row
        following: dict[int, Head] = {}
        for row in self.tied:
            key = row.facts.key
            before = open_ends.pop((key, row.bar, row.onset), None) if row.facts.stops else None
            if before is row:
                raise NotPlainError
            if before is not None:
                following[id(before)] = row
        return following, set(map(id, following.values()))


def _metre(element: Element) -> Fraction:
    beats, unit = text_of(element.find("beats")), text_of(element.find("beat-type"))
    plain = len(element.findall("beats")) == 1 and beats.isdecimal() and unit in _UNITS
    if not plain or element.get("number"):
        raise NotPlainError
    return Fraction(int(beats), int(unit))


def _usual(inside: str, shift: int) -> Facts | None:
    """What a note of the usual elements says; None where it has others."""
    found = _USUAL.match(inside)
    if found is None:
        return None
    chord, step, alter, octave, duration, tie, voice, kind, dots, staff, tied, rest = found.groups("")
    if rest and _TELLING.search(rest):
        return None
    if not (tie or tied or dots or chord) and (not voice or voice in _VOICES) and (not staff or staff in _NUMBERS):
        length = _NUMBERS.get(duration)
        if length is not None:
            pitch, key = _pitch(step, alter or "0", octave, shift) if step else (-1, "")
            number, place = _VOICES[voice] if voice else 1, _NUMBERS[staff] if staff else 1
            return _facts((length, False, pitch, number, place, None, (kind, 0), key, False, False, False))
    starts, stops = _ends({_TYPE(tag) for tag in (tie + tied).split("<")[1:]}) if tie or tied else (False, False)
    pitch, key = _pitch(step, alter or "0", octave, shift) if step else (-1, "")
    place = _whole(staff) if staff else 1
    written = kind, dots.count("<")
    number = _voice(voice) if voice else 1
    return Facts(_whole(duration), False, pitch, number, place, None, written, key, bool(chord), starts, stops)


def _facts_of(note: Element, shift: int) -> Facts:
    """What any note says; the pitch is raised by `shift`."""
    said = {child.tag: child for child in note}
    texts = [child.tag for child in note if child.tag in _ONCE]
    grace, chord = "grace" in said, "chord" in said
    duration = _whole(said["duration"].text or "") if "duration" in said else 0
    kinds = {tie.get("type") for path in ("tie", "notations/tied") for tie in note.iterfind(path)}
    odd = len(texts) != len(set(texts)) or "unpitched" in said or {"pitch", "rest"} <= said.keys()
    if odd or grace == bool(duration) or (chord and note.find("notations/slur") is not None):
        raise NotPlainError
    pitch, key = -1, ""
    if "pitch" in said:
        parts = {child.tag: child.text or "" for child in said["pitch"]}
        if len(parts) < len(said["pitch"]) or not parts.keys() <= {"step", "alter", "octave"}:
            raise NotPlainError
        pitch, key = _pitch(parts.get("step", ""), parts.get("alter", "0"), parts.get("octave", ""), shift)
    ratio = None
    if "time-modification" in said:
        ratio = _ratio(said["time-modification"])
        if grace:
            raise NotPlainError
    voice = _voice(said["voice"].text or "") if "voice" in said else 1
    staff = _whole(said["staff"].text or "") if "staff" in said else 1
    written = text_of(note.find("type")), len(note.findall("dot"))
    return Facts(duration, grace, pitch, voice, staff, ratio, written, key, chord, *_ends(kinds))


def _ends(kinds: Set[str | None]) -> tuple[bool, bool]:
    """Whether ties of these kinds make a note the beginning of one, and the end of one."""
    if not kinds <= {"start", "stop"}:
        raise NotPlainError
    return "start" in kinds, "stop" in kinds


def _ratio(element: Element) -> tuple[str, str]:
    over, under = text_of(element.find("actual-notes")), text_of(element.find("normal-notes"))
    if under not in _UNITS:
        raise NotPlainError
    return over, under


def _voice(text: str) -> int:
    number = _whole(text)
    if not 0 < number < 100:
        raise NotPlainError
    return number


@lru_cache(maxsize=4096)
def _pitch(step: str, alter: str, octave: str, shift: int) -> tuple[int, str]:
    """MIDI number and key."""
    if step not in _HEIGHTS or alter not in _ALTERS or octave not in _OCTAVES:
        raise NotPlainError
    height = _HEIGHTS[step] + _ALTERS[alter] + _OCTAVES[octave] + shift
    if not 12 <= height <= 127:
        raise NotPlainError
    return height, step + (alter if alter != "0" else "") + octave


def _tree(inside: str) -> Element:
    """What is inside of an element of a checked file as a tree; characters beyond ASCII are not those of the file."""
    return sound_tree(f"<inside>{inside}</inside>")


_ONCE: Final = frozenset(("chord", "duration", "grace", "pitch", "staff", "time-modification", "voice"))
_NUMBERS: Final = {str(number): number for number in range(65536)}
_VOICES: Final = {str(number): number for number in range(1, 100)}


def _whole(text: str) -> int:
    """A small whole number."""
    number = _NUMBERS.get(text)
    if number is None:
        raise NotPlainError
    return number
