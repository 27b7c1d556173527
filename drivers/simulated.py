"""Hardware that is not there: a sound card that writes a file, one that is silent, a keyboard, a microphone.

They ship: `mos run` plays into them where the computer has no sound card, `mos render` writes its file with them, and
they pass the same contract suites as the real ones. Each one that has a clock takes it as an argument.
"""

from __future__ import annotations

import ctypes
import os
import struct
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.engine.ports import DeviceLost, MidiMessage
from mos_appliance.errors import BadInput, MosError, Unavailable
from mos_appliance.units import SAMPLE_RATE

Clock = Callable[[], int]
"""Monotonic nanoseconds."""

CHANNELS: Final = 2
BITS: Final = (16, 24, 32)
FLUSH_FRAMES: Final = SAMPLE_RATE // 4
"""What a kill may cost at most."""
_HEADER: Final = struct.Struct("<4sI4s4sIHHIIHH4sI")
_RIFF_MAX: Final = 0xFFFFFFFF


class Pace:
    """The clock of a sound device that holds `periods` × `period` frames and never waits for us."""

    def __init__(self, rate: int, period: int, periods: int, clock: Clock, sleep: Callable[[float], None]) -> None:
        self._rate = rate
        self._period = period
        self._room = period * periods
        self._clock = clock
        self._sleep = sleep
        self._start = -1
        self._written = 0

    def played(self) -> int:
        """Frames that the device took since it started, also those that were not there."""
        return (self._clock() - self._start) * self._rate // 1_000_000_000 if self._start >= 0 else 0

    def write(self) -> int:
        """Wait until a period fits and put it in. Returns 1 when it came too late, an xrun, else 0."""
        late = 0
        if self._start >= 0:
            late = max(0, self.played() - self._written)
            if late:
                self._written += late + self._room - self._period
            else:
                self._wait()
        self._written += self._period
        if self._start < 0 and self._written >= self._room:
            self._start = self._clock()
        return 1 if late else 0

    def _wait(self) -> None:
        while (over := self._written + self._period - self.played() - self._room) > 0:
            self._sleep(over / self._rate)

    def delay_frames(self) -> int:
        """Frames written and not played yet."""
        return max(0, self._written - self.played())


class SilentSink:
    """A sound device that plays nothing, in real time."""

    def __init__(
        self,
        *,
        period: int = 64,
        periods: int = 2,
        bits: int = 24,
        rate: int = SAMPLE_RATE,
        clock: Clock = time.monotonic_ns,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Errors: `BadInput` when `bits` is not 16, 24 or 32."""
        if bits not in BITS:
            raise BadInput("bits", f"must be 16, 24 or 32, not {bits}")
        self.name = "Silence (simulated)"
        self.rate = rate
        self.period = period
        self.periods = periods
        self.bits = bits
        self.sample_bytes = 2 if bits == 16 else 4
        self._pace = Pace(rate, period, periods, clock, sleep)

    def write(self, address: int) -> int:  # noqa: ARG002
        """Take a period in real time; returns 1 when it came too late."""
        return self._pace.write()

    def delay_frames(self) -> int:
        """Frames between the end of what was written and the ear that is not there."""
        return self._pace.delay_frames()

    def close(self) -> None:
        """Nothing to give back."""


class WavSink:
    """A sound device that writes a WAV file, in real time or (`paced=False`) as fast as it is fed.

    The file is whole at any time, but for its last quarter of a second: its header tells what is in it. An xrun is
    counted and leaves no gap: frame n of the engine is frame n of the file. After 4 GiB the header says "as long as it
    is".
    """

    def __init__(
        self,
        path: Path,
        *,
        period: int = 64,
        periods: int = 2,
        bits: int = 24,
        rate: int = SAMPLE_RATE,
        paced: bool = True,
        go_on: bool = False,
        clock: Clock = time.monotonic_ns,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """With `go_on` what the file holds stays, and what is written comes after it.

        Errors: `BadInput` when `bits` is not 16, 24 or 32, `Unavailable` when the file cannot be written.
        """
        if bits not in BITS:
            raise BadInput("bits", f"must be 16, 24 or 32, not {bits}")
        self.name = f"WAV file {path}"
        self.rate = rate
        self.period = period
        self.periods = periods
        self.bits = bits
        self.sample_bytes = 2 if bits == 16 else 4
        self._pace = Pace(rate, period, periods, clock, sleep) if paced else None
        self._chunk = period * CHANNELS * self.sample_bytes
        self._buffer = bytearray(self._chunk * max(1, FLUSH_FRAMES // period))
        self._address = ctypes.addressof(ctypes.c_char.from_buffer(self._buffer))
        self._filled = 0
        frame_bytes = CHANNELS * bits // 8
        try:
            begin = 0 if go_on else os.O_TRUNC
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | begin | os.O_CLOEXEC, 0o644)
            held = max(0, os.fstat(self._file).st_size - _HEADER.size)
            self._data_bytes = held // frame_bytes * frame_bytes
            os.lseek(self._file, _HEADER.size + self._data_bytes if held else 0, os.SEEK_SET)
        except OSError as error:
            raise Unavailable(f"{path} ({error.strerror})") from error
        try:
            self._append(b"")
        except Unavailable:
            os.close(self._file)
            raise

    def write(self, address: int) -> int:
        """Take a period; returns 1 when it came too late.

        Errors, when the disk is full: `DeviceLost`; `Unavailable` where it is not paced, so not a device.
        """
        late = self._pace.write() if self._pace else 0
        try:
            ctypes.memmove(self._address + self._filled, address, self._chunk)
            self._filled += self._chunk
            if self._filled == len(self._buffer):
                self._flush()
        except Unavailable as error:
            if self._pace:
                raise DeviceLost(str(error)) from error
            raise
        return late

    def delay_frames(self) -> int:
        """Frames between the end of what was written and what a listener would hear now."""
        return self._pace.delay_frames() if self._pace else 0

    def close(self) -> None:
        """Finish the file. Errors: `Unavailable` when the disk is full."""
        if self._file < 0:
            return
        try:
            self._flush()
        finally:
            os.close(self._file)
            self._file = -1

    def _flush(self) -> None:
        samples: bytes | memoryview = memoryview(self._buffer)[: self._filled]
        if self.bits == 24:
            samples = _without_lowest_bytes(np.frombuffer(samples, np.uint8))
        self._append(samples)
        self._filled = 0

    def _append(self, samples: bytes | memoryview) -> None:
        try:
            rest = memoryview(samples)
            while rest:
                rest = rest[os.write(self._file, rest) :]
            self._data_bytes += len(samples)
            self._write_header()
        except OSError as error:
            raise Unavailable(f"{self.name} ({error.strerror})") from error

    def _write_header(self) -> None:
        frame = CHANNELS * (self.bits // 8)
        data = min(self._data_bytes, _RIFF_MAX - _HEADER.size)
        header = _HEADER.pack(
            b"RIFF",
            data + _HEADER.size - 8,
            b"WAVE",
            b"fmt ",
            16,
            1,
            CHANNELS,
            self.rate,
            self.rate * frame,
            frame,
            self.bits,
            b"data",
            data,
        )
        if self._data_bytes:
            os.pwrite(self._file, header, 0)
        else:
            os.write(self._file, header)


def _without_lowest_bytes(samples: NDArray[np.uint8]) -> memoryview:
    """The upper 24 of 32 bits. Byte after byte: NumPy takes a tenth of the time that it takes for pieces of three."""
    packed = np.empty(len(samples) // 4 * 3, np.uint8)
    for place in range(3):
        packed[place::3] = samples[place + 1 :: 4]
    return packed.data


class ScriptedKeyboard:
    """A keyboard that plays what is written: pairs of a time in nanoseconds since its first poll, and a message."""

    overflows: Final = 0

    def __init__(self, events: Iterable[tuple[int, MidiMessage]], clock: Clock = time.monotonic_ns) -> None:
        self._events = iter(sorted(events, key=lambda event: event[0]))
        self._clock = clock
        self._start: int | None = None
        self._next = next(self._events, None)

    def poll(self) -> MidiMessage | None:
        """The next message whose time has come."""
        if self._next is None:
            return None
        now = self._clock()
        if self._start is None:
            self._start = now
        if now - self._start < self._next[0]:
            return None
        message = self._next[1]
        self._next = next(self._events, None)
        return message

    def done(self) -> bool:
        """Whether everything was played."""
        return self._next is None


class ScriptedMicrophone:
    """A microphone that hears `samples` ((n,) int16, 48 kHz) once, then silence; a block of `period` at a time."""

    overruns = 0
    lost = False

    def __init__(self, samples: NDArray[np.int16], period: int, clock: Clock = time.monotonic_ns) -> None:
        self._samples = samples
        self._period = period
        self._clock = clock
        self._start: int | None = None
        self._read = 0

    def read_into(self, address: int) -> bool:
        """If the next block was heard by now, copy it to `address`."""
        now = self._clock()
        if self._start is None:
            self._start = now
        heard = (now - self._start) * SAMPLE_RATE // 1_000_000_000
        if heard < self._read + self._period:
            return False
        block = self._samples[self._read : self._read + self._period]
        ctypes.memset(address, 0, self._period * 2)
        ctypes.memmove(address, np.ascontiguousarray(block).ctypes.data, len(block) * 2)
        self._read += self._period
        return True

    def close(self) -> None:
        """Nothing to give back."""


class AwaitedMicrophone:
    """A microphone that is silent until a file is there, and then hears it once, at the pace of the clock.

    A file that takes its place is heard too. `read` gives its samples ((n,) int16, 48 kHz); what it refuses
    (`MosError`, `OSError`) is said and not heard. Looking for the file and reading it takes the block's time, as no
    real one does.
    """

    overruns = 0
    lost = False

    def __init__(
        self,
        path: Path,
        period: int,
        read: Callable[[Path], NDArray[np.int16]],
        say: Callable[[str], None],
        clock: Clock = time.monotonic_ns,
    ) -> None:
        self._say = say
        self._path = path
        self._period = period
        self._read = read
        self._clock = clock
        self._look_blocks = max(1, SAMPLE_RATE // 10 // period)
        self._blocks = 0
        self._heard = 0
        self._microphone = ScriptedMicrophone(np.zeros(0, np.int16), period, clock)

    def read_into(self, address: int) -> bool:
        """If the next block was heard by now, copy it to `address`."""
        if not self._microphone.read_into(address):
            return False
        self._blocks += 1
        if self._blocks % self._look_blocks == 0:
            self._look()
        return True

    def close(self) -> None:
        """Nothing to give back."""

    def _look(self) -> None:
        try:
            found = self._path.stat().st_ino
        except FileNotFoundError:
            return
        if found != self._heard:
            self._heard = found
            try:
                samples = self._read(self._path)
            except (MosError, OSError) as error:
                self._say(f"nothing is heard: {error}")
                return
            self._microphone = ScriptedMicrophone(samples, self._period, self._clock)
