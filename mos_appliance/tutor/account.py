"""What became of a take: which notes were played, left out and added, and where the student was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mos_appliance.tutor.follower import Decision
from mos_appliance.tutor.hypothesis import NO_NOTE
from mos_appliance.tutor.passes import Passes
from mos_appliance.tutor.score_map import ScoreMap


class Match(NamedTuple):
    """A note of the page that was played. `times`: the how-manieth pass through its place, from 1."""

    note: int
    run: int
    times: int
    struck: int
    """Of the note played."""


class Missed(NamedTuple):
    """A note of the page that was not played when its place was; `run` -1 when its place never was."""

    note: int
    run: int
    times: int
    unison: bool
    """The key was struck, for another note of the same pitch."""


@dataclass(frozen=True, slots=True)
class Account:
    """A take told note by note."""

    matches: tuple[Match, ...]
    missed: tuple[Missed, ...]
    extra: tuple[int, ...]
    lost: tuple[tuple[int, int], ...]
    """First and last note played of each stretch in which the place was not known."""
    passes: Passes


def account_of(score: ScoreMap, decisions: Sequence[Decision]) -> Account:
    """The account of a take that was followed to its end."""
    passes = Passes(score)
    matches: list[Match] = []
    extra: list[int] = []
    for decision in decisions:
        if decision.note == NO_NOTE:
            extra.append(decision.struck)
        else:
            times = passes.through(decision.note, decision.run)
            matches.append(Match(decision.note, decision.run, times, decision.struck))
    missed = _missed(score, passes, matches)
    return Account(tuple(matches), tuple(missed), tuple(extra), _lost(decisions), passes)


def _lost(decisions: Sequence[Decision]) -> tuple[tuple[int, int], ...]:
    stretches: list[tuple[int, int]] = []
    for decision in decisions:
        if decision.lost and stretches and stretches[-1][1] == decision.struck - 1:
            stretches[-1] = stretches[-1][0], decision.struck
        elif decision.lost:
            stretches.append((decision.struck, decision.struck))
    return tuple(stretches)


def _missed(score: ScoreMap, passes: Passes, matches: Sequence[Match]) -> list[Missed]:
    """Notes left out, in the order of the page and of passes."""
    notes_at: list[list[int]] = [[] for _ in range(score.moments)]
    for note, moment in enumerate(score.moment_of):
        notes_at[moment].append(note)
    played = {(match.note, match.run) for match in matches}
    head = {other: first for first, others in score.unisons.items() for other in others}
    found = []
    for moment, run, times in passes.visits:
        for note in notes_at[moment]:
            if (note, run) not in played:
                found.append(Missed(note, run, times, (head.get(note, -1), run) in played))
    spared = _spared(score, passes)
    for moment, times in enumerate(passes.times):
        if not times and moment not in spared:
            found += [Missed(note, -1, 1, False) for note in notes_at[moment]]
    return sorted(found, key=lambda missed: (score.moment_of[missed.note], missed.times, missed.note))


def _spared(score: ScoreMap, passes: Passes) -> set[int]:
    """Moments that the score itself leaves out when repeats are not taken: first endings, for one."""
    spared: set[int] = set()
    for source, target in score.leaps:
        if target > source and passes.times[source] and passes.times[target]:
            spared.update(range(source + 1, target))
    return spared
