"""A voice as it comes from phones and speech engines, made into what the talk ring takes: mono, 48 kHz, 16 bits.

Source: Multimedia Programming Interface and Data Specifications 1.0 (RIFF WAVE); WAVE_FORMAT_EXTENSIBLE by Microsoft.
"""

from __future__ import annotations

import math
import struct
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mos_appliance.errors import BadInput
from mos_appliance.units import SAMPLE_RATE

MAX_SECONDS: Final = 60
RATES: Final = range(4_000, 192_001)
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_HALF_TAPS: Final = 24
_BETA: Final = 9.0
"""Kaiser window: side lobes under −90 dB."""
_MAX_PHASES: Final = 4096
_AT_ONCE: Final = 8192


class Format(NamedTuple):
    """The `fmt ` chunk."""

    code: int
    channels: int
    rate: int
    bits: int


def voice_from_wav(data: bytes) -> NDArray[np.int16]:
    """The voice in a WAV. Shapes: (frames,) at 48 kHz. Errors: `BadInput`."""
    form, samples = read_wav(data)
    if len(samples) > MAX_SECONDS * form.rate:
        raise BadInput("data", f"is longer than {MAX_SECONDS} s")
    voice = resample(samples, form.rate)
    return np.clip(np.rint(voice * 32767), -32768, 32767).astype(np.int16)


def read_wav(data: bytes) -> tuple[Format, NDArray[np.float32]]:
    """Format and mono samples within ±1. Shapes: (frames,). Errors: `BadInput`."""
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise BadInput("byte 0", "is no RIFF WAVE file")
    form: Format | None = None
    offset = 12
    while offset + 8 <= len(data):
        name, length = data[offset : offset + 4], int.from_bytes(data[offset + 4 : offset + 8], "little")
        body = memoryview(data)[offset + 8 : offset + 8 + length]
        if name == b"fmt ":
            form = _read_format(bytes(body), offset)
        elif name == b"data":
            if form is None:
                raise BadInput(f"byte {offset}", "has its sound before its format")
            return form, _mono(form, body)  # a recorder that did not know its length says too much: take what is there
        offset += 8 + length + (length & 1)
    raise BadInput(f"byte {min(offset, len(data))}", "has no sound")


def _read_format(body: bytes, offset: int) -> Format:
    if len(body) < 16:
        raise BadInput(f"byte {offset}", "has a format that is cut off")
    code, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if code == _EXTENSIBLE and len(body) >= 26:
        code = int.from_bytes(body[24:26], "little")
    if not 1 <= channels <= 2:
        raise BadInput(f"byte {offset}", f"has {channels} channels, not 1 or 2")
    if rate not in RATES:
        raise BadInput(f"byte {offset}", f"has a rate of {rate} Hz, not 4,000 to 192,000")
    if (code, bits) not in {(_PCM, 8), (_PCM, 16), (_PCM, 24), (_PCM, 32), (_FLOAT, 32)}:
        raise BadInput(f"byte {offset}", f"has samples of format {code} and {bits} bits, which are not taken")
    return Format(code, channels, rate, bits)


def _mono(form: Format, body: memoryview) -> NDArray[np.float32]:
    """Shapes: (frames,)."""
    width = form.bits // 8 * form.channels
    raw = np.frombuffer(body, np.uint8, len(body) // width * width)
    samples: NDArray[np.float32] | NDArray[np.float64]
    if form.code == _FLOAT:
        samples = np.clip(np.nan_to_num(np.frombuffer(raw, np.float32)), -1, 1)
    elif form.bits == 8:
        samples = (raw.astype(np.float32) - 128) / 128
    elif form.bits == 24:
        triples = raw.reshape(-1, 3).astype(np.int32)
        joined = triples[:, 0] << 8 | triples[:, 1] << 16 | triples[:, 2] << 24
        samples = joined.astype(np.float32) / 2**31
    else:
        whole = np.frombuffer(raw, "<i2" if form.bits == 16 else "<i4")
        samples = np.asarray(whole, np.float32) / 2 ** (form.bits - 1)
    mono: NDArray[np.float32] = samples.reshape(-1, form.channels).mean(axis=1).astype(np.float32)
    return mono


def resample(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """The samples at 48 kHz, by a windowed sinc. Shapes: (n,) → (⌈n · 48,000 / rate⌉,)."""
    if rate == SAMPLE_RATE or not len(samples):
        return samples
    common = math.gcd(rate, SAMPLE_RATE)
    up, down = SAMPLE_RATE // common, rate // common
    phases = min(up, _MAX_PHASES)
    kernel = _kernel(phases, min(1.0, SAMPLE_RATE / rate))
    half = kernel.shape[1] // 2
    padded = np.concatenate((np.zeros(half, np.float32), samples, np.zeros(half + 1, np.float32)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape[1])
    count = -(-len(samples) * up // down)
    voice = np.empty(count, np.float32)
    for start in range(0, count, _AT_ONCE):
        place = np.arange(start, min(start + _AT_ONCE, count), dtype=np.int64) * down
        phase = (place % up) * phases // up
        voice[start : start + len(place)] = np.einsum("ij,ij->i", windows[place // up], kernel[phase])
    return voice


def _kernel(phases: int, cutoff: float) -> NDArray[np.float32]:
    """One filter a phase, each of gain 1. Shapes: (phases, taps). `cutoff` is of the input's Nyquist frequency."""
    half = math.ceil(_HALF_TAPS / cutoff)
    place = np.arange(-half, half + 1)[None, :] - np.arange(phases)[:, None] / phases
    window = np.i0(_BETA * np.sqrt(np.clip(1 - (place / (half + 1)) ** 2, 0, 1))) / np.i0(_BETA)
    kernel = np.sinc(place * cutoff * 0.95) * window
    whole: NDArray[np.float32] = (kernel / kernel.sum(axis=1, keepdims=True)).astype(np.float32)
    return whole
