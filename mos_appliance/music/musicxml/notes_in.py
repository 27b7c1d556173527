"""The notes of plain files straight from the text: the same that the way through MNX gives, in a tenth of the time.

What is not plain (percussion, changes of transposition, voices that overlap, notes with names, ties that end nowhere)
is left to that way: the answer is None, and nothing is guessed.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.music.mnx.notes import FINEST
from mos_appliance.music.musicxml.plain_part import Facts, Head, PartNotes
from mos_appliance.music.musicxml.scan import NotPlainError, attribute_of, scan
from mos_appliance.music.musicxml.score_in import instrument_of
from mos_appliance.music.musicxml.tree import Element
from mos_appliance.music.notes import NOTE, NoteList, Part

_FINE: Final = 4 * FINEST
"""Ticks to the whole note, at least."""
_MOST_TICKS: Final = 1 << 20
_NAMED: Final = 4096
_NAMES: Final = [f"n{place}" for place in range(_NAMED)]
_ID: Final = attribute_of("id")


def plain_notes(data: bytes) -> NoteList | None:
    """The notes of a plain file; None when it is none. Errors: `BadInput` for what is no sound XML."""
    try:
        head, found = scan(data)
        names = [_ID(part.attributes) or "" for part in found]
        parts = []
        known: dict[int, dict[str, Facts]] = {}
        for part in found:
            reader = PartNotes(known)
            for bar in part.bars:
                reader.measure(bar)
            parts.append(reader)
        return _assemble(head, names, parts)
    except (NotPlainError, ValueError):
        return None


def _assemble(head: Element, names: list[str], parts: list[PartNotes]) -> NoteList:
    """All parts on one line of time."""
    if not parts or any(not part.divisions for part in parts) or len(set(names)) < len(names) or "" in names:
        raise NotPlainError
    lengths = _bar_lengths(parts)
    table = _Table(parts)
    whole = _ticks_to_the_whole(table.finest, lengths)
    notes = table.notes(np.cumsum([0, *(length.numerator * whole // length.denominator for length in lengths)]), whole)
    # Heads are named in the order of the page, in which they stand here; a stable sort keeps it where all is alike.
    order = np.lexsort((np.where(notes["grace"], 0, notes["pitch"]), ~notes["grace"], notes["onset"]))
    ids = tuple([_NAMES[place] if place < _NAMED else f"n{place}" for place in order.tolist()])
    return NoteList(notes[order], whole // 4, _parts(head, names), (), ids, (1,) * len(ids))


class _Table:
    """What is struck, in the order of the page. `finest`, a part each: what of a whole note its times count."""

    def __init__(self, parts: list[PartNotes]) -> None:
        self._following: dict[int, Head] = {}
        self._heads: list[Head] = []
        self._scales = [4 * part.divisions for part in parts]
        self.finest: list[int] = []
        counts = []
        for part, scale in zip(parts, self._scales, strict=True):
            following, targets = part.ties()
            self._following |= following
            heads = [head for voices in part.bars for heads in voices.values() for head in heads if head[3][2] >= 0]
            struck = [head for head in heads if id(head) not in targets] if targets else heads
            self._heads += struck
            counts.append(len(struck))
            shortest = math.gcd(scale, *[head[1] for head in heads], *[head[3][0] for head in heads])
            self.finest.append(scale // shortest)
        self._part = np.repeat(np.arange(len(parts)), counts)

    def notes(self, starts: NDArray[np.int64], whole: int) -> NDArray[np.void]:
        """The notes, ties merged. Units: ticks, of which `whole` make a whole note; `starts` are those of the bars."""
        notes = np.zeros(len(self._heads), NOTE)
        if not self._heads:
            return notes
        bar, onset, end, facts = zip(*self._heads, strict=True)
        _, grace, pitch, voice, staff, *_ = zip(*facts, strict=True)
        bar, onset, end = np.array((bar, onset, end), np.int64)
        scale = np.array(self._scales)[self._part]
        notes["onset"] = starts[bar] + onset * whole // scale
        notes["duration"] = (end - onset) * whole // scale
        notes["onset_ms"] = notes["duration_ms"] = np.nan
        notes["bar"], notes["part"], notes["pitch"] = bar + 1, self._part, pitch
        notes["staff"], notes["voice"], notes["grace"] = staff, voice, grace
        for row in [row for row, head in enumerate(self._heads) if id(head) in self._following]:
            notes["duration"][row] = self._until(row, starts.tolist(), whole) - int(notes["onset"][row])
        return notes

    def _until(self, row: int, starts: list[int], whole: int) -> int:
        """Where a tied note ends."""
        scale = self._scales[self._part[row]]
        head: Head | None = self._heads[row]
        end = -1
        while head is not None:
            onset = starts[head.bar] + head.onset * whole // scale
            if end not in (-1, onset):
                raise NotPlainError
            end = onset + head.facts.duration * whole // scale
            head = self._following.get(id(head))
        return end


def _bar_lengths(parts: list[PartNotes]) -> list[Fraction]:
    """As far as any part comes in a bar; where none comes anywhere, as the metre says."""
    lengths = []
    metre = Fraction(1)
    bars = [len(part.bars) for part in parts]
    if len(set(bars)) == len({part.divisions for part in parts}) == 1:  # nearly always
        quickly = [max(told) for told in zip(*(part.lengths for part in parts), strict=True)]
        if all(quickly):
            return [_share(length, 4 * parts[0].divisions) for length in quickly]
    for bar in range(max(bars)):
        here = [part for part in parts if bar < len(part.bars)]
        metre = next((part.metres[bar] for part in here if part.metres[bar] is not None), None) or metre
        said = {(part.lengths[bar], 4 * part.divisions) for part in here}  # nearly always they say the same
        lengths.append(max(_share(*length) for length in said) or metre)
    return lengths


_share: Final = lru_cache(maxsize=1024)(Fraction)


def _ticks_to_the_whole(finest: list[int], lengths: list[Fraction]) -> int:
    """So many that every time is an integer, and no more than that takes."""
    whole = math.lcm(_FINE, *finest, *{length.denominator for length in lengths})
    if whole > _MOST_TICKS:
        raise NotPlainError
    return whole


def _parts(head: Element, names: list[str]) -> tuple[Part, ...]:
    """Who plays, as the list of parts says."""
    entries = {entry.get("id", ""): entry for entry in head.iterfind("part-list/score-part")}
    parts = []
    for number, name in enumerate(names):
        if name not in entries:
            raise NotPlainError
        program, drums = instrument_of(entries[name])
        channel = 9 if drums else number % 15 + (number % 15 >= 9)
        title = entries[name].findtext("part-name") or ("Drums" if drums else f"Part {number + 1}")
        parts.append(Part(title, 0 if drums else program or 0, drums, number, channel, 0, name))
    return tuple(parts)
