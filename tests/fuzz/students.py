"""The doors of students: events and logs as another box or a bad card may hand them, and graphs of skills."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Final

from drivers.review_schedule import ReviewSchedule
from mos_appliance.store.student_log import decode_log, encode_record, log_header
from mos_appliance.tutor.knowledge.lesson import compose
from mos_appliance.tutor.knowledge.skills import read_graph
from mos_appliance.tutor.knowledge.student import fold
from mos_appliance.wire.students import (
    Attempted,
    BarTally,
    Body,
    Equipped,
    LessonGiven,
    Named,
    Point,
    StepSkipped,
    decode_event,
    enclose,
    encode_event,
)

_KEY: Final = bytes(range(32))
_WHO: Final = bytes(range(16))
_SKILLS: Final = (Path(__file__).parents[2] / "mos_appliance" / "shelf" / "skills.json").read_bytes()
_GRAPH: Final = read_graph(_SKILLS)
_TAKE: Final = Attempted(
    "bafk", "A tune", ("hand.right", "rhythm.eighths"), 1.5, (BarTally(1, 8), BarTally(2, 8, 3, 1, 1, 1)),
    {"rhythm": 0.05, "touch": 3.0}, (Point("hand.right", 1, 2),), 0.7, "right", "flow", True, 20.0, 3.5,
)  # fmt: skip
_BODIES: Final[tuple[Body, ...]] = (
    Named("Mo"), Equipped(), _TAKE, LessonGiven((("new", "bafk"),)), StepSkipped("bafk"),
)  # fmt: skip


def fuzz_student_event(data: bytes) -> None:
    """Decode; whatever is an event, the state takes in, and a lesson comes of it."""
    student = fold([decode_event(data)], _GRAPH, ReviewSchedule())
    compose(student, [], student.day)


def student_events() -> list[bytes]:
    """One of each kind, and one of a later version."""
    return [encode_event(enclose(7, number, number, 20_500, body)) for number, body in enumerate(_BODIES, 1)]


def fuzz_student_log(data: bytes) -> None:
    """Read: what is good is found, in order, the rest is stepped over."""
    content = decode_log(data, _KEY, _WHO, "log")
    assert content.whole <= len(data)


def student_logs() -> list[bytes]:
    """A log of a few records."""
    records = [
        encode_record(_KEY, _WHO, number, bytes([number]) * 24, enclose(7, number, number, None, body))
        for number, body in enumerate(_BODIES, 1)
    ]
    return [log_header(_WHO) + b"".join(records)]


def mend_student_log(chance: random.Random, data: bytes) -> bytes:
    """With its header as it should be."""
    del chance
    return log_header(_WHO) + data[24:]


def fuzz_skills(data: bytes) -> None:
    """Read; a graph that is read can be taught: nothing comes before what it needs."""
    known: set[str] = set()
    for skill in read_graph(data).skills.values():
        assert known.issuperset(skill.needs)
        known.add(skill.id)


def skill_graphs() -> list[bytes]:
    """The shelf's, and a short one."""
    short = (
        b'{"areas":[{"id":"a","title":"A"}],"skills":[{"id":"x","area":"a","title":"X","needs":[]},'
        b'{"id":"y","area":"a","title":"Y","needs":["x"]}]}'
    )
    return [short, _SKILLS]
