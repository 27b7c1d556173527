"""A whole take against a score: followed as in live play, or with hindsight, then accounted for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mos_appliance.tutor.account import Account, account_of
from mos_appliance.tutor.follower import Decision, Follower
from mos_appliance.tutor.hypothesis import NO_NOTE
from mos_appliance.tutor.performance import Performance
from mos_appliance.tutor.refining import refined
from mos_appliance.tutor.score_map import ScoreMap
from mos_appliance.tutor.settings import FollowerSettings, with_hindsight

SOLID_RUN: Final = 6
"""Matches in a row of place that chance does not bring about."""
LEAST_SOLID: Final = 0.5
"""Share of the notes that must belong to the piece for it to be the piece."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was heard of a piece in a take."""

    is_this_piece: bool
    account: Account


def assess(
    score: ScoreMap, take: Performance, offline: bool = False, settings: FollowerSettings | None = None
) -> Assessment:
    """Follow a take note by note; `offline` looks ahead without limit."""
    settings = settings or FollowerSettings()
    follower = Follower(score, with_hindsight(settings) if offline else settings)
    decisions: list[Decision] = []
    for pitch, velocity, at in zip(take.pitch.tolist(), take.velocity.tolist(), take.onset_ms.tolist(), strict=True):
        decisions += follower.played(pitch, velocity, at)
    decisions += follower.ended()
    if offline:
        decisions = refined(score, take, follower, decisions)
    if not is_piece(score, decisions):
        decisions = [Decision(index, NO_NOTE, 0, 0, 0.0, True) for index in range(len(take))]
        return Assessment(False, account_of(score, decisions))
    return Assessment(True, account_of(score, decisions))


def is_piece(score: ScoreMap, decisions: list[Decision]) -> bool:
    """Whether enough of the notes belong to runs through the score that are longer than chance makes them."""
    runs: dict[int, int] = {}
    for decision in decisions:
        if decision.note != NO_NOTE:
            runs[decision.run] = runs.get(decision.run, 0) + 1
    least = min(SOLID_RUN, max(1, len(score.pitch_of) // 2))
    solid = sum(count for count in runs.values() if count >= least)
    return bool(decisions) and solid >= LEAST_SOLID * len(decisions)
