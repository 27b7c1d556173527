"""Practice of small scores."""

from __future__ import annotations

from typing import Any

from mos_appliance.music.notes import NoteList
from mos_appliance.tutor.practice.answers import Answer, Answered, Led, Missed, Moved
from mos_appliance.tutor.practice.session import Practice
from mos_appliance.wire.practice import PracticeOrder, PracticeScore
from mos_appliance.wire.practice_notes import table_of
from tests.tutor.pieces import BAR, DIVISION, page

TEMPO_US = 500_000


def order_of(score: NoteList, mode: str = "wait", unfolded: NoteList | None = None, **wishes: Any) -> PracticeOrder:
    end = int(score.notes["onset"].max()) * 960 // DIVISION + 960
    table = PracticeScore(table_of(score), table_of(unfolded or score), [(0, TEMPO_US)], end)
    return PracticeOrder(7, mode, table, **wishes)  # type: ignore[arg-type]


def practice_of(score: NoteList, mode: str = "wait", **wishes: Any) -> Practice:
    return Practice(order_of(score, mode, **wishes))


def hymn() -> NoteList:
    """Four bars: a melody in quarters over a chord in each bar."""
    melody = (64, 65, 67, 69, 67, 65, 64, 62, 60, 62, 64, 65, 67, 64, 62, 60)
    rows = [(float(place), 1.0, pitch, 1) for place, pitch in enumerate(melody)]
    for bar, root in enumerate((48, 53, 50, 48)):
        rows += [(float(bar * BAR), 4.0, root + step, 2) for step in (0, 4, 7)]
    return page(rows)


def answered(answers: list[Answer]) -> list[Answered]:
    return [answer for answer in answers if isinstance(answer, Answered)]


def moved(answers: list[Answer]) -> list[Moved]:
    return [answer for answer in answers if isinstance(answer, Moved)]


def missed(answers: list[Answer]) -> list[Missed]:
    return [answer for answer in answers if isinstance(answer, Missed)]


def led(answers: list[Answer]) -> list[Led]:
    return [answer for answer in answers if isinstance(answer, Led)]
