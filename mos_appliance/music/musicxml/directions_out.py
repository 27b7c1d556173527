"""Dynamics, words, pedals, hairpins, octave lines, chord symbols, tempo and jumps as elements at their places."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, Final

from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.extensions import own
from mos_appliance.music.mnx.rhythm import position_of
from mos_appliance.music.musicxml.harte import harmony_of, label_of
from mos_appliance.music.musicxml.kept import own_rows, restore
from mos_appliance.music.musicxml.report import Report
from mos_appliance.music.musicxml.tree import Element, new, text_of
from mos_appliance.music.musicxml.words import TYPES

_DYNAMICS: Final = (
    "p pp ppp pppp ppppp pppppp f ff fff ffff fffff ffffff mp mf sf sfp sfpp fp rf rfz sfz sffz fz n pf sfzp"
)
DYNAMICS: Final = frozenset(_DYNAMICS.split())
_SIZES: Final = {1: "8", 2: "15", 3: "22"}
_JUMPS: Final[dict[str, tuple[str, str]]] = {
    "segno": ("D.S.", "dalsegno"),
    "dsalfine": ("D.S. al Fine", "dalsegno"),
    "dsalcoda": ("D.S. al Coda", "dalsegno"),
    "dacapo": ("D.C.", "dacapo"),
    "dcalfine": ("D.C. al Fine", "dacapo"),
    "dcalcoda": ("D.C. al Coda", "dacapo"),
}

Placed = tuple[int, Fraction, Element]
"""A bar, counted from 0, a place in it, and what stands there."""


def _direction(kind: Element, placement: str = "") -> Element:
    element = new("direction", None, new("direction-type", None, kind))
    if placement:
        element.set("placement", placement)
    return element


def dynamic_element(row: Json) -> Element:
    """The element for a `dynamic`."""
    value = row["value"]
    mark = new(value) if value in DYNAMICS else new("other-dynamics", value)
    return _direction(new("dynamics", None, mark), "below")


def words_element(row: Json) -> Element:
    """The element for words."""
    return _direction(new("words", row["text"]), "above")


def pedal_element(row: Json) -> Element:
    """The element for a pedal's mark."""
    return _direction(new("pedal", None, type=row["type"]), "below")


def harmony_element(row: Json) -> Element | None:
    """The element for a chord; None for a label that is not known."""
    return harmony_of(row["label"])


def part_directions(part: Json, measures: list[Json], first: bool, report: Report) -> Iterator[Placed]:
    """Everything of a part that stands at a place, and what is said of the whole score in the first part."""
    bars = {measure["id"]: number for number, measure in enumerate(measures) if "id" in measure}
    for number, measure in enumerate(part["measures"]):
        for at, element in _points(measure, f"bar {number + 1}", report):
            yield number, at, element
        for row, tag in (
            *((row, "wedge") for row in own_rows(measure, "hairpins")),
            *((row, "octave-shift") for row in measure.get("ottavas", ())),
        ):
            yield from _span(row, tag, number, bars, report)
    if first:
        for number, measure in enumerate(measures):
            for at, element in _globals(measure):
                yield number, at, element


def _points(measure: Json, where: str, report: Report) -> Iterator[tuple[Fraction, Element]]:
    rows: list[tuple[Json, Callable[[Json], Element | None], Any, str]] = [
        *((row, dynamic_element, own(row).get("musicxml"), "dynamic") for row in measure.get("dynamics", ())),
        *((row, harmony_element, row.get("musicxml"), "chord") for row in own_rows(measure, "chords", "label")),
        *((row, words_element, row.get("musicxml"), "text") for row in own_rows(measure, "texts", "text")),
        *((row, pedal_element, row.get("musicxml"), "pedal") for row in own_rows(measure, "pedals", "type")),
    ]
    for row, make, kept, what in rows:
        made = make(row)
        element = _still(restore(kept), made)
        if element is None:
            report.lost(where, f"{what} {str(row.get('label', ''))[:20]}")
            continue
        if element is made and row.get("staff", 1) != 1:
            element.append(new("staff", row["staff"]))
        yield position_of(row.get("position")), element


def _still(kept: Element | None, made: Element | None) -> Element | None:
    """What was kept, as long as it says what is now to be said."""
    if kept is not None and (made is None or _said(kept) == _said(made)):
        return kept
    return made


def _said(element: Element) -> tuple[str, str]:
    """What an element says, whatever it looks like."""
    if element.tag == "harmony":
        return "harmony", label_of(element) or ""
    kind = element.find("direction-type/*")
    if kind is None:
        return element.tag, ""
    if kind.tag == "dynamics" and len(kind):
        return kind.tag, text_of(kind[0]) or kind[0].tag
    return kind.tag, text_of(kind) or kind.get("type", "")


def _span(row: Json, tag: str, number: int, bars: dict[str, int], report: Report) -> Iterator[Placed]:
    """Both ends of a hairpin or an octave line."""
    ours = row if tag == "wedge" else own(row)
    if tag == "wedge":
        start, stop = new("wedge", None, type=str(row.get("type"))), new("wedge", None, type="stop")
    else:
        size = _SIZES.get(abs(row["value"]), "8")
        start = new("octave-shift", None, type="down" if row["value"] > 0 else "up", size=size)
        stop = new("octave-shift", None, type="stop", size=size)
    end = row.get("end")
    if type(end) is not dict or end.get("measure") not in bars or "position" not in row:
        report.lost(f"bar {number + 1}", f"{tag} without an end")
        return
    for bar, place, kept, kind in (
        (number, row["position"], ours.get("musicxml"), start),
        (bars[end["measure"]], end.get("position"), ours.get("musicxmlEnd"), stop),
    ):
        made = _direction(kind)
        element = _still(restore(kept), made)
        if element is made and row.get("staff", 1) != 1:
            made.append(new("staff", row["staff"]))
        if element is not None:
            yield bar, position_of(place), element


def _globals(measure: Json) -> Iterator[tuple[Fraction, Element]]:
    """Tempo, signs and jumps that no part shows yet."""
    for tempo in measure.get("tempos", ()):
        if not own(tempo).get("shown"):
            yield position_of(tempo.get("location")), _tempo(tempo)
    ours = own(measure)
    for row in own_rows(measure, "texts", "text"):
        yield position_of(row.get("position")), words_element(row)
    for tag, sign_row in (("segno", measure.get("segno")), ("coda", ours.get("coda"))):
        if type(sign_row) is dict and not _is_shown(sign_row):
            sign = _direction(new(tag), "above")
            sign.append(new("sound", None, **{tag: tag}))
            yield position_of(sign_row.get("location")), sign
    for row, text, name in (
        (measure.get("fine"), "Fine", "fine"),
        (ours.get("toCoda"), "To Coda", "tocoda"),
        *((row, *_JUMPS.get(row.get("type", ""), ("", ""))) for row in (measure.get("jump"), ours.get("jump")) if row),
    ):
        if type(row) is dict and name and not _is_shown(row):
            element = _direction(new("words", text), "above")
            element.append(new("sound", None, **{name: {"fine": "yes", "dacapo": "yes"}.get(name, name[2:])}))
            yield position_of(row.get("location")), element


def _is_shown(row: Json) -> bool:
    return bool(row.get("shown") or own(row).get("shown"))


def _tempo(tempo: Json) -> Element:
    value = tempo["value"]
    exact = own(tempo).get("bpm", tempo["bpm"])
    mark = new("metronome", None, new("beat-unit", TYPES.get(value["base"], "quarter")))
    mark.extend(new("beat-unit-dot") for _ in range(value.get("dots", 0)))
    mark.append(new("per-minute", f"{exact:g}"))
    element = _direction(mark, "above")
    text = own(tempo).get("text")
    if type(text) is str and text:
        element.insert(0, new("direction-type", None, new("words", text)))
    return element
