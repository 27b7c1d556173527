from __future__ import annotations

import pytest

from mos_appliance.errors import BadInput
from mos_appliance.library.piece import Facts, facets_of
from mos_appliance.library.query import parse


def test_the_last_word_is_a_beginning_until_a_space_follows() -> None:
    query = parse("bach min")
    assert query.words == ("bach", "min")
    assert query.expression(prefix=True) == '"bach" AND "min" *'
    assert parse("bach min").open_end
    assert not parse("bach min ").open_end


@pytest.mark.parametrize(
    ("typed", "facts"),
    [
        ("key:Dm", Facts(key="D minor")),
        ("key:f#", Facts(key="F# major")),
        ('key:"F# minor"', Facts(key="F# minor")),
        ("key:Bb", Facts(key="Bb major")),
        ("metre:6/8", Facts(metre="6/8")),
        ("language:pt", Facts(language="pt-BR")),
        ("hands:1", Facts(hands=1)),
        ("skill:legato", Facts(skills=("legato",))),
        ("reading:no", Facts(reading=False)),
    ],
)
def test_what_is_asked_for_by_name_is_a_word_of_the_index(typed: str, facts: Facts) -> None:
    ((word,),) = parse(typed).facets
    assert word in set(facets_of(facts))


def test_a_range_of_levels_is_any_of_them() -> None:
    ((*found,),) = parse("level:2-4").facets
    assert found == [word for level in (2, 3, 4) for word in facets_of(Facts(difficulty=level)) if "d" in word]


@pytest.mark.parametrize("typed", ["level:11", "level:x", "level:3-12", "x" * 201])
def test_what_cannot_be_is_refused(typed: str) -> None:
    with pytest.raises(BadInput, match="query"):
        parse(typed)


def test_a_name_that_is_none_is_a_word() -> None:
    assert parse("opus:3").words == ("opus", "3")


@pytest.mark.parametrize("typed", ['"', "'", '") OR ("', "*", "NEAR(a b)", "a AND", "-x", "(", "\0", "word:x"])
def test_nothing_typed_is_a_command_to_the_index(typed: str) -> None:
    assert all(char not in word for word in parse(typed).words for char in "\"*()\0 ':")


def test_common_words_are_not_asked_for_where_others_are_enough() -> None:
    common = {"in": 0.2, "major": 0.1, "sonata": 0.05}
    assert parse("Impromptu in Eb major").expression(prefix=True, common=common) == '"impromptu" AND "eb"'
    assert parse("sonata in major").expression(prefix=False, common=common) == '"sonata" AND "major"'
