"""Recordings that a user names: WAV files (PCM of 8 to 32 bits, or floats), read in blocks as one channel."""

from __future__ import annotations

import mmap
import os
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.errors import BadInput
from mos_appliance.tutor.hearing.resampling import HIGHEST_RATE, LOWEST_RATE, Resampler
from mos_appliance.units import SAMPLE_RATE

FILE_BYTES: Final = 1 << 30
MOST_SECONDS: Final = 3 * 3600
MOST_CHANNELS: Final = 8
MOST_CHUNKS: Final = 1000
_BLOCK_FRAMES: Final = 16_384
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE


@dataclass(frozen=True, slots=True)
class Recording:
    """A WAV file's sound. Units: `rate` in frames a second."""

    rate: int
    channels: int
    bits: int
    floats: bool
    data: memoryview

    @property
    def frames(self) -> int:
        """How long it is."""
        return len(self.data) // (self.channels * self.bits // 8)

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """The mean of its channels, block by block. Shapes: (n,). Units: full scale is 1."""
        size = self.channels * self.bits // 8
        for begin in range(0, self.frames, _BLOCK_FRAMES):
            piece = self.data[begin * size : min(begin + _BLOCK_FRAMES, self.frames) * size]
            yield self._samples(piece).reshape(-1, self.channels).mean(axis=1, dtype=np.float32)

    def _samples(self, piece: memoryview) -> NDArray[np.float32]:
        if self.floats:
            kind = "<f4" if self.bits == 32 else "<f8"
            return np.asarray(np.clip(np.nan_to_num(np.frombuffer(piece, kind)), -8.0, 8.0), np.float32)
        if self.bits == 8:
            return np.asarray((np.frombuffer(piece, np.uint8) - 128.0) / 128.0, np.float32)
        if self.bits == 24:
            raw = np.frombuffer(piece, np.uint8).reshape(-1, 3)
            wide = np.zeros((len(raw), 4), np.uint8)
            wide[:, 1:] = raw
            return wide.view("<i4")[:, 0].astype(np.float32) / np.float32(1 << 31)
        return np.frombuffer(piece, f"<i{self.bits // 8}").astype(np.float32) / np.float32(1 << (self.bits - 1))


@contextmanager
def open_recording(path: str) -> Iterator[Recording]:
    """A file's sound, read from the disk as it is needed. Errors: `BadInput` naming the file, `OSError`."""
    with Path(path).open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise BadInput(path, "file: is none that can be read twice; write it to the disk first")
        if size > FILE_BYTES:
            raise BadInput(path, f"file: has {size >> 20} MiB; at most {FILE_BYTES >> 20} are read")
        if not size:
            raise BadInput(path, "file: is empty")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            try:
                recording = read_wav(data)
            except BadInput as error:
                raise BadInput(path, f"{error.where}: {error.why}") from error
            try:
                yield recording
            finally:
                recording.data.release()


def read_wav(data: bytes | mmap.mmap) -> Recording:
    """A WAV file. Errors: `BadInput` with the place in the file.

    Source: Microsoft and IBM, Multimedia Programming Interface 1.0 (RIFF); WAVEFORMATEXTENSIBLE.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise BadInput("byte 0", "no WAV file: RIFF and WAVE are missing")
    shape: tuple[int, int, int, bool] | None = None
    for name, place, size in _chunks(data):
        if name == b"fmt ":
            shape = _shape(data[place : place + min(size, 64)], place)
        elif name == b"data":
            if shape is None:
                raise BadInput(f"byte {place - 8}", "the sound comes before what says how it is written (fmt)")
            return _checked(Recording(*shape, memoryview(data)[place : place + size]), place)
    raise BadInput(f"byte {len(data)}", "the file ends without sound (a data chunk)")


def _chunks(data: bytes | mmap.mmap) -> Iterator[tuple[bytes, int, int]]:
    """Name, place and size of each chunk; a last one that is cut off is as long as the file."""
    place = 12
    for _ in range(MOST_CHUNKS):
        if place + 8 > len(data):
            return
        name, size = struct.unpack_from("<4sI", data, place)
        yield name, place + 8, min(size, len(data) - place - 8)
        place += 8 + size + (size & 1)
    raise BadInput(f"byte {place}", f"more than {MOST_CHUNKS} chunks before the sound")


def _shape(text: bytes, place: int) -> tuple[int, int, int, bool]:
    if len(text) < 16:
        raise BadInput(f"byte {place}", "fmt is cut off")
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", text)
    if kind == _EXTENSIBLE and len(text) >= 26:
        kind = struct.unpack_from("<H", text, 24)[0]
    good = bits in {8, 16, 24, 32} if kind == _PCM else kind == _FLOAT and bits in {32, 64}
    if not good:
        raise BadInput(f"byte {place}", f"format {kind} with {bits} bits is not read; PCM and floats are")
    if not 1 <= channels <= MOST_CHANNELS:
        raise BadInput(f"byte {place + 2}", f"{channels} channels; 1 to {MOST_CHANNELS} are read")
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise BadInput(f"byte {place + 4}", f"{rate} Hz; {LOWEST_RATE} to {HIGHEST_RATE} are read")
    return rate, channels, bits, kind == _FLOAT


def _checked(recording: Recording, place: int) -> Recording:
    if recording.frames > MOST_SECONDS * recording.rate:
        raise BadInput(f"byte {place}", f"more than {MOST_SECONDS // 3600} hours of sound")
    return recording


def samples_of(path: Path) -> NDArray[np.int16]:
    """A whole recording as a microphone would give it. Shapes: (n,), 48 kHz. Errors: `BadInput`, `OSError`."""
    with open_recording(str(path)) as recording:
        resampler = Resampler(recording.rate, SAMPLE_RATE)
        parts = [resampler.push(block) for block in recording.blocks()]
        parts.append(resampler.push(np.zeros(recording.rate // 100, np.float32)))
    sound = np.concatenate(parts)
    return np.asarray(np.clip(np.rint(sound * 32_767.0), -32_768, 32_767), np.int16)
