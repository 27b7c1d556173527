"""Wait mode goes on at the right notes in the right order, and at nothing else."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mos_appliance.tutor.practice.excerpt import excerpt_of
from mos_appliance.tutor.practice.waiting import Waiting
from mos_appliance.wire.records import Verdict
from tests.tutor.pieces import page
from tests.tutor.practice.orders import answered, hymn, moved, order_of, practice_of

MELODY = page([(0, 1, 60, 1), (1, 1, 62, 1), (2, 1, 62, 1), (3, 1, 64, 1)])
CHORDS = page([(0, 1, 48, 2), (0, 1, 52, 2), (0, 1, 55, 2), (1, 1, 60, 1)])


def waiting(score: object = MELODY, **wishes: object) -> Waiting:
    order = order_of(score, **wishes)  # type: ignore[arg-type]
    return Waiting(excerpt_of(order), order.chord_ms, order.bounce_ms, order.loop)


def verdicts(walk: Waiting, keys: list[tuple[int, float]]) -> list[Verdict]:
    return [answered(walk.struck(index, pitch, at))[0].verdict for index, (pitch, at) in enumerate(keys)]


def test_right_notes_in_the_right_order_lead_to_the_end() -> None:
    walk = waiting()
    assert verdicts(walk, [(60, 0), (62, 500), (62, 1000), (64, 1500)]) == [Verdict.RIGHT] * 4
    assert walk.done
    assert walk.place().end


def test_a_wrong_note_is_refused_and_the_right_one_goes_on() -> None:
    walk = waiting()
    assert verdicts(walk, [(61, 0), (60, 500)]) == [Verdict.WRONG, Verdict.RIGHT]
    assert walk.expected == {62}
    assert walk.refusals == {0: [61]}


def test_a_later_note_of_the_score_is_refused_now() -> None:
    walk = waiting()
    assert verdicts(walk, [(64, 0), (62, 300)]) == [Verdict.WRONG, Verdict.WRONG]
    assert walk.expected == {60}


def test_a_key_that_bounces_is_not_the_next_note() -> None:
    walk = waiting()
    assert verdicts(walk, [(60, 0), (62, 500), (62, 530)]) == [Verdict.RIGHT, Verdict.RIGHT, Verdict.EXTRA]
    assert walk.expected == {62}


@pytest.mark.parametrize("order", [(48, 52, 55), (55, 48, 52)])
def test_a_chord_within_the_window_goes_on_in_any_order(order: tuple[int, ...]) -> None:
    walk = waiting(CHORDS)
    assert verdicts(walk, [(pitch, 60.0 * place) for place, pitch in enumerate(order)]) == [Verdict.RIGHT] * 3
    assert walk.expected == {60}


def test_a_chord_that_falls_apart_has_to_be_struck_again() -> None:
    walk = waiting(CHORDS)
    assert verdicts(walk, [(48, 0), (52, 50), (55, 900)]) == [Verdict.RIGHT, Verdict.RIGHT, Verdict.APART]
    assert walk.expected == {48, 52}
    verdicts(walk, [(48, 2000), (52, 2020), (55, 2040)])
    assert walk.expected == {60}


def test_a_wrong_key_within_a_chord_does_not_undo_it() -> None:
    walk = waiting(CHORDS)
    found = verdicts(walk, [(48, 0), (53, 20), (52, 40), (55, 60)])
    assert found == [Verdict.RIGHT, Verdict.WRONG, Verdict.RIGHT, Verdict.RIGHT]
    assert walk.expected == {60}


def test_grace_notes_may_be_played_and_may_be_left_out() -> None:
    score = page([(0, 1, 60, 1), (1, 0, 63, 1), (1, 1, 64, 1), (2, 1, 65, 1)])
    score.notes["grace"][1] = True
    for keys in ([(60, 0), (64, 500)], [(60, 0), (63, 450), (64, 500)]):
        walk = waiting(score)
        assert set(verdicts(walk, [(pitch, float(at)) for pitch, at in keys])) == {Verdict.RIGHT}
        assert walk.expected == {65}


def test_a_loop_begins_again_at_its_first_bar() -> None:
    practice = practice_of(hymn(), hands=[0], from_bar=2, to_bar=2, loop=True)
    first = moved(practice.begin())[0].note
    for place, pitch in enumerate((67, 65, 64, 62)):
        answers = practice.struck(pitch, 70, 500.0 * place)
    assert moved(answers)[0].note == first
    assert not practice.is_over(1e6)


def test_repeats_are_walked_as_the_score_asks_for_them() -> None:
    once = page([(0, 1, 60, 1), (1, 1, 62, 1), (4, 1, 64, 1)])
    twice = page([(0, 1, 60, 1), (1, 1, 62, 1), (4, 1, 60, 1), (5, 1, 62, 1), (8, 1, 64, 1)])
    object.__setattr__(twice, "ids", ("n0", "n1", "n0", "n1", "n2"))
    walk = waiting(once, unfolded=twice)
    found = verdicts(walk, [(pitch, 500.0 * place) for place, pitch in enumerate((60, 62, 60, 62, 64))])
    assert found == [Verdict.RIGHT] * 5
    assert walk.done


def test_one_hand_alone_is_waited_for() -> None:
    practice = practice_of(hymn(), hands=[1])
    for place, pitch in enumerate((48, 52, 55)):
        practice.struck(pitch, 70, 20.0 * place)
    assert answered(practice.struck(64, 70, 500.0))[0].verdict is Verdict.WRONG
    assert practice.judged().told[0].evidence["expected"] == "F3 A3 C4"


@given(st.integers(0, 2**32))
def test_whatever_is_struck_the_walk_passes_its_notes_in_order(seed: int) -> None:
    """The notes answered as right, in order, are the score's own: nothing out of order ever counts."""
    random_ = random.Random(seed)
    walk = waiting(MELODY)
    right: list[int] = []
    for index in range(60):
        for answer in answered(walk.struck(index, random_.choice((59, 60, 61, 62, 64)), 400.0 * index)):
            if answer.verdict is Verdict.RIGHT:
                right.append(answer.note)
    assert right == list(range(len(right)))[: len(MELODY.notes)]


def by_ear(score: object) -> Waiting:
    order = order_of(score)  # type: ignore[arg-type]
    return Waiting(excerpt_of(order), order.chord_ms, order.bounce_ms, order.loop, by_ear=True)


def test_by_ear_what_is_heard_besides_is_no_refusal_and_never_goes_on() -> None:
    walk = by_ear(MELODY)
    assert verdicts(walk, [(72, 0), (64, 10), (60, 20), (62, 500)]) == [
        Verdict.EXTRA,
        Verdict.EXTRA,
        Verdict.RIGHT,
        Verdict.RIGHT,
    ]
    assert walk.expected == {62}
    assert walk.refusals == {}


def test_by_ear_one_note_of_a_chord_of_three_may_go_unheard_but_not_two() -> None:
    walk = by_ear(CHORDS)
    assert verdicts(walk, [(48, 0)]) == [Verdict.RIGHT]
    assert walk.expected == {52, 55}
    assert verdicts(walk, [(55, 30)]) == [Verdict.RIGHT]
    assert walk.expected == {60}
