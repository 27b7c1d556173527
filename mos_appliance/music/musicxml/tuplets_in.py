"""Which events stand in one tuplet: as the brackets say, else as the numbers add up."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.extensions import set_own
from mos_appliance.music.mnx.rhythm import BASES as VALUES
from mos_appliance.music.mnx.rhythm import MAX_DOTS, value_of
from mos_appliance.music.musicxml.draft import ONE, Draft
from mos_appliance.music.musicxml.kept import tidy
from mos_appliance.music.musicxml.tree import Element, text_of
from mos_appliance.music.musicxml.words import BASES

Facts = tuple[Element | None, Fraction, tuple[int, int], Fraction | None]
"""The bracket's mark, its ratio, so many notes in the time of so many, of what value."""

TAKEN: Final = "mos:taken"
PLACED: Final = "mos:placed"
"""Marks of tuplets that are being, and have been, turned into tuplets; those without are kept as they are."""

_SHOWN: Final[dict[str, str]] = {"actual": "inner", "both": "both", "none": "noNumber"}

_LEVELS: Final = frozenset(str(number) for number in range(1, 17))
"""Numbers that a bracket may have. Source: MusicXML 4.0, number-level."""


def bracket_extent(drafts: list[Draft], begin: int) -> int:
    """One past the last event of the bracket that opens here; 0 when none does, or it never ends.

    It never ends either where another of its number begins: no file can make us look through all of it at every note.
    """
    mark = _opening(drafts[begin])
    number = mark.get("number", "1") if mark is not None else ""
    if number not in _LEVELS:
        return 0
    for index in range(begin, len(drafts)):
        draft = drafts[index]
        if index > begin and any(_begins(other, number) for other in draft.tuplets):
            return 0
        if index > begin and draft.grace is None and draft.onset != drafts[index - 1].end:
            return 0
        for other in draft.tuplets:
            if other.get("type") == "stop" and other.get("number", "1") == number:
                return index + 1
    return 0


def _begins(mark: Element, number: str) -> bool:
    return mark.get("type") == "start" and mark.get("number", "1") == number


def _opening(draft: Draft) -> Element | None:
    """The mark of the outermost bracket that opens here and was not taken yet: the one of the lowest number."""
    starts = [mark for mark in draft.tuplets if mark.get("type") == "start" and not mark.get(TAKEN)]
    return min(starts, key=lambda mark: mark.get("number", "1")) if starts else None


def opens_bracket(draft: Draft) -> bool:
    """Whether a bracket opens here that was not taken yet."""
    return _opening(draft) is not None


def run_extent(drafts: list[Draft], begin: int) -> int:
    """One past the last event that fills the tuplet which begins here and has no bracket."""
    first = drafts[begin]
    unit = unit_of(first)
    full = first.actual[0] * unit * first.ratio if unit else None
    total = Fraction(0)
    index = begin
    while index < len(drafts):
        draft = drafts[index]
        if draft.grace is None:
            apart = draft.ratio != first.ratio or draft.onset != first.onset + total
            if apart or (index > begin and any(mark.get("type") == "start" for mark in draft.tuplets)):
                break
            total += draft.length
        index += 1
        if full and total and (total / full).denominator == 1:
            break
    while index > begin + 1 and drafts[index - 1].grace is not None:
        index -= 1
    return index


def unit_of(draft: Draft) -> Fraction | None:
    """The note value that the numbers of a time modification count."""
    word, dots = draft.unit
    base = BASES.get(word or "")
    if base is not None and base in VALUES:
        return value_of(base, min(dots, MAX_DOTS))
    return VALUES[draft.base] if draft.base is not None else None


def bracket_ratio(drafts: list[Draft], scale: Fraction) -> Facts:
    """The ratio of the bracket that opens with the first of these events; takes its mark."""
    first = next((draft for draft in drafts if draft.grace is None), drafts[0])
    mark = _opening(drafts[0])
    closes = mark is not None and any(
        other.get("type") == "stop" and other.get("number", "1") == mark.get("number", "1")
        for other in drafts[-1].tuplets
    )
    if mark is None or not closes:
        return None, first.ratio / scale, _numbers(first, scale), unit_of(first)
    mark.set(TAKEN, "yes")
    ratios = {draft.ratio / scale for draft in drafts if draft.grace is None}
    if len(ratios) == 1:
        plain_unit = unit_of(first) if first.unit[0] else _stated_unit(mark) or unit_of(first)
        return mark, first.ratio / scale, _numbers(first, scale), plain_unit
    stated = _stated(mark)
    if stated is not None:
        return mark, Fraction(stated[1], stated[0]), stated, _stated_unit(mark)
    outer = min(ratios, key=lambda ratio: ratio.numerator * ratio.denominator if ratio != ONE else 1 << 62)
    return mark, outer, (outer.denominator, outer.numerator), None


def _numbers(draft: Draft, scale: Fraction) -> tuple[int, int]:
    if scale == ONE:
        return draft.actual
    ratio = draft.ratio / scale
    return ratio.denominator, ratio.numerator


def _stated(mark: Element) -> tuple[int, int] | None:
    """What `tuplet-actual` and `tuplet-normal` say."""
    numbers = [text_of(mark.find(f"{part}/tuplet-number")) for part in ("tuplet-actual", "tuplet-normal")]
    if all(text.isascii() and text.isdigit() and 0 < int(text[:5]) < 10_000 for text in numbers):
        return int(numbers[0]), int(numbers[1])
    return None


def _stated_unit(mark: Element) -> Fraction | None:
    base = BASES.get(text_of(mark.find("tuplet-actual/tuplet-type")))
    return VALUES[base] if base is not None else None


def dress(tuplet: Json, mark: Element | None, last: Draft) -> None:
    """How the tuplet is printed: as its mark says; without a mark not at all."""
    if mark is None:
        tuplet |= {"bracket": "no", "showNumber": "noNumber"}
        return
    del mark.attrib[TAKEN]
    number = mark.get("number", "1")
    if mark.get("bracket") in ("yes", "no"):
        tuplet["bracket"] = mark.get("bracket")
    for name, member in (("show-number", "showNumber"), ("show-type", "showValue")):
        word = _SHOWN.get(mark.get(name, ""))
        if word is not None:
            tuplet[member] = word
    known = ("type", "number", "bracket", "show-number", "show-type")
    unseen = tuplet.get("bracket") == "no" and tuplet.get("showNumber") == "noNumber"
    if unseen or len(mark) or any(name not in known for name in mark.attrib):
        set_own(tuplet, "musicxml", tidy(mark))
    mark.set(PLACED, "yes")
    for other in last.tuplets:
        if other.get("type") == "stop" and other.get("number", "1") == number:
            other.set(PLACED, "yes")


def forget(drafts: list[Draft]) -> None:
    """Their marks were taken in vain."""
    for draft in drafts:
        for mark in draft.tuplets:
            mark.attrib.pop(TAKEN, None)
            mark.attrib.pop(PLACED, None)
