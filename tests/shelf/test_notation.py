"""The short notation, fingers that follow from the hand's place, and what the compiler refuses."""

from fractions import Fraction

import pytest

from shelf.compiler import fifths_of, piece
from shelf.fingering import awkward, fingered
from shelf.notation import Mistake, read_hand

SOURCE = {
    "id": "x", "kind": "study", "title": "X", "composer": "MOS", "tradition": "own study", "key": "C major",
    "metre": "4/4", "tempo": 60, "difficulty": 1, "reading": "staff", "skills": ["hand.right"],
    "points": [[1, "Listen.", "hand.right"]],
}  # fmt: skip


def fingers(text: str, hand: str = "right") -> list[int]:
    return [note.finger for note in fingered(read_hand(text, 0), hand)]


def told(text: str, hand: str = "right") -> list[str]:
    return awkward(list(fingered(read_hand(text, 0), hand)), hand)


def test_notes_lengths_chords_and_rests_are_read() -> None:
    (bar,) = read_hand("C,2 c'/2 [CEG]3 z |]", 0)
    (voice,) = bar.voices
    assert [[pitch.midi for pitch in event.pitches] for event in voice] == [[48], [84], [60, 64, 67], []]
    assert [event.length for event in voice] == [Fraction(n, 16) for n in (4, 1, 6, 2)]


def test_signs_of_the_key_hold_until_an_accidental_and_it_until_the_bar_line() -> None:
    first, second = read_hand("F =F F | F |]", 1)
    assert [event.pitches[0].alter for bar in (first, second) for event in bar.voices[0]] == [1, 0, 0, 1]


def test_three_of_a_triplet_last_as_long_as_two() -> None:
    (bar,) = read_hand("{3 C D E } F2 |]", 0)
    assert bar.length == Fraction(1, 2)
    assert [event.onset for event in bar.voices[0]] == [0, Fraction(1, 12), Fraction(1, 6), Fraction(1, 4)]


def test_repeats_and_endings_stand_at_their_bars() -> None:
    bars = read_hand("|: C8 |1 D8 :|2 E8 |]", 0)
    assert [(bar.repeat_start, bar.repeat_end, bar.ending) for bar in bars] == [
        (True, False, 0), (False, True, 1), (False, False, 2),
    ]  # fmt: skip


def test_between_two_fingers_the_place_of_the_hand_tells() -> None:
    assert fingers("C2@1 D2 E2 G2") == [1, 2, 3, 5]
    assert fingers("C,2@5 D,2 E,2 G,2", "left") == [5, 4, 3, 1]


def test_a_note_beyond_the_hand_needs_a_finger() -> None:
    with pytest.raises(Mistake, match="bar 1"):
        fingers("C2@1 A2")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("C2@2 D2@1", ""),  # the thumb passes under
        ("C2@3 D2@2", "cross"),
        ("[CE]2@31", "cross in a chord"),
        ("[CB]2@25", "apart"),
        ("C2@3!l D2@2", ""),  # the hand lifts between
    ],
)
def test_what_no_hand_does_is_told(text: str, why: str) -> None:
    found = told(text)
    assert bool(found) == bool(why)
    assert all(why in one for one in found)


def test_a_bar_that_does_not_add_up_is_refused_with_its_number() -> None:
    with pytest.raises(Mistake, match=r"bar 2: lasts 7/8, not 1"):
        piece({**SOURCE, "right": "C8@1 | C7 | C8 |]"})


def test_hands_of_different_lengths_are_refused() -> None:
    with pytest.raises(Mistake, match="bars"):
        piece({**SOURCE, "right": "C8@1 | C8 |]", "left": "C,8@5 |]"})


def test_a_note_without_a_finger_is_refused() -> None:
    with pytest.raises(Mistake, match="no finger"):
        piece({**SOURCE, "right": "C8 |]"})


def test_an_accidental_is_shown_where_it_is_news() -> None:
    score = piece({**SOURCE, "right": "^F2@1 F2 =F2 G2@2 |]"}).document["score"]
    events = score["parts"][0]["measures"][0]["sequences"][0]["content"]
    assert ["accidentalDisplay" in event["notes"][0] for event in events] == [True, False, True, False]


@pytest.mark.parametrize(("key", "fifths"), [("G minor", -2), ("E phrygian", 0), ("C mixolydian", -1), ("D dorian", 0)])
def test_each_mode_has_its_signature(key: str, fifths: int) -> None:
    assert fifths_of(key) == fifths
