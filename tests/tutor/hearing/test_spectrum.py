from __future__ import annotations

import numpy as np
import pytest

from mos_appliance.errors import BadInput
from mos_appliance.tutor.hearing.level import LevelMeter, gain_for
from mos_appliance.tutor.hearing.resampling import HEARING_RATE, Resampler
from mos_appliance.tutor.hearing.spectrum import BINS_A_SEMITONE, HOP, LOWEST_PITCH, Spectrum


def tone(pitch: float, rate: int, seconds: float) -> np.ndarray:
    time = np.arange(int(rate * seconds)) / rate
    return np.sin(2 * np.pi * 440.0 * 2.0 ** ((pitch - 69) / 12) * time).astype(np.float32)


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000, 96_000, 44_056])
def test_a_tone_comes_out_as_the_same_tone_at_the_rate_of_hearing(rate: int) -> None:
    resampler = Resampler(rate)
    sound = tone(69, rate, 1.0)
    out = np.concatenate([resampler.push(sound[begin : begin + 999]) for begin in range(0, len(sound), 999)])
    assert abs(len(out) - HEARING_RATE) < 40
    assert np.abs(out[200:-200] - tone(69, HEARING_RATE, 1.0)[200 : len(out) - 200]).max() < 0.01


def test_what_is_above_half_the_new_rate_is_gone() -> None:
    out = Resampler(48_000).push(np.sin(2 * np.pi * 9_500 * np.arange(48_000) / 48_000).astype(np.float32))
    assert np.abs(out[200:-200]).max() < 0.01


def test_blocks_of_any_length_give_the_same() -> None:
    sound = np.random.default_rng(1).standard_normal(20_000).astype(np.float32)
    whole = Resampler(44_100).push(sound)
    resampler = Resampler(44_100)
    parts = np.concatenate([resampler.push(sound[begin : begin + 7]) for begin in range(0, len(sound), 7)])
    assert np.allclose(whole[: len(parts)], parts, atol=1e-6)


@pytest.mark.parametrize("rate", [0, 7_999, 200_000])
def test_a_rate_that_no_device_has_is_refused(rate: int) -> None:
    with pytest.raises(BadInput, match="sample rate"):
        Resampler(rate)


@pytest.mark.parametrize("pitch", [45, 57, 69, 81, 100])
def test_a_tone_is_loudest_in_its_own_bin_at_its_own_level(pitch: int) -> None:
    frames = Spectrum().push(tone(pitch, HEARING_RATE, 1.0))
    middle = frames[len(frames) // 2]
    assert int(middle[:, 0].argmax()) == (pitch - LOWEST_PITCH) * BINS_A_SEMITONE + 1
    assert middle[:, 0].max() == pytest.approx(1.0, abs=0.08)


def test_frames_do_not_depend_on_the_blocks() -> None:
    sound = np.random.default_rng(2).standard_normal(30_000).astype(np.float32) * 0.1
    whole = Spectrum().push(sound)
    spectrum = Spectrum()
    parts = np.concatenate([spectrum.push(sound[begin : begin + 501]) for begin in range(0, len(sound), 501)])
    assert whole.shape == parts.shape == ((30_000 - 1024) // HOP + 1, 294, 2)
    assert np.allclose(whole, parts, atol=1e-5)


def test_a_click_is_seen_in_the_frame_about_it() -> None:
    sound = np.zeros(16_000, np.float32)
    sound[8_000] = 1.0
    short = Spectrum().push(sound)[:, :, 1].mean(axis=1)
    assert abs(int(short.argmax()) - 8_000 // HOP) <= 1


def test_the_level_is_by_loud_moments_and_silence_is_left_alone() -> None:
    quiet = tone(60, HEARING_RATE, 2.0) * 0.001
    assert np.sqrt(np.mean((quiet * gain_for(quiet)) ** 2)) == pytest.approx(10 ** (-18 / 20), rel=0.02)
    assert gain_for(np.zeros(16_000, np.float32)) == 1.0
    meter = LevelMeter(HEARING_RATE)
    for begin in range(0, len(quiet), 1234):
        meter.push(quiet[begin : begin + 1234])
    assert meter.gain() == pytest.approx(gain_for(quiet))
