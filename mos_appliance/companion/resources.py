"""The JSON of the API: one struct a resource; `/api/v1/openapi.json` is made from them."""

from __future__ import annotations

from typing import Annotated

import msgspec

from mos_appliance.wire.files import Process
from mos_appliance.wire.live import Fault


class Problem(msgspec.Struct, frozen=True):
    """What went wrong: `where` names the place, `why` says it in one line."""

    where: str
    why: str


class Failure(msgspec.Struct, frozen=True):
    """The body of every answer of status 400 and above."""

    error: Problem


class BlockCost(msgspec.Struct, frozen=True):
    """What a block cost, in µs."""

    p50: int
    p99: int
    max: int


class EngineHealth(msgspec.Struct, frozen=True):
    """The engine as last heard."""

    running: bool
    xruns: int
    block_us: BlockCost
    latency_ms: float
    voices: int
    voices_shed: int
    restarts: int
    device: str
    """Name of the sound device."""
    device_state: str


class HubHealth(msgspec.Struct, frozen=True):
    """The hub itself."""

    pages: int
    """Pages connected."""
    records_dropped: int
    """Records that the engine did not take."""


class AnswerTime(msgspec.Struct, frozen=True):
    """From a key at the engine to the tutor's answer at the hub, in ms; 0 where nothing was answered."""

    p50: float
    p99: float


class TutorHealth(msgspec.Struct, frozen=True):
    """The tutor as last heard."""

    running: bool
    restarts: int
    answers: int
    """Notes answered since the hub started."""
    answer_ms: AnswerTime
    """Of the last thousand notes."""


class Health(msgspec.Struct, frozen=True):
    """How the appliance is."""

    version: str
    slot: str
    """The half of the card that runs; `none` on a computer."""
    processes: dict[str, Process]
    engine: EngineHealth
    hub: HubHealth
    tutor: TutorHealth
    keeper: str = "none"
    """`running`, `silent`, or `none`: on a computer there is none."""
    number: int = 0
    """The box's, 0 on a computer."""
    clock: str = "unknown"
    """`unknown`, `carried_over`, `told` or `synchronised`: how far the date is to be believed."""
    faults: list[Fault] = []
    """What is wrong with the box now, the worst first, each with what to do."""
    update: str = ""
    """What came of the last update, in one line; empty when there was none."""


class Instrument(msgspec.Struct, frozen=True):
    """One instrument of General MIDI."""

    program: int
    bank: int
    name: str
    family: str


class ControlRow(msgspec.Struct, frozen=True):
    """One control with its range and the values in force."""

    name: str
    scope: str
    """What `which` counts: engine (just one), layer or part."""
    minimum: float
    maximum: float
    default: float
    unit: str
    doc: str
    whole: bool
    owner_only: bool
    choices: list[str]
    """What the whole numbers mean, where they are names."""
    values: list[float]
    """The value in force for each `which`."""


class Say(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text to be spoken."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    language: Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] = "en"
    """A language tag (BCP 47) that espeak-ng knows."""


class Spoken(msgspec.Struct, frozen=True):
    """A voice is being played."""

    seconds: float
