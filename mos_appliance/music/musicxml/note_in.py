"""One `note` element: what it says, taken apart."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import Final

from mos_appliance.errors import BadInput
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.extensions import set_own
from mos_appliance.music.musicxml.kept import Kept, keep, keep_attributes
from mos_appliance.music.musicxml.report import Report
from mos_appliance.music.musicxml.tree import Element, text_of

_SINGLE_NAMES: Final = "grace chord pitch unpitched rest duration voice type time-modification staff stem instrument"
_SINGLE: Final = frozenset(_SINGLE_NAMES.split())
_KNOWN: Final[dict[str, tuple[str, ...]]] = {"grace": ("slash",), "rest": ("measure",), "instrument": ("id",)}
_LISTS: Final = {"tie": "ties", "notations": "notations", "lyric": "lyrics", "beam": "beams"}
_STEPS: Final = "CDEFGAB"
_SEMITONES: Final = (0, 2, 4, 5, 7, 9, 11)
_UNSHIFTED: Final = (0, 0)
_NATURAL: Final = (0, 0.0)
_ALTERS: Final = {"": _NATURAL, "0": _NATURAL, **{f"{alter}": (alter, 0.0) for alter in (-2, -1, 1, 2)}}
_SMALL: Final = {str(number): number for number in range(256)}
"""Nearly all numbers are of these."""
_NUMBER: Final = re.compile(r"[+-]?\d{1,12}(?:\.\d{0,9})?|[+-]?\.\d{1,9}")
_NAME: Final = re.compile(r"[A-Za-z_][\w.\-]{0,80}", re.ASCII)


class NoteParts:
    """The children of a `note`: one each of those that stand once, lists of the others."""

    __slots__ = (
        "attributes", "beams", "dots", "element", "first", "kept", "lyrics", "notations", "pending", "ties", "where",
    )  # fmt: skip

    def __init__(self, element: Element, where: str) -> None:
        self.element, self.where = element, where
        self.first: dict[str, Element] = {}
        self.dots = 0
        self.ties: list[Element] = []
        self.notations: list[Element] = []
        self.lyrics: list[Element] = []
        self.beams: list[Element] = []
        self.pending: list[tuple[str, Element]] = []
        """Marks of tuplets and tremolos, with the group they stood in: kept unless something is made of them."""
        self.kept: list[Kept] = []
        self.attributes: dict[str, dict[str, str]] = {}


def take_apart(element: Element, report: Report, where: str) -> NoteParts:
    """Sort the children; what is none of ours is kept or told."""
    parts = NoteParts(element, where)
    first = parts.first
    if element.keys():
        _spare(parts, "note", element, report, ("id",))
    for child in element:
        tag = child.tag
        if tag in _SINGLE and tag not in first:
            first[tag] = child
            if child.keys():
                _spare(parts, tag, child, report, _KNOWN.get(tag, ()))
        elif tag in _LISTS:
            getattr(parts, _LISTS[tag]).append(child)
        elif tag == "dot":
            parts.dots += 1
            if child.keys():
                _spare(parts, tag, child, report)
        else:
            kept = keep(child, report, where)
            if kept is not None:
                parts.kept.append(kept)
    return parts


def _spare(parts: NoteParts, tag: str, element: Element, report: Report, known: tuple[str, ...] = ()) -> None:
    found = keep_attributes(element, report, parts.where, known)
    if found:
        parts.attributes.setdefault(tag, {}).update(found)


def attach(holder: Json, parts: NoteParts) -> None:
    """Put what is kept beside the note; call when all of it is known."""
    if parts.kept:
        set_own(holder, "musicxml", parts.kept)
    if parts.attributes:
        set_own(holder, "attributes", parts.attributes)


def tell_children(element: Element, known: tuple[str, ...], report: Report, where: str) -> None:
    """Tell the children that are not known."""
    for child in element:
        if child.tag not in known:
            report.unread(where, f"{child.tag} in {element.tag}")
        elif child.keys():
            for name in child.attrib:
                report.lost(where, f"{child.tag}@{name}")


def integer(element: Element | None, where: str, low: int, high: int, default: int | None = None) -> int:
    """The whole number in an element. Errors: `BadInput` when it is none, or outside what makes sense."""
    if element is None and default is not None:
        return default
    text = text_of(element)
    number: int | Fraction | None = _SMALL.get(text)
    if number is not None and low <= number <= high:
        return int(number)
    if not text and default is not None:
        return default
    number = decimal(text, where)
    if number.denominator != 1 or not low <= number <= high:
        raise BadInput(where, f"{_tag(element)} is {text[:20]!r}, not a whole number from {low} to {high}")
    return int(number)


def _tag(element: Element | None) -> str:
    return element.tag if element is not None else "a number"


@lru_cache(maxsize=4096)
def _decimal(text: str) -> Fraction | None:
    return Fraction(text) if _NUMBER.fullmatch(text) else None


def decimal(text: str, where: str) -> Fraction:
    """A decimal number, exact. Errors: `BadInput`."""
    number = _decimal(text)
    if number is None:
        raise BadInput(where, f"{text[:20]!r} is no number" if text else "a number is missing")
    return number


def pitch_of(element: Element, where: str, report: Report, shift: tuple[int, int]) -> tuple[Json, float]:
    """The sounding pitch, and the cents that it lies above; `shift` is (half steps, steps) from written to sounding."""
    step = octave = alter = None
    for child in element:
        tag = child.tag
        if tag == "step":
            step = child
        elif tag == "octave":
            octave = child
        elif tag == "alter":
            alter = child
        else:
            report.unread(where, f"{tag} in pitch")
        if child.keys():
            tell_children(element, ("step", "octave", "alter"), report, where)
    letter = text_of(step)
    if len(letter) != 1 or letter not in _STEPS:
        raise BadInput(where, f"step is {letter[:20]!r}, not one of C to B")
    height = integer(octave, where, -10, 20)
    whole, cents = _NATURAL if alter is None else _altered(text_of(alter), where)
    if shift != _UNSHIFTED:
        letter, height, whole = transposed(letter, height, whole, shift)
    pitch: Json = {"step": letter, "octave": height}
    if whole:
        pitch["alter"] = whole
    return pitch, cents


def _altered(text: str, where: str) -> tuple[int, float]:
    """Whole semitones, and the cents above them."""
    usual = _ALTERS.get(text)
    if usual is not None:
        return usual
    altered = decimal(text, where)
    if abs(altered) > 10:
        raise BadInput(where, f"alter is {text[:20]!r}, more than 10 semitones")
    whole = altered.numerator // altered.denominator
    return whole, float((altered - whole) * 100)


def transposed(step: str, octave: int, alter: int, shift: tuple[int, int]) -> tuple[str, int, int]:
    """The pitch so many half steps and so many staff steps higher. Source: arithmetic of intervals."""
    half_steps, steps = shift
    place = _STEPS.index(step) + 7 * octave
    target = place + steps
    sounding = _height(place) + alter + half_steps
    return _STEPS[target % 7], target // 7, sounding - _height(target)


def _height(place: int) -> int:
    """Semitones above C0 of the white key so many staff steps above C0."""
    return 12 * (place // 7) + _SEMITONES[place % 7]


def named(element: Element, taken: set[str]) -> str | None:
    """The element's `id` where nothing else has it."""
    name = element.get("id")
    if name is None or name in taken or not _NAME.fullmatch(name):
        return None
    taken.add(name)
    return name
