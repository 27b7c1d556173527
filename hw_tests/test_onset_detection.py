"""The measure itself, against signals whose onsets are known: no guest is needed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hw_tests.bench import wav
from mos_appliance.engine.clicks import synthesise
from mos_appliance.engine.metronome import ACCENT, BEAT, SUBDIVISION

SECONDS = 20
HELD_FRAMES = 384
"""Keys are let go after 8 ms, and fade within a block."""


def chord_and_keys(seed: int, ramp_frames: int) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
    """36 held tones, a metronome, noise of a dither bit, and keys at known frames that rise over `ramp_frames`."""
    chance = np.random.default_rng(seed)
    time = np.arange(SECONDS * wav.RATE) / wav.RATE
    signal = np.zeros(len(time))
    for note in range(36):
        frequency = 440 * 2 ** ((36 + note - 69) / 12)
        signal += 250 * np.sin(2 * np.pi * frequency * time + chance.uniform(0, 6.28))
    for number, at in enumerate(range(0, len(time) - 4000, 16_000)):
        click = 32768 * synthesise((ACCENT, BEAT, SUBDIVISION)[number % 3])[:, 0]
        signal[at : at + len(click)] += click
    starts = np.cumsum(chance.integers(1500, 2400, 400))
    starts = starts[starts < len(time) - 4000]
    shape = np.arange(1440)
    key = 8000 * np.cos(2 * np.pi * shape / 3) * np.exp(-shape / 240) * np.minimum(1, (shape + 1) / ramp_frames)
    key *= np.clip((HELD_FRAMES + 64 - shape) / 64, 0, 1)
    for at in starts:
        signal[at : at + 1440] += key
    signal += chance.uniform(-0.5, 0.5, len(time))
    return np.round(np.stack([signal, signal], axis=1)).astype(np.int16), starts.astype(np.int64)


def test_an_onset_under_36_tones_and_a_metronome_is_found_within_two_frames() -> None:
    for ramp_frames in (1, 64):
        frames, starts = chord_and_keys(seed=ramp_frames, ramp_frames=ramp_frames)
        pressed = starts - np.random.default_rng(0).integers(120, 200, len(starts))
        found = wav.onsets(frames, pressed, 400)
        assert None not in found
        errors = np.array(found) - starts
        assert np.abs(errors).max() <= 2, f"ramp {ramp_frames}: {errors.min()} to {errors.max()} frames"


def test_nothing_is_found_where_no_key_was_pressed() -> None:
    frames, starts = chord_and_keys(seed=5, ramp_frames=64)
    frames = frames[: starts[0] - 1]
    assert wav.onsets(frames, np.arange(100, len(frames) - 1000, 500), 400) == [None] * len(
        range(100, len(frames) - 1000, 500)
    )


def test_the_true_peak_of_a_tone_between_its_samples_is_found() -> None:
    time = np.arange(4800)
    tone = np.round(16384 * np.sin(2 * np.pi * 12_000 / 48_000 * time + np.pi / 4)).astype(np.int16)
    assert abs(wav.true_peak_dbfs(np.stack([tone, tone], axis=1)) + 6.02) < 0.1
