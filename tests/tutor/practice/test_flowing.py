"""Flow mode keeps the place through wrong notes, a stop and a restart, and answers every note."""

from __future__ import annotations

from mos_appliance.tutor.practice.answers import Answer
from mos_appliance.tutor.practice.session import Practice
from mos_appliance.wire.records import Verdict
from tests.tutor.pieces import Played, bars, little_piece, play
from tests.tutor.practice.orders import answered, missed, moved, practice_of

PIECE = little_piece(12)


def listen(keys: list[Played]) -> tuple[Practice, list[Answer]]:
    practice = practice_of(PIECE, "flow")
    answers: list[Answer] = []
    for key in keys:
        answers += practice.passed(key.at_ms)
        answers += practice.struck(key.pitch, 70, key.at_ms)
        practice.released(key.pitch, key.at_ms + key.duration_ms)
    answers += practice.passed(keys[-1].at_ms + 2000)
    return practice, answers


def test_every_note_is_answered_at_once_and_once_more_for_good() -> None:
    keys = play(PIECE, bars(PIECE, 1, 4))
    _, answers = listen(keys)
    at_once = [answer for answer in answered(answers) if not answer.final]
    for_good = [answer for answer in answered(answers) if answer.final]
    assert [answer.struck for answer in at_once] == list(range(len(keys)))
    assert [answer.struck for answer in for_good] == list(range(len(keys)))
    assert [answer.note for answer in for_good] == [key.note for key in keys]


def test_a_stop_and_a_restart_of_the_bar_do_not_lose_the_place() -> None:
    first = play(PIECE, bars(PIECE, 1, 6))
    again = play(PIECE, bars(PIECE, 6, 10), start_ms=first[-1].at_ms + 2500.0)
    practice, answers = listen(first + again)
    final = [answer.note for answer in answered(answers) if answer.final]
    assert final[-20:] == [key.note for key in again][-20:]
    assert not moved(answers)[-1].lost
    judged = practice.judged()
    assert "restart" in {told.kind for told in judged.told} or "hesitation" in {told.kind for told in judged.told}


def test_a_wrong_key_is_wrong_and_the_note_is_missed() -> None:
    keys = play(PIECE, bars(PIECE, 1, 4))
    wrong = next(place for place, key in enumerate(keys) if place > 20 and key.pitch > 60)
    keys[wrong] = keys[wrong]._replace(pitch=keys[wrong].pitch + 1)
    _, answers = listen(keys)
    final = {answer.struck: answer for answer in answered(answers) if answer.final}
    assert final[wrong].verdict is Verdict.WRONG
    assert play(PIECE, bars(PIECE, 1, 4))[wrong].note in [row.note for row in missed(answers)]


def test_early_and_late_are_told_by_the_students_own_pace() -> None:
    keys = play(PIECE, bars(PIECE, 1, 4), quarter_ms=640.0)
    late = next(place for place, key in enumerate(keys) if place > 30 and keys[place + 1].at_ms - key.at_ms > 1)
    keys[late] = keys[late]._replace(at_ms=keys[late].at_ms + 170.0)
    _, answers = listen(sorted(keys))
    odd = {answer.struck: answer.verdict for answer in answered(answers) if answer.final}
    assert odd[late] is Verdict.LATE
    assert sum(verdict is not Verdict.RIGHT for verdict in odd.values()) <= 3


def test_the_take_is_over_when_the_end_was_played_and_silence_follows() -> None:
    keys = play(PIECE)
    practice, _ = listen(keys)
    assert not practice.is_over(keys[-1].at_ms + 500)
    assert practice.is_over(keys[-1].at_ms + 5000)


def test_a_phrase_is_over_after_a_silence_and_is_judged_once() -> None:
    keys = play(PIECE, bars(PIECE, 1, 2))
    practice, _ = listen(keys)
    end = keys[-1].at_ms
    assert not practice.phrase_ended(end + 1000)
    assert practice.phrase_ended(end + 4000)
    judged = practice.judged_phrase()
    assert (judged.right, judged.told[0].message) == (len(keys), "all_well")
    assert not practice.phrase_ended(end + 8000)
