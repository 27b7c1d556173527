"""Events of a student's life with the instrument: an append-only list, from which their whole state is folded.

Every event has an envelope; its body is of the kind that the envelope names. Kinds are appended, members only ever
added at the end: who does not know a kind keeps the event and skips it. A day is a number of days since 1970-01-01
where the student lives, and only there when the date was known.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec

from mos_appliance.errors import BadInput

STUDENT_BYTES: Final = 16
"""A student's id is that many random bytes, written in hexadecimal."""
MAX_EVENT_BYTES: Final = 64 << 10
MAX_EVENTS: Final = 500_000
FIRST_DAY: Final = 18_262
"""2020-01-01: no day before it is believed."""
LAST_DAY: Final = 73_414
"""2170-12-31."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
Key = Annotated[int, msgspec.Meta(ge=0, le=127)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Text = Annotated[str, msgspec.Meta(max_length=300)]
SkillName = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
Hands = Literal["left", "right", "both"]


class Envelope(msgspec.Struct, frozen=True, array_like=True):
    """An event. `origin` and `sequence` together are its id; `clock` orders events of several boxes."""

    origin: Annotated[int, msgspec.Meta(ge=0, le=2**62)]
    """The box where it happened: a random number that the box gave itself."""
    sequence: Annotated[int, msgspec.Meta(ge=1, le=2**53)]
    """Counts the student's events of that box."""
    clock: Annotated[int, msgspec.Meta(ge=1, le=2**53)]
    """One more than the greatest that was known when it happened (a Lamport clock)."""
    day: Annotated[int, msgspec.Meta(ge=FIRST_DAY, le=LAST_DAY)] | None
    kind: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    body: msgspec.Raw

    @property
    def id(self) -> tuple[int, int]:
        """By which it is known everywhere."""
        return self.origin, self.sequence

    @property
    def order(self) -> tuple[int, int, int]:
        """Where it stands among the events of a student, whatever way they came."""
        return self.clock, self.origin, self.sequence


class Named(msgspec.Struct, frozen=True, array_like=True):
    """What the student is called here: initials or a nick name."""

    nickname: Name


class Equipped(msgspec.Struct, frozen=True, array_like=True):
    """What the student plays on, and may be asked for."""

    lowest: Key = 21
    highest: Key = 108
    """The keys of the keyboard."""
    velocity: bool = True
    pedal: bool = False
    hands: Hands = "both"
    reading: bool = True
    """False: pieces that need notes to be read are left out."""
    semitones: Annotated[int, msgspec.Meta(ge=-36, le=36)] = 0
    """How much higher than written the instrument sounds: -2 for B flat. 0 is a keyboard."""
    minutes: Annotated[int, msgspec.Meta(ge=3, le=60)] = 10
    """A lesson takes about that long."""


class BarTally(msgspec.Struct, frozen=True, array_like=True):
    """What became of a bar in a take, all passes together."""

    bar: Annotated[int, msgspec.Meta(ge=1, le=100_000)]
    due: Count
    """Notes that stood there for the hands that played."""
    missed: Count = 0
    extra: Count = 0
    waits: Count = 0
    restarts: Count = 0


class Point(msgspec.Struct, frozen=True, array_like=True):
    """Where in the piece a skill shows."""

    skill: SkillName
    bar: Annotated[int, msgspec.Meta(ge=1, le=100_000)]
    to_bar: Annotated[int, msgspec.Meta(ge=1, le=100_000)]


class Attempted(msgspec.Struct, frozen=True, array_like=True):
    """A take of a piece, or of bars of it, as the tutor judged it."""

    piece: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    """Its CID, or the name of an exercise."""
    title: Text
    skills: Annotated[tuple[SkillName, ...], msgspec.Meta(max_length=32)]
    level: Annotated[float, msgspec.Meta(ge=-1, le=10)]
    """How hard the piece is, 0 to 10; -1 unknown."""
    bars: Annotated[tuple[BarTally, ...], msgspec.Meta(max_length=2000)]
    """The bars that were played, in order."""
    features: Annotated[dict[str, float], msgspec.Meta(max_length=40)] = {}
    """What the grade was made from (`tutor.grading`)."""
    points: Annotated[tuple[Point, ...], msgspec.Meta(max_length=64)] = ()
    tempo: Annotated[float, msgspec.Meta(ge=0, le=10)] = 1.0
    """Share of the piece's own tempo; 0 unknown."""
    hands: Hands = "both"
    mode: Annotated[str, msgspec.Meta(max_length=40)] = "flow"
    """The way of practising; in `wait` mode nothing is said about rhythm."""
    velocity: bool = True
    """Whether the keyboard told how hard its keys were struck."""
    seconds: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 0.0
    grade: Annotated[float, msgspec.Meta(ge=0, le=5)] = 0.0
    """1 to 5, for the teacher; 0 none."""


class LessonGiven(msgspec.Struct, frozen=True, array_like=True):
    """A lesson was begun; `steps` are (role, piece)."""

    steps: Annotated[tuple[tuple[Text, Text], ...], msgspec.Meta(max_length=32)]


class StepSkipped(msgspec.Struct, frozen=True, array_like=True):
    """The student did not want a step; nothing is held against them."""

    piece: Text


Body = Named | Equipped | Attempted | LessonGiven | StepSkipped

KINDS: Final[dict[str, type[Body]]] = {
    "named": Named,
    "equipped": Equipped,
    "attempted": Attempted,
    "lesson given": LessonGiven,
    "step skipped": StepSkipped,
}
"""All kinds that this version knows."""
_NAMES: Final = {kind: name for name, kind in KINDS.items()}
_ENVELOPE: Final = msgspec.msgpack.Decoder(Envelope)
_BODIES: Final[dict[str, msgspec.msgpack.Decoder[Any]]] = {
    name: msgspec.msgpack.Decoder(kind) for name, kind in KINDS.items()
}


def kind_of(body: Body) -> str:
    """The name under which its envelope files a body."""
    return _NAMES[type(body)]


def enclose(origin: int, sequence: int, clock: int, day: int | None, body: Body) -> Envelope:
    """An event of that body."""
    return Envelope(origin, sequence, clock, day, kind_of(body), msgspec.Raw(msgspec.msgpack.encode(body)))


def encode_event(event: Envelope) -> bytes:
    """The event as bytes."""
    return msgspec.msgpack.encode(event)


def decode_event(data: bytes) -> Envelope:
    """The event in `data`. Errors: `BadInput`."""
    if len(data) > MAX_EVENT_BYTES:
        raise BadInput("event", f"has more than {MAX_EVENT_BYTES >> 10} KiB")
    try:
        event = _ENVELOPE.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput("event", str(error)) from error
    return msgspec.structs.replace(event, body=event.body.copy())


def body_of(event: Envelope) -> Body | None:
    """What happened; None for a kind that this version does not know. Errors: `BadInput`."""
    decoder = _BODIES.get(event.kind)
    if decoder is None:
        return None
    try:
        body: Body = decoder.decode(event.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"event {event.sequence}", str(error)) from error
    return body
