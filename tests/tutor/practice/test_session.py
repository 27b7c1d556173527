"""A practice from its order to its judgement, whatever comes."""

from __future__ import annotations

import pytest

from mos_appliance.errors import BadInput
from mos_appliance.tutor.practice.excerpt import excerpt_of, stretch_of
from mos_appliance.wire.practice import Judged, NoteTable, PracticeOrder, PracticeScore, decode_practice, notes_of
from tests.tutor.pieces import BAR, bars, little_piece, play
from tests.tutor.practice.orders import hymn, order_of, practice_of

BARS = [BAR * 960 * bar for bar in range(4)]


def test_a_stretch_of_bars_is_where_the_song_has_them() -> None:
    assert stretch_of(order_of(hymn(), from_bar=2, to_bar=3), BARS) == (BARS[1], BARS[3])
    begin, end = stretch_of(order_of(hymn()), BARS)
    assert begin == 0
    assert end > BARS[3]


def test_bars_without_a_note_for_these_hands_are_refused() -> None:
    for wish in ({"from_bar": 90}, {"hands": [5]}):
        with pytest.raises(BadInput):
            stretch_of(order_of(hymn(), **wish), BARS)
        with pytest.raises(BadInput):
            excerpt_of(order_of(hymn(), **wish))


def test_marks_name_the_notes_of_the_whole_page_though_a_part_of_it_is_practised() -> None:
    score = little_piece(8)
    practice = practice_of(score, "flow", from_bar=5, to_bar=6)
    for key in play(score, bars(score, 5, 6)):
        practice.struck(key.pitch, 70, key.at_ms)
        practice.released(key.pitch, key.at_ms + key.duration_ms)
    judged = practice.judged()
    assert judged.bars == [5, 6]
    assert {mark.note for mark in judged.marks} == {score.ids[note] for note in bars(score, 5, 6)}
    assert {mark.bar for mark in judged.marks} == {5, 6}


def test_the_same_take_is_judged_the_same() -> None:
    score = little_piece(8)

    def take() -> Judged:
        practice = practice_of(score, "flow")
        for key in play(score, bars(score, 1, 4)):
            practice.struck(key.pitch + (key.note == 20), 70, key.at_ms)
            practice.released(key.pitch, key.at_ms + key.duration_ms)
        return practice.judged()

    assert take() == take()


@pytest.mark.parametrize("mode", ["wait", "flow", "accompany", "along", "echo"])
def test_nothing_played_and_everything_at_once_are_judged_honestly(mode: str) -> None:
    assert practice_of(hymn(), mode).judged().told[0].message == "nothing_played"
    practice = practice_of(hymn(), mode)
    for number in range(600):
        practice.struck(21 + number % 88, 127, 10.0 - number % 7)
        practice.passed(float(number % 3))
    judged = practice.judged()
    assert judged.notes == 600
    if mode != "wait":
        assert [told.message for told in judged.told] == ["not_this_piece"]
        assert (judged.marks, judged.attempt) == ([], None)


@pytest.mark.parametrize(
    "table",
    [
        NoteTable(b"x", 480, [], []),
        NoteTable(b"", 0, [], []),
        NoteTable(bytes(37), 480, ["Piano"], ["n0", "n1"]),
    ],
)
def test_what_is_no_list_of_notes_is_refused(table: NoteTable) -> None:
    with pytest.raises(BadInput):
        notes_of(table)
        excerpt_of(PracticeOrder(1, "wait", PracticeScore(table, None, [])))


def test_what_is_no_order_is_refused() -> None:
    for content in (b"", b"\xc1", b"\x93\x01\x02\x03"):
        with pytest.raises(BadInput):
            decode_practice(content, PracticeOrder)
