"""A judged take as an event of the student's life: what became of each bar, and what the piece asks for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from mos_appliance.tutor.assessment import Assessment
from mos_appliance.tutor.faults import Faults
from mos_appliance.tutor.judging import Judgement
from mos_appliance.tutor.knowledge.offers import Offer
from mos_appliance.tutor.performance import Performance
from mos_appliance.tutor.score_map import ScoreMap
from mos_appliance.tutor.settings import KeyboardFacts
from mos_appliance.wire.students import Attempted, BarTally, Hands

MAX_BARS: Final = 2000
_CLOSE_QUARTERS: Final = 0.1
LEAST_NOTES: Final = 3
"""Fewer notes of the score say nothing about anybody."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a take was practised. `tempo`: share of the piece's own, 0 unknown."""

    mode: str = "flow"
    hands: Hands = "both"
    tempo: float = 1.0


def attempt_of(
    offer: Offer,
    score: ScoreMap,
    take: Performance,
    assessment: Assessment,
    judgement: Judgement,
    manner: Manner | None = None,
    keyboard: KeyboardFacts | None = None,
) -> Attempted | None:
    """What is kept of a judged take; None when it was not that piece, or hardly anything of it.

    `assessment` and `judgement` are those of `assess` and `judge` for the same score and take.
    """
    faults = judgement.faults
    if not assessment.is_this_piece or faults is None or len(assessment.account.matches) < LEAST_NOTES:
        return None
    manner = manner or Manner()
    return Attempted(
        piece=offer.piece,
        title=offer.title,
        skills=offer.skills,
        level=offer.level,
        bars=_tallies(score, take, assessment, faults),
        features=judgement.features,
        points=offer.points,
        tempo=round(max(0.0, min(10.0, manner.tempo)), 3),
        hands=manner.hands,
        mode=manner.mode,
        velocity=take.has_velocity and (keyboard is None or keyboard.velocity),
        seconds=round(float(take.onset_ms[-1] - take.onset_ms[0]) / 1000.0, 1),
        grade=judgement.grade,
    )


def _tallies(score: ScoreMap, take: Performance, assessment: Assessment, faults: Faults) -> tuple[BarTally, ...]:
    """The bars that were played, in order, with their faults."""
    due: dict[int, int] = {}
    missed: dict[int, int] = {}
    places: list[tuple[float, float]] = []
    for match in assessment.account.matches:
        moment = score.moment_of[match.note]
        due[score.bars[moment]] = due.get(score.bars[moment], 0) + 1
        places.append((float(take.onset_ms[match.struck]), score.quarters[moment]))
    for row in faults.left_out:
        bar = score.bars[score.moment_of[row.note]]
        due[bar] = due.get(bar, 0) + 1
        missed[bar] = missed.get(bar, 0) + 1
    places.sort()
    extra = _counted(_bar_at(score, places, float(take.onset_ms[index])) for index in faults.strays)
    waits = _counted(score.bars[wait.moment] for wait in faults.waits)
    restarts = _counted(score.bars[restart.source] for restart in faults.restarts)
    return tuple(
        BarTally(bar, due[bar], missed.get(bar, 0), extra.get(bar, 0), waits.get(bar, 0), restarts.get(bar, 0))
        for bar in sorted(due)
        if bar > 0
    )[:MAX_BARS]


def _bar_at(score: ScoreMap, places: Sequence[tuple[float, float]], at_ms: float) -> int:
    """The bar in which the student was then, by the notes of the score before and after; `places`: (ms, quarters)."""
    after = bisect_right(places, (at_ms, float("inf")))
    before, behind = places[max(0, after - 1)], places[min(after, len(places) - 1)]
    quarters = before[1]
    if behind[1] > before[1] and behind[0] > before[0]:  # else the student went back in between
        quarters += (behind[1] - before[1]) * (at_ms - before[0]) / (behind[0] - before[0])
    moment = bisect_right(score.quarters, quarters + _CLOSE_QUARTERS) - 1
    return score.bars[max(0, moment)]


def _counted(bars: Iterable[int]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for bar in bars:
        counts[bar] = counts.get(bar, 0) + 1
    return counts
