"""The JSON of practising: what is asked for, and what a teacher changes."""

from __future__ import annotations

from typing import Annotated

import msgspec

from mos_appliance.wire.practice import MarkVerdict, Mode

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
    """Whether each note is marked as it is played, not only after the take."""


class NewCorrection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mark that a teacher corrects."""

    mark: Annotated[int, msgspec.Meta(ge=1, le=100_000)]
    verdict: MarkVerdict
    comment: Annotated[str, msgspec.Meta(max_length=500)] = ""


class JudgementPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a teacher changes of a judgement; what is absent stays."""

    released: bool | None = None
    correction: NewCorrection | None = None
