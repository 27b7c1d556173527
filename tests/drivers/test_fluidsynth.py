"""FluidSynth as an instrument: pedals, wheels, pressures, drums, shedding; all of it measured in the sound."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from drivers import fluidsynth_notes
from drivers.fluidsynth import FluidSynth
from drivers.soundfont_file import Voice, click_voice, make_soundfont, sine_voice
from mos_appliance.errors import Unavailable
from tests.drivers.listening import SILENCE_DB, Listener, decay_db_s, largest_step, level_db, pitch_hz

A4 = 69
SLOW = 2
"""Program whose release takes a second for 96 dB."""
RPN_BEND, RPN_FINE, RPN_COARSE, RPN_TUNING_PROGRAM = range(4)


def octave_higher(bank: int, program: int) -> Voice:
    wave = np.sin(2 * np.pi * 880 * np.arange(2400) / 48_000)
    return Voice(bank, program, np.round(20_000 * wave).astype(np.int16), key=A4, loop=(600, 1800))


@pytest.fixture(scope="module")
def font(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("soundfont") / "test.sf2"
    make_soundfont(
        path,
        [
            sine_voice(),
            click_voice(program=1),
            sine_voice(program=SLOW, release=0),
            octave_higher(128, 0),
            octave_higher(8, 0),
        ],
    )
    return path


@pytest.fixture
def ear(font: Path) -> Iterator[Listener]:
    synth = FluidSynth(font)
    yield Listener(synth)
    synth.close()


def test_a_soundfont_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="could not be loaded"):
        FluidSynth(tmp_path / "none.sf2")


def test_instruments_loaded_when_they_are_asked_for_sound_as_the_whole_soundfont_does(font: Path) -> None:
    heard = []
    for whole in (True, False):
        ear = Listener(FluidSynth(font, whole=whole))
        for bank, program in ((0, 0), (0, SLOW), (8, 0), (120, 0), (0, 0)):
            ear.program(program, bank=bank)
            ear.on(A4)  # the one before sounds on while its samples are let go of
            heard.append(ear.hear(40))
        ear.off(A4)
        heard.append(ear.hear(400))
    half = len(heard) // 2
    assert min(map(level_db, heard[:half])) > -60
    assert all(np.array_equal(one, other) for one, other in zip(heard[:half], heard[half:], strict=True))


def test_half_pedal_damps_slower_the_further_it_is_down(ear: Listener) -> None:
    ear.program(SLOW)
    decays = []
    for pedal in (0, 31, 32, 48, 64, 80, 95, 96, 127):
        ear.control(64, pedal)
        ear.on(A4)
        ear.hear(40)
        ear.off(A4)
        ear.hear(4)
        decays.append(decay_db_s(ear.hear(100)))
        ear.control(64, 0)
        ear.synth.silence()
        ear.hear(30)
    up, touching, half, down = decays[:2], decays[2:7], decays[4], decays[7:]
    assert up == pytest.approx([96, 96], rel=0.02)
    assert touching == sorted(touching, reverse=True)
    assert half == pytest.approx(96 / 2**2.5, rel=0.05)
    assert touching[-1] == pytest.approx(6, rel=0.1)
    assert down == pytest.approx([0, 0], abs=0.6)


def test_a_dying_note_is_caught_by_the_pedal_and_dropped_again(ear: Listener) -> None:
    ear.program(SLOW)
    ear.on(A4)
    ear.hear(40)
    ear.off(A4)
    ear.hear(40)
    ear.control(64, 127)
    ear.hear(4)
    assert decay_db_s(ear.hear(100)) == pytest.approx(6, rel=0.1)
    ear.control(64, 0)
    ear.hear(4)
    assert decay_db_s(ear.hear(100)) == pytest.approx(96, rel=0.05)


def test_the_pedal_holds_notes_until_it_is_let_go(ear: Listener) -> None:
    ear.control(64, 127)
    ear.on(A4)
    ear.hear(20)
    ear.off(A4)
    ear.hear(200)
    assert ear.synth.voices() == 1
    ear.control(64, 0)
    ear.hear(30)
    assert ear.synth.voices() == 0


def test_a_held_key_sounds_on_when_the_pedal_goes(ear: Listener) -> None:
    ear.control(64, 127)
    ear.on(A4)
    ear.hear(5)
    ear.control(64, 0)
    ear.hear(100)
    assert ear.synth.voices() == 1


def test_one_key_struck_again_and_again_under_the_pedal_does_not_pile_up(ear: Listener) -> None:
    ear.control(64, 127)
    for _ in range(200):
        ear.on(A4)
        ear.hear(4)
        ear.off(A4)
    ear.hear(300)
    assert ear.synth.voices() == 1


def test_sostenuto_holds_only_the_keys_that_were_down(ear: Listener) -> None:
    ear.on(A4)
    ear.control(66, 127)
    ear.on(60)
    ear.hear(20)
    ear.off(A4)
    ear.off(60)
    ear.hear(100)
    assert ear.synth.voices() == 1
    assert pitch_hz(ear.hear(400)) == pytest.approx(440, abs=0.1)
    ear.control(66, 0)
    ear.hear(30)
    assert ear.synth.voices() == 0


def test_sostenuto_catches_what_the_sustain_pedal_holds(ear: Listener) -> None:
    ear.control(64, 127)
    ear.on(A4)
    ear.off(A4)
    ear.control(66, 127)
    ear.control(64, 0)
    ear.hear(100)
    assert ear.synth.voices() == 1
    ear.control(66, 0)
    ear.hear(30)
    assert ear.synth.voices() == 0


def test_the_soft_pedal_softens_the_next_notes_only(ear: Listener) -> None:
    ear.on(A4)
    ear.hear(20)
    before = level_db(ear.hear(75))
    ear.control(67, 127)
    ear.hear(5)
    assert level_db(ear.hear(75)) == pytest.approx(before, abs=0.05)
    ear.off(A4)
    ear.hear(30)
    levels = []
    for pedal in (127, 64):
        ear.control(67, pedal)
        ear.on(A4)
        ear.hear(20)
        levels.append(level_db(ear.hear(75)) - before)
        ear.off(A4)
        ear.hear(30)
    assert levels == pytest.approx([-3.8, -1.8], abs=0.1)


def test_reset_of_controllers_lets_go_of_every_pedal(ear: Listener) -> None:
    ear.on(A4)
    for pedal in (64, 66):
        ear.control(pedal, 127)
    ear.off(A4)
    ear.control(121, 0)
    ear.hear(30)
    assert ear.synth.voices() == 0


@pytest.mark.parametrize("mode", [123, 124, 125, 126, 127])
def test_mode_messages_let_go_of_all_keys_and_leave_the_channel_polyphonic(ear: Listener, mode: int) -> None:
    ear.on(A4)
    ear.hear(20)
    ear.control(mode, 1)
    ear.hear(30)
    assert ear.synth.voices() == 0
    ear.on(A4)
    ear.on(60)
    ear.on(60, channel=1)
    assert ear.synth.voices() == 3


def test_the_bend_reaches_two_semitones_and_as_far_as_it_is_told(ear: Listener) -> None:
    ear.on(A4)
    ear.hear(20)
    for semitones in (None, 12):
        if semitones:
            ear.parameter(RPN_BEND, semitones)
        ear.synth.midi(0, 0xE0, 127, 127)
        ear.hear(3)
        assert pitch_hz(ear.hear(400)) == pytest.approx(440 * 2 ** ((semitones or 2) / 12), rel=3e-4)
        ear.synth.midi(0, 0xE0, 0, 0)
        ear.hear(3)
        assert pitch_hz(ear.hear(400)) == pytest.approx(440 / 2 ** ((semitones or 2) / 12), rel=3e-4)


def test_a_songs_tunings_add_to_the_instruments(ear: Listener) -> None:
    ear.on(A4)
    ear.synth.set_tuning(-20)
    ear.parameter(RPN_FINE, 96)
    ear.parameter(RPN_COARSE, 66)
    ear.hear(20)
    assert pitch_hz(ear.hear(400)) == pytest.approx(440 * 2 ** ((200 + 50 - 20) / 1200), rel=3e-4)
    ear.control(121, 0)
    ear.hear(3)
    assert pitch_hz(ear.hear(400)) == pytest.approx(440 * 2 ** ((200 + 50 - 20) / 1200), rel=3e-4)


def test_tables_of_tunings_cannot_replace_the_instruments_tuning(ear: Listener) -> None:
    ear.on(A4)
    ear.synth.set_tuning(40)
    ear.parameter(RPN_TUNING_PROGRAM, 5)
    ear.hear(20)
    assert pitch_hz(ear.hear(400)) == pytest.approx(440 * 2 ** (40 / 1200), rel=3e-4)


@pytest.mark.parametrize(
    "push",
    [(0xB0, 1, 127), (0xD0, 127, 0), (0xA0, A4, 127)],
    ids=["modulation wheel", "channel pressure", "key pressure"],
)
def test_vibrato(ear: Listener, push: tuple[int, int, int]) -> None:
    def swing() -> float:
        pitches = [pitch_hz(ear.hear(38)) for _ in range(30)]
        return max(pitches) - min(pitches)

    ear.on(A4)
    ear.hear(20)
    assert swing() < 0.5
    ear.synth.midi(0, *push)
    assert 10 < swing() < 30


def test_pressure_on_one_key_leaves_the_others_still(ear: Listener) -> None:
    ear.on(A4)
    ear.synth.midi(0, 0xA0, A4 + 1, 127)
    ear.hear(20)
    pitches = [pitch_hz(ear.hear(38)) for _ in range(30)]
    assert max(pitches) - min(pitches) < 0.5


@pytest.mark.parametrize("channel", [0, 9, 40, 63])
@pytest.mark.parametrize("msb", [120, 126, 127])
def test_any_channel_plays_drums_when_asked(ear: Listener, channel: int, msb: int) -> None:
    ear.program(0, channel, bank=msb)
    ear.on(A4, channel=channel)
    ear.hear(20)
    assert pitch_hz(ear.hear(200)) == pytest.approx(880, abs=0.5)


def test_a_kit_that_is_not_there_is_the_standard_kit(ear: Listener) -> None:
    ear.program(40, bank=120)
    ear.on(A4)
    ear.hear(20)
    assert pitch_hz(ear.hear(200)) == pytest.approx(880, abs=0.5)


def test_channel_ten_is_a_channel_like_any_other(ear: Listener) -> None:
    ear.on(A4, channel=9)
    ear.hear(20)
    assert pitch_hz(ear.hear(200)) == pytest.approx(440, abs=0.5)


@pytest.mark.parametrize(("bank", "hertz"), [(8, 880), (9, 440)], ids=["there", "not there"])
def test_a_variation_that_is_not_there_is_the_plain_instrument(ear: Listener, bank: int, hertz: float) -> None:
    ear.program(0, bank=bank)
    ear.on(A4)
    ear.hear(20)
    assert pitch_hz(ear.hear(200)) == pytest.approx(hertz, abs=0.5)


def test_a_voice_that_gives_way_fades_without_a_click(font: Path) -> None:
    for phase in range(0, 60, 7):
        synth = FluidSynth(font, polyphony=1)
        ear = Listener(synth)
        ear.on(A4)
        natural = largest_step(ear.hear(40 + phase)[-640:])
        assert ear.on(20, velocity=1, channel=1) == 1
        assert largest_step(ear.hear(30)) <= 1.05 * natural
        synth.close()


def test_released_notes_give_way_first_then_those_under_the_pedal(font: Path) -> None:
    synth = FluidSynth(font, polyphony=3)
    ear = Listener(synth)
    ear.program(SLOW)
    ear.control(64, 127, channel=1)
    ear.on(40)
    ear.on(50, channel=1)
    ear.on(A4, channel=2)
    ear.hear(20)
    ear.off(40)
    ear.off(50, channel=1)
    ear.hear(2)
    assert keys(synth) == {40, 50, A4}
    ear.on(80, channel=2)
    ear.hear(25)
    assert keys(synth) == {50, A4, 80}
    ear.on(81, channel=2)
    ear.hear(25)
    assert keys(synth) == {A4, 80, 81}
    synth.close()


def test_the_softest_of_the_oldest_gives_way(font: Path) -> None:
    synth = FluidSynth(font, polyphony=4)
    ear = Listener(synth)
    for key, velocity in ((40, 100), (45, 30), (50, 90), (55, 100)):
        ear.on(key, velocity)
    ear.on(A4)
    ear.hear(30)
    assert keys(synth) == {40, 50, 55, A4}
    synth.close()


def test_what_is_told_to_be_shed_is_what_is_missing(font: Path) -> None:
    synth = FluidSynth(font, polyphony=30)
    ear = Listener(synth)
    struck, told = 0, 0
    for burst in (10, 40, 5, 60, 1, 30):
        for _ in range(burst):
            told += ear.on(struck % 128, channel=struck // 128)
            struck += 1
        ear.hear(1)
        assert synth.voices() <= 30 + fluidsynth_notes.SPARE_VOICES
    ear.hear(40)
    assert struck - told == synth.voices() == 30
    synth.close()


def test_300_notes_within_8_blocks_keep_the_polyphony(font: Path) -> None:
    synth = FluidSynth(font, polyphony=48)
    ear = Listener(synth)
    told = 0
    for note in range(300):
        told += ear.on(note % 100, channel=note // 100)
        if note % 38 == 37:
            ear.hear(1)
    assert told == 252
    ear.hear(40)
    assert synth.voices() == 48
    for note in range(300):
        ear.off(note % 100, channel=note // 100)
    ear.hear(40)
    assert synth.voices() == 0


class HeapUsage(ctypes.Structure):
    """glibc's struct mallinfo2."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "used", "free", "keepcost")
    )


def test_steady_play_does_not_grow_the_heap(ear: Listener) -> None:
    library = ctypes.CDLL(None)
    library.mallinfo2.restype = HeapUsage
    bed = np.zeros((64, 4), np.float32)
    address = bed.ctypes.data

    def play() -> None:
        for step in range(400):
            for channel in range(4):
                ear.synth.midi(channel, 0x90, 30 + step % 60, 100)
                ear.synth.midi(channel, 0x80, 30 + (step - 7) % 60, 0)
            ear.synth.midi(0, 0xB0, 64, step * 3 % 128)
            ear.synth.midi(1, 0xC0, step % 3, 0)
            ear.synth.midi(2, 0xE0, 0, step % 128)
            ear.synth.render(address, address + 8, 64)

    play()
    play()
    before = library.mallinfo2()
    play()
    after = library.mallinfo2()
    assert (after.arena, after.hblks, after.hblkhd) == (before.arena, before.hblks, before.hblkhd)


def keys(synth: FluidSynth) -> set[int]:
    """Keys of all voices, as FluidSynth itself lists them."""
    library = ctypes.CDLL("libfluidsynth.so.3")
    voices = (ctypes.c_void_p * 64)()
    library.fluid_synth_get_voicelist(synth._synth, voices, 64, -1)
    return {library.fluid_voice_get_key(ctypes.c_void_p(voice)) for voice in voices if voice}


def test_silence_leaves_nothing_of_a_full_house(ear: Listener) -> None:
    for key in range(96):
        ear.on(key)
    ear.hear(10)
    ear.synth.silence()
    ear.hear(22)
    assert level_db(ear.hear(2)) == SILENCE_DB


def test_a_reset_of_many_channels_is_spread_and_comes_before_a_channels_next_note(
    ear: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    for channel in range(40):
        ear.control(7, 30, channel)
    done: list[int] = []
    reset = ear.synth._reset_channel
    monkeypatch.setattr(ear.synth, "_reset_channel", lambda channel: (done.append(channel), reset(channel)))
    ear.synth.reset()
    assert done == []
    ear.on(A4, channel=33)
    assert done == [33]
    ear.hear(1)
    assert done == [33, 0, 1]
    ear.hear(30)
    assert sorted(done) == list(range(40))


def test_a_new_tuning_is_spread_and_heard_by_the_next_note_at_once(
    ear: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    tuned: list[int] = []
    tune = ear.synth._tune
    monkeypatch.setattr(ear.synth, "_tune", lambda channel: (tuned.append(channel), tune(channel)))
    ear.synth.set_tuning(50)
    ear.synth.set_tuning(50)
    assert tuned == []
    ear.on(A4, channel=40)
    assert tuned == [40]
    ear.hear(64)
    assert sorted(tuned) == list(range(64))
