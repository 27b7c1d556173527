"""A student of two years: bytes and CPU time of an event, of the whole state, and of a lesson."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from mos_appliance.app.benchmarks import Figure
from mos_appliance.app.lessons import Syllabus, read_syllabus
from mos_appliance.store.students import Students
from mos_appliance.wire.students import Attempted, BarTally, Envelope, enclose

TAKES: Final = 3000
_DAY: Final = 20_500
_A_DAY: Final = 5


def measure() -> Iterator[Figure]:
    """Three thousand takes of sixteen bars, five a day."""
    syllabus = read_syllabus()
    events = list(_life(syllabus))
    yield from _records(events)
    began = time.thread_time_ns()
    student = syllabus.state_of(events)
    folded = (time.thread_time_ns() - began) / 1e6
    yield Figure("a take, into the state", round(folded / TAKES, 3), "ms")
    yield Figure(f"the state of {TAKES} takes, from nothing", round(folded, 1), "ms")
    took = []
    for day in range(20):
        began = time.thread_time_ns()
        syllabus.next_lesson(student, _DAY + TAKES // _A_DAY + day)
        took.append((time.thread_time_ns() - began) / 1e6)
    yield Figure("the next lesson", round(float(np.median(took)), 2), "ms")


def _records(events: list[Envelope]) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        students = Students(Path(folder))
        students.open()
        name = students.make()
        students.merge(name, events)
        size = (Path(folder) / f"{name}.log").stat().st_size
        yield Figure("a take, sealed on the disk", round(size / TAKES, 1), "bytes")
        began = time.thread_time_ns()
        students.read(name)
        read = (time.thread_time_ns() - began) / 1e6
        yield Figure(f"{TAKES} takes, read and unsealed", round(read, 1), "ms")


def _life(syllabus: Syllabus) -> Iterator[Envelope]:
    random = np.random.default_rng(7)
    offers = sorted(syllabus.offers, key=lambda offer: (offer.level, offer.name))
    for number in range(TAKES):
        offer = offers[int(random.integers(0, 1 + len(offers) * (number + 1) // (TAKES + 1)))]
        missed = random.integers(0, 3, 16) * (random.random(16) < 0.2)
        bars = tuple(BarTally(bar, 8, int(count)) for bar, count in enumerate(missed, 1))
        features = {"rhythm": float(random.uniform(0, 0.08)), "articulation": 0.0}
        attempt = Attempted(
            offer.piece, offer.title, offer.skills, offer.level, bars, features, offer.points, seconds=30.0
        )
        yield enclose(7, number + 1, number + 1, _DAY + number // _A_DAY, attempt)
