"""The door through which songs come into the engine: a block of bytes, decoded, then played in every way."""

from __future__ import annotations

import random

import numpy as np

from mos_appliance.engine.transport import Transport
from mos_appliance.wire.song import EVENT, METRE, PART, TEMPO, Song, decode_song, encode_song
from tests.engine.songs import CHUNK, Audience

_WORKING_CHUNKS = 50
"""Chunks with work that each stretch of playing may take, so that the longest song ends in bounded time."""


def fuzz_song_played(data: bytes) -> None:
    """Decode, play, loop, seek, mute and stop; afterwards nothing may sound. Errors: `BadInput` for no song."""
    song = decode_song(data)
    ways = random.Random(data)
    transport, audience = Transport(), Audience()
    transport.load(0, song)
    transport.set_subdivision(ways.randint(1, 6))
    transport.set_metronome(0, on=True)
    frame = _listen(transport, audience, 0)
    for _ in range(4):
        transport.set_count_in(ways.choice((0, 0, 0, 1, 4)))
        transport.set_tempo_scale(frame, ways.choice((25, 100, 133.333, 200)))
        transport.mute(ways.randrange(32), ways.random() < 0.3)
        transport.set_loop(frame, *sorted(ways.randint(0, ways.choice((10, song.end_tick))) for _ in range(2)))
        ways.choice((transport.play, transport.play, transport.seek))(frame, ways.randint(0, song.end_tick))
        frame = _listen(transport, audience, frame)
        tick, bar, beat = transport.position(frame)
        assert 0 <= tick <= song.end_tick
        assert bar >= 0
        assert beat >= 1
        assert transport.quarters_a_minute(frame) > 0
    transport.stop(frame)
    while transport.due_frame <= frame:
        frame = _listen(transport, audience, frame)
    assert audience.notes == audience.pedals == 0


def _listen(transport: Transport, audience: Audience, frame: int) -> int:
    for _ in range(_WORKING_CHUNKS):
        frame = max(frame, transport.due_frame // CHUNK * CHUNK) if transport.due_frame < 1 << 60 else frame
        if transport.advance(frame, CHUNK):
            audience.hear(frame, transport)
            assert len(transport.messages) <= 128
            assert len(transport.clicks) <= 8
            assert all(0 <= offset < CHUNK for offset, _ in transport.clicks)
        frame += CHUNK
    return frame


def mend_song(generator: random.Random, data: bytes) -> bytes:
    """A valid song made of whatever bytes there are, with ticks near together or far apart."""
    rows = np.frombuffer(data, np.uint8, len(data) // 8 * 8).view(EVENT).copy()
    end_tick = generator.choice((0, 1, 1000, 100_000, 2**31 - 1))
    parts = generator.randint(1, 32)
    rows["tick"] = np.sort(rows["tick"] % (end_tick + 1))
    rows["part"] %= parts
    rows["status"] = 0x80 + (rows["status"] % 7 << 4)
    rows["data1"] &= 0x7F
    rows["data2"] &= 0x7F
    few = generator.randint(0, 5)
    tempi = np.zeros(1 + few, TEMPO)
    tempi["tick"][1:] = np.sort([generator.randint(0, end_tick) for _ in range(few)])
    tempi["us_per_quarter"] = [generator.choice((1, 1000, 500_000, 2**24 - 1, 2**32 - 1)) for _ in range(1 + few)]
    metres = np.zeros(1 + few, METRE)
    metres["tick"] = tempi["tick"]
    metres["numerator"] = [generator.choice((1, 2, 3, 4, 6, 12, 255)) for _ in range(1 + few)]
    metres["denominator"] = [generator.choice((1, 4, 8, 64)) for _ in range(1 + few)]
    return encode_song(Song(tempi, metres, np.zeros(parts, PART), rows, end_tick))


def song_seeds() -> list[bytes]:
    """A song with a bit of everything."""
    events = [
        (0, 0, 0xC0, 5, 0),
        (0, 0, 0xB0, 64, 127),
        (10, 0, 0x90, 60, 100),
        (10, 1, 0x90, 60, 100),
        (20, 0, 0x90, 60, 100),
        (500, 1, 0x80, 60, 64),
        (960, 1, 0xE0, 0, 80),
        (960, 0, 0xB0, 101, 0),
        (960, 0, 0xB0, 100, 0),
        (960, 0, 0xB0, 6, 12),
        (1500, 0, 0xB0, 123, 0),
        (2000, 1, 0xD0, 30, 0),
        (3000, 0, 0x90, 72, 1),
    ]
    song = Song(
        np.array([(0, 500_000), (960, 250_000)], TEMPO),
        np.array([(0, 4, 4, 0), (1920, 6, 8, 0)], METRE),
        np.zeros(2, PART),
        np.array(events, EVENT),
        4000,
    )
    return [encode_song(song)]
