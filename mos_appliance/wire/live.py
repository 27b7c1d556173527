"""The JSON messages of the WebSocket `/api/v1/live`: tagged by `kind`, unknown kinds skipped on both sides."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

MidiByte = Annotated[int, msgspec.Meta(ge=0, le=255)]


class Message(msgspec.Struct, frozen=True, tag_field="kind"):
    """Root of all messages."""


# ---- from the page -------------------------------------------------------------------------------------------------


class Play(Message, frozen=True, tag="play"):
    """Sound a channel message now, as the student's own: 2 or 3 bytes, no system messages."""

    midi: Annotated[list[MidiByte], msgspec.Meta(min_length=2, max_length=3)]


class SetControl(Message, frozen=True, tag="set"):
    """Give a control (see `controls`) a value."""

    control: str
    value: float
    which: int = 0


class MoveTransport(Message, frozen=True, tag="transport"):
    """Play from `tick` (from where it stands when absent), stop, or seek to `tick`."""

    do: Literal["play", "stop", "seek"]
    tick: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] | None = None


class SetLoop(Message, frozen=True, tag="loop"):
    """Repeat a stretch; both 0 ends it."""

    from_tick: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
    to_tick: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class Panic(Message, frozen=True, tag="panic"):
    """Silence, now."""


class LoadTake(Message, frozen=True, tag="load_take"):
    """Put a take into the transport, to be replayed."""

    take: str


class Ping(Message, frozen=True, tag="ping"):
    """Answered with a `pong` of the same token at once: the page measures its delay."""

    token: int = 0


FromPage = Play | SetControl | MoveTransport | SetLoop | Panic | LoadTake | Ping


# ---- to the page ---------------------------------------------------------------------------------------------------


class Pong(Message, frozen=True, tag="pong"):
    """Answer to a `ping`."""

    token: int


class Note(Message, frozen=True, tag="note"):
    """A note began or ended. `source` is keyboard, din, hub (a page), song or microphone; `part` only for songs."""

    on: bool
    pitch: int
    velocity: int
    frame: int
    at_ns: int
    source: str
    channel: int
    part: int | None = None


class Pedal(Message, frozen=True, tag="pedal"):
    """A pedal moved: `which` is sustain, sostenuto or soft; `value` 0–127."""

    which: str
    value: int
    frame: int


class Control(Message, frozen=True, tag="control"):
    """A control has this value now."""

    control: str
    value: float
    which: int = 0


class Transport(Message, frozen=True, tag="transport"):
    """Where the transport stands. `playing` while it moves, `counting_in` before that."""

    state: Literal["stopped", "counting_in", "playing"]
    tick: int
    bar: int
    beat: int
    quarter_bpm: float
    tempo_scale: float
    loop: tuple[int, int] | None = None
    frame: int = 0
    """Frame at which it stood there."""


class Part(msgspec.Struct, frozen=True):
    """One part of a loaded song."""

    name: str
    program: int
    drums: bool
    notes: int


class SongLoaded(Message, frozen=True, tag="song"):
    """The song that the transport holds; `title` empty and no parts when it holds none."""

    title: str
    end_tick: int
    parts: list[Part]
    bars: list[int]
    """First tick of each bar."""
    metres: list[tuple[int, int, int]] = []
    """Each metre: its first tick, beats in a bar, note value of a beat (4 is a quarter)."""


class Statistics(Message, frozen=True, tag="statistics"):
    """Ten times a second, from the engine: the names and units of its records."""

    frame: int
    at_ns: int
    xruns: int
    voices: int
    voices_shed: int
    block_us: dict[str, int]
    period_us: int
    latency_ms: float
    peak_dbfs: float
    reduction_db: float
    tick: int = 0
    """Position of the transport (or of a metronome that runs alone) at `frame`."""
    bar: int = 0
    beat: int = 0


class Device(Message, frozen=True, tag="device"):
    """The sound device: `state` is playing, lost, simulated or probing."""

    state: str
    name: str
    period: int
    periods: int
    bits: int
    browser_sound: bool
    """True when nothing here can be heard and the page should offer to play `/api/v1/listen.wav`."""
    microphone: str = "none"
    """none, open or lost."""
    overruns: int = 0
    """How often the microphone's sound was lost since it was opened."""


class Keyboard(Message, frozen=True, tag="keyboard"):
    """What is known of the keyboards: names now connected, and facts learnt or set."""

    names: list[str]
    lowest_key: int | None = None
    highest_key: int | None = None
    velocity: str = "unknown"
    pedal: str = "none"


class TakeChanged(Message, frozen=True, tag="take"):
    """A take began, grew, ended, was renamed or removed."""

    take: str
    state: Literal["recording", "kept", "removed"]
    title: str
    started: str | None
    """Wall time in ISO 8601, null while the date is unknown."""
    seconds: float
    notes: int


class EngineState(Message, frozen=True, tag="engine"):
    """The engine's process came or went."""

    running: bool
    restarts: int


class Hello(Message, frozen=True, tag="hello"):
    """First message on every connection; `control`, `device`, `transport`, `song`, `take` messages follow it."""

    version: str
    name: str
    owner: bool
    """Whether this connection may change owner-only controls."""
    wants_time: bool = False
    """Whether the box does not know what day it is: the page then tells it (`PUT /api/v1/clock`)."""


class Disk(Message, frozen=True, tag="disk"):
    """Whether what is played and set can be kept: why the disk takes nothing more, empty while it does."""

    why: str


class Fault(msgspec.Struct, frozen=True):
    """Something that is wrong with the box, and what to do; `detail` is for who looks after it."""

    fault: str
    what: str
    cure: str
    detail: str = ""


class Faults(Message, frozen=True, tag="faults"):
    """All that is wrong with the box now, the worst first."""

    faults: list[Fault] = []


class Notice(Message, frozen=True, tag="notice"):
    """One line for the user: `level` is info, warning or error."""

    level: Literal["info", "warning", "error"]
    text: str


class TutorState(Message, frozen=True, tag="tutor"):
    """The tutor's process came or went."""

    running: bool
    restarts: int


class Practice(Message, frozen=True, tag="practice"):
    """What is practised. `state`: none, going, judging (it is over) or judged."""

    state: Literal["none", "going", "judging", "judged"]
    number: int = 0
    piece: str = ""
    """CID of the piece in the library; empty for what was composed for this practice."""
    title: str = ""
    mode: Literal["wait", "flow", "accompany", "along", "echo"] = "wait"
    hands: list[int] = []
    """Those that the student plays, by their place in `hand_names`; empty: all."""
    hand_names: list[str] = []
    from_bar: int = 1
    to_bar: int = 0
    loop: bool = False
    tempo_percent: float = 100.0
    ramp_percent: float = 0.0
    marks: bool = False
    listen: Literal["keys", "microphone"] = "keys"
    take: str = ""
    """The take with the judgement, once there is one."""


class Place(Message, frozen=True, tag="place"):
    """Where the student is: in wait mode the notes that are expected, else those that were played last."""

    practice: int
    note: str
    """Id of one of them in the score."""
    confidence: float
    pace_ms: float
    lost: bool
    end: bool
    frame: int
    listen: bool = False
    """In echo mode: the machine plays, and the student listens."""


class Mark(Message, frozen=True, tag="mark"):
    """What a note was that was struck, or that one was passed over."""

    practice: int
    verdict: Literal["unsure", "right", "wrong", "early", "late", "extra", "apart", "missed"]
    note: str
    """Id of the note of the score; empty for none."""
    pitch: int
    """The key that was struck; 0 for a note that was passed over."""
    early_ms: int
    times: int
    final: bool
    struck: int = -1
    """Number of the note in the practice, from 0."""
    took_ms: float = 0.0
    """From the key at the engine to the tutor's answer at the hub."""


class Said(msgspec.Struct, frozen=True):
    """One true thing, as a message id and its text; its evidence stands in the take's judgement."""

    kind: str
    message: str
    bar: int
    confidence: float
    text: str


class Judged(Message, frozen=True, tag="judged"):
    """A phrase, or with `whole` the take, was judged: the most useful first."""

    practice: int
    whole: bool
    take: str
    is_this_piece: bool
    notes: int
    right: int
    said: list[Said]


ToPage = (
    Pong
    | Note
    | Pedal
    | Control
    | Transport
    | SongLoaded
    | Statistics
    | Device
    | Keyboard
    | TakeChanged
    | EngineState
    | Hello
    | Notice
    | Disk
    | Faults
    | TutorState
    | Practice
    | Place
    | Mark
    | Judged
)
