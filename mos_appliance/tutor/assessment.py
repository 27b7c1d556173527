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
SURELY_SOLID: Final = 0.75
"""With that share it is; below, a long score may have given them by chance: then …"""
LEAST_PLAYED: Final = 0.6
"""… a hand must have played so much of what stands there."""


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
    """Whether enough of the notes belong to runs through the score that are longer than chance makes them, and, when
    that is in doubt, whether in those a hand plays most of what stands there."""
    runs: dict[int, list[int]] = {}
    for decision in decisions:
        if decision.note != NO_NOTE:
            runs.setdefault(decision.run, []).append(decision.note)
    least = min(SOLID_RUN, max(1, len(score.pitch_of) // 2))
    solid = [notes for notes in runs.values() if len(notes) >= least]
    share = sum(map(len, solid)) / max(1, len(decisions))
    if share < LEAST_SOLID or share >= SURELY_SOLID:
        return share >= SURELY_SOLID
    played, due = [0] * score.hands, [0.0] * score.hands
    for notes in solid:
        moments = [score.moment_of[note] for note in notes]
        for note in notes:
            played[score.hand_of[note]] += 1
        for hand, weights in enumerate(score.weights):
            due[hand] += weights[max(moments) + 1] - weights[min(moments)]
    return any(count >= LEAST_PLAYED * wanted for count, wanted in zip(played, due, strict=True) if count)
