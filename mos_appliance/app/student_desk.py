"""What `mos student` does, verb by verb."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from mos_appliance.app.input_file import read_input
from mos_appliance.app.lessons import SHELF, Syllabus, read_syllabus, told_lesson, told_progress
from mos_appliance.app.output_file import write_output
from mos_appliance.app.settings import default_data
from mos_appliance.app.wall_clock import known_day, quality_of
from mos_appliance.errors import BadInput
from mos_appliance.store.student_file import MAX_FILE_BYTES
from mos_appliance.store.students import Students, hold
from mos_appliance.tutor.knowledge.offers import Offer
from mos_appliance.tutor.knowledge.student import Student
from mos_appliance.wire.files import DataFile
from mos_appliance.wire.students import Attempted, Named

_PASSPHRASE_BYTES: Final = 1000


class Desk:
    """The students of a data directory, and the shelf."""

    def __init__(self, root: Path) -> None:
        self.students = Students(root)
        self.students.open()
        self.syllabus: Syllabus = read_syllabus()
        now = datetime.now().astimezone()
        self.day = known_day(now, quality_of(now))

    def find(self, text: str) -> str:
        """The one student whose id begins so. Errors: `BadInput`."""
        found = [name for name in self.students.ids() if name.startswith(text)]
        if len(found) != 1:
            raise BadInput("ID", f"{len(found) or 'no'} students have an id that begins with {text[:32]!r}")
        return found[0]

    def state(self, name: str) -> Student:
        """The student's state."""
        return self.syllabus.state_of(self.students.read(name))


def run_verb(args: argparse.Namespace) -> int:
    """Do what was asked. Errors: `BadInput`, `Corrupt`, `Unavailable`, `OSError`."""
    root = Path(args.data or default_data()) / DataFile.STUDENTS
    with hold(root):
        desk = Desk(root)
        for line in desk.students.told:
            sys.stderr.write(f"{line}\n")
        told, text = _VERBS[args.verb](desk, args)
    sys.stdout.write(msgspec.json.encode(told).decode() + "\n" if args.json else text)
    return 0


Told = tuple[dict[str, Any], str]
"""What a verb has to say: as an object and for people."""


def _make(desk: Desk, args: argparse.Namespace) -> Told:
    if not 1 <= len(args.nickname) <= 40:
        raise BadInput("NAME", "has 1 to 40 characters")
    name = desk.students.make()
    desk.students.append(name, desk.day, Named(args.nickname))
    return {"student": name}, f"{name}\n"


def _list(desk: Desk, _: argparse.Namespace) -> Told:
    rows: list[dict[str, Any]] = []
    for name in desk.students.ids():
        state = desk.state(name)
        rows.append(
            {"student": name, "nickname": state.nickname, "lessons": state.lessons, "minutes": state.seconds // 60}
        )
    lines = [f"{row['student'][:8]}  {row['nickname']}  {row['lessons']} lessons" for row in rows]
    return {"students": rows}, "".join(f"{line}\n" for line in lines)


def _show(desk: Desk, args: argparse.Namespace) -> Told:
    name = desk.find(args.student)
    progress = told_progress(name, desk.state(name), desk.syllabus, desk.day)
    lines = [f"{progress.nickname}: {progress.lessons} lessons, {progress.minutes_played} minutes judged"]
    for row in progress.skills:
        if row.attempts:
            due = ", due" if row.due else ""
            lines.append(f"{row.mastery:4.0%}  {row.skill:24} {row.title} ({row.state}{due})")
    return msgspec.to_builtins(progress), "".join(f"{line}\n" for line in lines)


def _lesson(desk: Desk, args: argparse.Namespace) -> Told:
    name = desk.find(args.student)
    state = desk.state(name)
    lesson = told_lesson(name, state.lessons + 1, desk.syllabus.next_lesson(state, desk.day))
    lines = []
    for step in lesson.steps:
        bars = f", bars {step.bar} to {step.to_bar}" if step.bar else ""
        lines.append(f"{step.minutes:g} min  {step.role}: {step.title}{bars} ({step.hands}, {step.tempo:.0%})")
        lines += [f"        {reason.text}" for reason in step.reasons]
    return msgspec.to_builtins(lesson), "".join(f"{line}\n" for line in lines)


def _take(desk: Desk, args: argparse.Namespace) -> Told:
    name = desk.find(args.student)
    offer = next((one for one in desk.syllabus.offers if args.piece in (one.name, one.piece)), None)
    if offer is None:
        raise BadInput("PIECE", f"{args.piece[:80]!r} is not on the shelf")
    attempt = _judged(offer, args.performance)
    if attempt is None:
        return {"kept": False}, "This is not that piece, or hardly any of it: nothing was kept.\n"
    desk.students.append(name, desk.day, attempt)
    right = sum(bar.due - bar.missed for bar in attempt.bars) / max(1, sum(bar.due for bar in attempt.bars))
    told = {"kept": True, "bars": len(attempt.bars), "right": round(right, 3), "grade": attempt.grade}
    return told, f"{len(attempt.bars)} bars, {right:.0%} of their notes; kept\n"


def _judged(offer: Offer, performance: str) -> Attempted | None:
    """A take of a piece of the shelf, as its student's event."""
    from mos_appliance.music.formats import format_of
    from mos_appliance.music.smf import FILE_BYTES, read_smf
    from mos_appliance.tutor.assessment import assess
    from mos_appliance.tutor.judging import judge
    from mos_appliance.tutor.knowledge.attempts import attempt_of
    from mos_appliance.tutor.performance import performance_of
    from mos_appliance.tutor.score_map import map_score
    from mos_appliance.tutor.timing import timing_of

    try:
        take = performance_of(read_smf(read_input(performance, FILE_BYTES), most_bytes=FILE_BYTES))
    except BadInput as error:
        raise BadInput(performance, f"{error.where}: {error.why}") from error
    data = (SHELF / "pieces" / f"{offer.name}.umf").read_bytes()
    row = format_of(f"{offer.name}.umf")
    score = map_score(row.notes(data, False), row.notes(data, True))
    assessment = assess(score, take)
    judgement = judge(score, take, assessment, timing_of(score, take, assessment.account))
    return attempt_of(offer, score, take, assessment, judgement)


def _export(desk: Desk, args: argparse.Namespace) -> Told:
    name = desk.find(args.student)
    data = desk.students.export(name, _passphrase(args.passphrase_file))
    write_output(args.output, data)
    return {"student": name, "output": str(args.output), "bytes": len(data)}, f"{args.output}: {len(data)} bytes\n"


def _import(desk: Desk, args: argparse.Namespace) -> Told:
    name, added = desk.students.take_in(read_input(str(args.file), MAX_FILE_BYTES), _passphrase(args.passphrase_file))
    return {"student": name, "added": len(added)}, f"{name}: {len(added)} events were new\n"


def _erase(desk: Desk, args: argparse.Namespace) -> Told:
    name = desk.find(args.student)
    if not args.yes:
        raise BadInput("erase", f"this cannot be undone; say --yes to erase {name}")
    desk.students.erase(name)
    return {"erased": name}, f"{name} is erased\n"


def _passphrase(path: Path) -> str:
    """Errors: `BadInput` when it is no text, `OSError`."""
    try:
        return read_input(str(path), _PASSPHRASE_BYTES).decode().splitlines()[0]
    except (UnicodeDecodeError, IndexError) as error:
        raise BadInput(str(path), "does not begin with a line of text") from error


_VERBS: Final[dict[str, Callable[[Desk, argparse.Namespace], Told]]] = {
    "make": _make,
    "list": _list,
    "show": _show,
    "lesson": _lesson,
    "take": _take,
    "export": _export,
    "import": _import,
    "erase": _erase,
}
