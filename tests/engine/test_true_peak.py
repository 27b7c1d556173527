"""True peak: it depends neither on the pieces that a signal comes in nor on the form of its samples."""

import numpy as np
import pytest

from mos_appliance.engine.true_peak import (
    FILTER,
    LARGEST_BEND,
    LARGEST_HALF,
    LARGEST_L1,
    LARGEST_SUM,
    LARGEST_TILT,
    REACH,
    TAPS,
    TruePeak,
    true_peak,
)


def by_brute_force(signal: np.ndarray) -> float:
    """Every place interpolated, silence before and after."""
    quiet = np.zeros((TAPS, signal.shape[1]), np.float32)
    line = np.concatenate((quiet, signal, quiet)).T
    windows = np.lib.stride_tricks.sliding_window_view(line, TAPS, axis=1)
    return float(np.abs(windows @ FILTER.T).max())


def music(frames: int, seed: int) -> np.ndarray:
    """Swelling partials and a few hard edges, so that peaks lie in few of the stretches."""
    random = np.random.default_rng(seed)
    time = np.arange(frames)[:, None]
    tones = np.sin(time * random.uniform(0.01, 2.5, (1, 2)) + random.uniform(0, 6, (1, 2)))
    swell = np.interp(np.arange(frames), np.sort(random.uniform(0, frames, 9)), random.uniform(0, 0.9, 9))[:, None]
    signal = tones * swell
    for place in random.integers(0, frames, 3):
        signal[place : place + 2] *= -1
    return signal.astype(np.float32)


@pytest.mark.parametrize("seed", range(12))
def test_it_is_what_looking_everywhere_finds(seed: int) -> None:
    signal = music(4_000 + 731 * seed, seed)
    assert true_peak(signal) == pytest.approx(by_brute_force(signal), rel=1e-5)


@pytest.mark.parametrize("piece", [1, 5, 511, 512, 4096])
def test_pieces_of_any_length_make_the_same_peak(piece: int) -> None:
    signal = music(5_000, 3)[: 5_000 if piece > 9 else 300]
    meter = TruePeak()
    peaks = [meter.add(signal[begin : begin + piece]) for begin in range(0, len(signal), piece)]
    assert meter.value() == pytest.approx(by_brute_force(signal), rel=1e-5)
    assert max(peaks) == meter.sample_peak == np.abs(signal).max()


def test_whole_samples_are_measured_as_a_share_of_full_scale() -> None:
    signal = music(9_000, 5)
    meter = TruePeak(full_scale=2.0**31)
    highest = meter.add((signal * 2.0**31).astype(np.int32))
    assert highest == pytest.approx(np.abs(signal).max(), rel=1e-6)
    assert meter.value() == pytest.approx(true_peak(signal), rel=1e-6)


def test_no_value_passes_its_bounds() -> None:
    random = np.random.default_rng(4)
    for _ in range(200):
        window = random.normal(0, 1, TAPS).cumsum() if random.random() < 0.5 else np.sign(random.normal(0, 1, TAPS))
        value, peak = np.abs(FILTER @ window).max(), np.abs(window).max()
        steps = np.diff(window)
        smooth = LARGEST_SUM * peak + LARGEST_TILT * np.abs(steps).max() + LARGEST_BEND * np.abs(np.diff(steps)).max()
        assert value <= min(LARGEST_L1 * peak, smooth, np.linalg.norm(window)) + 1e-6


def test_behind_a_wave_whose_last_frame_is_held_it_is_no_higher_than_its_steps_allow() -> None:
    random = np.random.default_rng(5)
    for _ in range(200):
        wave = random.normal(0, 1, TAPS).cumsum()
        held = np.concatenate((wave, np.full(TAPS, wave[-1])))
        behind = np.abs(np.lib.stride_tricks.sliding_window_view(held, TAPS)[REACH:] @ FILTER.T).max()
        assert behind <= LARGEST_SUM * np.abs(wave).max() + LARGEST_HALF * np.abs(np.diff(wave)).max() + 1e-6


def test_a_peak_between_samples_is_found_and_silence_has_none() -> None:
    between = np.sin(np.arange(2_000) * np.pi / 2 + np.pi / 4)[:, None].astype(np.float32)
    assert np.abs(between).max() == pytest.approx(0.7071, abs=1e-3)
    assert true_peak(between) == pytest.approx(1.0, abs=0.03)
    assert true_peak(np.zeros((100, 2), np.float32)) == 0.0
