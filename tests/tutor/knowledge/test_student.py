"""The state as a fold over events: deterministic, whatever way they came, with and without a date."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from mos_appliance.tutor.knowledge.student import Student
from mos_appliance.tutor.knowledge.tracing import MASTERED
from mos_appliance.wire.students import Attempted, Body, Envelope, Equipped, LessonGiven, Named, StepSkipped
from tests.tutor.knowledge.lives import BOX, BY_NAME, DAY, GRAPH, SHELF, folded, life, took

ODE = BY_NAME["ode-to-joy"]
BELLS = BY_NAME["black-key-bells"]


def looks(student: Student) -> object:
    """All that is in a state."""
    return (
        student.nickname, student.equipped, student.day, student.sitting, student.lessons, student.form,
        sorted((name, state.belief, state.memory, state.attempts) for name, state in student.skills.items()),
        sorted((name, piece.attempts, piece.best, piece.last) for name, piece in student.pieces.items()),
        sorted(student.passages.items()), sorted(student.ready_since.items()), student.unread,
    )  # fmt: skip


bodies = st.one_of(
    st.builds(Named, st.sampled_from(["A", "B"])),
    st.builds(Equipped, minutes=st.integers(5, 15), reading=st.booleans()),
    st.just(LessonGiven((("new", ODE.piece),))),
    st.builds(StepSkipped, st.sampled_from([ODE.piece, BELLS.piece])),
    st.builds(took, st.sampled_from(SHELF[:12]), st.floats(0, 1)),
)
days = st.one_of(st.none(), st.integers(DAY, DAY + 40))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(days, bodies), max_size=12), st.randoms())
def test_the_same_events_give_the_same_state_in_whatever_order_and_however_often_they_come(
    happened: list[tuple[int | None, Body]], chance: object
) -> None:
    events = life(happened)
    shuffled = [*events, *events[::2]]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert looks(folded(shuffled)) == looks(folded(events))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(days, bodies), min_size=1, max_size=10), st.integers(0, 9))
def test_going_on_from_a_state_is_the_same_as_folding_anew(happened: list[tuple[int | None, Body]], cut: int) -> None:
    events = life(happened)
    student = folded(events[:cut])
    for event in events[cut:]:
        student.take_in(event)
    assert looks(student) == looks(folded(events))


def test_lives_on_two_boxes_come_together_to_one_state_on_both() -> None:
    here = life([(DAY, took(BELLS, 1.0)), (DAY + 2, took(ODE, 0.4))], origin=1)
    there = life([(DAY + 1, took(ODE, 0.9)), (DAY + 3, Named("Mo"))], origin=2)
    assert looks(folded(here + there)) == looks(folded(there + here))
    assert folded(here + there).pieces[ODE.piece].attempts == 2


def test_practice_that_goes_well_makes_sure_and_practice_that_does_not_makes_less_so() -> None:
    well = folded(life([(DAY + number // 3, took(BELLS, 1.0)) for number in range(12)]))
    badly = folded(life([(DAY + number // 3, took(BELLS, 0.0)) for number in range(12)]))
    for skill in BELLS.skills:
        assert well.belief(skill).firm > MASTERED
        assert badly.mastery(skill) < well.mastery(skill) - 0.3
        assert well.skills[skill].mastered_in
        assert not badly.skills[skill].mastered_in


def test_twelve_times_on_one_day_make_less_sure_than_twelve_days() -> None:
    at_once = folded(life([(DAY, took(BELLS, 1.0)) for _ in range(12)]))
    spread = folded(life([(DAY + day, took(BELLS, 1.0)) for day in range(12)]))
    for skill in BELLS.skills:
        assert at_once.belief(skill).firm < spread.belief(skill).firm
        assert at_once.skills[skill].memory.strength.interval < spread.skills[skill].memory.strength.interval


def test_what_is_not_played_fades_but_only_by_days_that_are_known() -> None:
    known = life([(DAY + number, took(BELLS, 1.0)) for number in range(4)])
    undated = life([(None, took(BELLS, 1.0)) for _ in range(4)])
    for events, fades in ((known, True), (undated, False)):
        student = folded(events)
        before = student.mastery("keys.black")
        after = student.mastery("keys.black", DAY + 365)
        assert (after < before - 0.02) is fades
        assert fades or after == before


def test_a_board_that_did_not_know_the_date_loses_nothing_and_fails_nobody() -> None:
    takes = [took(BELLS, 1.0), took(ODE, 0.6), took(ODE, 0.8)]
    dated = folded(life([(DAY, take) for take in takes]))
    undated = folded(life([(None, take) for take in takes]))
    assert {name: state.belief for name, state in dated.skills.items()} == {
        name: state.belief for name, state in undated.skills.items()
    }
    late = folded(life([*((None, take) for take in takes), (DAY + 400, Named("Mo"))]))
    assert late.mastery("keys.black", DAY + 400) == undated.mastery("keys.black")


def test_a_date_that_runs_backwards_changes_no_day() -> None:
    student = folded(life([(DAY, took(BELLS, 1.0)), (DAY - 300, took(BELLS, 1.0)), (DAY, took(BELLS, 1.0))]))
    assert student.day == DAY
    assert student.sitting == 1


def test_events_of_a_later_version_and_damaged_ones_are_counted_and_skipped() -> None:
    events = life([(DAY, took(BELLS, 1.0))])
    later = Envelope(BOX, 2, 2, DAY, "composed", msgspec.Raw(msgspec.msgpack.encode([1, {"a": 2}])))
    damaged = Envelope(BOX, 3, 3, DAY, "attempted", msgspec.Raw(msgspec.msgpack.encode(["only a piece"])))
    longer = Envelope(BOX, 4, 4, DAY, "named", msgspec.Raw(msgspec.msgpack.encode(["Mo", "a member of tomorrow"])))
    student = folded([*events, later, damaged, longer])
    assert student.unread == 2
    assert student.nickname == "Mo"
    assert student.skills.keys() == set(BELLS.skills)


def test_a_bar_that_goes_wrong_is_remembered_until_it_is_firm() -> None:
    bad = took(ODE, 1.0)
    bad = msgspec.structs.replace(bad, bars=(*bad.bars[:2], msgspec.structs.replace(bad.bars[2], missed=4)))
    events = life([(DAY, bad)])
    assert list(folded(events).passages) == [(ODE.piece, 3)]
    mended = life([(DAY, bad), *((DAY + 4 * number * number, took(ODE, 1.0)) for number in range(1, 8))])
    assert folded(mended).passages == {}


def test_more_of_what_a_skill_builds_on_makes_it_likelier_at_the_first_meeting() -> None:
    fresh = folded([])
    taught = folded(life([(DAY + number, took(BY_NAME["five-steps-right"], 1.0)) for number in range(8)]))
    assert taught.ready("interval.skip")
    assert not fresh.ready("interval.skip")
    assert taught.foreseen("interval.skip", 0.4) > fresh.foreseen("interval.skip", 0.4)


def test_what_a_skill_needs_and_nobody_offers_does_not_hold_it_up() -> None:
    assert not folded([]).ready("reading.accidentals")
    assert folded([]).ready("reading.accidentals", {"reading.accidentals"})
    assert set(GRAPH.skills["reading.accidentals"].needs)


def test_states_are_small_whatever_is_played() -> None:
    def take(number: int) -> Attempted:
        return msgspec.structs.replace(took(ODE, 0.0, bars=8), piece=f"piece-{number}")

    student = folded(life([(None, take(number)) for number in range(120)]))
    assert len(student.passages) <= 400
