"""Exercises show skills of the graph, and the right level is where something is still to be learned."""

from __future__ import annotations

from pathlib import Path

import pytest

from mos_appliance.tutor.exercises.melodies import LEVELS
from mos_appliance.tutor.exercises.skills import COMPOSED, exercise_offer, level_for
from mos_appliance.tutor.knowledge.skills import read_graph
from mos_appliance.tutor.knowledge.student import EXERCISE

GRAPH = read_graph((Path(__file__).parents[3] / "mos_appliance" / "shelf" / "skills.json").read_bytes())


@pytest.mark.parametrize("kind", COMPOSED)
def test_every_level_has_its_skills_in_the_graph(kind: str) -> None:
    assert len(COMPOSED[kind]) == LEVELS
    for level in range(LEVELS):
        offer = exercise_offer(kind, "title", "both", level=level)
        assert offer.piece == f"{EXERCISE}{kind}.{level}"
        assert set(offer.skills) <= GRAPH.skills.keys()
        assert len(set(offer.skills)) == len(offer.skills)


@pytest.mark.parametrize("kind", COMPOSED)
def test_somebody_new_begins_at_the_easiest_and_who_can_all_gets_the_hardest(kind: str) -> None:
    assert level_for(kind, {}) == (0, COMPOSED[kind][0])
    assert level_for(kind, dict.fromkeys(GRAPH.skills, 0.9)) == (LEVELS - 1, ())


def test_the_level_is_the_first_that_has_something_to_be_learned() -> None:
    known = dict.fromkeys(("interval.step", "reading.treble", "rhythm.long-short", "rhythm.eighths"), 0.8)
    assert level_for("sight-reading", known) == (1, ("interval.skip",))
    assert level_for("sight-reading", known | {"interval.skip": 0.7}) == (3, COMPOSED["sight-reading"][3])
    assert level_for("sight-reading", known | {"interval.skip": 0.3}) == (1, ("interval.skip",))


@pytest.mark.parametrize("kind", ["scale", "broken-chord", "cadence"])
def test_what_is_played_in_a_key_shows_skills_of_the_graph_too(kind: str) -> None:
    for key, minor in (("C", False), ("A", True), ("F#", False)):
        offer = exercise_offer(kind, "title", "both", key=key, minor=minor)
        assert set(offer.skills) <= GRAPH.skills.keys()
    assert "scale.a-minor" in exercise_offer("scale", "title", "right", key="A", minor=True).skills
    assert "hands.together" not in exercise_offer("scale", "title", "right").skills
