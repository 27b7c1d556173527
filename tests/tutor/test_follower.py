from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mos_appliance.tutor.follower import Follower
from mos_appliance.tutor.score_map import map_score
from mos_appliance.tutor.settings import FollowerSettings
from tests.tutor.pieces import BAR, Played, bars, end_ms, follow, little_piece, mapped, page, play

PIECE = little_piece()
SCORE = mapped(PIECE)


def right(played: list[Played], take: list[Played]) -> float:
    """The share of decisions that name the note that was meant."""
    _, decisions = follow(SCORE, take)
    assert [decision.struck for decision in decisions] == list(range(len(take)))
    return sum(decision.note == key.note for decision, key in zip(decisions, played, strict=True)) / len(take)


def test_what_is_played_as_written_is_matched_note_by_note() -> None:
    take = play(PIECE)
    assert right(take, take) == 1.0


def test_a_decision_is_final_half_a_second_after_its_note() -> None:
    follower = Follower(SCORE)
    assert follower.played(PIECE.notes["pitch"][0], 64, 0.0) == []
    assert follower.waited(400.0) == []
    assert [decision.struck for decision in follower.waited(501.0)] == [0]


def test_an_hour_of_silence_changes_nothing() -> None:
    take = play(PIECE)
    half = len(take) // 2
    late = [key._replace(at_ms=key.at_ms + 3_600_000.0) for key in take[half:]]
    assert right(take, take[:half] + late) == 1.0


def test_a_wrong_key_is_an_extra_note_and_the_place_is_kept() -> None:
    take = play(PIECE)
    wrong = [key._replace(pitch=key.pitch + 1, note=-1) if number % 11 == 5 else key for number, key in enumerate(take)]
    assert right(wrong, wrong) >= 0.96


def test_notes_left_out_do_not_lose_the_place() -> None:
    take = [key for number, key in enumerate(play(PIECE)) if number % 9]
    assert right(take, take) == 1.0


def test_a_bar_begun_again_is_found_again_within_the_bar() -> None:
    first = play(PIECE, bars(PIECE, 1, 6))[:-4]
    again = play(PIECE, bars(PIECE, 6, 16), first[-1].at_ms + 1500.0)
    take = first + again
    _, decisions = follow(SCORE, take)
    back = decisions[len(first) :]
    assert sum(decision.note == key.note for decision, key in zip(back, again, strict=True)) >= 0.97 * len(again)
    assert back[5].run == back[-1].run != decisions[0].run


def test_a_repeated_passage_counts_its_passes() -> None:
    first = play(PIECE, bars(PIECE, 1, 8))
    take = first + play(PIECE, bars(PIECE, 5, 16), end_ms(first) + 800.0)
    _, decisions = follow(SCORE, take)
    times = {(decision.note, decision.times) for decision in decisions}
    assert {(note, 2) for note in bars(PIECE, 6, 8)} <= times
    assert {(note, 1) for note in bars(PIECE, 10, 16)} <= times


def test_one_bar_played_again_and_again_without_a_pause_is_so_many_passes() -> None:
    bar = play(PIECE, bars(PIECE, 1, 1))
    take = [key._replace(at_ms=key.at_ms + 4 * 500.0 * turn) for turn in range(12) for key in bar]
    assert right(take, take) == 1.0
    _, decisions = follow(SCORE, take)
    assert {decision.times for decision in decisions[-len(bar) :]} == {12}


def test_a_jump_back_of_eight_bars_and_one_forward_are_followed() -> None:
    first = play(PIECE, bars(PIECE, 1, 12))
    second = play(PIECE, bars(PIECE, 4, 6), end_ms(first) + 600.0)
    third = play(PIECE, bars(PIECE, 9, 16), end_ms(second) + 300.0)
    take = first + second + third
    assert right(take, take) >= 0.93


def test_one_hand_alone_is_followed() -> None:
    for staff in (1, 2):
        notes = np.flatnonzero(PIECE.notes["staff"] == staff).tolist()
        take = play(PIECE, notes)
        assert right(take, take) >= 0.98


def test_hands_that_are_out_of_sync_are_both_followed() -> None:
    take = [
        key._replace(at_ms=key.at_ms + 160.0) if PIECE.notes["staff"][key.note] == 2 else key for key in play(PIECE)
    ]
    take.sort(key=lambda key: key.at_ms)
    assert right(take, take) >= 0.98


def test_a_hand_that_enters_late_is_no_wrong_key() -> None:
    """The first note of the left hand comes 180 ms after that of the right: one reading has both."""
    take = [
        Played(at, pitch, note, 64, 500.0)
        for at, pitch, note in ((-70.0, 64, 1), (110.0, 48, 0), (530.0, 64, 2), (1310.0, 65, 3), (1730.0, 67, 4))
    ]
    rows = [(0, 48, 2), (0, 64, 1), (1, 64, 1), (2, 65, 1), (3, 67, 1)]
    score = mapped(page([(onset, 1.0, pitch, staff) for onset, pitch, staff in rows]))
    _, decisions = follow(score, take)
    assert [decision.note for decision in decisions] == [1, 0, 2, 3, 4]


def test_a_bounced_key_is_an_extra_note() -> None:
    take = []
    for number, key in enumerate(play(PIECE)):
        take.append(key)
        if number % 13 == 6:
            take.append(Played(key.at_ms + 35.0, key.pitch))
    take.sort(key=lambda key: key.at_ms)
    assert right(take, take) == 1.0


def test_a_trill_is_extra_near_its_note() -> None:
    score = page([(beat, 1.0, 60 + 2 * beat, 1) for beat in range(12)])
    take = play(score)
    trill = [Played(2000.0 + 80.0 * number, 68 + 2 * (number % 2)) for number in range(1, 6)]
    whole = sorted(take + trill)
    _, decisions = follow(map_score(score), whole)
    assert [decision.note for decision in decisions if decision.note >= 0] == list(range(12))


def test_a_repeat_is_followed_whether_it_is_taken_or_not() -> None:
    once = little_piece(8)
    twice = bars(once, 1, 4) * 2 + bars(once, 5, 8)
    unfolded = type(once)(once.notes[twice], once.division, once.parts, (), tuple(once.ids[note] for note in twice))
    score = map_score(once, unfolded)
    assert score.leaps == [(score.bar_starts[4] - 1, 0)]
    first = play(once, bars(once, 1, 4))
    taken = first + play(once, bars(once, 1, 8), 4 * BAR * 500.0)
    for take in (taken, play(once)):
        _, decisions = follow(score, take)
        assert [decision.note for decision in decisions] == [key.note for key in take]


def test_garbage_is_called_lost_and_the_piece_is_found_again() -> None:
    rng = np.random.default_rng(3)
    first = play(PIECE, bars(PIECE, 1, 6))
    noise = [Played(end_ms(first) + 200.0 * number, int(rng.integers(85, 108))) for number in range(24)]
    again = play(PIECE, bars(PIECE, 9, 16), noise[-1].at_ms + 700.0)
    _, decisions = follow(SCORE, first + noise + again)
    assert any(decision.lost for decision in decisions)
    assert not decisions[-1].lost
    found = [decision.note for decision in decisions[-60:]]
    assert found == [key.note for key in again[-60:]]


def test_hands_may_be_told() -> None:
    notes = np.flatnonzero(PIECE.notes["staff"] == 1).tolist()
    take = play(PIECE, notes)
    _, decisions = follow(SCORE, take, FollowerSettings(hands=frozenset({0})))
    assert [decision.note for decision in decisions] == notes


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 127), st.floats(-1e6, 1e6)), max_size=60))
def test_every_note_is_decided_once_and_in_order_whatever_is_played(keys: list[tuple[int, float]]) -> None:
    _, decisions = follow(SCORE, [Played(at, pitch) for pitch, at in keys])
    assert [decision.struck for decision in decisions] == list(range(len(keys)))
    assert all(0.0 <= decision.confidence <= 1.0 for decision in decisions)


def test_notes_in_unison_are_left_out_by_nobody() -> None:
    """Five bars stand twice, the first time with a second voice in unison: nothing speaks for the other place."""
    line = [60, 64, 67, 71, 62, 65, 69, 72, 59, 62, 67, 74, 57, 60, 64, 69, 55, 59, 62, 77]
    rows = [(beat, 1.0, pitch, 1) for beat, pitch in enumerate(line)]
    double = [(beat, 2.0, pitch, 1) for beat, pitch in enumerate(line)]
    between = [(20.0 + beat, 1.0, 80 - beat, 1) for beat in range(8)]
    later = [(beat + 28.0, length, pitch, staff) for beat, length, pitch, staff in rows]
    score = map_score(page(rows + double + between + later))
    assert score.weights[0][20] == 20.0
    take = [Played(500.0 * beat + 4000.0 * (beat >= 4), pitch) for beat, pitch in enumerate(line)]
    _, decisions = follow(score, take)
    assert [score.moment_of[decision.note] for decision in decisions] == list(range(20))


def test_what_lies_before_the_landing_of_a_jump_is_no_match_of_a_stray_key() -> None:
    first = play(PIECE, bars(PIECE, 1, 12))
    again = play(PIECE, bars(PIECE, 5, 12), end_ms(first) + 900.0)
    before = PIECE.notes["pitch"][bars(PIECE, 4, 4)].tolist()
    here = set(PIECE.notes["pitch"][bars(PIECE, 5, 6)].tolist())
    stray = next(pitch for pitch in before[:-8] if pitch not in here)
    take = [*first, *again[:3], Played(again[2].at_ms + 10.0, stray), *again[3:]]
    _, decisions = follow(SCORE, take)
    assert decisions[len(first) + 3].note == -1
    assert [decision.note for decision in decisions[-40:]] == [key.note for key in again[-40:]]


def test_a_trill_that_is_written_out_moves_neither_pace_nor_place() -> None:
    """Half as many notes of the trill are played as stand there, above a bass that keeps the beat."""
    trill = [(4.0 + step / 8, 1 / 8, 74 + step % 2 * 2, 1) for step in range(64)]
    bass = [(float(beat), 1.0, 40 + beat % 5 * 2, 2) for beat in range(16)]
    score = map_score(page(bass + trill + [(12.0 + beat, 1.0, 72 + beat, 1) for beat in range(4)]))
    shakes = [Played(2000.0 + 125.0 * step, 74 + step % 2 * 2) for step in range(32)]
    keys = [Played(500.0 * beat, pitch) for beat, _, pitch, _ in bass]
    end = [Played(500.0 * (12 + beat), 72 + beat) for beat in range(4)]
    take = sorted(keys + shakes + end)
    follower, decisions = follow(score, take)
    off = [
        abs(score.quarters[score.moment_of[decision.note]] - key.at_ms / 500.0)
        for decision, key in zip(decisions, take, strict=True)
        if decision.note >= 0
    ]
    assert max(off) <= 0.5
    assert abs(follower.pace - 500.0) < 25.0
    assert all(decision.note >= 0 for decision, key in zip(decisions, take, strict=True) if key.pitch < 74)
