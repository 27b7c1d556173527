"""The measure itself, against signals whose onsets are known: no guest is needed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hw_tests.bench import wav
from mos_appliance.engine.clicks import synthesise
from mos_appliance.engine.metronome import ACCENT, BEAT, SUBDIVISION
from mos_appliance.wire.rings import HEADER_BYTES, Word

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


def test_what_an_output_ring_holds_is_found_in_a_recording_at_its_block() -> None:
    blocks, frames, head = 8, 64, 21
    sound = np.random.default_rng(3).integers(-900, 900, (head * frames, 2)).astype("<i2")
    header = np.zeros(HEADER_BYTES // 8, "<u8")
    header[[Word.BLOCKS, Word.BLOCK_FRAMES, Word.HEAD]] = blocks, frames, head
    ring = np.zeros((blocks, frames, 2), "<i2")
    for number in range(head - blocks, head):
        ring[number % blocks] = sound[number * frames : (number + 1) * frames]
    recording = np.concatenate((np.zeros((1000, 2), np.int16), sound))
    first, found = wav.ring_blocks(header.tobytes() + ring.tobytes(), head)
    assert first == head - blocks * 3 // 4
    assert wav.place_of(found.reshape(-1, 2), recording) == 1000 + first * frames
    assert wav.place_of(found.reshape(-1, 2) + 1, recording) is None
