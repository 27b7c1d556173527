"""`attributes`: clefs, keys, metres, staves, transposition. Keys and metres belong to the whole score in MNX."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.build import position
from mos_appliance.music.mnx.extensions import set_own
from mos_appliance.music.musicxml.attributes_out import clef_element, key_element, time_element
from mos_appliance.music.musicxml.kept import keep, tidy
from mos_appliance.music.musicxml.note_in import integer
from mos_appliance.music.musicxml.part_in import PartReader
from mos_appliance.music.musicxml.tree import Element, text_of
from mos_appliance.music.musicxml.words import CLEF_LINES

_UNITS: Final = (1, 2, 4, 8, 16, 32, 64, 128)
_MOST_BEATS: Final = 1_000


def read_attributes(reader: PartReader, element: Element) -> bool:
    """Take an `attributes` element, the transposition first: keys are written ones."""
    for child in sorted(element, key=lambda child: child.tag != "transpose"):
        match child.tag:
            case "divisions":
                reader.set_divisions(child)
                taken = True
            case "transpose":
                taken = _transpose(reader, child)
            case "key":
                taken = _key(reader, child)
            case "time":
                taken = _time(reader, child)
            case "staves":
                staves = integer(child, reader.where, 0, 255)
                taken = staves > 0
                reader.part["staves"] = max(reader.part.get("staves", 1), staves, 1)
            case "clef":
                taken = _clef(reader, child)
            case _:
                taken = False
        if not taken:
            reader.keep_here(child, "attributes")
    return True


def key_shift(shift: tuple[int, int]) -> int:
    """How many fifths the sounding key lies above the written one, for a shift from written to sounding."""
    return 7 * shift[0] - 12 * shift[1]


def _transpose(reader: PartReader, element: Element) -> bool:
    """One transposition for the part; a change of it is kept, and pitches go on to be the sounding ones."""
    octaves = integer(element.find("octave-change"), reader.where, -10, 10, 0)
    chromatic = integer(element.find("chromatic"), reader.where, -127, 127, 0)
    steps = integer(element.find("diatonic"), reader.where, -127, 127, round(chromatic * 7 / 12))
    shift = chromatic + 12 * octaves, steps + 7 * octaves
    first = "transposition" not in reader.part and not reader.bar.number and not reader.bar.drafts
    if element.get("number") is not None or len(element.findall("double")):
        return False
    reader.shift = shift
    if not first:
        return _change_transposition(reader, element, shift)
    interval: Json = {"halfSteps": -shift[0], "staffDistance": -shift[1]}
    reader.part["transposition"] = {"interval": interval}
    kept = keep(element, reader.report, reader.where)
    set_own(reader.part["transposition"], "musicxml", kept)
    return True


def _change_transposition(reader: PartReader, element: Element, shift: tuple[int, int]) -> bool:
    row: Json = {"position": position(reader.cursor), "halfSteps": -shift[0], "staffDistance": -shift[1]}
    row["musicxml"] = keep(element, reader.report, reader.where)
    reader.append_own("transpositions", row)
    return True


def _key(reader: PartReader, element: Element) -> bool:
    fifths = element.find("fifths")
    if fifths is None or reader.cursor or element.get("number") is not None:
        return False
    written = integer(fifths, reader.where, -20, 20)
    key: Json = {"fifths": written + key_shift(reader.shift)}
    if not -20 <= key["fifths"] <= 20:
        return False
    mode = text_of(element.find("mode"))
    if mode:
        set_own(key, "mode", mode)
    kept = keep(element, reader.report, reader.where)
    if kept != tidy(key_element(key, reader.shift)):
        set_own(key, "musicxml", kept)
    return reader.claim(reader.bar.number, "key", key, reader.name)


def _time(reader: PartReader, element: Element) -> bool:
    if reader.cursor or element.get("number") is not None:
        return False
    metre = metre_of(element)
    if metre is None:
        return False
    time: Json = {"count": metre[0], "unit": metre[1]}
    if element.get("symbol") in ("common", "cut"):
        time["display"] = element.get("symbol")
    kept = keep(element, reader.report, reader.where)
    if kept != tidy(time_element(time)):
        set_own(time, "musicxml", kept)
    return reader.claim(reader.bar.number, "time", time, reader.name)


def metre_of(element: Element) -> tuple[int, int] | None:
    """So many of which unit a bar has, composite metres added up; None for no metre."""
    total, unit = Fraction(0), 1
    for beats, kind in zip(element.findall("beats"), element.findall("beat-type"), strict=False):
        numbers, below = text_of(beats).split("+"), text_of(kind)
        if not all(number.strip().isdecimal() and len(number) < 5 for number in numbers):
            return None
        if not below.isdecimal() or len(below) > 3 or int(below) not in _UNITS:
            return None
        unit = max(unit, int(below))
        total += Fraction(sum(int(number) for number in numbers), int(below))
    count = total * unit
    return (int(count), unit) if 0 < count <= _MOST_BEATS else None


def _clef(reader: PartReader, element: Element) -> bool:
    sign = text_of(element.find("sign"))
    if sign not in CLEF_LINES:
        return False
    octave = integer(element.find("clef-octave-change"), reader.where, -10, 10, 0)
    if not -3 <= octave <= 3:
        return False
    line = integer(element.find("line"), reader.where, -50, 50, CLEF_LINES[sign])
    clef: Json = {"sign": sign, "staffPosition": 2 * (line - 3)}
    if octave:
        clef["octave"] = octave
    row: Json = {"clef": clef}
    if reader.cursor:
        row["position"] = position(reader.cursor)
    staff = _number(element)
    if staff != 1:
        row["staff"] = staff
    kept = keep(element, reader.report, reader.where)
    if kept != tidy(clef_element(row)):
        set_own(row, "musicxml", kept)
    reader.bar.measure.setdefault("clefs", []).append(row)
    return True


def _number(element: Element) -> int:
    """The staff that a `number` names."""
    text = element.get("number", "1").strip()
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:4]) < 256 else 1
