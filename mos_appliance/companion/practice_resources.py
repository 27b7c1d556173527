"""The JSON of practising: what is asked for, and what a teacher changes."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from mos_appliance.wire.practice import Listen, MarkVerdict, Mode
from mos_appliance.wire.students import Hands

Bar = Annotated[int, msgspec.Meta(ge=0, le=100_000)]


class PracticeWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be practised, and how."""

    piece: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    """CID of a piece of the library."""
    mode: Mode = "wait"
    hands: Annotated[list[Annotated[int, msgspec.Meta(ge=0, le=31)]], msgspec.Meta(max_length=32)] = []
    """The hands that the student plays, from 0 as they stand in the score, the upper first; empty: all."""
    from_bar: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 1
    to_bar: Bar = 0
    """0: to the end."""
    loop: bool = False
    tempo_percent: Annotated[float, msgspec.Meta(ge=25, le=200)] = 100.0
    """Of the tempo that the score asks for, where the machine plays."""
    ramp_percent: Annotated[float, msgspec.Meta(ge=0, le=50)] = 0.0
    """In a loop that the machine plays along: so much faster after each clean round, up to 100 %."""
    marks: bool = False
    """Whether each note is marked as it is played, not only after the take; after ten lessons of the student only what
    is wrong is marked so, after 25 nothing."""
    listen: Listen = "keys"
    """`microphone`: an acoustic instrument is followed; 503 while no microphone is open, or it cannot be understood."""


class ExerciseWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An exercise to be made."""

    kind: Literal["scale", "broken-chord", "cadence", "sight-reading", "ear", "rhythm"]
    key: Annotated[str, msgspec.Meta(max_length=2)] = "C"
    """Of scales and chords: `C`, `F#`, `Bb` …"""
    minor: bool = False
    hands: Hands = "both"
    octaves: Annotated[int, msgspec.Meta(ge=1, le=2)] = 1
    level: Annotated[int, msgspec.Meta(ge=0, le=4)] | None = None
    """Of what is composed: 0 the easiest; null: the tutor chooses by what whoever plays has mastered."""
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**31)] | None = None
    """The same seed composes the same bars; null: new ones."""


class Exercise(msgspec.Struct, frozen=True):
    """An exercise that was made."""

    piece: str
    """CID in the library."""
    title: str
    mode: Mode
    """How it is best practised."""
    seed: int
    level: int | None = None
    """Of what was composed."""
    why: str = ""
    """Why the tutor chose that level; empty where it did not."""


class NewCorrection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mark that a teacher corrects."""

    mark: Annotated[int, msgspec.Meta(ge=1, le=100_000)]
    verdict: MarkVerdict
    comment: Annotated[str, msgspec.Meta(max_length=500)] = ""


class JudgementPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a teacher changes of a judgement; what is absent stays."""

    released: bool | None = None
    correction: NewCorrection | None = None
