"""One practice in its several forms: as the tutor is told, as pages hear it, as it is kept."""

from __future__ import annotations

from math import inf
from typing import Final

import msgspec

from mos_appliance.companion.practice_resources import PracticeWish
from mos_appliance.tutor.knowledge.offers import Offer
from mos_appliance.wire import live
from mos_appliance.wire.practice import Judged, Judgement, PracticeOrder, PracticeScore
from mos_appliance.wire.students import Attempted, Hands

LIVE_MARKS: Final = (
    (10, frozenset({"unsure", "right", "wrong", "early", "late", "extra", "apart", "missed"})),
    (25, frozenset({"wrong", "missed"})),
    (inf, frozenset[str]()),
)
"""Below so many lessons, which live marks are told: they fade, so that nobody depends on them."""


def practice_of(number: int, wish: PracticeWish, title: str, hands: list[int], hand_names: list[str]) -> live.Practice:
    """For the pages."""
    return live.Practice(
        "going",
        number,
        wish.piece,
        title,
        wish.mode,
        hands,
        hand_names,
        wish.from_bar,
        wish.to_bar,
        wish.loop,
        wish.tempo_percent,
        wish.ramp_percent,
        wish.marks,
        wish.listen,
    )


def order_of(number: int, wish: PracticeWish, score: PracticeScore, hands: list[int]) -> PracticeOrder:
    """For the tutor."""
    return PracticeOrder(
        number,
        wish.mode,
        score,
        hands,
        wish.from_bar,
        wish.to_bar,
        wish.loop,
        wish.tempo_percent,
        wish.ramp_percent,
        wish.marks,
        listen=wish.listen,
    )


def judgement_of(judged: Judged, take: str, practice: live.Practice) -> Judgement:
    """For the take."""
    return Judgement(
        take,
        practice.piece,
        practice.title,
        judged.mode,
        judged.is_this_piece,
        judged.notes,
        judged.right,
        judged.bars,
        judged.told,
        judged.marks,
        grade=judged.grade or None,
        features=judged.features,
    )


def full_attempt(attempt: Attempted, offer: Offer, practice: live.Practice) -> Attempted:
    """For the student's life: with what the piece asks for."""
    return msgspec.structs.replace(
        attempt,
        piece=offer.piece,
        title=offer.title,
        skills=offer.skills,
        level=offer.level,
        points=offer.points,
        hands=_hands_of(practice, offer.hands),
    )


def _hands_of(practice: live.Practice, usual: Hands) -> Hands:
    """Which hands played, as the students' records say it."""
    names = {practice.hand_names[hand] for hand in practice.hands}
    if names == {"left"}:
        return "left"
    return "right" if names == {"right"} else usual
