from __future__ import annotations

from fractions import Fraction

import pytest

from mos_appliance.errors import BadInput
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.build import event, grace, quantity, rest, space, tuplet
from mos_appliance.music.mnx.document import errors_of
from mos_appliance.music.mnx.extensions import set_own
from mos_appliance.music.mnx.notes import score_notes
from mos_appliance.music.notes import rows_of
from tests.music.mnx.scores import QUARTER, quarter, scale_bar, score, tone

EIGHTH = QUARTER / 2


def listed(tree: Json, *members: str, unfold: bool = False) -> list[tuple[object, ...]]:
    assert errors_of(tree) == ()
    return [tuple(row[member] for member in members) for row in rows_of(score_notes(tree, unfold))]


def test_notes_lie_one_after_another_with_exact_times() -> None:
    third = tuplet(
        quantity(3, EIGHTH), quantity(2, EIGHTH), [event(EIGHTH, [tone(name)]) for name in ("D4", "E4", "F4")]
    )
    tree = score([quarter("C4"), third, rest(QUARTER), space(EIGHTH), event(EIGHTH, [tone("G4"), tone("B4")])])
    assert listed(tree, "pitch", "onset_quarters", "duration_quarters") == [
        (60, "0/1", "1/1"),
        (62, "1/1", "1/3"),
        (64, "4/3", "1/3"),
        (65, "5/3", "1/3"),
        (67, "7/2", "1/2"),
        (71, "7/2", "1/2"),
    ]


def test_tuplets_in_tuplets_multiply() -> None:
    inner = tuplet(quantity(5, EIGHTH), quantity(4, EIGHTH), [event(EIGHTH, [tone("C4")]) for _ in range(5)])
    outer = tuplet(quantity(3, QUARTER), quantity(2, QUARTER), [inner, quarter("D4")])
    rows = listed(score([outer, quarter("E4")]), "onset_quarters", "duration_quarters")
    assert rows[1] == ("4/15", "4/15")
    assert rows[5:] == [("4/3", "2/3"), ("2/1", "1/1")]


def test_tied_heads_are_one_note_over_the_barline() -> None:
    tied = event(QUARTER, [tone("C4", id="a", ties=[{"target": "b"}])])
    tree = score([*scale_bar("E4", "E4", "E4"), tied], [event(QUARTER, [tone("C4", id="b")]), quarter("D4")])
    assert listed(tree, "id", "bar", "onset_quarters", "duration_quarters")[3:] == [
        ("a", 1, "3/1", "2/1"),
        ("n3", 2, "5/1", "1/1"),
    ]


def test_a_tie_to_another_pitch_ties_nothing() -> None:
    tree = score([event(QUARTER, [tone("C4", ties=[{"target": "b"}])]), event(QUARTER, [tone("D4", id="b")])])
    assert listed(tree, "duration_quarters") == [("1/1",), ("1/1",)]


def test_grace_notes_come_before_their_note_in_their_own_order() -> None:
    tree = score([grace([quarter("E4"), quarter("D4")]), quarter("C4")])
    assert listed(tree, "pitch", "grace", "onset_quarters", "duration_quarters") == [
        (64, True, "0/1", "0/1"),
        (62, True, "0/1", "0/1"),
        (60, False, "0/1", "1/1"),
    ]


def test_staff_and_voice_are_those_of_the_note() -> None:
    crossed = event(QUARTER, [tone("C4", staff=2)])
    tree = score([crossed, quarter("D4", staff=2), quarter("E4")], staves=2)
    tree["parts"][0]["measures"][0]["sequences"].append({"voice": "5", "staff": 2, "content": [quarter("C3")]})
    assert listed(tree, "pitch", "staff", "voice") == [(48, 2, 5), (60, 2, 1), (62, 2, 1), (64, 1, 1)]


def test_a_pick_up_is_as_short_as_what_stands_in_it_and_an_empty_bar_as_long_as_its_metre() -> None:
    tree = score([quarter("G3")], [], [quarter("C4")], measures=[{"time": {"count": 3, "unit": 4}}, {}, {}])
    assert listed(tree, "bar", "onset_quarters") == [(1, "0/1"), (3, "4/1")]


def test_a_bar_may_say_how_long_it_is() -> None:
    tree = score([quarter("C4")], [quarter("D4")])
    set_own(tree["global"]["measures"][0], "length", [7, 8])
    assert listed(tree, "onset_quarters") == [("0/1",), ("7/2",)]


def test_repeats_and_endings_are_written_out_with_their_passes() -> None:
    measures: list[Json] = [
        {"repeatStart": {}},
        {"ending": {"duration": 1, "numbers": [1]}, "repeatEnd": {}},
        {"ending": {"duration": 1, "numbers": [2]}},
        {},
    ]
    tree = score(*([quarter(name)] for name in ("C4", "D4", "E4", "F4")), measures=measures)
    rows = listed(tree, "id", "bar", "onset_quarters", "pass", unfold=True)
    assert [row[:2] for row in rows] == [("n0", 1), ("n1", 2), ("n0", 1), ("n2", 3), ("n3", 4)]
    assert [row[2] for row in rows] == ["0/1", "1/1", "2/1", "3/1", "4/1"]
    assert [row[3] for row in rows] == [1, 1, 2, 1, 1]


def order(*measures: Json) -> list[int]:
    """The bars in playing order, from 1."""
    tree = score(*([quarter("C4")] for _ in measures), measures=list(measures))
    return [row[0] for row in listed(tree, "bar", unfold=True)]  # type: ignore[misc]


START = {"location": {"fraction": [0, 1]}}
END = {"location": {"fraction": [1, 4]}}


def ours(**members: object) -> Json:
    return {"_x": {"org.mos": members}}


def test_a_repeat_without_beginning_goes_back_to_the_start_or_to_the_last_repeat() -> None:
    assert order({}, {"repeatEnd": {}}, {}, {"repeatEnd": {"times": 3}}) == [1, 2, 1, 2, 3, 4, 3, 4, 3, 4]


def test_a_repeat_that_begins_right_after_an_ending_ends() -> None:
    bars: list[Json] = [
        {"ending": {"duration": 1, "numbers": [1]}, "repeatEnd": {}},
        {"ending": {"duration": 1, "numbers": [2]}},
        {"repeatStart": {}},
        {"repeatEnd": {}},
    ]
    assert order({}, *bars) == [1, 2, 1, 3, 4, 5, 4, 5]


def test_dal_segno_al_fine_leaves_out_repeats() -> None:
    jump = {"type": "dsalfine", **END}
    bars = order({}, {"segno": START}, {"repeatStart": {}, "repeatEnd": {}}, {"fine": END}, {"jump": jump})
    assert bars == [1, 2, 3, 3, 4, 5, 2, 3, 4]


def test_da_capo_al_coda_skips_to_the_coda() -> None:
    jump = {"type": "dcalcoda", **END}
    assert order({}, ours(toCoda=END), ours(jump=jump), ours(coda=START)) == [1, 2, 3, 1, 2, 4]


@pytest.mark.parametrize("jump", [1, [1], {"type": "somewhere"}, {"type": "dacapo", "location": 3}])
def test_a_jump_of_ours_that_is_none_is_refused(jump: object) -> None:
    with pytest.raises(BadInput, match=r"has a jump of type|has a location that is none"):
        order(ours(jump=jump))


def test_after_a_jump_the_last_ending_is_played() -> None:
    bars = order(
        {},
        {"ending": {"duration": 1, "numbers": [1]}, "repeatEnd": {}},
        {"ending": {"duration": 1, "numbers": [2]}},
        ours(jump={"type": "dacapo", **END}),
    )
    assert bars == [1, 2, 1, 3, 4, 1, 3, 4]


def test_repeats_that_would_never_end_are_refused() -> None:
    bars: list[Json] = [{"repeatStart": {}, "repeatEnd": {"times": 100}} for _ in range(1_001)]
    with pytest.raises(BadInput, match="more than 100,000 bars"):
        order(*bars)


def test_a_tie_into_a_second_ending_goes_on_where_the_repeat_leads() -> None:
    ties = [{"target": "first"}, {"target": "second", "targetType": "crossJump"}]
    tree = score(
        [event(QUARTER, [tone("C4", id="from", ties=ties)])],
        [event(QUARTER, [tone("C4", id="first")])],
        [event(QUARTER, [tone("C4", id="second")])],
        measures=[
            {},
            {"ending": {"duration": 1, "numbers": [1]}, "repeatEnd": {}},
            {"ending": {"duration": 1, "numbers": [2]}},
        ],
    )
    assert listed(tree, "id", "duration_quarters", unfold=True) == [("from", "2/1"), ("from", "2/1")]
    assert listed(tree, "id", "duration_quarters") == [("from", "2/1"), ("second", "1/1")]


def test_percussion_sounds_as_its_kit_says_and_what_has_no_number_is_told() -> None:
    tree = score([event(QUARTER, [], kitNotes=[{"kitComponent": "k"}, {"kitComponent": "x"}])])
    tree["parts"][0]["kit"] = {"k": {"staffPosition": 0, "sound": "snare"}, "x": {"staffPosition": 1}}
    tree["global"]["sounds"] = {"snare": {"midiNumber": 38}}
    piece = score_notes(tree)
    assert piece.notes["pitch"].tolist() == [38]
    assert piece.warnings == ("1 percussion note without a MIDI number left out",)
    assert piece.parts[0].drums


def test_a_pitch_that_midi_lacks_is_refused_with_its_bar() -> None:
    with pytest.raises(BadInput, match=r"parts\[0\].measures\[0\]: C#9|C#\d+ lies outside"):
        score_notes(score([event(QUARTER, [{"pitch": {"step": "C", "octave": 12, "alter": 1}}])]))


def test_a_hostile_rhythm_of_many_primes_is_refused_at_once() -> None:
    primes = [number for number in range(3, 20_000, 2) if all(number % other for other in range(3, 142, 2))]
    content = [{"type": "space", "duration": [1, prime]} for prime in primes]
    with pytest.raises(BadInput, match="no common measure"):
        score_notes(score([*content, quarter("C4")]))


def test_a_rhythm_that_is_only_odd_is_exact() -> None:
    seventh = tuplet(quantity(7, EIGHTH), quantity(4, EIGHTH), [event(EIGHTH, [tone("C4")]) for _ in range(7)])
    eleventh = tuplet(quantity(11, EIGHTH), quantity(8, EIGHTH), [event(EIGHTH, [tone("C4")]) for _ in range(11)])
    rows = listed(score([seventh, eleventh]), "onset_quarters")
    assert rows[7] == ("2/1",)
    assert Fraction(str(rows[8][0])) == 2 + Fraction(4, 11)
