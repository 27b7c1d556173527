"""`direction`, `harmony` and `sound`: what stands at a place of the bar rather than on a note."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.build import position
from mos_appliance.music.mnx.extensions import own, set_own
from mos_appliance.music.musicxml.directions_out import dynamic_element, harmony_element, pedal_element, words_element
from mos_appliance.music.musicxml.harte import label_of
from mos_appliance.music.musicxml.kept import keep, tidy
from mos_appliance.music.musicxml.note_in import decimal, integer
from mos_appliance.music.musicxml.part_in import PartReader
from mos_appliance.music.musicxml.tempo_in import read_globals
from mos_appliance.music.musicxml.tree import Element, text_of
from mos_appliance.music.musicxml.words import WEDGES

_PEDALS: Final = ("start", "stop", "change")
_OTTAVAS: Final = {"8": 1, "15": 2, "22": 3}


def read_direction(reader: PartReader, element: Element) -> bool:
    """Take a direction that says one thing; one that says several is kept, and its tempo and jumps understood."""
    read_globals(reader, element)
    kinds = element.findall("direction-type/*")
    if len(kinds) != 1:
        return False
    kind = kinds[0]
    if kind.tag in ("wedge", "octave-shift"):
        return _spanning(reader, element, kind)
    match kind.tag:
        case "dynamics" if len(kind) == 1:
            value = text_of(kind[0]) if kind[0].tag == "other-dynamics" else kind[0].tag
            row: Json = {"value": value}
            made = dynamic_element(row)
        case "words" if text_of(kind):
            row = {"text": text_of(kind)}
            made = words_element(row)
        case "pedal" if kind.get("type") in _PEDALS:
            row = {"type": kind.get("type")}
            made = pedal_element(row)
        case _:
            return False
    return _place(reader, element, kind.tag, row, made)


def _place(reader: PartReader, element: Element, tag: str, row: Json, made: Element) -> bool:
    """Put the row into its list, with the element where that says more."""
    at = _time(reader, element)
    if at is None:
        return False
    row = {"position": position(at), **row}
    staff = _staff(reader, element)
    if staff != 1:
        row["staff"] = staff
        made.append(Element("staff"))
        made[-1].text = str(staff)
    kept = keep(element, reader.report, reader.where)
    if tag == "dynamics":
        if kept != tidy(made):
            set_own(row, "musicxml", kept)
        reader.bar.measure.setdefault("dynamics", []).append(row)
        return True
    if kept != tidy(made):
        row["musicxml"] = kept
    reader.append_own({"words": "texts", "pedal": "pedals", "harmony": "chords"}[tag], row)
    return True


def _time(reader: PartReader, element: Element) -> Fraction | None:
    """Where it takes effect: the offset becomes part of the place. None where that would lie before the bar."""
    offset = element.find("offset")
    if offset is None:
        return reader.cursor
    at = reader.cursor + decimal(text_of(offset), reader.where) / reader.divisions / 4
    if at < 0 or max(at.numerator, at.denominator) > 1_000_000:
        return None
    for name in offset.attrib:
        reader.report.lost(reader.where, f"offset@{name}")
    element.remove(offset)
    return at


def _staff(reader: PartReader, element: Element) -> int:
    return integer(element.find("staff"), reader.where, 1, 255, 1)


def read_harmony(reader: PartReader, element: Element) -> bool:
    """Take a chord symbol that Harte's syntax can say."""
    label = label_of(element)
    made = harmony_element({"label": label}) if label is not None else None
    if label is None or made is None:
        return False
    return _place(reader, element, "harmony", {"label": label}, made)


def read_sound(reader: PartReader, element: Element) -> bool:
    """A `sound` outside a direction is kept, and its tempo and jumps understood."""
    read_globals(reader, element)
    return False


def _spanning(reader: PartReader, element: Element, kind: Element) -> bool:
    """Hairpins and octave lines have two ends: the first opens a row, the second completes it."""
    at = _time(reader, element)
    if at is None:
        return False
    key = f"{kind.tag} {kind.get('number', '1')}"
    if kind.get("type") == "stop":
        row = reader.open_rows.pop(key, None)
        if row is None:
            return False
        row["end"] = {"measure": reader.bar_id(reader.bar.number), "position": position(at)}
        _end(row, kind.tag, keep(element, reader.report, reader.where))
        return True
    row = _opening(kind)
    if row is None or key in reader.open_rows:
        return False
    row["position"] = position(at)
    staff = _staff(reader, element)
    if staff != 1:
        row["staff"] = staff
    kept = keep(element, reader.report, reader.where)
    measure = reader.bar.measure
    if kind.tag == "wedge":
        row["musicxml"] = kept
        reader.append_own("hairpins", row)
    else:
        set_own(row, "musicxml", kept)
        measure.setdefault("ottavas", []).append(row)
    reader.open_rows[key] = row
    reader.open_places[key] = (measure, at)
    return True


def _opening(kind: Element) -> Json | None:
    word = kind.get("type", "")
    if kind.tag == "wedge":
        return {"type": word} if word in WEDGES else None
    value = _OTTAVAS.get(kind.get("size", "8"))
    if value is None or word not in ("up", "down"):
        return None
    return {"value": value if word == "down" else -value}


def _end(row: Json, tag: str, kept: Any) -> None:
    if tag == "wedge":
        row["musicxmlEnd"] = kept
    else:
        set_own(row, "musicxmlEnd", kept)


def close_rows(reader: PartReader) -> None:
    """What never ended is no row: it is kept at its place as it was."""
    for key, row in reader.open_rows.items():
        measure, at = reader.open_places[key]
        wedge = key.startswith("wedge")
        rows = own(measure)["hairpins"] if wedge else measure["ottavas"]
        rows.remove(row)
        if not wedge and not rows:
            del measure["ottavas"]
        kept = row["musicxml"] if wedge else own(row)["musicxml"]
        set_own(measure, "musicxml", [*own(measure).get("musicxml", []), {"position": position(at), "element": kept}])
