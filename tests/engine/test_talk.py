"""Speech comes out of its ring whole and in order, and the music steps back and comes again."""

import numpy as np
import pytest

from mos_appliance.engine.talk import TALK_BLOCKS, TALK_RING_BYTES, Talk, lay_out_talk_ring
from mos_appliance.wire.rings import HEADER_BYTES, Word


def ring() -> tuple[memoryview, memoryview, np.ndarray]:
    memory = memoryview(bytearray(TALK_RING_BYTES))
    lay_out_talk_ring(memory)
    blocks = np.frombuffer(memory, np.int16, TALK_BLOCKS * 64, HEADER_BYTES).reshape(TALK_BLOCKS, 64)
    return memory, memory[:HEADER_BYTES].cast("Q"), blocks


@pytest.mark.parametrize("frames", [48, 64])
def test_what_the_hub_writes_comes_out_in_order(frames: int) -> None:
    memory, words, blocks = ring()
    talk = Talk(memory, frames)
    written = np.arange(64 * 30, dtype=np.int16)
    for number in range(30):
        blocks[number] = written[number * 64 : number * 64 + 64]
        words[Word.HEAD] = number + 1
    heard = []
    while talk.waiting() and sum(map(len, heard)) < 64 * 30:
        heard.append(talk.next_chunk(1.0, 0.5).copy())
    np.testing.assert_allclose(np.concatenate(heard)[: 64 * 30] * 32768, written, atol=0.01)
    assert words[Word.TAIL] == 30


def test_the_music_steps_back_while_somebody_speaks_and_comes_back_after() -> None:
    memory, words, _ = ring()
    talk = Talk(memory, 64)
    words[Word.HEAD] = 200
    for _ in range(200):
        talk.next_chunk(1.0, 0.25)
    assert talk.music_gain == pytest.approx(0.25, abs=0.01)
    steps = []
    while talk.waiting():
        before = talk.music_gain
        talk.next_chunk(1.0, 0.25)
        steps.append(talk.music_gain - before)
    assert talk.music_gain == 1.0
    assert max(steps) < 0.01


def test_a_writer_that_ran_over_the_reader_costs_old_speech_and_nothing_else() -> None:
    memory, words, blocks = ring()
    talk = Talk(memory, 64)
    blocks[(1000 - 1) % TALK_BLOCKS] = 77
    words[Word.HEAD] = 1000
    assert talk.next_chunk(1.0, 1.0)[0] * 32768 == pytest.approx(77)
    assert words[Word.TAIL] == 1000


def test_a_writer_that_began_anew_without_asking_is_heard_from_there_on() -> None:
    memory, words, _ = ring()
    talk = Talk(memory, 64)
    words[Word.HEAD] = words[Word.TAIL] = 1000
    words[Word.HEAD] = 3
    for _ in range(5):
        talk.next_chunk(1.0, 1.0)
    assert words[Word.TAIL] == 3
    assert not talk.waiting()


def test_nothing_waits_in_an_empty_ring() -> None:
    assert not Talk(ring()[0], 64).waiting()
