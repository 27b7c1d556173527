"""The graph of skills, as it ships and as strangers might write it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mos_appliance.errors import BadInput
from mos_appliance.tutor.knowledge.skills import read_graph, unknown_in
from tests.tutor.knowledge.shelf import graph, offers

AREAS = [{"id": "keys", "title": "Keys"}]


def written(*rows: dict[str, Any], areas: list[dict[str, str]] | None = None) -> bytes:
    return json.dumps({"areas": AREAS if areas is None else areas, "skills": list(rows)}).encode()


def row(name: str, *needs: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "area": "keys", "title": name.title(), "needs": list(needs)} | more


def test_every_skill_of_the_shelf_is_in_the_graph_and_every_skill_of_the_graph_on_the_shelf() -> None:
    shelf = {skill for offer in offers() for skill in offer.skills}
    assert unknown_in(graph(), shelf) == []
    assert shelf == set(graph().skills)


def test_every_area_of_the_issue_has_skills() -> None:
    filled = {skill.area for skill in graph().skills.values()}
    assert filled == set(graph().areas)
    assert {"reading", "rhythm", "keys", "intervals", "chords", "coordination", "dynamics"} <= filled


def test_what_a_skill_needs_stands_before_it_and_is_first_shown_on_no_harder_a_piece() -> None:
    seen: set[str] = set()
    for skill in graph().skills.values():
        assert set(skill.needs) <= seen
        seen.add(skill.id)
    assert graph().depth["hands.counterpoint"] > graph().depth["hands.together"] > graph().depth["hand.left"] == 0
    assert graph().builds["hand.right"] > graph().builds["hands.together"] > 0


def test_skills_come_in_an_order_that_can_be_taught_whatever_order_they_are_written_in() -> None:
    found = read_graph(written(row("c", "b"), row("b", "a"), row("a")))
    assert list(found.skills) == ["a", "b", "c"]
    assert found.title("a") == "A"
    assert found.title("elsewhere") == "elsewhere"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (written(row("a", "b"), row("b", "c"), row("c", "a")), "a → b → c → a"),
        (written(row("a", "a")), "a → a"),
        (written(row("a", "b")), "needs 'b', which is not there"),
        (written(row("a"), row("a")), "stands there twice"),
        (written(row("a", "b", "b"), row("b")), "names a skill twice"),
        (written(row("A b")), "no name of letters"),
        (written(row("a", area="ballet")), "none of the areas"),
        (written(row("a", title="")), "no text of 1 to 200"),
        (written(row("a", needs="b")), "no list"),
        (written(), "no list of objects"),
        (b'{"areas": [], "skills": [1]}', "no list of objects"),
        (b"[]", "an object should begin"),
        (b" " * ((1 << 20) + 1), "KiB"),
        (written(*(row(f"s{number}") for number in range(2001))), "more than 2000"),
    ],
)
def test_a_graph_that_cannot_be_taught_is_refused_with_the_place(data: bytes, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        read_graph(data)


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=30))
def test_a_graph_is_read_exactly_when_it_has_no_circle(edges: list[tuple[int, int]]) -> None:
    needs: dict[int, set[int]] = {number: set() for number in range(12)}
    for above, below in edges:
        needs[above].add(below)
    left = dict(needs)
    while ready := [number for number, found in left.items() if not found & left.keys()]:
        for number in ready:
            del left[number]
    data = written(*(row(f"s{number}", *(f"s{need}" for need in found)) for number, found in needs.items()))
    if left:
        with pytest.raises(BadInput, match="needs itself"):
            read_graph(data)
    else:
        assert len(read_graph(data).skills) == 12
