"""A practice from its order to its judgement, whatever comes."""

from __future__ import annotations

import pytest

from mos_appliance.errors import BadInput
from mos_appliance.tutor.practice.excerpt import excerpt_of, stretch_of
from mos_appliance.wire.practice import Judged, NoteTable, PracticeOrder, PracticeScore, decode_practice
from mos_appliance.wire.practice_notes import notes_of
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


def test_by_ear_only_what_is_sure_is_said_and_nothing_is_graded() -> None:
    score = little_piece(8)
    practice = practice_of(score, "flow", listen="microphone")
    for key in play(score, bars(score, 1, 8)):
        if key.note in (9, 30):  # not played, or not heard: nobody knows
            continue
        practice.struck(key.pitch + (key.note == 20), 90 if key.note % 2 else 30, key.at_ms)
        practice.released(key.pitch, key.at_ms + 20.0)
    judged = practice.judged()
    due = len(bars(score, 1, 8))
    assert [row.message for row in judged.told] == ["heard"]
    assert judged.told[0].text == f"I heard {due - 3} of the {due} notes in bars 1 to 8."
    assert judged.told[0].evidence["heard"] == judged.right == due - 3
    assert {mark.verdict for mark in judged.marks} <= {"right", "early", "late"}
    assert (judged.grade, judged.features, judged.attempt) == (0.0, {}, None)


def test_by_ear_a_hesitation_is_told_as_ever() -> None:
    score = little_piece(8)
    practice = practice_of(score, "flow", listen="microphone")
    for key in play(score, bars(score, 1, 8)):
        late = 2500.0 if key.at_ms > 6000 else 0.0
        practice.struck(key.pitch, 70, key.at_ms + late)
        practice.released(key.pitch, key.at_ms + late + key.duration_ms)
    assert [row.kind for row in practice.judged().told] == ["hesitation", "take"]


def test_by_ear_a_walk_says_how_far_it_came() -> None:
    score = little_piece(4)
    practice = practice_of(score, "wait", listen="microphone")
    assert practice.judged().told[0].message == "nothing_played"
    for key in play(score, bars(score, 1, 2)):
        practice.struck(key.pitch, 70, key.at_ms)
        practice.struck(key.pitch + 12, 20, key.at_ms + 5)
        practice.released(key.pitch, key.at_ms + key.duration_ms)
    judged = practice.judged()
    due = len(bars(score, 1, 2))
    assert judged.told[0].text == f"I heard {due} of the {due} notes in bars 1 to 2."
    assert (judged.bars, judged.right, judged.marks) == ([1, 2], due, [])
