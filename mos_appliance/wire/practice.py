"""What hub and tutor hand each other as files of the run directory: a score, what to do with it, the judgement."""

from __future__ import annotations

from typing import Any, Literal, TypeVar

import msgspec

from mos_appliance.errors import BadInput
from mos_appliance.wire.students import Attempted

Mode = Literal["wait", "flow", "accompany", "along", "echo"]
"""`wait`: goes on at right notes only; `flow`: follows whatever comes; `accompany`: the machine plays what the student
does not, and follows; `along`: the machine keeps the tempo, and the student follows; `echo`: phrase by phrase the
machine plays, then the student."""
Listen = Literal["keys", "microphone"]
"""Who is followed: the keyboards, or what the microphone hears."""
MarkVerdict = Literal["right", "wrong", "missed", "early", "late", "extra"]
T = TypeVar("T")


class NoteTable(msgspec.Struct, frozen=True, array_like=True):
    """A `NoteList`: `rows` are its notes as `music.notes.NOTE` lays them out."""

    rows: bytes
    division: int
    parts: list[str]
    ids: list[str]


class PracticeScore(msgspec.Struct, frozen=True):
    """A score as the tutor follows it and the machine plays it."""

    page: NoteTable
    unfolded: NoteTable | None
    """The same with its repeats written out; None where that cannot be done."""
    tempi: list[tuple[int, int]]
    """Of the song that goes with it: tick, µs a quarter."""
    end_tick: int = 0


class PracticeOrder(msgspec.Struct, frozen=True):
    """`practice.mos`: what is practised."""

    number: int
    mode: Mode
    score: PracticeScore
    hands: list[int] = []
    """The hands that the student plays, counted from 0 as they stand in the score; empty: all."""
    from_bar: int = 1
    to_bar: int = 0
    """The last bar; 0: that of the piece."""
    loop: bool = False
    tempo_percent: float = 100.0
    ramp_percent: float = 0.0
    """So much faster each clean round of a loop that the machine plays along."""
    marks: bool = False
    chord_ms: float = 250.0
    """Within this the notes of a chord have to come in wait mode."""
    bounce_ms: float = 60.0
    listen: Listen = "keys"


class PracticeNote(msgspec.Struct, frozen=True):
    """A note of the score for the page."""

    id: str
    onset_quarters: str
    bar: int
    pitch: int
    hand: int


class PracticeNotes(msgspec.Struct, frozen=True):
    """All notes of the page, in the order of the score."""

    notes: list[PracticeNote]


class NoteMark(msgspec.Struct, frozen=True):
    """What became of a note of the score, or of one that was struck."""

    mark: int
    """Its number in the judgement, by which a teacher corrects it."""
    verdict: MarkVerdict
    note: str = ""
    """Id of the note of the score; empty for an extra one."""
    bar: int = 0
    pitch: int = 0
    """Of the score's note; of an extra one as it was struck."""
    played: int = 0
    """The key that was struck in its place; 0 for none."""
    early_ms: float = 0.0
    times: int = 1
    """In which pass through its place."""


class Told(msgspec.Struct, frozen=True):
    """One true thing: a message id with arguments, its text, and what it rests on."""

    kind: str
    message: str
    bar: int
    confidence: float
    text: str
    arguments: dict[str, Any] = {}
    evidence: dict[str, Any] = {}


class Judged(msgspec.Struct, frozen=True):
    """The tutor's judgement on a take or a phrase of it."""

    practice: int
    mode: Mode
    is_this_piece: bool
    notes: int
    """How many were struck."""
    right: int
    bars: list[int]
    """First and last bar that was played."""
    grade: float
    """For the teacher: 1.0 to 5.0; 0 where there is none (wait mode has no tempo to be judged)."""
    features: dict[str, float]
    told: list[Told]
    """The most useful first."""
    marks: list[NoteMark]
    attempt: Attempted | None = None
    """What is kept of it in the student's life; what the piece asks for is filled in by who knows the piece."""


class Correction(msgspec.Struct, frozen=True):
    """What a teacher says of a mark; the machine's own stays beside it."""

    mark: int
    verdict: MarkVerdict
    comment: str = ""
    at: str | None = None
    """Wall time in ISO 8601, null while the date is unknown."""


class Judgement(msgspec.Struct, frozen=True):
    """What the tutor says of a take, and what a teacher has corrected of it."""

    take: str
    piece: str
    title: str
    mode: Mode
    is_this_piece: bool
    notes: int
    right: int
    bars: list[int]
    """First and last bar that was played."""
    told: list[Told]
    """The most useful first, each with its evidence."""
    marks: list[NoteMark]
    corrections: list[Correction] = []
    """In the order in which they were made; of two of one mark the later counts."""
    released: bool = False
    """Whether the student may see the grade."""
    grade: float | None = None
    """1.0 to 5.0; null where the student may not see it, or there is none."""
    features: dict[str, Any] = {}
    """What the grade was made from; empty where there is none to be seen."""


def decode_practice(content: bytes, kind: type[T]) -> T:
    """Errors: `BadInput` when the bytes are no such thing."""
    try:
        return msgspec.msgpack.decode(content, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadInput("practice", str(error)) from error
