"""The hub's doors: what pages send, what lies on the disk, what voices are made of, what the engine tells."""

from __future__ import annotations

import random
import struct
import zlib

from mos_appliance.companion.desk import Desk
from mos_appliance.companion.live import MAX_BAD
from mos_appliance.companion.state import State
from mos_appliance.companion.voice import voice_from_wav
from mos_appliance.store.recording import Ended, Grown, Recorder, Step
from mos_appliance.store.take_export import export_take
from mos_appliance.store.take_format import (
    MAGIC,
    Change,
    Event,
    Facts,
    decode_take,
    encode_changes,
    encode_events,
    encode_facts,
)
from mos_appliance.wire.records import RECORD_BYTES, decode


class _Ear:
    """An engine that takes all; it must be told nothing but whole records."""

    def send(self, record: bytes) -> None:
        assert len(record) == RECORD_BYTES
        assert len(decode(record)) == 1


def fuzz_live(data: bytes) -> None:
    """Every line is a frame of a page; then it disconnects, and nothing that it held is held."""
    desk = Desk("1", "MOS", _Ear(), _Ear())
    page = desk.open(owner=bool(data[:1] > b"\x7f"))
    bad = 0
    for number, frame in enumerate(data.split(b"\n")):
        desk.receive(page, frame, number)
        bad += 1
    assert page.close_code in (0, 1008)
    assert page.close_code == 0 or bad >= MAX_BAD
    page.take_waiting()
    desk.close(page)
    assert not page.holding.notes
    assert not page.holding.controllers


def live_frames() -> list[bytes]:
    """Good frames of every kind."""
    return [
        b'{"kind":"play","midi":[144,60,100]}\n{"kind":"play","midi":[176,64,127]}\n{"kind":"panic"}',
        b'{"kind":"set","control":"volume","value":33.5}\n{"kind":"set","control":"muted","value":1,"which":31}',
        b'{"kind":"transport","do":"seek","tick":960}\n{"kind":"loop","from_tick":0,"to_tick":3840}',
        b'{"kind":"load_take","take":"000001"}\n{"kind":"ping","token":7}\n{"kind":"from_the_future"}',
    ]


def fuzz_take(data: bytes) -> None:
    """A take's file: read, and what is whole of it exported. What was cut reads the same again."""
    content = decode_take(data, "take")
    assert decode_take(data[: content.whole], "take") == content
    export_take(content)


def takes() -> list[bytes]:
    """Good takes."""
    notes = [Event(0, 0x90, 60, 80, 80), Event(4800, 0xB0, 64, 127, 0), Event(9600, 0x80, 60, 64, 0)]
    facts = Facts(1, "Take 1", controls={"program": [4.0, 0, 0, 0], "layer_on": [1.0, 1.0, 0, 0]})
    changes = [Change(4800, "transpose", 0, 2.0), Change(5000, "bank", 0, 128.0)]
    return [
        MAGIC + encode_facts(facts) + encode_events(notes),
        MAGIC + encode_facts(facts) + encode_changes(changes) + encode_events(notes) + encode_facts(facts),
    ]


def mend_take(rng: random.Random, data: bytes) -> bytes:
    """Write the right checksum and length into the first chunks, so that damage reaches what they hold."""
    fixed = bytearray(MAGIC + data[len(MAGIC) :])
    offset = len(MAGIC)
    while offset + 12 < len(fixed):
        length = min(int.from_bytes(fixed[offset + 4 : offset + 8], "little"), len(fixed) - offset - 12)
        fixed[offset + 4 : offset + 8] = length.to_bytes(4, "little")
        payload = bytes(fixed[offset + 12 : offset + 12 + length])
        checksum = zlib.crc32(payload, zlib.crc32(bytes(fixed[offset : offset + 8])))
        fixed[offset + 8 : offset + 12] = struct.pack("<I", checksum)
        offset += 12 + length
        if rng.random() < 0.1:
            break
    return bytes(fixed)


def fuzz_voice(data: bytes) -> None:
    """A WAV from a phone."""
    voice_from_wav(data)


def voices() -> list[bytes]:
    """Good WAVs."""
    made = []
    for code, bits, channels, rate in ((1, 16, 1, 16_000), (1, 24, 2, 44_100), (3, 32, 1, 48_000), (1, 8, 1, 8_000)):
        width = bits // 8 * channels
        form = struct.pack("<HHIIHH", code, channels, rate, rate * width, width, bits)
        sound = bytes(range(240)) * 2
        made.append(
            b"RIFF\xff\xff\xff\xffWAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", 480) + sound
        )
    return made


def fuzz_told(data: bytes) -> None:
    """Datagrams of an engine: folded, recorded; a take that has begun is ended once, and its time never runs back."""
    state, steps = State(), list[Step]()
    recorder = Recorder(steps.append)
    for start in range(0, len(data), 256):
        for record in decode(data[start : start + 256]):
            state.fold(record)
            recorder.take_in(record)
    recorder.stop()
    state.snapshot()
    frames = [event.frame for step in steps if isinstance(step, Grown) for event in step.events]
    assert sum(isinstance(step, Ended) for step in steps) <= len(steps)
    assert all(frame >= 0 for frame in frames)
