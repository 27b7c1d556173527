"""A score as the follower needs it: its moments in order, which keys each takes, and where its repeats lead."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.music.notes import NoteList

GRACE_QUARTERS: Final = 0.06
"""How long before its note a grace note is looked for."""
GRACE_WEIGHT: Final = 0.4
"""What leaving out a grace note counts, a plain note being 1."""
TRILL_WEIGHT: Final = 0.35
"""The same for a note of a trill that is written out: players take as many as they like."""
_TRILL_QUARTERS: Final = 0.2
"""Notes of a trill follow each other faster than that …"""
_TRILL_NOTES: Final = 5
"""… and are so many at least."""
MOST_HANDS: Final = 4


@dataclass(frozen=True, slots=True)
class ScoreMap:
    """A score on its page, repeats not written out. A moment is what is struck together; both count from 0.

    Shapes: `quarters`, `bars` one a moment; `moment_of`, `hand_of`, `pitch_of` one a note of `page`.
    """

    page: NoteList
    quarters: list[float]
    """Where each moment stands; grace notes a little before their note."""
    bars: list[int]
    """The bar of each moment, from 1."""
    bar_starts: list[int]
    """The first moment of each bar that has one, in order."""
    moment_of: list[int]
    hand_of: list[int]
    pitch_of: list[int]
    hands: int
    weight_of: list[float]
    """What leaving out each note counts."""
    weights: list[list[float]]
    """For each hand and moment: the weight of all its notes before that moment; one moment more than there are."""
    places: list[list[int]]
    """For each pitch: the moments that have it, ascending."""
    heads: list[list[int]]
    """For each pitch: the note at each of `places`; of notes in unison the first."""
    unisons: dict[int, tuple[int, ...]]
    """The other notes that the key of a note strikes too."""
    leaps: list[tuple[int, int]]
    """(last moment before, first moment after) of each repeat and jump that the score asks for, in order."""
    ways: dict[int, tuple[int, ...]]
    """For each moment with such a leap: the moment that comes next the first time, the second, and so on."""
    trill_of: list[bool]
    """Whether each note belongs to a trill that is written out."""
    quarter_ms: float
    """What the score says about its tempo; NaN when it says nothing."""

    @property
    def moments(self) -> int:
        """How many."""
        return len(self.quarters)

    def bar_start(self, moment: int) -> int:
        """The first moment of the moment's bar."""
        place = bisect_left(self.bar_starts, moment + 1) - 1
        return self.bar_starts[max(place, 0)]

    def starts_bar(self, moment: int) -> bool:
        """Whether it is the first of its bar, grace notes before it not counted."""
        start = self.bar_start(moment)
        return self.quarters[moment] - self.quarters[start] <= GRACE_QUARTERS


def map_score(page: NoteList, unfolded: NoteList | None = None) -> ScoreMap:
    """The map of a score; `unfolded`, the same with repeats written out, tells where they lead."""
    notes = page.notes
    place = _places_in_time(page)
    order = np.argsort(place, kind="stable")
    moment_of = np.zeros(len(notes), np.int64)
    new = np.concatenate(([0], (np.diff(place[order]) > 1e-9).astype(np.int64))) if len(notes) else np.zeros(0)
    moment_of[order] = np.cumsum(new)
    moments = int(moment_of.max()) + 1 if len(notes) else 0
    first = np.searchsorted(moment_of[order], np.arange(moments))
    hand_of, hands = _hands(page)
    pitch_of = notes["pitch"].tolist()
    places, heads, unisons = _keys(moment_of.tolist(), pitch_of)
    bars = notes["bar"][order][first].tolist()
    trill_of = _trills(page)
    weight = np.where(notes["grace"], GRACE_WEIGHT, np.where(trill_of, TRILL_WEIGHT, 1.0))
    weight[[other for others in unisons.values() for other in others]] = 0.0  # one key plays them all
    leaps, ways = _leaps(page, unfolded, moment_of.tolist()) if unfolded is not None else ([], {})
    return ScoreMap(
        page,
        place[order][first].tolist(),
        bars,
        [moment for moment, bar in enumerate(bars) if not moment or bars[moment - 1] != bar],
        moment_of.tolist(),
        hand_of.tolist(),
        pitch_of,
        hands,
        weight.tolist(),
        _weights(weight, moment_of, hand_of, (hands, moments)),
        places,
        heads,
        unisons,
        leaps,
        ways,
        trill_of.tolist(),
        _quarter_ms(page),
    )


def _places_in_time(page: NoteList) -> NDArray[np.float64]:
    """Where each note is looked for, in quarters; grace notes one after another before their note."""
    place = page.notes["onset"] / page.division
    grace = np.flatnonzero(page.notes["grace"])
    after: dict[tuple[int, int, int, int], int] = {}
    for note in grace[::-1].tolist():
        row = page.notes[note]
        key = int(row["onset"]), int(row["part"]), int(row["staff"]), int(row["voice"])
        after[key] = after.get(key, 0) + 1
        place[note] -= GRACE_QUARTERS * (1.0 - 0.5 ** after[key])
    return np.asarray(np.round(place, 9), np.float64)


def _hands(page: NoteList) -> tuple[NDArray[np.int64], int]:
    """The hand of each note: one a staff or part, by the order in which they stand in the score."""
    key = page.notes["part"].astype(np.int64) << 8 | page.notes["staff"]
    kinds, hand = np.unique(key, return_inverse=True)
    return np.minimum(hand, MOST_HANDS - 1).astype(np.int64), max(1, min(len(kinds), MOST_HANDS))


def _trills(page: NoteList) -> NDArray[np.bool_]:
    """Which notes go to and fro between two neighbouring keys, fast and long: a trill that is written out."""
    notes = page.notes
    found = np.zeros(len(notes), bool)
    voice = notes["part"].astype(np.int64) << 16 | notes["staff"].astype(np.int64) << 8 | notes["voice"]
    for each in np.unique(voice[~notes["grace"]]):
        line = np.flatnonzero((voice == each) & ~notes["grace"])
        line = line[np.argsort(notes["onset"][line], kind="stable")]
        pitch, onset = notes["pitch"][line].astype(np.int64), notes["onset"][line]
        step = np.diff(onset) / page.division
        near = (np.abs(np.diff(pitch)) <= 2) & (np.diff(pitch) != 0) & (step > 0) & (step < _TRILL_QUARTERS)
        back = np.concatenate(([False], near[1:] & near[:-1] & (pitch[2:] == pitch[:-2]), [False]))
        edges = np.flatnonzero(np.diff(np.concatenate(([0], back.astype(np.int8), [0]))))
        for begin, end in edges.reshape(-1, 2):  # notes begin - 1 … end + 1 of the line
            if end - begin + 2 >= _TRILL_NOTES:
                found[line[begin - 1 : end + 1]] = True
    return found


def _weights(
    weight: NDArray[np.float64], moment_of: NDArray[np.int64], hand_of: NDArray[np.int64], size: tuple[int, int]
) -> list[list[float]]:
    hands, moments = size
    table = np.zeros((hands, moments + 1))
    np.add.at(table, (hand_of, moment_of + 1), weight)
    return [row.tolist() for row in np.cumsum(table, axis=1)]


def _keys(
    moment_of: Sequence[int], pitch_of: Sequence[int]
) -> tuple[list[list[int]], list[list[int]], dict[int, tuple[int, ...]]]:
    """`places`, `heads` and `unisons` of a map."""
    found: list[dict[int, list[int]]] = [{} for _ in range(128)]
    for note, (moment, pitch) in enumerate(zip(moment_of, pitch_of, strict=True)):
        found[pitch].setdefault(moment, []).append(note)
    places = [sorted(by_moment) for by_moment in found]
    heads = [[by_moment[moment][0] for moment in row] for by_moment, row in zip(found, places, strict=True)]
    alike = (notes for by_moment in found for notes in by_moment.values() if len(notes) > 1)
    return places, heads, {notes[0]: tuple(notes[1:]) for notes in alike}


def _leaps(
    page: NoteList, unfolded: NoteList, moment_of: Sequence[int]
) -> tuple[list[tuple[int, int]], dict[int, tuple[int, ...]]]:
    """`leaps` and `ways`: where the notes, played in order, leave the order of the page."""
    moment_by_id = {name: moment_of[note] for note, name in enumerate(page.ids)}
    played = _without_doubles(moment_by_id.get(name, -1) for name in unfolded.ids)
    bar_of = {moment_of[note]: bar for note, bar in enumerate(page.notes["bar"].tolist())}
    found = set()
    for before, after in pairwise(played):
        backwards = after < before and bar_of[after] != bar_of[before]
        if backwards or (after > before + 1 and bar_of[after] > bar_of[before] + 1):
            found.add((before, after))
    ways: dict[int, tuple[int, ...]] = {source: () for source, _ in found}
    for before, after in pairwise(played):
        if before in ways:
            ways[before] += (after,)
    return sorted(found), ways


def _without_doubles(moments: Iterable[int]) -> list[int]:
    out: list[int] = []
    for moment in moments:
        if moment >= 0 and (not out or out[-1] != moment):
            out.append(moment)
    return out


def _quarter_ms(page: NoteList) -> float:
    """How long a quarter lasts by the score's own times."""
    notes = page.notes
    if len(notes) < 2 or bool(np.isnan(notes["onset_ms"]).any()):
        return float("nan")
    quarters = (int(notes["onset"][-1]) - int(notes["onset"][0])) / page.division
    length = float(notes["onset_ms"][-1] - notes["onset_ms"][0])
    return length / quarters if quarters > 0 and length > 0 else float("nan")
