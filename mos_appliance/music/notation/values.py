"""Which note values and rests stand for a stretch of a bar, so that the eye sees the beats."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd
from typing import Final, NamedTuple

from mos_appliance.music.mnx.rhythm import note_value
from mos_appliance.music.notation.units import QUARTER, Metre, as_wholes, is_dyadic

_PLAIN: Final = frozenset(Fraction(power) for power in (1, 2, 4, 8)) | {Fraction(1, 1 << power) for power in range(11)}


class Span(NamedTuple):
    """A stretch of a bar: plain when `notes` is 0, else a tuplet of so many in the time of `usual`."""

    start: int
    end: int
    notes: int = 0
    usual: int = 0


def pieces(start: int, end: int, metre: Metre, rest: bool = False) -> list[int]:
    """How long the tied notes, or the rests, are that fill a stretch of a bar; dyadic."""
    levels = metre.levels()
    out: list[int] = []
    waiting = [(start, end)]
    while waiting:
        begin, stop = waiting.pop()
        if stop <= begin:
            continue
        inside = _strongest(begin, stop, levels)
        if inside is None or _allowed(begin, stop, inside, levels, metre, rest):
            out += written(stop - begin)
        else:
            waiting += [(inside, stop), (begin, inside)]
    return out


def written(length: int) -> list[int]:
    """One note value, or the longest ones that make it up, when no beat divides it."""
    out = []
    while length and note_value(as_wholes(length)) is None:
        part = max((value for value in _PLAIN if value <= as_wholes(length)), default=None)
        if part is None:
            break
        out.append(int(part * 4 * QUARTER))
        length -= out[-1]
    return [*out, length] if length else out


def _strength(place: int, levels: Sequence[int]) -> int:
    """0 for the beginning of a bar, more for weaker places."""
    return next((number for number, step in enumerate(levels) if place % step == 0), len(levels))


def _strongest(start: int, end: int, levels: Sequence[int]) -> int | None:
    """The strongest place between the two, None when there is none."""
    for step in levels:
        place = (start // step + 1) * step
        if place < end:
            return place
    return None


def _allowed(start: int, end: int, inside: int, levels: Sequence[int], metre: Metre, rest: bool) -> bool:
    """Whether one sign may stand over a strong place."""
    length = as_wholes(end - start)
    value = note_value(length)
    if value is None or value.get("dots", 0) > (0 if rest and not metre.compound else 1):
        return False
    begins, ends, covered = (_strength(place, levels) for place in (start, end, inside))
    if rest:
        return begins <= covered and (not metre.compound or covered > 1 or not value.get("dots") or begins == 0)
    if value.get("dots", 0) or metre.compound:
        return min(begins, ends) <= covered
    return covered >= min(begins, ends) - 1


def spans(length: int, marks: Sequence[int], metre: Metre, offset: int = 0) -> list[Span]:
    """A bar as plain stretches and tuplets; `marks` are where notes begin and end in it, from its beginning."""
    inner = sorted({mark for mark in marks if 0 < mark < length})
    if all(is_dyadic(mark) for mark in inner):
        return [Span(0, length)]
    out: list[Span] = []
    step = metre.beat
    width = 4 * step
    place = 0
    while place < length:
        found = _span(place, min(width, length - place), inner, offset, step)
        out.append(found)
        place = found.end
    return _merged(out)


def _span(place: int, widest: int, marks: list[int], offset: int, step: int) -> Span:
    """The stretch that begins here: a tuplet over several beats when it must be, else a beat."""
    width = step
    candidates = [width]
    while width * 2 <= widest and (place + offset) % (width * 2) == 0:
        width *= 2
        candidates.append(width)
    for size in reversed(candidates[1:]):
        if _thirds(place, size, marks):
            return Span(place, place + size, 3, 2)
    size = min(step - (place + offset) % step, widest)
    return _beat(place, size, marks)


def _inside(place: int, size: int, marks: list[int]) -> list[int]:
    return [mark - place for mark in marks if place < mark < place + size]


def _thirds(place: int, size: int, marks: list[int]) -> bool:
    inside = _inside(place, size, marks)
    return bool(inside) and size % 3 == 0 and all(mark * 3 % size == 0 for mark in inside)


def _beat(place: int, size: int, marks: list[int]) -> Span:
    """One beat, or its first half when the halves differ."""
    inside = _inside(place, size, marks)
    if all(is_dyadic(place + mark) for mark in inside):
        return Span(place, place + size)
    if _thirds(place, size, marks):
        return Span(place, place + size, 3, 2)
    half = size // 2
    halves = [_inside(at, half, marks) for at in (place, place + half)]
    if (
        size % 2 == 0
        and half >= QUARTER // 4
        and all(all(is_dyadic(mark) for mark in row) or all(mark * 3 % half == 0 for mark in row) for row in halves)
    ):
        return _beat(place, half, marks)
    count = size // gcd(size, *inside)
    return Span(place, place + size, count, 1 << (count.bit_length() - 1))


def _merged(found: list[Span]) -> list[Span]:
    """Plain stretches that follow one another are one."""
    out: list[Span] = []
    for span in found:
        if out and not span.notes and not out[-1].notes:
            out[-1] = Span(out[-1].start, span.end)
        else:
            out.append(span)
    return out
