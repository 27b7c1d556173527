"""What any synthesiser must do for the engine; the real one is asked."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.fluidsynth import FluidSynth
from drivers.soundfont_file import click_voice, make_soundfont, sine_voice
from mos_appliance.engine.ports import Synth
from tests.drivers.listening import SILENCE_DB, Listener, largest_step, level_db, pitch_hz

A4 = 69
SECOND = 750
"""Blocks."""
HALF_CENT = 2 ** (0.5 / 1200) - 1


@pytest.fixture(scope="module")
def font(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("soundfont") / "contract.sf2"
    make_soundfont(path, [sine_voice(), click_voice(program=1), sine_voice(bank=128)])
    return path


@pytest.fixture(params=[FluidSynth])
def ear(request: pytest.FixtureRequest, font: Path) -> Iterator[Listener]:
    synth: FluidSynth = request.param(font)
    yield Listener(synth)
    synth.close()


def as_port(synth: FluidSynth) -> Synth:
    """mypy proves that the class fits the port."""
    return synth


def test_it_is_silent_until_a_key_is_struck(ear: Listener) -> None:
    assert level_db(ear.hear(10)) == SILENCE_DB


def test_a_key_sounds_at_its_pitch_from_the_block_that_follows(ear: Listener) -> None:
    ear.hear(3)
    ear.on(A4)
    heard = ear.hear(SECOND)
    assert np.flatnonzero(heard[:, 0])[0] <= 1
    assert pitch_hz(heard) == pytest.approx(440, abs=0.01)
    assert ear.synth.voices() == 1


def test_a_key_that_is_let_go_ends(ear: Listener) -> None:
    ear.on(A4)
    ear.hear(20)
    ear.off(A4)
    ear.hear(30)
    assert level_db(ear.hear(5)) == SILENCE_DB
    assert ear.synth.voices() == 0


def test_a_note_on_of_velocity_nothing_is_a_note_off(ear: Listener) -> None:
    ear.on(A4)
    ear.hear(20)
    ear.on(A4, velocity=0)
    ear.hear(30)
    assert level_db(ear.hear(5)) == SILENCE_DB


def test_all_64_channels_sound_each_on_its_own(ear: Listener) -> None:
    for channel in range(64):
        ear.on(A4, channel=channel)
        assert level_db(ear.hear(10)) > -60
        ear.off(A4, channel=channel)
        ear.hear(30)


def test_tuning_moves_notes_that_sound_and_notes_to_come(ear: Listener) -> None:
    ear.on(A4)
    ear.hear(20)
    for a in (392.0, 415.3, 442.0, 466.2):
        ear.synth.set_tuning(1200 * math.log2(a / 440))
        ear.hear(2)
        assert pitch_hz(ear.hear(SECOND // 2)) == pytest.approx(a, rel=HALF_CENT)
    ear.off(A4)
    ear.hear(30)
    ear.on(A4, channel=40)
    ear.hear(20)
    assert pitch_hz(ear.hear(SECOND // 2)) == pytest.approx(466.2, rel=HALF_CENT)


def test_velocity_makes_notes_louder(ear: Listener) -> None:
    levels = []
    for velocity in (20, 60, 100, 127):
        ear.on(A4, velocity)
        ear.hear(20)
        levels.append(level_db(ear.hear(75)))
        ear.off(A4)
        ear.hear(30)
    assert levels == sorted(levels)
    assert levels[-1] - levels[0] > 20


def test_gain_is_linear(ear: Listener) -> None:
    ear.on(A4)
    ear.synth.set_gain(0.2)
    ear.hear(20)
    quiet = level_db(ear.hear(75))
    ear.synth.set_gain(0.4)
    ear.hear(20)
    assert level_db(ear.hear(75)) - quiet == pytest.approx(20 * math.log10(2), abs=0.05)


def test_silence_ends_everything_within_27_ms_without_a_click(ear: Listener) -> None:
    ear.control(64, 127)
    ear.on(A4)
    ear.on(A4, channel=9)
    ear.off(A4)
    natural = largest_step(ear.hear(40)[-640:])
    ear.synth.silence()
    assert largest_step(ear.hear(20)) <= 1.1 * natural
    assert level_db(ear.hear(10)) == SILENCE_DB
    assert ear.synth.voices() == 0


def test_silence_of_one_channel_leaves_the_others(ear: Listener) -> None:
    ear.on(A4)
    ear.on(A4, channel=9)
    ear.hear(20)
    ear.synth.silence(0)
    ear.hear(20)
    assert ear.synth.voices() == 1


def test_reset_brings_back_program_level_bend_and_tuning(ear: Listener) -> None:
    ear.on(A4)
    ear.hear(20)
    fresh = level_db(ear.hear(75))
    ear.off(A4)
    ear.program(1)
    ear.control(7, 30)
    ear.control(64, 127)
    ear.synth.midi(0, 0xE0, 0, 100)
    ear.synth.set_tuning(50)
    ear.synth.reset()
    ear.hear(30)
    ear.on(A4)
    ear.hear(20)
    heard = ear.hear(SECOND // 2)
    assert level_db(heard) == pytest.approx(fresh, abs=0.01)
    assert pitch_hz(heard) == pytest.approx(440, abs=0.01)
    ear.off(A4)
    ear.hear(30)
    assert ear.synth.voices() == 0


def test_polyphony_is_kept_and_what_is_shed_is_told(ear: Listener) -> None:
    ear.synth.set_polyphony(20)
    told = sum(ear.on(key) for key in range(30, 90))
    assert told == 40
    ear.hear(30)
    assert ear.synth.voices() == 20


def test_the_newest_note_is_never_the_one_that_gives_way(ear: Listener) -> None:
    ear.synth.set_polyphony(4)
    for key in (40, 45, 50, 55):
        ear.on(key)
    ear.hear(30)
    assert ear.on(A4) == 1
    ear.hear(40)
    for key in (40, 45, 50, 55):
        ear.off(key)
    ear.hear(30)
    assert pitch_hz(ear.hear(SECOND)) == pytest.approx(440, abs=0.01)


def test_a_lower_polyphony_holds_at_once(ear: Listener) -> None:
    for key in range(30, 70):
        ear.on(key)
    ear.hear(20)
    ear.synth.set_polyphony(10)
    ear.hear(60)
    assert ear.synth.voices() == 10


def test_the_same_messages_sound_the_same_bits(font: Path) -> None:
    def play() -> bytes:
        synth = FluidSynth(font)
        ear = Listener(synth)
        synth.set_reverb(0.5)
        synth.set_chorus(0.5)
        parts = []
        for key in range(40, 80):
            ear.on(key, key)
            parts.append(ear.hear(3))
        synth.close()
        return np.concatenate(parts).tobytes()

    assert play() == play()


def test_reverb_rings_on_after_the_notes_and_can_be_switched_off(ear: Listener) -> None:
    tails = []
    for level in (0.0, 0.3, 1.0, 0.0):
        ear.synth.set_reverb(level)
        ear.on(A4)
        ear.hear(200)
        ear.synth.silence()
        ear.hear(25)
        tails.append(level_db(ear.hear(100)))
        ear.hear(3 * SECOND)
    assert tails[0] == tails[3] == SILENCE_DB
    assert -90 < tails[1] < tails[2] < -30


def test_chorus_makes_pitches_beat_and_can_be_switched_off(ear: Listener) -> None:
    swings = []
    for level in (0.0, 0.3, 1.0, 0.0):
        ear.synth.set_chorus(level)
        ear.on(A4)
        ear.hear(100)
        levels = [level_db(ear.hear(75)) for _ in range(40)]
        swings.append(max(levels) - min(levels))
        ear.synth.silence()
        ear.hear(200)
    assert swings[0] < 0.05 < swings[1] < swings[2]
    assert swings[3] < 0.05


messages = st.tuples(
    st.integers(0, 63),
    st.sampled_from([0x80, 0x90, 0xA0, 0xB0, 0xC0, 0xD0, 0xE0]),
    st.integers(0, 127),
    st.integers(0, 127),
)


@settings(max_examples=60, deadline=None)
@given(played=st.lists(messages, max_size=60))
def test_after_any_messages_silence_is_silence(played: list[tuple[int, int, int, int]], font: Path) -> None:
    synth = FluidSynth(font)
    ear = Listener(synth)
    for channel, status, data1, data2 in played:
        assert synth.midi(channel, status, data1, data2) >= 0
    ear.hear(3)
    synth.silence()
    ear.hear(30)
    assert synth.voices() == 0
    synth.reset()
    ear.hear(1)
    ear.on(A4)
    ear.hear(20)
    assert pitch_hz(ear.hear(SECOND // 4)) == pytest.approx(440, abs=0.05)
    synth.close()
