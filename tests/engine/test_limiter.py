"""The limiter holds its ceiling between the samples too, for signals that are meant to get past it."""

import numpy as np
import pytest

from mos_appliance.engine.limiter import Limiter
from mos_appliance.engine.true_peak import TAPS, true_peak

RATE = 48_000
CEILING = 10 ** (-1 / 20)
SECONDS = np.arange(RATE) / RATE
NOISE = np.random.default_rng(0).normal(0, 1, RATE)
SIGNALS = {
    "a tone whose peaks lie between the samples": 2 * np.sin(2 * np.pi * 12_000 * SECONDS + np.pi / 4),
    "a loud tone out of silence": np.where(SECONDS > 0.5, 1.5, 0) * np.sin(2 * np.pi * 3000 * SECONDS),
    "a low tone": 3 * np.sin(2 * np.pi * 60 * SECONDS),
    "white noise": NOISE,
    "bursts of noise, 22 dB too loud": np.where((np.arange(RATE) // 997) % 3 == 0, 3 * NOISE, 0.01),
    "a square wave": 2 * np.sign(np.sin(2 * np.pi * 440 * SECONDS)),
}


def limited(signal: np.ndarray, frames: int) -> tuple[np.ndarray, np.ndarray]:
    """What comes out, and the gain of every frame."""
    stereo = np.stack([signal, signal], axis=1).astype(np.float32)
    limiter, past, out, gains = Limiter(frames, RATE), np.zeros((TAPS, 2), np.float32), [], []
    for start in range(0, len(signal) - frames + 1, frames):
        chunk = stereo[start : start + frames]
        asked = limiter.curve(chunk, past, CEILING)
        curve = np.ones(frames, np.float32) if asked is None else asked
        gains.append(curve.copy())
        out.append(chunk * curve[:, None])
        if limiter.attacked:
            limiter.make_sure(out[-1], past, CEILING)
        past = out[-1][-TAPS:]
    return np.concatenate(out), np.concatenate(gains)


@pytest.mark.parametrize("frames", [48, 64])
@pytest.mark.parametrize("name", SIGNALS)
def test_the_true_peak_stays_under_the_ceiling(name: str, frames: int) -> None:
    out, _ = limited(SIGNALS[name], frames)
    assert true_peak(out) <= CEILING + 1e-3


def test_what_is_below_the_ceiling_passes_unchanged() -> None:
    signal = 0.7 * np.sin(2 * np.pi * 440 * SECONDS)
    _, gains = limited(signal, 64)
    assert np.all(gains == 1.0)


def test_the_gain_comes_back_after_a_peak() -> None:
    signal = np.where(SECONDS < 0.1, 2.0, 0.1) * np.sin(2 * np.pi * 440 * SECONDS)
    _, gains = limited(signal, 64)
    assert gains[RATE // 20] < 0.5
    assert gains[-1] == 1.0


def test_a_steady_loud_tone_keeps_its_gain_within_half_a_decibel() -> None:
    _, gains = limited(2 * np.sin(2 * np.pi * 997 * SECONDS), 64)
    settled = gains[RATE // 2 :]
    assert 20 * np.log10(settled.max() / settled.min()) < 0.5


def test_the_measure_finds_the_peak_between_samples_of_a_tone_at_a_quarter_of_the_rate() -> None:
    tone = np.sin(2 * np.pi * 12_000 * SECONDS + np.pi / 4).astype(np.float32)[:, None]
    assert np.abs(tone).max() < 0.71
    assert true_peak(tone) == pytest.approx(1.0, abs=0.02)
