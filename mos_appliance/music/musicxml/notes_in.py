"""The notes of plain files straight from the text: the same that the way through MNX gives, in a tenth of the time.

What is not plain (percussion, changes of transposition, voices that overlap, notes with names, ties that end nowhere)
is left to that way: the answer is None, and nothing is guessed.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from typing import Final

import numpy as np

from mos_appliance.music.mnx.notes import FINEST
from mos_appliance.music.musicxml.plain_part import PartNotes
from mos_appliance.music.musicxml.scan import NotPlainError, attribute_of, scan
from mos_appliance.music.musicxml.score_in import instrument_of
from mos_appliance.music.musicxml.tree import Element
from mos_appliance.music.notes import NOTE, NoteList, Part

_FINE: Final = 4 * FINEST
"""Ticks to the whole note, at least."""
_MOST_TICKS: Final = 1 << 20
_ID: Final = attribute_of("id")


def plain_notes(data: bytes) -> NoteList | None:
    """The notes of a plain file; None when it is none. Errors: `BadInput` for what is no sound XML."""
    try:
        head, found = scan(data)
        names = [_ID(part.attributes) or "" for part in found]
        parts = []
        for part in found:
            reader = PartNotes()
            for bar in part.bars:
                reader.measure(bar)
            parts.append(reader)
        return _assemble(head, names, parts)
    except (NotPlainError, ValueError):
        return None


_Row = tuple[int, bool, int, int, int, int, int, int, int, int]
"""Onset, whether it is no grace note, the pitch where it is none, part, bar, number on the page; then duration, pitch,
staff and voice. Units: ticks. In the order of time when sorted."""


def _assemble(head: Element, names: list[str], parts: list[PartNotes]) -> NoteList:
    """All parts on one line of time."""
    if not parts or any(not part.divisions for part in parts) or len(set(names)) < len(names) or "" in names:
        raise NotPlainError
    lengths = _bar_lengths(parts)
    whole = _ticks_to_the_whole(parts, lengths)
    starts = [0, *accumulate(length.numerator * whole // length.denominator for length in lengths)]
    rows: list[_Row] = []
    for index, part in enumerate(parts):
        _append_rows(rows, part, index, starts, whole)
    return _listed(sorted(rows), whole // 4, _parts(head, names))


def _append_rows(rows: list[_Row], part: PartNotes, index: int, starts: list[int], whole: int) -> None:
    """Append what is struck in a part."""
    scale = 4 * part.divisions
    following, targets = part.ties()
    for bar, voices in enumerate(part.bars):
        start = starts[bar]
        for head in (head for heads in voices.values() for head in heads):
            duration, grace, _, _, pitch, _, voice, staff, *_ = head.facts
            if pitch < 0 or head in targets:
                continue
            onset = start + head.onset * whole // scale
            end = onset + duration * whole // scale
            after = following.get(head)
            while after is not None:
                if starts[after.bar] + after.onset * whole // scale != end:
                    raise NotPlainError
                end += after.facts.duration * whole // scale
                after = following.get(after)
            order = 0 if grace else pitch
            rows.append((onset, not grace, order, index, bar, len(rows), end - onset, pitch, staff, int(voice)))


def _listed(rows: list[_Row], division: int, parts: tuple[Part, ...]) -> NoteList:
    notes = np.zeros(len(rows), NOTE)
    notes["onset_ms"] = notes["duration_ms"] = np.nan
    ids: tuple[str, ...] = ()
    if rows:
        onset, plain, _, part, bar, number, duration, pitch, staff, voice = zip(*rows, strict=True)
        for name, column in (("onset", onset), ("part", part), ("duration", duration), ("pitch", pitch)):
            notes[name] = column
        notes["staff"], notes["voice"] = staff, voice
        notes["bar"] = np.array(bar) + 1
        notes["grace"] = ~np.array(plain)
        ids = tuple(f"n{place}" for place in number)
    return NoteList(notes, division, parts, (), ids, (1,) * len(rows))


def _bar_lengths(parts: list[PartNotes]) -> list[Fraction]:
    """As far as any part comes in a bar; where none comes anywhere, as the metre says."""
    lengths = []
    metre = Fraction(1)
    for bar in range(max(len(part.bars) for part in parts)):
        here = [part for part in parts if bar < len(part.bars)]
        metre = next((part.metres[bar] for part in here if part.metres[bar] is not None), None) or metre
        said = {(part.lengths[bar], 4 * part.divisions) for part in here}  # nearly always they say the same
        lengths.append(max(_share(*length) for length in said) or metre)
    return lengths


_share: Final = lru_cache(maxsize=1024)(Fraction)


def _ticks_to_the_whole(parts: list[PartNotes], lengths: list[Fraction]) -> int:
    """So many that every time is an integer, and no more than that takes."""
    denominators = {length.denominator for length in lengths}
    for part in parts:
        heads = [head for voices in part.bars for heads in voices.values() for head in heads if head.facts.pitch >= 0]
        times = {head.onset for head in heads} | {head.facts.duration for head in heads}
        scale = 4 * part.divisions
        denominators.update(scale // math.gcd(time, scale) for time in times)
    whole = math.lcm(_FINE, *denominators)
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
