"""Answers of simulated students as takes: bars with faults, from which the tutor has to find out what they mean.

A skill shows in the bars to which the piece points for it, else in two of its bars; where it went wrong, those bars get
the faults of its family. Fingers slip now and then in any bar, so that blame is never sure.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Final

import numpy as np

from mos_appliance.tutor.knowledge.lesson import Step
from mos_appliance.tutor.knowledge.offers import Offer
from mos_appliance.wire.students import Attempted, BarTally
from tests.tutor.knowledge.schooling import Answer

NOTES_A_BAR: Final = 8
SLIP: Final = 0.08
"""That a bar has one wrong note for no reason."""
_FEATURES: Final = {"rhythm": "rhythm", "touch": "articulation", "dynamics": "touch", "pedal": "pedal"}
_WORST: Final = {"rhythm": 0.11, "articulation": 0.45, "touch": 14.0, "pedal": 0.45, "balance": 20.0}


def taken(offer: Offer, step: Step, answers: Sequence[Answer], chance: np.random.Generator) -> Attempted:
    """The take in which those answers were given; of a step for a passage only its bars."""
    first, last = (step.bar, step.to_bar) if step.bar else (1, offer.bars)
    missed, waits = dict.fromkeys(range(first, last + 1), 0), dict.fromkeys(range(first, last + 1), 0)
    features = dict.fromkeys(("articulation", "balance", "pedal", "rhythm", "touch"), 0.0)
    for bar in missed:
        missed[bar] += int(chance.random() < SLIP)
    for answer in answers:
        if answer.right:
            continue
        family = answer.skill.partition(".")[0]
        name = "balance" if answer.skill == "touch.balance" else _FEATURES.get(family)
        if name:
            features[name] = _WORST[name]
        for bar in bars_of(offer, answer.skill):
            if bar in missed and name in (None, "rhythm"):
                waits[bar] += int(family in ("rhythm", "hands", "position", "form", "improvise", "hand"))
                missed[bar] += 0 if name else int(chance.integers(2, 5))
    tallies = tuple(
        BarTally(bar, NOTES_A_BAR, min(NOTES_A_BAR, missed[bar]), 0, waits[bar]) for bar in range(first, last + 1)
    )
    return Attempted(
        offer.piece, offer.title, offer.skills, offer.level, tallies, features, offer.points, seconds=60 * step.minutes
    )


def bars_of(offer: Offer, skill: str) -> list[int]:
    """The bars in which a skill shows."""
    pointed = [bar for point in offer.points if point.skill == skill for bar in range(point.bar, point.to_bar + 1)]
    if pointed:
        return pointed
    place = zlib.crc32(f"{offer.name} {skill}".encode()) % offer.bars
    return [1 + place, 1 + (place + 1) % offer.bars]
