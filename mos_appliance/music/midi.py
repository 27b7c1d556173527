"""MIDI messages: one table of them, from which encoding, decoding, checks and documentation are made; and live bytes.

Source: The Complete MIDI 1.0 Detailed Specification, 96.1, third edition.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from mos_appliance.errors import BadInput

NOTE_OFF: Final = 0x80
NOTE_ON: Final = 0x90
POLY_PRESSURE: Final = 0xA0
CONTROL_CHANGE: Final = 0xB0
PROGRAM_CHANGE: Final = 0xC0
CHANNEL_PRESSURE: Final = 0xD0
PITCH_BEND: Final = 0xE0
SYSEX: Final = 0xF0
SYSEX_END: Final = 0xF7
ACTIVE_SENSING: Final = 0xFE

DRUM_CHANNEL: Final = 9
"""Counted from 0: what General MIDI calls channel 10."""
SYSEX_LIMIT: Final = 1 << 20
"""A live system exclusive message longer than this many bytes is given up; what follows of it is stray data."""


class Field(NamedTuple):
    """One value of a message: `bits` wide, stored with `offset` added."""

    name: str
    bits: int
    doc: str
    offset: int = 0

    @property
    def lowest(self) -> int:
        """Smallest value that fits."""
        return -self.offset

    @property
    def highest(self) -> int:
        """Largest value that fits."""
        return (1 << self.bits) - 1 - self.offset


class Spec(NamedTuple):
    """One row of the table. Fields are packed from the lowest bit up into data bytes of 7 bits, low byte first."""

    name: str
    status: int
    fields: tuple[Field, ...]
    doc: str
    open_ended: bool = False
    """True for system exclusive: any number of data bytes, ended by F7."""

    @property
    def has_channel(self) -> bool:
        """Whether the low nibble of the status is a channel."""
        return self.status < SYSEX

    @property
    def data_bytes(self) -> int:
        """Data bytes that follow the status; 0 when open-ended."""
        return sum(field.bits for field in self.fields) // 7


_NOTE = Field("note", 7, "MIDI note; 60 is middle C")

SPECS: Final[tuple[Spec, ...]] = (
    Spec("note_off", NOTE_OFF, (_NOTE, Field("velocity", 7, "how fast the key came up")), "A key was let go."),
    Spec(
        "note_on",
        NOTE_ON,
        (_NOTE, Field("velocity", 7, "how fast the key went down; 0 means note off")),
        "A key was pressed.",
    ),
    Spec("poly_pressure", POLY_PRESSURE, (_NOTE, Field("pressure", 7, "pressure")), "A held key is pressed on."),
    Spec(
        "control_change",
        CONTROL_CHANGE,
        (Field("control", 7, "controller; from 120 a channel mode"), Field("value", 7, "its value")),
        "A controller moved.",
    ),
    Spec("program_change", PROGRAM_CHANGE, (Field("program", 7, "instrument, from 0"),), "Another instrument."),
    Spec("channel_pressure", CHANNEL_PRESSURE, (Field("pressure", 7, "pressure"),), "All held keys are pressed on."),
    Spec("pitch_bend", PITCH_BEND, (Field("bend", 14, "0 is no bend", 8192),), "The bender moved."),
    Spec("sysex", SYSEX, (), "A message of a manufacturer, or a universal one.", open_ended=True),
    Spec(
        "quarter_frame",
        0xF1,
        (Field("value", 4, "a nibble of the time code"), Field("piece", 3, "which nibble")),
        "An eighth of a MIDI time code.",
    ),
    Spec("song_position", 0xF2, (Field("sixteenths", 14, "sixteenth notes from the beginning"),), "Go there."),
    Spec("song_select", 0xF3, (Field("song", 7, "which song"),), "Choose a song."),
    Spec("tune_request", 0xF6, (), "Analogue oscillators, tune yourselves."),
    Spec("clock", 0xF8, (), "24 to the quarter note."),
    Spec("start", 0xFA, (), "Play from the beginning."),
    Spec("continue", 0xFB, (), "Play from here."),
    Spec("stop", 0xFC, (), "Stop playing."),
    Spec("active_sensing", ACTIVE_SENSING, (), "I am still here: sent at least every 300 ms."),
    Spec("reset", 0xFF, (), "Go back to the state after power-up."),
)

BY_NAME: Final = {spec.name: spec for spec in SPECS}
BY_STATUS: Final = {spec.status: spec for spec in SPECS}


def spec_of(status: int) -> Spec | None:
    """The row for a status byte, None where the specification has none (F4, F5, F9, FD) and for data bytes."""
    return BY_STATUS.get(status & 0xF0 if status < SYSEX else status)


DATA_BYTES: Final = bytes(spec.data_bytes if (spec := spec_of(status)) else 0 for status in range(256))
"""How many data bytes follow each status byte; 0 for those without a fixed number."""


class Message(NamedTuple):
    """One decoded message: `values` in the order of its row's fields; for sysex its data bytes."""

    name: str
    channel: int | None
    values: tuple[int, ...]

    def value(self, name: str) -> int:
        """The field of that name."""
        return self.values[[field.name for field in BY_NAME[self.name].fields].index(name)]


def check(message: Message) -> Spec:
    """The message's row. Errors: `BadInput` naming the value that does not fit."""
    spec = BY_NAME.get(message.name)
    if spec is None:
        raise BadInput("MIDI message", f"there is none named {message.name}")
    if spec.has_channel != (message.channel is not None):
        raise BadInput(spec.name, "has a channel" if spec.has_channel else "has no channel")
    if message.channel is not None and not 0 <= message.channel <= 15:
        raise BadInput(spec.name, "channel must be 0 to 15")
    if spec.open_ended:
        if any(not 0 <= value <= 127 for value in message.values):
            raise BadInput(spec.name, "data must be 0 to 127")
        return spec
    if len(message.values) != len(spec.fields):
        raise BadInput(spec.name, f"takes {len(spec.fields)} values, not {len(message.values)}")
    for field, value in zip(spec.fields, message.values, strict=True):
        if not field.lowest <= value <= field.highest:
            raise BadInput(spec.name, f"{field.name} must be {field.lowest} to {field.highest}")
    return spec


def encode(message: Message) -> bytes:
    """The message as bytes, status first. Errors: `BadInput` as `check` says."""
    spec = check(message)
    if spec.open_ended:
        return bytes((spec.status, *message.values, SYSEX_END))
    packed = shift = 0
    for field, value in zip(spec.fields, message.values, strict=True):
        packed |= (value + field.offset) << shift
        shift += field.bits
    data = ((packed >> place) & 127 for place in range(0, shift, 7))
    return bytes((spec.status | (message.channel or 0), *data))


def decode(data: bytes) -> Message:
    """The one whole message in `data`. Errors: `BadInput` when it is none, or more than one."""
    spec = spec_of(data[0]) if data else None
    if spec is None:
        raise BadInput("MIDI message", "does not begin with a known status byte")
    if spec.open_ended:
        body, end = data[1:-1], data[-1]
        if len(data) < 2 or end != SYSEX_END or any(byte > 127 for byte in body):
            raise BadInput(spec.name, "does not end with F7, or has a status byte inside")
        return Message(spec.name, None, tuple(body))
    if len(data) != 1 + spec.data_bytes or any(byte > 127 for byte in data[1:]):
        raise BadInput(spec.name, f"takes {spec.data_bytes} data bytes below 80 hex")
    packed = sum(byte << 7 * place for place, byte in enumerate(data[1:]))
    values = []
    for field in spec.fields:
        values.append((packed & ((1 << field.bits) - 1)) - field.offset)
        packed >>= field.bits
    return Message(spec.name, data[0] & 15 if spec.has_channel else None, tuple(values))


def table() -> list[tuple[str, str, str, str]]:
    """Rows (status, name, data, meaning) for the documentation."""
    rows = []
    for spec in SPECS:
        status = f"{spec.status >> 4:X}n" if spec.has_channel else f"{spec.status:02X}"
        data = ", ".join(f"{field.name} {field.lowest}…{field.highest}: {field.doc}" for field in spec.fields)
        rows.append((status, spec.name, data or ("any, then F7" if spec.open_ended else ""), spec.doc))
    return rows


Triple = tuple[int, int, int]
"""Status with channel, first data byte, second data byte (0 where the message has one)."""

_IDLE: Final = -2
_EXPECTING: Final = -1
_NO_MESSAGES: Final[tuple[Triple, ...]] = ()


class StreamParser:
    """Live bytes in, whole channel messages out; system messages are skipped and counted.

    Never raises and keeps no bytes, whatever it is fed, so that the audio block may call it. The rules of the
    specification: real-time bytes may stand anywhere and change nothing; any other status byte ends a system
    exclusive message and drops a message that was cut off; system common messages cancel running status.
    """

    __slots__ = ("_first", "_skip", "_status", "_sysex_bytes", "cut_off", "real_time", "sensing", "stray", "sysex")

    def __init__(self) -> None:
        self.cut_off = 0
        """Messages dropped because another began before they were whole."""
        self.real_time = 0
        """Real-time bytes seen."""
        self.sensing = False
        """Whether the sender ever sent Active Sensing: then 300 ms without a byte mean that it is gone."""
        self.stray = 0
        """Data bytes without a status that they belong to."""
        self.sysex = 0
        """System exclusive messages begun."""
        self.reset()

    def reset(self) -> None:
        """Forget a half-read message and the running status: for a cable that was pulled. Counts stay."""
        self._status = 0
        self._first = _IDLE
        self._skip = 0
        self._sysex_bytes = 0

    def feed(self, data: bytes | bytearray | memoryview | Sequence[int]) -> Sequence[Triple]:
        """The channel messages that these bytes complete, in order; velocity 0 is passed on as it came."""
        messages: list[Triple] | None = None
        for byte in data:
            if byte > 127:
                self._status_byte(byte)
                continue
            status = self._status
            if not 0x80 <= status < SYSEX:
                self._other_data()
                continue
            if status >> 5 == 6:  # program change and channel pressure: one data byte
                message = (status, byte, 0)
            elif self._first < 0:
                self._first = byte
                continue
            else:
                message = (status, self._first, byte)
            self._first = _IDLE
            if messages is None:
                messages = [message]
            else:
                messages.append(message)
        return _NO_MESSAGES if messages is None else messages

    def _status_byte(self, byte: int) -> None:
        if byte >= 0xF8:
            self.real_time += 1
            if byte == ACTIVE_SENSING:
                self.sensing = True
            return
        if self._first != _IDLE:
            self.cut_off += 1
        self._first = _IDLE
        self._skip = 0
        self._status = 0
        if byte < SYSEX:
            self._status = byte
            self._first = _EXPECTING
        elif byte == SYSEX:
            self._status = SYSEX
            self._sysex_bytes = 0
            self.sysex += 1
        else:
            self._skip = DATA_BYTES[byte]

    def _other_data(self) -> None:
        """A data byte outside channel messages: of a sysex, of a system common message, or of nothing."""
        if self._status == SYSEX:
            self._sysex_bytes += 1
            if self._sysex_bytes > SYSEX_LIMIT:
                self._status = 0
        elif self._skip:
            self._skip -= 1
        else:
            self.stray += 1
