"""The 32-byte records that engine and hub exchange as Unix datagrams.

Every record is `kind u8 | flags u8 | index u16 | sequence u32 | frame u64 | payload 16 bytes`, little endian.
`RECORDS` is the one table: codec, documentation (`docs/wire.md`) and tests are made from it. Kinds are appended,
never renumbered; a reader skips a kind that it does not know. A datagram carries one or more whole records.
"""

from __future__ import annotations

import enum
import struct
from dataclasses import dataclass
from typing import Final, NamedTuple

RECORD_BYTES: Final = 32
MAX_DATAGRAM_RECORDS: Final = 64
WIRE_VERSION: Final = 1

_HEADER: Final = struct.Struct("<BBHIQ")
_WHOLE: Final = struct.Struct("<BBHIQ16s")


class Kind(enum.IntEnum):
    """What a record is. 1–63 flow from the engine, 64–127 towards it; 128–159 to the tutor, 160–191 from it."""

    ENGINE_HELLO = 1
    MIDI_HAPPENED = 2
    TRANSPORT_CHANGED = 3
    LOAD_MEASURED = 4
    LEVEL_MEASURED = 5
    CLOCK_PAIRED = 6
    CONTROL_CHANGED = 7
    SOUND_DEVICE_CHANGED = 8
    COMMAND_DONE = 9
    KEYBOARD_LEARNT = 10
    SONG_LOADED = 11
    NOTES_RELEASED = 12
    SONG_ENDED = 13
    LOOP_CHANGED = 14

    HUB_HELLO = 64
    HEARTBEAT = 65
    PLAY_MIDI = 66
    SET_CONTROL = 67
    MOVE_TRANSPORT = 68
    SET_LOOP = 69
    LOAD_SONG = 70
    PANIC = 71
    DESCRIBE_STATE = 72
    KEYBOARD_GONE = 73

    BEGIN_PRACTICE = 128
    END_PRACTICE = 129

    TUTOR_HELLO = 160
    PLACE_MOVED = 161
    NOTE_ANSWERED = 162
    NOTE_MISSED = 163
    TRANSPORT_LED = 164
    PRACTICE_JUDGED = 165


class Source(enum.IntEnum):
    """Who made a MIDI event; carried in the flags of MIDI_HAPPENED."""

    KEYBOARD = 0
    DIN = 1
    HUB = 2
    SONG = 3


class TransportState(enum.IntEnum):
    """State of the transport."""

    STOPPED = 0
    COUNTING_IN = 1
    PLAYING = 2


class TransportVerb(enum.IntEnum):
    """What MOVE_TRANSPORT asks for; carried in its index."""

    PLAY = 1
    STOP = 2
    SEEK = 3


class DoneResult(enum.IntEnum):
    """Outcome of a command; carried in the index of COMMAND_DONE."""

    DONE = 0
    OUT_OF_RANGE = 1
    UNKNOWN = 2
    NO_SONG = 3
    BAD_SONG = 4


class DeviceState(enum.IntEnum):
    """State of the sound device; carried in the index of SOUND_DEVICE_CHANGED."""

    LOST = 0
    PLAYING = 1
    SIMULATED = 2
    PROBING = 3


class MicrophoneState(enum.IntEnum):
    """State of the microphone; carried in SOUND_DEVICE_CHANGED."""

    NONE = 0
    OPEN = 1
    LOST = 2


class Verdict(enum.IntEnum):
    """What the tutor says of a note that was struck; carried in the flags of NOTE_ANSWERED."""

    UNSURE = 0
    RIGHT = 1
    WRONG = 2
    """None of those that are expected; in wait mode it is refused."""
    EARLY = 3
    LATE = 4
    EXTRA = 5
    """A bounced key, an ornament: nothing to tell anybody of."""
    APART = 6
    """In wait mode: of a chord whose other notes did not come soon enough. It has to be struck again."""


class Lead(enum.IntEnum):
    """What TRANSPORT_LED wants; carried in its flags."""

    PLAY = 1
    STOP = 2
    SEEK = 3
    TEMPO = 4


FINAL: Final = 128
"""Added to the flags of NOTE_ANSWERED when the tutor will not think otherwise any more."""
NO_NOTE: Final = 2**32 - 1
"""In place of the number of a note of the score."""


class Field(NamedTuple):
    """One payload field: its name, `struct` code, unit and meaning."""

    name: str
    code: str
    unit: str
    doc: str


@dataclass(frozen=True, slots=True)
class Layout:
    """One row of the table: what `flags` and `index` mean and what the payload holds."""

    kind: Kind
    doc: str
    flags: str
    index: str
    fields: tuple[Field, ...]

    @property
    def payload(self) -> struct.Struct:
        """The payload's `struct`, padded to 16 bytes."""
        body = "<" + "".join(field.code for field in self.fields)
        return struct.Struct(body + "x" * (16 - struct.calcsize(body)))


_MIDI_FIELDS = (
    Field("status", "B", "", "status byte with channel"),
    Field("data1", "B", "", "first data byte, or 0"),
    Field("data2", "B", "", "second data byte, or 0"),
    Field("velocity", "B", "", "velocity as sounded, after the velocity curve; 0 when not a note-on"),
    Field("tick", "I", "1/960 quarter", "transport position when it sounded"),
    Field("at_ns", "Q", "ns", "monotonic time at which the engine saw it"),
)
_TICK = Field("tick", "I", "1/960 quarter", "position in the song")
_LOOP = (
    Field("from_tick", "I", "1/960 quarter", "where the loop begins"),
    Field("to_tick", "I", "1/960 quarter", "where it jumps back"),
)

RECORDS: Final[tuple[Layout, ...]] = (
    Layout(
        Kind.ENGINE_HELLO,
        "The engine has started, or answers a HUB_HELLO.",
        "",
        "wire version",
        (
            Field("rate", "I", "Hz", "sample rate"),
            Field("period", "H", "frames", "period of the sound device"),
            Field("periods", "H", "", "periods in its buffer"),
            Field("pid", "I", "", "process id of the engine"),
            Field("bits", "H", "", "bits a sample on the device: 16, 24 or 32"),
        ),
    ),
    Layout(
        Kind.MIDI_HAPPENED,
        "A MIDI event sounded; `frame` is the frame at which it did.",
        "source",
        "the player's MIDI channel, or the song's part, from 0",
        _MIDI_FIELDS,
    ),
    Layout(
        Kind.TRANSPORT_CHANGED,
        "The transport started, stopped, was moved, looped or changed its tempo.",
        "",
        "state",
        (
            _TICK,
            Field("tempo_scale", "f", "%", "tempo scale"),
            Field("quarter_bpm", "f", "1/min", "quarter notes a minute now, scale included"),
            Field("bar", "H", "", "bar, counted from 1; 0 while counting in"),
            Field("beat", "H", "", "beat in the bar, counted from 1"),
        ),
    ),
    Layout(
        Kind.LOAD_MEASURED,
        "Ten times a second: what the last blocks cost.",
        "",
        "voices sounding",
        (
            Field("p50_us", "H", "µs", "median cost of a block"),
            Field("p99_us", "H", "µs", "99th percentile"),
            Field("max_us", "H", "µs", "largest"),
            Field("period_us", "H", "µs", "time that one block has"),
            Field("xruns", "I", "", "xruns since the engine started"),
            Field("voices_shed", "I", "", "voices shed since the engine started"),
        ),
    ),
    Layout(
        Kind.LEVEL_MEASURED,
        "Ten times a second: how loud it is.",
        "",
        "",
        (
            Field("peak_dbfs", "f", "dBFS", "highest sample since the last record"),
            Field("reduction_db", "f", "dB", "deepest gain reduction of the limiter since the last record"),
            Field("latency_us", "I", "µs", "from the start of a block to its first frame at the converter"),
            Field("dropped", "I", "", "records that the hub was too slow to take"),
        ),
    ),
    Layout(
        Kind.CLOCK_PAIRED,
        "Ten times a second: `frame` left the engine at `at_ns`.",
        "",
        "",
        (
            Field("at_ns", "Q", "ns", "monotonic time of the header's frame"),
            _TICK,
            Field("bar", "H", "", "bar, counted from 1"),
            Field("beat", "H", "", "beat, counted from 1"),
        ),
    ),
    Layout(
        Kind.CONTROL_CHANGED,
        "A control has this value now; all of them follow a DESCRIBE_STATE.",
        "",
        "control number (see `controls`)",
        (
            Field("value", "d", "of the control", "the value in force"),
            Field("which", "I", "", "layer or part, 0 for the engine's own"),
        ),
    ),
    Layout(
        Kind.SOUND_DEVICE_CHANGED,
        "The sound device came or went; its name stands in `sound.json` of the run directory.",
        "",
        "state of the device",
        (
            Field("period", "H", "frames", "period in force"),
            Field("periods", "H", "", "periods in its buffer"),
            Field("bits", "H", "", "bits a sample"),
            Field("reopened", "H", "", "how often it was reopened since the engine started"),
            Field("microphone", "H", "", "0 none, 1 open, 2 lost"),
            Field("overruns", "H", "", "how often the microphone's sound was lost since it was opened"),
        ),
    ),
    Layout(
        Kind.COMMAND_DONE,
        "The answer to a command that carried a sequence number other than 0.",
        "",
        "result",
        (Field("command", "I", "", "the command's sequence number"), Field("kind", "I", "", "its kind")),
    ),
    Layout(
        Kind.KEYBOARD_LEARNT,
        "What the keyboard has shown of itself so far.",
        "source",
        "",
        (
            Field("lowest_key", "B", "MIDI note", "lowest key pressed so far"),
            Field("highest_key", "B", "MIDI note", "highest key pressed so far"),
            Field("velocity", "B", "", "0 unknown, 1 fixed, 2 varies"),
            Field("pedal", "B", "", "0 none seen, 1 switch, 2 continuous"),
            Field("notes", "I", "", "note-ons seen"),
        ),
    ),
    Layout(
        Kind.SONG_LOADED,
        "A song was loaded into the transport.",
        "",
        "parts",
        (
            Field("end_tick", "I", "1/960 quarter", "where it ends"),
            Field("events", "I", "", "events in it"),
            Field("song", "I", "", "the handle that LOAD_SONG gave it"),
        ),
    ),
    Layout(
        Kind.NOTES_RELEASED,
        "Held notes were released without their note-off.",
        "source; 255 for all",
        "1 panic, 2 hub gone, 3 keyboard gone, 4 sound device gone, 5 transport stopped, 6 keyboard overflowed",
        (Field("notes", "I", "", "how many"),),
    ),
    Layout(Kind.SONG_ENDED, "The transport came to the song's end.", "", "", (_TICK,)),
    Layout(
        Kind.LOOP_CHANGED,
        "The stretch that the transport repeats; both 0: none. Told after a SET_LOOP, and with the whole state.",
        "",
        "",
        _LOOP,
    ),
    Layout(
        Kind.HUB_HELLO,
        "The hub has started; the engine answers with ENGINE_HELLO and its whole state.",
        "",
        "wire version",
        (Field("pid", "I", "", "process id of the hub"),),
    ),
    Layout(
        Kind.HEARTBEAT,
        "Four times a second; without it for a second the engine releases what the hub holds.",
        "",
        "",
        (),
    ),
    Layout(
        Kind.PLAY_MIDI,
        "Sound this as if it were played, in the next block.",
        "",
        "",
        _MIDI_FIELDS[:3],
    ),
    Layout(
        Kind.SET_CONTROL,
        "Give a control a value; out of range changes nothing and is answered so.",
        "1 when the owner asks (needed for owner-only controls)",
        "control number",
        (
            Field("value", "d", "of the control", "the value asked for"),
            Field("which", "I", "", "layer or part, 0 for the engine's own"),
        ),
    ),
    Layout(
        Kind.MOVE_TRANSPORT,
        "Play from `tick`, stop, or move to `tick`.",
        "1 when `tick` counts; 0: play from where it stands",
        "verb",
        (_TICK,),
    ),
    Layout(
        Kind.SET_LOOP,
        "Repeat from `from_tick` to `to_tick`; both 0 ends the loop.",
        "",
        "",
        _LOOP,
    ),
    Layout(
        Kind.LOAD_SONG,
        "A song (see `song`) in the sealed memfd that travels with this datagram; a length of 0 unloads.",
        "",
        "",
        (
            Field("length", "I", "bytes", "length of the song"),
            Field("song", "I", "", "a handle of the hub's choice, told back in SONG_LOADED"),
        ),
    ),
    Layout(Kind.PANIC, "Silence: every note off, every controller reset, the transport stopped.", "", "", ()),
    Layout(Kind.DESCRIBE_STATE, "Tell every control, the transport, the song and the device.", "", "", ()),
    Layout(
        Kind.KEYBOARD_GONE,
        "From patchbay: a keyboard was unplugged; the notes that it held are released.",
        "source",
        "keyboards that are still there",
        (),
    ),
    Layout(
        Kind.BEGIN_PRACTICE,
        "From the hub: `practice.mos` of the run directory says what is to be practised from now on.",
        "",
        "",
        (Field("practice", "I", "", "its number"),),
    ),
    Layout(
        Kind.END_PRACTICE,
        "From the hub: the practice is over; PRACTICE_JUDGED answers.",
        "",
        "",
        (Field("practice", "I", "", "its number"),),
    ),
    Layout(
        Kind.TUTOR_HELLO,
        "The tutor has started, or answers a HUB_HELLO.",
        "",
        "wire version",
        (
            Field("pid", "I", "", "process id of the tutor"),
            Field("practice", "I", "", "the practice that it follows; 0 for none"),
        ),
    ),
    Layout(
        Kind.PLACE_MOVED,
        "The student is somewhere else in the score; `frame` is that of the note by which it was seen.",
        "1 lost, 2 at the end",
        "low half of the practice's number",
        (
            Field("note", "I", "", "a note of the score that is expected next, or was played last in flow mode"),
            Field("tick", "I", "1/960 quarter", "where it stands on the page"),
            Field("confidence", "f", "", "how sure that is, 0 to 1"),
            Field("pace", "f", "ms", "how long a quarter is to the student"),
        ),
    ),
    Layout(
        Kind.NOTE_ANSWERED,
        "What a note was that the student struck; the record's sequence counts them from 0.",
        "verdict, and 128 when it is final",
        "low half of the practice's number",
        (
            Field("note", "I", "", "which note of the score it was; 2³²−1 for none"),
            Field("early_ms", "h", "ms", "how much too early by the student's own tempo; late is negative"),
            Field("pitch", "B", "MIDI note", "the key"),
            Field("times", "B", "", "how often that place has been played, from 1"),
            Field("at_ns", "Q", "ns", "when the engine saw the key; 0 where an older note is answered again"),
        ),
    ),
    Layout(
        Kind.NOTE_MISSED,
        "A note of the score was passed over.",
        "",
        "low half of the practice's number",
        (Field("note", "I", "", "which"), Field("times", "B", "", "in which pass, from 1")),
    ),
    Layout(
        Kind.TRANSPORT_LED,
        "The tutor asks the hub to lead the transport, so that the machine plays with the student.",
        "1 play from `tick`, 2 stop, 3 seek to `tick`, 4 tempo alone",
        "low half of the practice's number",
        (_TICK, Field("tempo_scale", "f", "%", "tempo scale from now on; 0 leaves it")),
    ),
    Layout(
        Kind.PRACTICE_JUDGED,
        "A judgement lies in `judged-NUMBER.mos` of the run directory; the hub takes it away.",
        "1 of the whole take, else of a phrase",
        "low half of the practice's number",
        (Field("judgement", "I", "", "its number"),),
    ),
)

_PAYLOADS: Final = {row.kind: row.payload for row in RECORDS}
_NAMES: Final = {row.kind: tuple(field.name for field in row.fields) for row in RECORDS}


class Record(NamedTuple):
    """One record, decoded: `which` is the header's index, `values` the payload's fields in the table's order."""

    kind: Kind
    flags: int
    which: int
    sequence: int
    frame: int
    values: tuple[int | float, ...]

    def value(self, name: str) -> int | float:
        """The payload field of that name."""
        return self.values[_NAMES[self.kind].index(name)]

    def as_dict(self) -> dict[str, int | float]:
        """The payload by field name."""
        return dict(zip(_NAMES[self.kind], self.values, strict=True))


def encode(
    kind: Kind,
    *values: int | float,
    flags: int = 0,
    index: int = 0,
    sequence: int = 0,
    frame: int = 0,
) -> bytes:
    """One record of 32 bytes. Errors: `struct.error` when a value does not fit its field (a bug of ours)."""
    return _WHOLE.pack(kind, flags, index, sequence, frame, _PAYLOADS[kind].pack(*values))


def decode(datagram: bytes | memoryview) -> list[Record]:
    """The records of one datagram. Unknown kinds and a torn last record are skipped: a newer peer may send them."""
    records: list[Record] = []
    whole = min(len(datagram) // RECORD_BYTES, MAX_DATAGRAM_RECORDS)
    for number in range(whole):
        kind, flags, index, sequence, frame, payload = _WHOLE.unpack_from(datagram, number * RECORD_BYTES)
        known = _PAYLOADS.get(kind)
        if known is not None:
            records.append(Record(Kind(kind), flags, index, sequence, frame, known.unpack(payload)))
    return records
