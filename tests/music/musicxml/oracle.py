"""A small reader of its own, straight from the XML: notes and marks, to compare what went in with what came out.

It shares nothing with the product. Units: quarters, from the beginning of the bar.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

HEIGHTS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
MARKS = (
    "articulations/*",
    "ornaments/*",
    "technical/*",
    "fermata",
    "arpeggiate",
    "slur",
    "tuplet",
    "dynamics/*",
    "glissando",
)


class Note(NamedTuple):
    """One note as it stands on the page; `pitch` is the sounding one, or the name of an unpitched place."""

    part: str
    bar: int
    onset: Fraction
    duration: Fraction
    pitch: Fraction | str
    voice: str
    staff: str
    grace: bool
    starts_tie: bool
    ends_tie: bool


class Mark(NamedTuple):
    """Something on a note, or at a place."""

    part: str
    bar: int
    onset: Fraction
    kind: str
    text: str


def text(element: ET.Element, path: str, default: str = "") -> str:
    found = element.find(path)
    return (found.text or "").strip() if found is not None else default


def measures(root: ET.Element) -> Iterator[tuple[str, int, ET.Element]]:
    if root.tag == "score-partwise":
        for part in root.findall("part"):
            for bar, measure in enumerate(part.findall("measure"), 1):
                yield part.get("id", ""), bar, measure
    else:
        for bar, measure in enumerate(root.findall("measure"), 1):
            for part in measure.findall("part"):
                yield part.get("id", ""), bar, part


class Score:
    """The notes and marks of a file, and how far each bar of each part goes."""

    def __init__(self, root: ET.Element) -> None:
        self.notes: Counter[Note] = Counter()
        self.marks: Counter[Mark] = Counter()
        self.lengths: dict[tuple[str, int], Fraction] = {}
        self.divisions: dict[str, Fraction] = {}
        self.transpositions: dict[str, int] = {}
        for part, bar, measure in measures(root):
            self.measure(part, bar, measure)

    def measure(self, part: str, bar: int, measure: ET.Element) -> None:
        cursor = onset = high = Fraction(0)
        alone = True
        for child in measure:
            divisions = self.divisions.get(part, Fraction(1))
            length = Fraction(text(child, "duration", "0") or "0") / divisions
            if child.tag == "attributes":
                self.attributes(part, child)
            elif child.tag == "backup":
                cursor, alone = max(cursor - length, Fraction(0)), True
            elif child.tag == "forward":
                cursor, alone = cursor + length, True
            elif child.tag == "note":
                grace = child.find("grace") is not None
                if child.find("chord") is None or alone:
                    onset, alone = cursor, False
                    cursor += Fraction(0) if grace else length
                high = max(high, onset if grace else onset + length)
                self.note(part, bar, onset, Fraction(0) if grace else length, child)
            else:
                self.elsewhere(part, bar, cursor, child)
            high = max(high, cursor)
        self.lengths[part, bar] = high

    def attributes(self, part: str, element: ET.Element) -> None:
        if element.find("divisions") is not None:
            self.divisions[part] = Fraction(text(element, "divisions"))
        for transpose in element.findall("transpose"):
            octaves = int(text(transpose, "octave-change", "0") or 0)
            self.transpositions[part] = int(text(transpose, "chromatic", "0")) + 12 * octaves

    def note(self, part: str, bar: int, onset: Fraction, duration: Fraction, element: ET.Element) -> None:
        for lyric in element.findall("lyric"):
            words = "|".join((word.text or "") for word in lyric.findall("text"))
            number = (
                lyric.get("number", "1") if "name" not in lyric.attrib else lyric.get("number") or lyric.get("name")
            )
            self.marks[Mark(part, bar, onset, f"lyric {number}", f"{text(lyric, 'syllabic')} {words}")] += 1
        for path in MARKS:
            for mark in element.findall(f"notations/{path}"):
                told = mark.get("type", "single") if mark.tag in ("slur", "tuplet", "tremolo") else ""
                self.marks[Mark(part, bar, onset, mark.tag, f"{told}{(mark.text or '').strip()}")] += 1
        for beam in element.findall("beam"):
            self.marks[Mark(part, bar, onset, f"beam {beam.get('number', '1')}", (beam.text or "").strip())] += 1
        pitch = self.pitch(part, element)
        if pitch is None:
            return
        ties = {tie.get("type") for tie in (*element.findall("tie"), *element.findall("notations/tied"))}
        self.notes[
            Note(
                part,
                bar,
                onset,
                duration,
                pitch,
                text(element, "voice", "1")
                if element.find("chord") is None or element.find("voice") is not None
                else "1",
                text(element, "staff", "1"),
                element.find("grace") is not None,
                "start" in ties,
                "stop" in ties,
            )
        ] += 1

    def pitch(self, part: str, element: ET.Element) -> Fraction | str | None:
        pitch = element.find("pitch")
        if pitch is not None:
            height = HEIGHTS[text(pitch, "step")] + 12 * (int(text(pitch, "octave")) + 1)
            return height + Fraction(text(pitch, "alter", "0") or "0") + self.transpositions.get(part, 0)
        place = element.find("unpitched")
        return None if place is None else f"{text(place, 'display-step')}{text(place, 'display-octave')}"

    def elsewhere(self, part: str, bar: int, at: Fraction, element: ET.Element) -> None:
        at += Fraction(text(element, "offset", "0") or "0") / self.divisions.get(part, Fraction(1))
        if element.tag == "harmony":
            root = f"{text(element, 'root/root-step')}{text(element, 'root/root-alter')}"
            bass = f"{text(element, 'bass/bass-step')}{text(element, 'bass/bass-alter')}"
            degrees = [text(degree, "degree-value") for degree in element.findall("degree")]
            self.marks[Mark(part, bar, at, "harmony", f"{root} {text(element, 'kind')} {bass} {degrees}")] += 1
        elif element.tag == "direction":
            for kind in element.findall("direction-type/*"):
                inside = " ".join(child.tag for child in kind) if kind.tag == "dynamics" else (kind.text or "").strip()
                said = f"{kind.get('type', '')} {inside} {text(kind, 'per-minute')}"
                self.marks[Mark(part, bar, at, kind.tag, said)] += 1
        elif element.tag == "barline":
            for child in element:
                said = f"{child.get('direction', '')}{child.get('type', '')}{child.get('times', '')}{child.text or ''}"
                self.marks[Mark(part, bar, Fraction(0), f"{element.get('location', 'right')} {child.tag}", said)] += 1


def score_of(data: bytes) -> Score:
    return Score(ET.fromstring(data))
