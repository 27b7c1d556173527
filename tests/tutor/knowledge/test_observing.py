"""From a take to what it says about skills: real follower, real judgement, real pieces of the shelf."""

from __future__ import annotations

import msgspec
import pytest

from mos_appliance.music.formats import format_of
from mos_appliance.tutor.assessment import assess
from mos_appliance.tutor.judging import judge
from mos_appliance.tutor.knowledge.attempts import Manner, attempt_of
from mos_appliance.tutor.knowledge.observing import bar_quality, observations_of
from mos_appliance.tutor.knowledge.offers import Offer
from mos_appliance.tutor.score_map import ScoreMap, map_score
from mos_appliance.tutor.timing import timing_of
from mos_appliance.wire.students import Attempted, BarTally, Point
from tests.tutor.knowledge.lives import BY_NAME, took
from tests.tutor.knowledge.shelf import SHELF
from tests.tutor.pieces import Played, take_of

ODE = BY_NAME["ode-to-joy"]


def score_of(offer: Offer) -> ScoreMap:
    data = (SHELF / "pieces" / f"{offer.name}.umf").read_bytes()
    row = format_of("x.umf")
    return map_score(row.notes(data, False), row.notes(data, True))


def played(score: ScoreMap, quarter_ms: float = 600.0) -> list[Played]:
    """The page as it stands."""
    notes, division = score.page.notes, score.page.division
    return [
        Played(
            float(row["onset"]) / division * quarter_ms, int(row["pitch"]), number, 64 + 4 * (number % 3),
            float(row["duration"]) / division * quarter_ms * 0.9,
        )
        for number, row in enumerate(notes)
    ]  # fmt: skip


def attempted(offer: Offer, score: ScoreMap, keys: list[Played], manner: Manner | None = None) -> Attempted | None:
    take = take_of(keys)
    assessment = assess(score, take)
    judgement = judge(score, take, assessment, timing_of(score, take, assessment.account))
    return attempt_of(offer, score, take, assessment, judgement, manner)


def right_of(attempt: Attempted | None) -> dict[str, float]:
    assert attempt is not None
    return {seen.skill: seen.right for seen in observations_of(attempt)}


def test_a_clean_take_shows_every_skill_of_its_piece_right() -> None:
    score = score_of(ODE)
    attempt = attempted(ODE, score, played(score))
    assert attempt is not None
    assert right_of(attempt).keys() == set(ODE.skills)
    assert min(right_of(attempt).values()) > 0.9
    assert [bar.bar for bar in attempt.bars] == list(range(1, ODE.bars + 1))
    assert sum(bar.due for bar in attempt.bars) == len(score.page.notes)


def test_wrong_notes_count_against_reading_and_not_against_rhythm() -> None:
    score = score_of(ODE)
    keys = [key._replace(pitch=key.pitch + 1) if key.note % 4 == 1 else key for key in played(score)]
    right = right_of(attempted(ODE, score, keys))
    assert right["reading.treble"] < 0.6
    assert right["rhythm.dotted-quarter"] > right["reading.treble"] + 0.2


def test_uneven_time_counts_against_rhythm_and_not_against_reading() -> None:
    score = score_of(ODE)
    keys = [key._replace(at_ms=key.at_ms + (110.0 if key.note % 3 == 0 else -70.0)) for key in played(score)]
    right = right_of(attempted(ODE, score, keys))
    assert right["rhythm.dotted-quarter"] < 0.7
    assert right["reading.treble"] > 0.9


def test_faults_are_told_bar_by_bar() -> None:
    score = score_of(ODE)
    wrong = [key for key in played(score) if score.page.notes["bar"][key.note] == 6]
    keys = [key._replace(pitch=key.pitch + 1) if key in wrong else key for key in played(score)]
    attempt = attempted(ODE, score, keys)
    assert attempt is not None
    qualities = {bar.bar: bar_quality(bar) for bar in attempt.bars}
    assert min(qualities, key=lambda bar: qualities[bar]) == 6
    assert qualities[6] < 0.75 < qualities[3]


def test_a_feature_that_no_take_has_is_no_better_than_right() -> None:
    """Found by fuzzing the events of a student: a damaged one made the belief overflow."""
    attempt = attempted(ODE, score_of(ODE), played(score_of(ODE)))
    assert attempt is not None
    damaged = msgspec.structs.replace(attempt, features=dict.fromkeys(attempt.features, -1e300))
    assert all(0.0 <= seen.right <= 1.0 for seen in observations_of(damaged))


def test_another_piece_and_a_few_keys_say_nothing_about_anybody() -> None:
    score, other = score_of(ODE), BY_NAME["musette-d"]
    assert attempted(ODE, score, played(score_of(other))) is None
    assert attempted(ODE, score, played(score)[:2]) is None
    assert attempted(ODE, score, []) is None


def test_in_wait_mode_nothing_is_said_about_rhythm() -> None:
    score = score_of(ODE)
    attempt = attempted(ODE, score, played(score), Manner(mode="wait"))
    assert not [skill for skill in right_of(attempt) if skill.startswith("rhythm.")]


def test_a_keyboard_without_velocity_says_nothing_about_loudness() -> None:
    offer = BY_NAME["cuckoo-echo"]
    score = score_of(offer)
    soft = [key._replace(velocity=64) for key in played(score)]
    assert "dynamics.soft-loud" in right_of(attempted(offer, score, played(score)))
    assert "dynamics.soft-loud" not in right_of(attempted(offer, score, soft))


def test_one_hand_alone_says_nothing_about_hands_together() -> None:
    both = took(BY_NAME["two-friends"], 1.0)
    alone = msgspec.structs.replace(both, hands="right")
    assert "hands.together" in right_of(both)
    assert "hands.together" not in right_of(alone)


def test_slowly_is_easier() -> None:
    quick, slow = (observations_of(took(ODE, 1.0, tempo=tempo)) for tempo in (1.0, 0.5))
    assert slow[0].level < quick[0].level == ODE.level


def test_a_bar_that_was_pointed_at_for_a_skill_tells_more_about_it() -> None:
    good, bad = BarTally(1, 8), BarTally(4, 8, 3)
    attempt = Attempted("p", "t", ("reading.treble",), 1.0, (good, bad))
    pointed = msgspec.structs.replace(attempt, points=(Point("reading.treble", 4, 4),))
    assert right_of(pointed)["reading.treble"] < right_of(attempt)["reading.treble"]


@pytest.mark.parametrize("bars", [1, 4, 40])
def test_little_that_was_played_is_believed_less(bars: int) -> None:
    weights = [seen.weight for seen in observations_of(took(ODE, 1.0, bars=bars))]
    assert max(weights) == (1.0 if bars >= 4 else 0.55)
