"""The part of a score that is practised: which bars, which hands, and in which order they are played."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mos_appliance.errors import BadInput
from mos_appliance.music.notes import NoteList
from mos_appliance.tutor.score_map import ScoreMap, map_score
from mos_appliance.units import TICKS_PER_QUARTER
from mos_appliance.wire.practice import PracticeOrder
from mos_appliance.wire.practice_notes import notes_of


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What is practised. Notes of the map are numbered within it; `whole` has their numbers on the whole page."""

    score: ScoreMap
    whole: NDArray[np.int64]
    path: tuple[int, ...]
    """The moments in the order in which they are played, repeats taken."""
    ticks: tuple[int, ...]
    """Where each moment of `path` stands in the song. Units: 1/960 quarter note."""

    def note_on_page(self, note: int) -> int:
        """The number on the whole page; -1 stays -1."""
        return int(self.whole[note]) if note >= 0 else -1


def excerpt_of(order: PracticeOrder) -> Excerpt:
    """Errors: `BadInput` when there is nothing to be played in it."""
    page = notes_of(order.score.page)
    unfolded = None if order.score.unfolded is None else notes_of(order.score.unfolded)
    chosen = _chosen(page, order)
    if not chosen.any():
        raise BadInput("practice", "these bars have no note for these hands")
    whole = np.flatnonzero(chosen)
    score = map_score(_part_of(page, chosen), unfolded and _part_of(unfolded, _chosen(unfolded, order)))
    path, ticks = _path(score, unfolded and _part_of(unfolded, _chosen(unfolded, order)))
    return Excerpt(score, whole, path, ticks)


def stretch_of(order: PracticeOrder, bars: Sequence[int]) -> tuple[int, int]:
    """From where to where in the song the bars are played, the first time. `bars`: the first tick of each of its bars.

    Units: ticks of 1/960 quarter note. Errors: `BadInput` when there is nothing to be played in them.
    """
    page = notes_of(order.score.page)
    if not _chosen(page, order).any():
        raise BadInput("practice", "these bars have no note for these hands")
    piece = page if order.score.unfolded is None else notes_of(order.score.unfolded)
    inside = _within(piece, order)
    ticks = piece.notes["onset"] * TICKS_PER_QUARTER // piece.division
    first = int(np.argmax(inside))
    after = np.flatnonzero(~inside[first:])
    last = first + (int(after[0]) if len(after) else len(inside) - first) - 1
    begin = bars[max(0, bisect_right(bars, int(ticks[first])) - 1)]
    end = bisect_right(bars, int(ticks[last]))
    return begin, bars[end] if end < len(bars) else order.score.end_tick


def hand_of_each(notes: NDArray[np.void]) -> NDArray[np.int64]:
    """The hand of each note, from 0: one a staff or part, in the order in which they stand in the score."""
    key = notes["part"].astype(np.int64) << 8 | notes["staff"]
    return np.unique(key, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _chosen(piece: NoteList, order: PracticeOrder) -> NDArray[np.bool_]:
    chosen = _within(piece, order)
    if order.hands:
        chosen &= np.isin(hand_of_each(piece.notes), order.hands)
    return chosen


def _within(piece: NoteList, order: PracticeOrder) -> NDArray[np.bool_]:
    """Which notes are in the bars."""
    bars = piece.notes["bar"]
    chosen: NDArray[np.bool_] = bars >= order.from_bar
    return chosen & (bars <= order.to_bar) if order.to_bar else chosen


def _part_of(piece: NoteList, chosen: NDArray[np.bool_]) -> NoteList:
    ids = piece.ids or tuple(f"n{note}" for note in range(len(piece.notes)))
    kept = tuple(ids[note] for note in np.flatnonzero(chosen).tolist())
    return NoteList(piece.notes[chosen], piece.division, piece.parts, ids=kept)


def _path(score: ScoreMap, unfolded: NoteList | None) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Moments in the order of playing, and where each stands in the song."""
    if unfolded is None:
        ticks = [round(quarters * TICKS_PER_QUARTER) for quarters in score.quarters]
        return tuple(range(score.moments)), tuple(max(0, tick) for tick in ticks)
    moment_by_id = {name: score.moment_of[note] for note, name in enumerate(score.page.ids)}
    onsets = (unfolded.notes["onset"] * TICKS_PER_QUARTER // unfolded.division).tolist()
    path: list[int] = []
    ticks = []
    seen: set[int] = set()
    for name, tick in zip(unfolded.ids, onsets, strict=True):
        moment = moment_by_id.get(name, -1)
        if moment < 0:
            continue
        if path and (moment == path[-1] or (moment in seen and tick == ticks[-1])):
            continue
        seen = seen if path and tick == ticks[-1] else set()
        seen.add(moment)
        path.append(moment)
        ticks.append(tick)
    return _ordered(score, path, ticks)


def _ordered(score: ScoreMap, path: list[int], ticks: list[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Grace notes stand before the note that they lead to, whatever tick they were given."""
    rows = sorted(zip(ticks, (score.quarters[moment] for moment in path), path, strict=True))
    return tuple(moment for *_, moment in rows), tuple(tick for tick, *_ in rows)
