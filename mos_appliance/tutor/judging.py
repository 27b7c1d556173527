"""Judges a take: what may be told about it, the most useful first, and a grade for the teacher.

Only what is surely so is told (`SURE`), each with what it rests on; docs/tutor.md gives features, weights and why.
"""

from __future__ import annotations

from dataclasses import dataclass

from mos_appliance.tutor.assessment import Assessment
from mos_appliance.tutor.faults import Faults, find_faults
from mos_appliance.tutor.grading import features_of, grade_of
from mos_appliance.tutor.performance import Performance
from mos_appliance.tutor.score_map import ScoreMap
from mos_appliance.tutor.statements import SURE, Statement
from mos_appliance.tutor.telling import statements_of
from mos_appliance.tutor.timing import Timing

WORST, BEST = 1.0, 5.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on a take. `features`: what the grade was made from, by name."""

    grade: float
    features: dict[str, float]
    statements: tuple[Statement, ...]
    faults: Faults | None


def judge(score: ScoreMap, take: Performance, assessment: Assessment, timing: Timing) -> Judgement:
    """The judgement on a take whose account and timing are known."""
    if not len(take):
        return Judgement(WORST, {}, (Statement("take", "nothing_played", 0, 1.0, 1.0),), None)
    if not assessment.is_this_piece:
        return Judgement(WORST, {}, (Statement("take", "not_this_piece", 0, SURE, 1.0),), None)
    faults = find_faults(score, take, assessment.account, timing)
    features = features_of(score, take, assessment.account, timing, faults)
    told = [told for told in statements_of(score, take, faults, features) if told.confidence >= SURE]
    told.sort(key=lambda one: (-one.weight, one.bar, one.message))
    return Judgement(grade_of(features), features, tuple(told), faults)
