"""The JSON of the students' API: one struct a resource; `/api/v1/openapi.json` is made from them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from mos_appliance.wire.students import Hands, Name

StudentId = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
Passphrase = Annotated[str, msgspec.Meta(min_length=8, max_length=200)]


class Equipment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a student plays on, and may be asked for."""

    lowest: Annotated[int, msgspec.Meta(ge=0, le=127)] = 21
    highest: Annotated[int, msgspec.Meta(ge=0, le=127)] = 108
    """The lowest and the highest key, as MIDI numbers."""
    velocity: bool = True
    """Whether the keyboard tells how hard keys are struck."""
    pedal: bool = False
    hands: Hands = "both"
    """Which hands play."""
    reading: bool = True
    """False leaves out what needs notes to be read."""
    semitones: Annotated[int, msgspec.Meta(ge=-36, le=36)] = 0
    """How much higher than written the instrument sounds: -2 for one in B flat. Not 0: one line is played."""
    minutes: Annotated[int, msgspec.Meta(ge=3, le=60)] = 10
    """Length of a lesson."""


class StudentNew(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A student to be."""

    nickname: Name
    """Initials or a nick name, chosen by the owner; it never leaves this box but in the student's own file."""
    equipment: Equipment = Equipment()


class StudentPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to change of a student; what is absent stays."""

    nickname: Name | None = None
    equipment: Equipment | None = None


class StudentRow(msgspec.Struct, frozen=True):
    """A student."""

    student: StudentId
    nickname: str
    lessons: int
    events: int
    playing: bool
    """Whether what is played now is theirs."""


class Roll(msgspec.Struct, frozen=True):
    """The students of this box."""

    students: list[StudentRow]
    told: list[str]
    """What was found amiss with their records since the start, in words."""


class Playing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose playing is judged now; nobody's when null: then nothing is kept but takes."""

    student: StudentId | None


class SkillProgress(msgspec.Struct, frozen=True):
    """How far a student is with a skill."""

    skill: str
    title: str
    area: str
    mastery: float
    """0 to 1, as believed today."""
    state: Literal["waiting", "ready", "begun", "mastered"]
    """`waiting`: what it builds on is not there yet."""
    attempts: int
    due: bool
    """Whether it is time to hear it again."""
    review_in_days: int | None
    """Days, or lessons while the date is not known, until it is; null when it was never shown."""


class Progress(msgspec.Struct, frozen=True):
    """All that is known of a student, reckoned from the events of their life."""

    student: StudentId
    nickname: str
    equipment: Equipment
    lessons: int
    minutes_played: int
    date_known: bool
    """Whether days are counted now."""
    skills: list[SkillProgress]
    passages_due: int
    """Bars that went wrong and are due."""


class LessonReason(msgspec.Struct, frozen=True):
    """Why a step is there: a message id with arguments, and its English text."""

    message: str
    arguments: dict[str, Any]
    text: str


class LessonStep(msgspec.Struct, frozen=True):
    """A step of a lesson."""

    role: Literal["warm-up", "new", "review", "repertoire"]
    piece: str
    """CID of the piece in the library."""
    title: str
    minutes: float
    hands: Hands
    tempo: float
    """Share of the piece's own."""
    bar: int
    to_bar: int
    """The passage to play; both 0 for the whole piece."""
    skills: list[str]
    """The skills that it is for."""
    reasons: list[LessonReason]


class NextLesson(msgspec.Struct, frozen=True):
    """A lesson."""

    student: StudentId
    number: int
    """Counted from 1."""
    minutes: float
    steps: list[LessonStep]
    left_out: dict[str, int]
    """How many pieces this student cannot be asked to play, by the reason."""


class Skip(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A step that is not wanted."""

    piece: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class ExportWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What protects the file."""

    passphrase: Passphrase


class Imported(msgspec.Struct, frozen=True):
    """A student was taken in."""

    student: StudentId
    nickname: str
    added: int
    """Events that were new here."""


class Erased(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Students that were erased: every box that learns of it erases them too."""

    students: Annotated[list[StudentId], msgspec.Meta(max_length=1500)]
