"""The grade falls with each fault, and does not mind what teachers do not punish."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mos_appliance.tutor.assessment import assess
from mos_appliance.tutor.report import report_of
from mos_appliance.tutor.score_map import map_score
from tests.tutor.pieces import BAR, Played, bars, end_ms, little_piece, play, take_of

PIECE = little_piece(24)
SCORE = map_score(PIECE)
QUARTER = 500.0


def grade(take: list[Played]) -> float:
    performance = take_of(take)
    value = report_of(SCORE, performance, assess(SCORE, performance))["grade"]
    assert isinstance(value, float)
    return value


def humanly(take: list[Played]) -> list[Played]:
    rng = np.random.default_rng(2)
    return [
        key._replace(at_ms=key.at_ms + float(rng.normal(0, 8)), velocity=int(64 + rng.normal(0, 4))) for key in take
    ]


def chosen(count: int, of: int, seed: int = 4) -> set[int]:
    return set(np.random.default_rng(seed).permutation(of)[:count].tolist())


def left_out(level: int) -> list[Played]:
    gone = chosen(level * 12, 240)
    return [key for number, key in enumerate(humanly(play(PIECE))) if number not in gone]


def wrong(level: int) -> list[Played]:
    bad = chosen(level * 12, 240)
    return [
        key._replace(pitch=key.pitch + 1) if number in bad else key for number, key in enumerate(humanly(play(PIECE)))
    ]


def added(level: int) -> list[Played]:
    take = humanly(play(PIECE))
    more = [Played(take[number].at_ms + 120.0, take[number].pitch + 5) for number in chosen(level * 12, 240)]
    return sorted(take + more, key=lambda key: key.at_ms)


def uneven(level: int) -> list[Played]:
    rng = np.random.default_rng(6)
    off = rng.normal(0, 1, len(PIECE.notes))
    return [key._replace(at_ms=key.at_ms + 25.0 * level * float(off[key.note])) for key in humanly(play(PIECE))]


def hesitant(level: int) -> list[Played]:
    stops = [(3 + 2 * number) * BAR * QUARTER + 740.0 for number in range(2 * level)]
    return [
        key._replace(at_ms=key.at_ms + 1200.0 * sum(key.at_ms > stop for stop in stops)) for key in humanly(play(PIECE))
    ]


def restarting(level: int) -> list[Played]:
    take: list[Played] = []
    begin, at = 1, 0.0
    for number in range(level):
        end = 4 + 4 * number
        take += play(PIECE, bars(PIECE, begin, end), at)
        begin, at = end, end_ms(play(PIECE, bars(PIECE, begin, end), at)) + 900.0
    return humanly(take + play(PIECE, bars(PIECE, begin, 24), at))


def rushing(level: int) -> list[Played]:
    end = 24 * BAR * QUARTER
    return [key._replace(at_ms=key.at_ms * (1.0 - 0.07 * level * key.at_ms / end)) for key in humanly(play(PIECE))]


def rough(level: int) -> list[Played]:
    rng = np.random.default_rng(8)
    return [key._replace(velocity=int(64 + 9 * level * rng.normal(0, 1)) % 128 or 1) for key in humanly(play(PIECE))]


def clipped(level: int) -> list[Played]:
    few = chosen(level * 75, len(PIECE.notes))
    return [key._replace(duration_ms=40.0) if number in few else key for number, key in enumerate(humanly(play(PIECE)))]


def heavy_below(level: int) -> list[Played]:
    return [
        key._replace(velocity=key.velocity + 15 * level) if PIECE.notes["staff"][key.note] == 2 else key
        for key in humanly(play(PIECE))
    ]


FAULTS = [left_out, wrong, added, uneven, hesitant, restarting, rushing, rough, clipped, heavy_below]


@pytest.mark.parametrize("fault", FAULTS)
def test_the_grade_falls_with_each_fault(fault: Callable[[int], list[Played]]) -> None:
    grades = [grade(fault(level)) for level in range(4)]
    assert grades == sorted(grades, reverse=True)
    assert grades[3] < grades[0] - 0.2
    assert all(1.0 <= value <= 5.0 for value in grades)


def test_a_slower_steady_tempo_changes_nothing() -> None:
    take = humanly(play(PIECE))
    slower = [key._replace(at_ms=key.at_ms * 1.8, duration_ms=key.duration_ms * 1.8) for key in take]
    assert abs(grade(slower) - grade(take)) <= 0.05


def test_slowing_down_at_the_end_of_a_phrase_changes_nothing() -> None:
    take = humanly(play(PIECE))

    def late(at: float) -> float:
        phrase = 4 * BAR * QUARTER
        phrases, inside = divmod(at, phrase)
        extra = max(0.0, inside - phrase * 0.875) / (phrase * 0.125)
        return (phrases + extra**2) * 0.25 * BAR * QUARTER

    rubato = [key._replace(at_ms=key.at_ms + late(key.at_ms)) for key in take]
    assert abs(grade(rubato) - grade(take)) <= 0.1
