from __future__ import annotations

import json
import math
import tracemalloc

import numpy as np
import pytest

from mos_appliance.music.notes import NOTE, NoteList
from mos_appliance.tutor.assessment import assess
from mos_appliance.tutor.performance import Performance, performed
from mos_appliance.tutor.report import report_of
from mos_appliance.tutor.score_map import ScoreMap, map_score
from tests.tutor import hostile
from tests.tutor.pieces import Played, bars, end_ms, little_piece, play, take_of

PIECE = little_piece()
SCORE = map_score(PIECE)


def reported(take: Performance, score: ScoreMap = SCORE, offline: bool = False) -> dict[str, object]:
    return report_of(score, take, assess(score, take, offline))


def test_a_clean_take_is_all_matches_on_time_with_the_best_grade() -> None:
    for offline in (False, True):
        report = reported(take_of(play(PIECE)), offline=offline)
        assert report["is_this_piece"]
        assert (report["missed"], report["extra"], report["lost"]) == ([], [], [])
        matches = report["matches"]
        assert sorted(match["score_id"] for match in matches) == sorted(PIECE.ids)
        assert {match["pass"] for match in matches} == {1}
        assert max(abs(match["early_ms"]) for match in matches) < 1.0
        assert report["grade"] > 4.8
        assert [told["message"] for told in report["feedback"]] == ["all_well"]


def test_a_wrong_key_is_told_with_where_and_what() -> None:
    take = play(PIECE)
    place = 70
    right = take[place]
    take[place] = right._replace(pitch=right.pitch + 1)
    told = reported(take_of(take))["feedback"]
    assert told[0]["message"] == "wrong_note"
    assert told[0]["evidence"]["score_id"] == f"n{right.note}"
    assert told[0]["bar"] == PIECE.notes["bar"][right.note]
    assert told[0]["confidence"] >= 0.98


def test_with_hindsight_a_key_whose_first_note_is_left_out_still_has_its_second() -> None:
    """Of each key that is struck at least twice the first time is left out; nothing else may be told as missed."""
    take = play(PIECE)
    opening = {key.note for key in take[:8]}
    pitches = [int(PIECE.notes["pitch"][key.note]) for key in take]
    firsts = {pitches.index(pitch) for pitch in pitches if pitches.count(pitch) > 1}
    left_out = {place for place in firsts if take[place].note not in opening}
    assert len(left_out) > 3
    report = reported(take_of([key for place, key in enumerate(take) if place not in left_out]), offline=True)
    assert {row["score_id"] for row in report["missed"]} == {f"n{take[place].note}" for place in left_out}
    assert report["extra"] == []


def test_an_early_note_has_positive_early_ms() -> None:
    take = play(PIECE)
    place = next(number for number, key in enumerate(take) if number > 60 and PIECE.notes["staff"][key.note] == 1)
    if PIECE.notes["onset"][place] == PIECE.notes["onset"][place - 1]:
        place += 1
    early = [key._replace(at_ms=key.at_ms - 80.0) if key.note == take[place].note else key for key in take]
    row = next(row for row in reported(take_of(early))["matches"] if row["score_id"] == f"n{take[place].note}")
    assert 50.0 < row["early_ms"] < 110.0


def test_a_restart_is_told_with_its_bar() -> None:
    first = play(PIECE, bars(PIECE, 1, 8))[:-5]
    take = first + play(PIECE, bars(PIECE, 8, 16), first[-1].at_ms + 1500.0)
    told = reported(take_of(take))["feedback"]
    assert ("restart", 8) in {(row["message"], row["bar"]) for row in told}


def test_a_hesitation_is_told_with_its_bar_and_how_long_it_was() -> None:
    take = [key._replace(at_ms=key.at_ms + 2000.0 * (key.at_ms >= 12_250.0)) for key in play(PIECE)]
    told = reported(take_of(take))["feedback"]
    row = next(row for row in told if row["kind"] == "hesitation")
    assert row["bar"] == 7
    assert 2.0 <= row["arguments"]["waited"] <= 2.4


def test_the_wrong_piece_is_called_so() -> None:
    report = reported(take_of(play(little_piece(16, seed=9))))
    if report["is_this_piece"]:  # the same few keys: then at least it must look bad
        assert report["grade"] < 2.0
    stranger = np.random.default_rng(5)
    noise = [Played(float(at), int(pitch)) for at, pitch in enumerate(stranger.integers(21, 108, 300) * 1)]
    report = reported(take_of(noise))
    assert not report["is_this_piece"]
    assert report["matches"] == []
    assert report["feedback"][0]["message"] == "not_this_piece"


def test_another_piece_of_the_same_keys_is_told_even_where_the_score_is_long_enough_for_chance() -> None:
    long = map_score(little_piece(200))
    take = take_of(play(little_piece(60, seed=77)))
    for offline in (False, True):
        report = reported(take, long, offline)
        assert not report["is_this_piece"]
        assert report["feedback"][0]["message"] == "not_this_piece"


def test_one_hand_alone_is_the_piece() -> None:
    for staff in (1, 2):
        take = take_of(play(PIECE, np.flatnonzero(PIECE.notes["staff"] == staff).tolist()))
        assert all(reported(take, SCORE, offline)["is_this_piece"] for offline in (False, True))


def test_an_empty_take_gets_an_honest_answer() -> None:
    report = reported(take_of([]))
    assert not report["is_this_piece"]
    assert len(report["missed"]) == len(PIECE.notes)
    assert report["feedback"][0]["message"] == "nothing_played"


def test_an_empty_score_is_no_piece() -> None:
    empty = map_score(NoteList(np.zeros(0, NOTE), 480, ()))
    assert not reported(take_of(play(PIECE)), empty)["is_this_piece"]


def test_all_keys_at_once_and_times_before_the_beginning_are_survived() -> None:
    for keys in (
        [Played(0.0, pitch) for pitch in range(128)] * 20,
        [Played(-1e9 + at, at % 128) for at in range(2000)],
    ):
        report = reported(take_of(keys))
        assert not report["is_this_piece"]
        assert len(report["extra"]) == len(keys)


@pytest.mark.parametrize("offline", [False, True])
@pytest.mark.parametrize("name", hostile.TAKES)
def test_a_take_that_nobody_plays_gets_an_honest_answer_that_accounts_for_every_note(name: str, offline: bool) -> None:
    told = hostile.answer(name, offline, 1000)
    assert told["accounted"]
    assert told["is_this_piece"] == (name == "one_bar")
    if name != "one_bar":
        assert told["says"] == ("nothing_played" if name == "nothing" else "not_this_piece")
        assert told["grade"] == 1.0


def test_a_burst_of_thousands_of_notes_is_answered_in_bounded_memory_and_order() -> None:
    draw = np.random.default_rng(11)
    keys = [Played(float(at // 128) * 3.0 - 5e5, int(pitch)) for at, pitch in enumerate(draw.integers(0, 128, 2000))]
    tracemalloc.start()
    report = reported(take_of(keys))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not report["is_this_piece"]
    assert report["feedback"][0]["message"] == "not_this_piece"
    assert report["extra"] == list(range(len(keys)))
    assert peak < 16_000 * len(keys)


def test_the_same_take_gives_the_same_report_byte_for_byte() -> None:
    rng = np.random.default_rng(7)
    take = [
        key._replace(at_ms=key.at_ms + float(rng.normal(0, 25)), velocity=int(rng.integers(40, 90)))
        for key in play(PIECE)
    ]
    for offline in (False, True):
        once, again = (json.dumps(reported(take_of(take), offline=offline)) for _ in range(2))
        assert once == again
        assert not any(math.isnan(row["early_ms"]) for row in json.loads(once)["matches"])


def test_what_stands_in_unison_is_struck_by_one_key_and_told_as_such() -> None:
    double = PIECE.notes[[0, *range(len(PIECE.notes))]].copy()
    double["voice"][0] = 2
    score = map_score(NoteList(double, PIECE.division, PIECE.parts, (), tuple(f"m{n}" for n in range(len(double)))))
    report = reported(take_of(play(PIECE)), score)
    assert [row["unison"] for row in report["missed"]] == [True]
    assert report["grade"] > 4.8


def test_performed_takes_the_notes_as_they_are() -> None:
    notes = np.zeros(2, NOTE)
    notes["pitch"] = 60, 64
    assert performed(NoteList(notes, 480, ())).pitch.tolist() == [60, 64]
    assert end_ms(play(PIECE, bars(PIECE, 1, 2))) == 4000.0
