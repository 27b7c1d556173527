"""Rings as the hub uses them: what sounds comes out whole, what lags is dropped, speech goes at the engine's pace."""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path

import pytest

from mos_appliance.errors import Unavailable
from mos_appliance.net.rings import MAX_AHEAD_FRAMES, MAX_LAG_FRAMES, Listening, speak, upper_halves
from mos_appliance.wire.rings import HEADER_BYTES, RingName, Word
from tests.fakes.engine import FakeRing


def block(number: int) -> bytes:
    return struct.pack("<h", number) * 128


def output(run: Path) -> FakeRing:
    return FakeRing(run, RingName.OUTPUT, 512, 64, 2, 2)


async def test_what_sounds_arrives_in_order_and_whole(tmp_path: Path) -> None:
    ring = output(tmp_path)
    pieces = Listening(tmp_path / RingName.OUTPUT).pieces()
    heard = b""
    for number in range(60):
        for step in range(10):
            ring.push(block(number * 10 + step))
        heard += await anext(pieces)
    await pieces.aclose()
    assert heard == b"".join(block(number) for number in range(600))


async def test_a_listener_that_fell_behind_hears_what_sounds_now(tmp_path: Path) -> None:
    ring = output(tmp_path)
    pieces = Listening(tmp_path / RingName.OUTPUT).pieces()
    ring.push(block(0))
    await anext(pieces)
    for number in range(1, 2000):
        ring.push(block(number))
    heard = await anext(pieces)
    await pieces.aclose()
    assert heard.endswith(block(1999))
    assert len(heard) <= MAX_LAG_FRAMES * 4


async def test_silence_takes_the_place_of_an_engine_that_is_gone_and_the_next_one_is_heard(tmp_path: Path) -> None:
    ring = output(tmp_path)
    pieces = Listening(tmp_path / RingName.OUTPUT).pieces()
    ring.push(block(7))
    assert await anext(pieces) == block(7)
    silence = await anext(pieces)
    assert len(silence) > 10_000
    assert not any(silence)
    again = FakeRing(tmp_path, RingName.OUTPUT, 128, 256, 2, 4)
    await anext(pieces)
    again.push(struct.pack("<i", 3 << 16) * 512)
    async with asyncio.timeout(5):
        while not any(heard := await anext(pieces)):
            again.push(struct.pack("<i", 3 << 16) * 512)
    await pieces.aclose()
    assert heard[:2] == struct.pack("<h", 3)


def test_32_bits_become_their_upper_16() -> None:
    samples = struct.pack("<4i", 1 << 16, -(1 << 16), 0x7FFFFFFF, -(1 << 31))
    assert struct.unpack("<4h", upper_halves(samples)) == (1, -1, 32767, -32768)


def test_without_a_ring_there_is_nothing_to_hear(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        Listening(tmp_path / RingName.OUTPUT)


@pytest.mark.parametrize("content", [b"", bytes(100), bytes(HEADER_BYTES + 100), b"\xff" * (HEADER_BYTES + 100)])
def test_a_file_that_is_no_ring_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / RingName.OUTPUT).write_bytes(content)
    with pytest.raises(Unavailable):
        Listening(tmp_path / RingName.OUTPUT)


async def test_speech_arrives_whole_and_never_far_ahead(tmp_path: Path) -> None:
    ring = FakeRing(tmp_path, RingName.TALK, 256, 64, 1, 2)
    said = struct.pack("<20000h", *range(20_000))
    voice = asyncio.create_task(speak(tmp_path / RingName.TALK, said))
    heard, most = b"", 0
    async with asyncio.timeout(10):
        while len(heard) < len(said):
            most = max(most, ring.words[Word.HEAD] - ring.words[Word.TAIL])
            heard += ring.pull() or b""
            await asyncio.sleep(0)
    await voice
    assert heard[: len(said)] == said
    assert not any(heard[len(said) :])
    assert most <= MAX_AHEAD_FRAMES // 64


async def test_speech_that_nobody_takes_is_given_up(tmp_path: Path) -> None:
    ring = FakeRing(tmp_path, RingName.TALK, 256, 64, 1, 2)
    with pytest.raises(Unavailable):
        await speak(tmp_path / RingName.TALK, bytes(96_000))
    assert ring.words[Word.HEAD] <= MAX_AHEAD_FRAMES // 64


async def test_a_voice_that_is_cancelled_falls_silent(tmp_path: Path) -> None:
    ring = FakeRing(tmp_path, RingName.TALK, 256, 64, 1, 2)
    voice = asyncio.create_task(speak(tmp_path / RingName.TALK, bytes(96_000)))
    await asyncio.sleep(0.05)
    voice.cancel()
    await asyncio.gather(voice, return_exceptions=True)
    head = ring.words[Word.HEAD]
    while ring.pull():
        pass
    await asyncio.sleep(0.05)
    assert ring.words[Word.HEAD] == head
