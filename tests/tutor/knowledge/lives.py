"""Events of lives, for tests of the state."""

from __future__ import annotations

from collections.abc import Sequence

from drivers.review_schedule import ReviewSchedule
from mos_appliance.tutor.knowledge.offers import Offer
from mos_appliance.tutor.knowledge.student import Student, fold
from mos_appliance.wire.students import Attempted, BarTally, Body, Envelope, enclose
from tests.tutor.knowledge.shelf import graph, offers

BOX = 7
DAY = 20_500
GRAPH = graph()
SHELF = sorted(offers(), key=lambda offer: (offer.level, offer.name))
BY_NAME = {offer.name: offer for offer in SHELF}
LEVELS = {skill: min(offer.level for offer in SHELF if skill in offer.skills) for skill in GRAPH.skills}


def took(offer: Offer, right: float, bars: int = 4, **more: object) -> Attempted:
    """A take of a piece in which so much of each bar's notes was right."""
    missed = round(8 * (1.0 - right) / 3.0)
    tallies = tuple(BarTally(bar, 8, missed, 0, 1 if right < 0.5 else 0) for bar in range(1, bars + 1))
    features = {"rhythm": 0.12 * (1.0 - right), "articulation": 0.0, "touch": 16.0 * (1.0 - right), "balance": 0.0}
    return Attempted(
        offer.piece,
        offer.title,
        offer.skills,
        offer.level,
        tallies,
        features,
        offer.points,
        **more,  # type: ignore[arg-type]
    )


def life(bodies: Sequence[tuple[int | None, Body]], origin: int = BOX) -> list[Envelope]:
    return [enclose(origin, number, number, day, body) for number, (day, body) in enumerate(bodies, 1)]


def folded(events: Sequence[Envelope]) -> Student:
    return fold(events, GRAPH, ReviewSchedule(), LEVELS)
