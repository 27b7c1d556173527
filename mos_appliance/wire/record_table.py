"""The one table of the 32-byte records: codec, documentation (`docs/wire.md`) and tests are made from it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final, NamedTuple

from mos_appliance.wire.record_kinds import Kind


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
        Kind.RESUME_PRACTICE,
        "From the hub to a tutor that has come back: where the student was.",
        "",
        "",
        (Field("practice", "I", "", "its number"), Field("note", "I", "", "a note of the score that was expected")),
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
        "1 lost, 2 at the end, 4 the machine's turn",
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
