"""Voices of any WAV become mono at 48 kHz, without audible damage."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mos_appliance.companion.voice import read_wav, resample, voice_from_wav
from mos_appliance.errors import BadInput


def wav(
    samples: bytes, rate: int = 48_000, channels: int = 1, bits: int = 16, code: int = 1, length: int = -1
) -> bytes:
    form = struct.pack("<HHIIHH", code, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits)
    size = len(samples) if length < 0 else length
    return b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", size) + samples


def tone(rate: int, hertz: float, seconds: float = 0.5) -> NDArray[np.float32]:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate)).astype(np.float32)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 96_000, 192_000, 44_056])
def test_a_tone_keeps_pitch_length_and_loudness(rate: int) -> None:
    got = resample(tone(rate, 1000), rate)
    assert len(got) == -(-(rate // 2) * 48_000 // rate)
    middle = slice(4_000, 20_000)
    wanted = tone(48_000, 1000)[middle]
    error = np.sqrt(np.mean((got[middle] - wanted) ** 2)) / np.sqrt(np.mean(wanted**2))
    assert 20 * np.log10(error) < -60


def test_what_lies_above_the_new_band_does_not_fold_back() -> None:
    got = resample(tone(96_000, 30_000), 96_000)
    assert 20 * np.log10(np.abs(got[4_000:20_000]).max() / 0.5) < -70


@pytest.mark.parametrize(
    ("bits", "code", "dtype", "full"), [(8, 1, "u1", 128), (16, 1, "<i2", 1 << 15), (32, 1, "<i4", 1 << 31)]
)
def test_integers_of_every_width_are_read(bits: int, code: int, dtype: str, full: int) -> None:
    signal = tone(48_000, 440)
    whole = signal.astype(np.float64) * full * 0.99 + (128 if bits == 8 else 0)
    _, got = read_wav(wav(whole.astype(dtype).tobytes(), bits=bits, code=code))
    assert np.abs(got - signal * 0.99).max() < 2 / full + 1e-6


def test_24_bits_and_floats_are_read() -> None:
    signal = tone(48_000, 440)
    triples = (signal.astype(np.float64) * (1 << 23) * 0.99).astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3]
    _, got = read_wav(wav(triples.tobytes(), bits=24))
    assert np.abs(got - signal * 0.99).max() < 1e-6
    _, got = read_wav(wav(signal.astype("<f4").tobytes(), bits=32, code=3))
    assert np.array_equal(got, signal)


def test_stereo_becomes_the_mean_of_both() -> None:
    left, right = tone(48_000, 440), -tone(48_000, 440)
    both = np.stack((left, right), axis=1).astype("<f4")
    _, got = read_wav(wav(both.tobytes(), channels=2, bits=32, code=3))
    assert not got.any()


def test_a_stream_that_did_not_know_its_length_is_read_to_its_end() -> None:
    assert len(voice_from_wav(wav(bytes(960), length=0x7FFFF000))) == 480


def test_floats_beyond_full_scale_and_not_numbers_are_tamed() -> None:
    samples = np.array([np.nan, np.inf, -np.inf, 5.0, -5.0], "<f4")
    assert voice_from_wav(wav(samples.tobytes(), bits=32, code=3)).tolist() == [0, 32767, -32767, 32767, -32767]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no RIFF"),
        (b"RIFF\0\0\0\0WAVE", "no sound"),
        (wav(bytes(2), channels=3), "3 channels"),
        (wav(bytes(2), rate=100), "100 Hz"),
        (wav(bytes(2), bits=12), "not taken"),
        (wav(bytes(2), code=85), "not taken"),
        (wav(bytes(2 * 8_000 * 61), rate=8_000), "longer than 60 s"),
        (b"RIFF\0\0\0\0WAVEdata\x02\0\0\0\0\0", "before its format"),
    ],
)
def test_what_cannot_be_played_is_refused_with_a_reason(data: bytes, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        voice_from_wav(data)


@given(st.binary(max_size=300), st.booleans())
def test_random_bytes_are_refused_or_read_and_never_more(data: bytes, headed: bool) -> None:
    try:
        voice_from_wav(b"RIFF\0\0\0\0WAVE" + data if headed else data)
    except BadInput:
        return
