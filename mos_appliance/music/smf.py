"""Standard MIDI Files, read.

Lenient where real files are commonly odd, and then says so in `warnings`; whatever could be read in two ways, or was
cut off, is refused with the place. Source: Standard MIDI Files 1.0 (RP-001), with RP-019 and RP-026 for texts.
"""

from __future__ import annotations

import struct
from array import array
from dataclasses import dataclass
from itertools import repeat
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mos_appliance.errors import BadInput
from mos_appliance.music.smf_quick import find_events
from mos_appliance.music.smf_text import text_of
from mos_appliance.music.tempo import MetreMap, TempoMap, metre_map, tempo_map

UPLOAD_BYTES: Final = 16 << 20
"""Most bytes that are taken from the network."""
FILE_BYTES: Final = 64 << 20
"""Most bytes that the command line reads."""
MAX_TRACKS: Final = 1024
MAX_CHUNKS: Final = 4096
MAX_WARNINGS: Final = 50
MAX_EVENTS: Final = 2_000_000
MAX_TICK: Final = 2**31 - 1
SHORTEST_QUARTER_US: Final = 6_000
"""10,000 quarter notes a minute; anything faster is damage."""
LONGEST_NUMERATOR: Final = 128
SMPTE_RATES: Final = {24: 1_000_000, 25: 1_000_000, 29: 1_001_000, 30: 1_000_000}
"""Frames a second → µs that `rate × subframes` ticks last; 29 is drop frame, 30,000/1,001 frames a second."""

SEQUENCE_NAME: Final = 0x03
INSTRUMENT_NAME: Final = 0x04
LYRIC: Final = 0x05
PORT: Final = 0x21
END_OF_TRACK: Final = 0x2F
SET_TEMPO: Final = 0x51
TIME_SIGNATURE: Final = 0x58
KEY_SIGNATURE: Final = 0x59

_TOO_FAR: Final = f"lies more than {MAX_TICK:,} ticks from the beginning"

EVENT: Final = np.dtype(
    [("tick", "<i8"), ("track", "<u2"), ("status", "u1"), ("data1", "u1"), ("data2", "u1"), ("pad", "u1")]
)
"""A channel message; `status` with its channel."""


class Meta(NamedTuple):
    """A meta event other than the end of the track: its tick, its type, its bytes."""

    tick: int
    kind: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Track:
    """What is not notes in one track; its channel messages stand in `Smf.events`."""

    metas: tuple[Meta, ...]
    end_tick: int

    @property
    def name(self) -> str:
        """The first sequence or track name, empty when there is none."""
        return next((text_of(meta.data) for meta in self.metas if meta.kind == SEQUENCE_NAME), "")

    @property
    def port(self) -> int:
        """The MIDI port that the track asks for, from 0."""
        return next((meta.data[0] for meta in self.metas if meta.kind == PORT and meta.data), 0)


@dataclass(frozen=True, slots=True)
class Smf:
    """A MIDI file.

    Shapes: `events` (n,) EVENT, by track, in the order of the file within each track.
    Units: ticks are 1/`division` of a quarter note. With SMPTE time (`smpte`) a quarter note is `SMPTE_RATES` long,
    one second or nearly so, and the file's tempi mean nothing.
    """

    kind: int
    division: int
    tracks: tuple[Track, ...]
    events: NDArray[np.void]
    smpte: int = 0
    """SMPTE frames a second (24, 25, 29 or 30), 0 for musical time."""
    sysex: int = 0
    """System exclusive messages left out."""
    warnings: tuple[str, ...] = ()

    @property
    def end_tick(self) -> int:
        """Where its last track ends."""
        return max((track.end_tick for track in self.tracks), default=0)

    def metas(self, kind: int) -> list[Meta]:
        """All metas of that type, of all tracks, in order of time."""
        found = [meta for track in self.tracks for meta in track.metas if meta.kind == kind]
        return sorted(found, key=lambda meta: meta.tick)

    def tempo_map(self) -> TempoMap:
        """Its ticks in real time."""
        if self.smpte:
            return tempo_map((), self.division, SMPTE_RATES[self.smpte])
        changes = [(meta.tick, int.from_bytes(meta.data[:3], "big")) for meta in self.metas(SET_TEMPO)]
        return tempo_map(changes, self.division)

    def metre_map(self) -> MetreMap:
        """Its ticks in bars and beats; 4/4 until it says otherwise."""
        changes = [(meta.tick, meta.data[0], 1 << meta.data[1]) for meta in self.metas(TIME_SIGNATURE)]
        return metre_map(changes, self.division)


def read_smf(
    data: bytes,
    name: str = "",
    most_bytes: int = UPLOAD_BYTES,
    most_events: int = MAX_EVENTS,
    *,
    careful: bool = False,
) -> Smf:
    """The MIDI file in `data`; `careful` reads plain ones event by event too, to the same end.

    Errors: `BadInput`, its place after `name` when that is given.
    """
    return _Reader(data, name, most_events, careful).read(most_bytes)


class _Reader:
    """One file being read."""

    def __init__(self, data: bytes, name: str, most_events: int, careful: bool) -> None:
        self.most_events = most_events
        self.careful = careful
        self.data = data
        self.name = name
        self.warnings: list[str] = []
        self.tracks: list[Track] = []
        self.events: list[NDArray[np.void]] = []
        self.budget = most_events
        self.sysex = 0

    def refuse(self, place: str, why: str) -> BadInput:
        return BadInput(f"{self.name}: {place}" if self.name else place, why)

    def warn(self, warning: str) -> None:
        if len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(warning)

    def read(self, most_bytes: int) -> Smf:
        if len(self.data) > most_bytes:
            raise self.refuse("file", f"has more than {most_bytes >> 20} MiB")
        kind, promised, division, smpte, place = self.header()
        if self.careful or not self.quickly(place, promised):
            self.chunks(place, promised)
        if kind == 0 and len(self.tracks) > 1:
            self.warn(f"type 0, but {len(self.tracks)} tracks: read as type 1")
            kind = 1
        events = self.events[0] if len(self.events) == 1 else np.concatenate([*self.events, np.zeros(0, EVENT)])
        return Smf(kind, division, tuple(self.tracks), events, smpte, self.sysex, tuple(self.warnings))

    def header(self) -> tuple[int, int, int, int, int]:
        """Returns type, number of tracks, division, SMPTE rate or 0, and where the chunks begin."""
        begin = self.data.find(b"MThd", 0, 260)
        if begin < 0:
            raise self.refuse("byte 0x0", "does not begin with MThd: no MIDI file")
        if begin:
            self.warn(f"{begin} bytes before MThd skipped")
        if len(self.data) < begin + 14:
            raise self.refuse(f"byte {len(self.data):#x}", "the file ends inside its header")
        length, kind, tracks, division = struct.unpack_from(">IHHH", self.data, begin + 4)
        if length < 6 or begin + 8 + length > len(self.data):
            raise self.refuse(f"byte {begin + 4:#x}", f"a header of {length} bytes cannot be")
        if kind > 1:
            what = ", independent patterns, are not read" if kind == 2 else " do not exist"
            raise self.refuse(f"byte {begin + 8:#x}", f"MIDI files of type {kind}{what}")
        if tracks > MAX_TRACKS:
            raise self.refuse(f"byte {begin + 10:#x}", f"{tracks} tracks; at most {MAX_TRACKS} are read")
        smpte = 0
        if division >= 0x8000:
            smpte, subframes = 256 - (division >> 8), division & 0xFF
            if smpte not in SMPTE_RATES:
                raise self.refuse(f"byte {begin + 12:#x}", f"SMPTE time of {smpte} frames a second does not exist")
            division = (30 if smpte == 29 else smpte) * subframes
        if not division:
            raise self.refuse(f"byte {begin + 12:#x}", "a quarter note of 0 ticks")
        return kind, tracks, division, smpte, begin + 8 + length

    def quickly(self, place: int, promised: int) -> bool:
        """Read all tracks from `place` on; false, and nothing read, where it takes care."""
        found = find_events(self.data, place, promised, self.most_events)
        if found is None or any(odd_meta(kind, body) for metas in found.metas for _, kind, body in metas):
            return False
        events = np.zeros(len(found.tick), EVENT)
        for field in ("tick", "track", "status", "data1", "data2"):
            events[field] = getattr(found, field)
        self.events.append(events)
        self.tracks = [
            Track(tuple(map(Meta._make, metas)), end) for metas, end in zip(found.metas, found.ends, strict=True)
        ]
        self.sysex = found.sysex
        return True

    def chunks(self, place: int, promised: int) -> None:
        """Read all tracks from `place` on."""
        for _ in repeat(None, MAX_CHUNKS):
            if place >= len(self.data):
                break
            tag = self.data[place : place + 4]
            if len(self.tracks) >= promised and tag != b"MTrk":
                self.warn(f"{len(self.data) - place} bytes after the last track ignored")
                break
            if place + 8 > len(self.data):
                raise self.refuse(f"byte {place:#x}", "the file ends inside the head of a chunk")
            if not tag.isascii() or not tag.decode("ascii").isprintable():
                raise self.refuse(f"byte {place:#x}", "here a track should begin, but no chunk does")
            length = int.from_bytes(self.data[place + 4 : place + 8], "big")
            place += 8
            if tag == b"MTrk":
                self.track(place, length)
            elif place + length > len(self.data):
                raise self.refuse(f"byte {place - 8:#x}", "a chunk that is no track runs past the end of the file")
            else:
                self.warn(f"a chunk {tag.decode('ascii')!r} of {length} bytes skipped")
            place += length
        else:
            raise self.refuse(f"byte {place:#x}", f"more than {MAX_CHUNKS} chunks")
        if len(self.tracks) < promised:
            why = f"the file ends after {len(self.tracks)} of {promised} tracks"
            raise self.refuse(f"byte {len(self.data):#x}", why)
        if len(self.tracks) > promised:
            self.warn(f"{len(self.tracks)} tracks where the header says {promised}")

    def track(self, place: int, length: int) -> None:
        """Read the track whose `length` bytes begin at `place`."""
        if len(self.tracks) >= MAX_TRACKS:
            raise self.refuse(f"byte {place:#x}", f"more than {MAX_TRACKS} tracks")
        number = len(self.tracks) + 1
        chunk = self.data[place : place + length]
        track = _TrackReader(self, chunk, f"track {number}", place)
        packed = track.read(cut=len(chunk) < length)
        events = np.zeros(len(packed), EVENT)
        events["tick"] = packed >> 24
        events["track"] = number - 1
        for field, shift in (("status", 16), ("data1", 8), ("data2", 0)):
            events[field] = packed >> shift & 0xFF
        self.events.append(events)
        self.tracks.append(Track(tuple(track.metas), track.tick))
        self.sysex += track.sysex
        self.budget -= len(packed) + len(track.metas) + track.sysex


class _TrackReader:
    """One track being read. `tick` is the position, in the end that of the end of the track."""

    def __init__(self, file: _Reader, chunk: bytes, label: str, begin: int) -> None:
        self.file = file
        self.chunk = chunk
        self.label = label
        self.begin = begin
        self.metas: list[Meta] = []
        self.tick = 0
        self.sysex = 0
        self.ended = False
        self.position = 0

    def refuse(self, place: int, why: str) -> BadInput:
        return self.file.refuse(f"{self.label}, byte {self.begin + place:#x}", why)

    def read(self, cut: bool) -> NDArray[np.int64]:
        """The channel messages as tick << 24 | status << 16 | data1 << 8 | data2. `cut`: the file ends too early."""
        try:
            packed = self.messages()
        except IndexError:
            why = "the file ends inside this event" if cut else "the track ends inside this event"
            raise self.refuse(self.position, why) from None
        except OverflowError:
            raise self.refuse(self.position, _TOO_FAR) from None
        warn = self.file.warn
        if not self.ended and cut:
            raise self.refuse(len(self.chunk), "the file ends before the track does")
        if cut:
            warn(f"{self.label}: its length runs past the end of the file")
        if not self.ended:
            warn(f"{self.label}: no end of track")
        elif self.position < len(self.chunk):
            warn(f"{self.label}: {len(self.chunk) - self.position} bytes after its end ignored")
        return np.frombuffer(packed, np.int64)

    def messages(self) -> array[int]:
        """The hot loop: what is common stands in it.

        Errors: `IndexError` when the chunk ends inside an event, `OverflowError` when ticks grow beyond all bounds.
        """
        chunk, end = self.chunk, len(self.chunk)
        packed = array("q")
        append = packed.append
        start = place = tick = running = 0
        try:
            for _ in repeat(None, self.file.budget):
                if place >= end:
                    break
                start = place
                delta = chunk[place]
                place += 1
                if delta > 127:
                    delta, place = self.variable(start)
                tick += delta
                status = chunk[place]
                if status > 0xEF:
                    self.tick = tick
                    place = self.system(place, status)
                    if self.ended:
                        break
                    continue
                if status > 127:
                    running = status
                    place += 1
                first = chunk[place]
                place += 1
                if running >> 5 == 6:  # program change and channel pressure have one data byte
                    second = 0
                else:
                    second = chunk[place]
                    place += 1
                if first | second > 127 or not running:
                    raise self.refuse(start, "a data byte where a status must stand, or the other way round")
                append(tick << 24 | running << 16 | first << 8 | second)
            else:
                raise self.refuse(place, f"more than {self.file.most_events:,} events in the file")
        finally:
            self.position = start
        if tick > MAX_TICK:
            raise self.refuse(start, _TOO_FAR)
        self.tick, self.position = tick, place
        return packed

    def variable(self, place: int) -> tuple[int, int]:
        """The number of variable length at `place`, and where it ends."""
        number = 0
        for here in range(place, place + 4):
            byte = self.chunk[here]
            number = number << 7 | byte & 127
            if byte < 128:
                return number, here + 1
        raise self.refuse(place, "a number of more than four bytes")

    def system(self, place: int, status: int) -> int:
        """Read the meta or system exclusive event at `place`. Returns where it ends."""
        if status == 0xFF:
            kind = self.chunk[place + 1]
            length, body = self.variable(place + 2)
        elif status in {0xF0, 0xF7}:
            kind = -1
            length, body = self.variable(place + 1)
        else:
            raise self.refuse(place, f"{status:#x} is no event of a MIDI file")
        if body + length > len(self.chunk):
            raise IndexError(body)
        if kind < 0:
            self.sysex += 1
        elif kind == END_OF_TRACK:
            self.ended = True
        else:
            data = self.chunk[body : body + length]
            odd = odd_meta(kind, data)
            if odd:
                raise self.refuse(place, odd)
            self.metas.append(Meta(self.tick, kind, data))
        return body + length


def odd_meta(kind: int, data: bytes) -> str:
    """Why a meta event would make nonsense of time; nothing for the others."""
    if kind == SET_TEMPO:
        if len(data) < 3:
            return f"a tempo of {len(data)} bytes"
        if int.from_bytes(data[:3], "big") < SHORTEST_QUARTER_US:
            return f"a tempo of less than {SHORTEST_QUARTER_US} µs a quarter note"
    elif kind == TIME_SIGNATURE and (len(data) < 2 or not 1 <= data[0] <= LONGEST_NUMERATOR or data[1] > 6):
        return "a time signature that does not exist"
    return ""
