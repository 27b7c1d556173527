"""Events of one voice into the content of MNX sequences: tuplets, tremolos, grace notes, gaps; exact to the last tick.

MNX derives every time from note values. Where a file says another duration than its note values, a tuplet that is not
printed (`_x.org.mos.plain`) makes the time true; where events of a voice overlap, the voice gets a second sequence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Final

from mos_appliance.errors import BadInput
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.extensions import set_own
from mos_appliance.music.mnx.rhythm import as_pair, note_value
from mos_appliance.music.musicxml.draft import ONE, Draft
from mos_appliance.music.musicxml.limits import LONGEST_FRACTION, MAX_MULTIPLE
from mos_appliance.music.musicxml.tuplets_in import (
    PLACED,
    bracket_extent,
    bracket_ratio,
    dress,
    forget,
    opens_bracket,
    run_extent,
)

MAX_LEVELS: Final = 10
MAX_SEQUENCES: Final = 64
"""Sequences that the overlapping events of one voice may need in a bar."""
ZERO: Final = Fraction(0)


class NoRoomError(Exception):
    """A tuplet cannot be made of these events: they are then placed one by one."""


@dataclass(slots=True)
class Block:
    """A piece of content and the time that it takes up."""

    start: Fraction
    end: Fraction
    content: Json


def sequences_of(drafts: list[Draft]) -> list[list[Json]]:
    """The contents of the sequences that one voice needs in a bar: one, unless events overlap."""
    usual = _usual(drafts)
    if usual is not None:
        return [usual]
    contents: list[list[Json]] = []
    cursors: list[Fraction] = []
    for stream in _streams(drafts):
        for block in _blocks(stream):
            fitting = (index for index, cursor in enumerate(cursors) if cursor <= block.start)
            index = next(fitting, len(cursors))
            if index == len(cursors):
                _check_overlaps(index, drafts[0])
                contents.append([])
                cursors.append(ZERO)
            _place(contents[index], cursors[index], block)
            cursors[index] = block.end
    return contents


def _usual(drafts: list[Draft]) -> list[Json] | None:
    """The content where events of whole note values follow each other; None where it takes more than that."""
    content: list[Json] = []
    cursor = ZERO
    for draft in drafts:
        written, length, base = draft.written, draft.length, draft.base
        if draft.grace is not None or draft.tremolo is not None or base is None or draft.whole_bar:
            return None
        if (written is not length and written != length) or draft.ratio is not ONE:
            return None
        if draft.onset is not cursor:
            if draft.onset < cursor:
                return None
            if draft.onset > cursor:
                content.append(_space(draft.onset - cursor))
        draft.event["duration"] = {"base": base, "dots": draft.dots} if draft.dots else {"base": base}
        content.append(draft.event)
        cursor = draft.end
    return content or None


def _check_overlaps(sequences: int, draft: Draft) -> None:
    if sequences == MAX_SEQUENCES:
        raise BadInput(draft.where, f"more than {MAX_SEQUENCES} events of one voice overlap in this bar")


def _blocks(stream: list[Draft]) -> Iterator[Block]:
    """One after another: a bar of too many that overlap is refused before the rest of them is worked out."""
    try:
        yield from blocks_of(stream, ONE, 0)
    except NoRoomError:
        raise BadInput(stream[0].where, "from here on durations are finer or longer than is read") from None


def _place(content: list[Json], cursor: Fraction, block: Block) -> None:
    if block.start > cursor:
        content.append(_space(block.start - cursor))
    content.append(block.content)


def _streams(drafts: list[Draft]) -> list[list[Draft]]:
    """Events that do not overlap, in order of time; nearly always all of them."""
    streams: list[list[Draft]] = []
    for draft in drafts:
        for stream in streams:
            if stream[-1].end <= draft.onset:
                stream.append(draft)
                break
        else:
            _check_overlaps(len(streams), draft)
            streams.append([draft])
    return streams


def _space(length: Fraction) -> Json:
    if max(length.numerator, length.denominator) > LONGEST_FRACTION:
        raise BadInput("rhythm", f"{length} of a whole note is finer than is read")
    return {"type": "space", "duration": as_pair(length)}


def blocks_of(drafts: list[Draft], scale: Fraction, level: int) -> Iterator[Block]:
    """The events as blocks in real time; `scale` is the ratio of the tuplets that they stand in."""
    index = 0
    while index < len(drafts):
        draft = drafts[index]
        if draft.grace is not None:
            stop = _grace_extent(drafts, index)
            yield _grace(drafts[index:stop])
        elif draft.tremolo is not None and not opens_bracket(draft) and _is_tremolo(drafts, index):
            stop = index + 2
            yield from _tremolo(drafts[index], drafts[index + 1], scale)
        elif draft.ratio == scale or draft.whole_bar:
            stop = index + 1
            yield _single(draft, scale)
        else:
            stop = bracket_extent(drafts, index) or run_extent(drafts, index)
            yield from _tuplet_or_singles(drafts[index:stop], scale, level)
        index = stop


def _grace_extent(drafts: list[Draft], begin: int) -> int:
    stop = begin + 1
    while (
        stop < len(drafts) and drafts[stop].grace == drafts[begin].grace and drafts[stop].onset == drafts[begin].onset
    ):
        stop += 1
    return stop


def _grace(drafts: list[Draft]) -> Block:
    """Grace notes take no time."""
    for draft in drafts:
        draft.event["duration"] = {"base": draft.base or "eighth", **_dots(draft.dots)}
    content: Json = {"type": "grace", "content": [draft.event for draft in drafts]}
    if drafts[0].grace == "plain":
        content["slash"] = False
    return Block(drafts[0].onset, drafts[0].onset, content)


def _dots(dots: int) -> Json:
    return {"dots": dots} if dots else {}


def _single(draft: Draft, scale: Fraction) -> Block:
    """One event as it is written, else in a tuplet that is not printed."""
    real = draft.length / scale if scale != ONE else draft.length
    if draft.written == real and draft.base is not None:
        draft.event["duration"] = {"base": draft.base, **_dots(draft.dots)}
        return Block(draft.onset, draft.end, draft.event)
    if draft.written is None:
        value = note_value(real)
        if value is not None:
            draft.event["duration"] = value
            set_own(draft.event, "untyped", True)
            return Block(draft.onset, draft.end, draft.event)
    return _stretched(draft, scale)


def _stretched(draft: Draft, scale: Fraction) -> Block:
    """An event that lasts otherwise than its note value says."""
    real = draft.length / scale
    if draft.written is not None and draft.base is not None:
        draft.event["duration"] = {"base": draft.base, **_dots(draft.dots)}
        written = draft.written
    else:
        written = _nearest(real)
        draft.event["duration"] = note_value(written)
        set_own(draft.event, "untyped", True)
    if not real:
        set_own(draft.event, "timeless", True)
        return Block(draft.onset, draft.onset, {"type": "grace", "content": [draft.event]})
    content: list[Json] = [draft.event]
    inner, outer = written, real
    if not _dyadic(outer):
        times = outer.denominator // (outer.denominator & -outer.denominator)
        inner, outer = inner * times, outer * times
        content.append(_space(inner - written))
    tuplet = _tuplet_object(inner, outer, content, None)
    tuplet |= {"bracket": "no", "showNumber": "noNumber"}
    set_own(tuplet, "plain", True)
    if draft.actual != (1, 1):
        set_own(draft.event, "timeModification", list(draft.actual))
    return Block(draft.onset, draft.onset + outer * scale, tuplet)


def _nearest(length: Fraction) -> Fraction:
    """The longest plain note value that is not longer."""
    value = Fraction(4)
    while value > length and value.denominator < 1024:
        value /= 2
    return value


def _dyadic(length: Fraction) -> bool:
    return length.denominator & (length.denominator - 1) == 0


def _tuplet_or_singles(drafts: list[Draft], scale: Fraction, level: int) -> list[Block]:
    try:
        return [_tuplet(drafts, scale, level)]
    except NoRoomError:
        if level:
            raise
        forget(drafts)
        return [_grace([draft]) if draft.grace is not None else _stretched(draft, scale) for draft in drafts]


def _tuplet(drafts: list[Draft], scale: Fraction, level: int) -> Block:
    """The events of one bracket, those of brackets inside it among them."""
    mark, ratio, numbers, unit = bracket_ratio(drafts, scale)
    if level >= MAX_LEVELS or ratio <= 0 or ratio == ONE:
        raise NoRoomError
    inside = ratio * scale
    start, content = drafts[0].onset, []
    cursor = start
    for block in blocks_of(drafts, inside, level + 1):
        if block.start < cursor:
            raise NoRoomError
        if block.start > cursor:
            content.append(_space((block.start - cursor) / inside))
        content.append(block.content)
        cursor = block.end
    inner = (cursor - start) / inside
    full = _full_length(inner, ratio, numbers, unit)
    if full > inner:
        content.append(_space(full - inner))
    tuplet = _tuplet_object(full, full * ratio, content, unit)
    if (tuplet["inner"]["multiple"], tuplet["outer"]["multiple"]) != numbers:
        set_own(tuplet, "ratio", list(numbers))
    dress(tuplet, mark, drafts[-1])
    return Block(start, start + full * ratio * scale, tuplet)


def _full_length(inner: Fraction, ratio: Fraction, numbers: tuple[int, int], unit: Fraction | None) -> Fraction:
    """What the bracket must hold: what it holds, unless that is no sum of note values."""
    if inner and _dyadic(inner) and _dyadic(inner * ratio):
        return inner
    whole = numbers[0] * (unit or Fraction(1, 8))
    if not (_dyadic(whole) and _dyadic(whole * ratio)):
        raise NoRoomError
    return max(ceil(inner / whole), 1) * whole


def _tuplet_object(inner: Fraction, outer: Fraction, content: list[Json], unit: Fraction | None) -> Json:
    """A tuplet of so much in the time of so much. Errors: `NoRoomError` when it takes numbers without measure."""
    if unit is None or (inner / unit).denominator > 1 or (outer / unit).denominator > 1:
        unit = _power_of_two(inner, outer)
    value = note_value(unit)
    multiples = inner / unit, outer / unit
    if value is None or max(multiples) > MAX_MULTIPLE or min(multiples) < 1:
        raise NoRoomError
    first, second = ({"multiple": int(multiple), "duration": dict(value)} for multiple in multiples)
    return {"type": "tuplet", "inner": first, "outer": second, "content": content}


def _power_of_two(inner: Fraction, outer: Fraction) -> Fraction:
    """The largest plain note value of which both are multiples; at most a breve."""
    unit = Fraction(1, max(inner.denominator, outer.denominator))
    while unit < 2 and (inner / (2 * unit)).denominator == 1 and (outer / (2 * unit)).denominator == 1:
        unit *= 2
    return unit


def _is_tremolo(drafts: list[Draft], index: int) -> bool:
    if index + 1 >= len(drafts):
        return False
    one, two = drafts[index], drafts[index + 1]
    even = one.length == two.length and two.onset == one.end and one.length > 0
    return even and two.tremolo_stop is not None and one.written == two.written and one.base is not None


def _tremolo(one: Draft, two: Draft, scale: Fraction) -> list[Block]:
    """Two notes in turn. Where their time is no note value, they are placed as single ones."""
    each = note_value(one.length / scale)
    if each is None or one.tremolo is None:
        return [_single(one, scale), _single(two, scale)]
    for mark in (one.tremolo, two.tremolo_stop):
        if mark is not None:
            mark.set(PLACED, "yes")
    for draft in (one, two):
        draft.event["duration"] = {"base": draft.base, **_dots(draft.dots)}
    marks = (one.tremolo.text or "").strip()
    tremolo: Json = {
        "type": "tremolo",
        "marks": int(marks) if marks.isascii() and marks.isdigit() and len(marks) < 2 else 3,
        "outer": {"multiple": 2, "duration": each},
        "content": [one.event, two.event],
    }
    return [Block(one.onset, two.end, tremolo)]
