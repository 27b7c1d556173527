"""DIN MIDI on a UART: 31,250 baud by pyserial, read by a thread that waits, and no note stuck when the cable goes."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import termios
import time
from collections import deque
from pathlib import Path
from typing import Final

import serial

from drivers.background_reader import BackgroundReader
from mos_appliance.engine.ports import MidiMessage
from mos_appliance.errors import Unavailable
from mos_appliance.music.midi import CONTROL_CHANGE, NOTE_OFF, NOTE_ON, StreamParser

BAUD: Final = 31_250
_SENSING_NS: Final = 400_000_000
"""Active Sensing comes at least every 300 ms; a sender that is late by a third is gone."""
_PATIENCE_DS: Final = 5
"""Tenths of a second after which the reader returns without a byte, and it is looked whether the device is there."""
_VTIME, _VMIN = 10, 11
"""Where `_TERMIOS2` has them."""
_MARK: Final = 0xFF
_PEDALS: Final = (64, 66, 67)
"""Sustain, sostenuto, soft."""
_TCGETS2: Final = 0x802C542A
_TCSETS2: Final = 0x402C542B
_TERMIOS2: Final = struct.Struct("=4I20B2I")


class Unmarker:
    """Takes the marks of PARMRK out of a stream: FF 00 x is a byte that came damaged, FF FF a real FF.

    Source: termios(3). A break is FF 00 00.
    """

    def __init__(self) -> None:
        self._after = 0

    def feed(self, data: bytes) -> list[bytes]:
        """The good bytes, split where damage was: n damaged bytes give n + 1 pieces."""
        if not self._after and _MARK not in data:
            return [data]
        pieces = [bytearray()]
        for byte in data:
            if self._after == 2:
                pieces.append(bytearray())
                self._after = 0
            elif self._after == 1:
                self._after = 0
                if byte == 0:
                    self._after = 2
                else:
                    pieces[-1].append(byte)
            elif byte == _MARK:
                self._after = 1
            else:
                pieces[-1].append(byte)
        return [bytes(piece) for piece in pieces]


class SerialMidi:
    """A UART with a DIN socket; implements `MidiSource`.

    When bytes come damaged, the sender falls silent although it promised Active Sensing, or the device goes, the notes
    and pedals that it held come out released. Errors: `Unavailable` when the port cannot be opened.
    """

    overflows: Final = 0
    """It releases by itself what a loss would leave hanging."""

    def __init__(self, path: str, *, patient: bool = False) -> None:
        """`patient`: a port that is not there yet is as one that was lost."""
        self.path = path
        self.damaged = 0
        """Bytes that came with a framing error, breaks included."""
        self.lost = False
        """The device is gone; `reopen` may bring it back."""
        self.reader_threads: frozenset[int] = frozenset()
        """Ids of the threads that wait for bytes, for whoever gives out priorities."""
        self.parser = StreamParser()
        self._unmarker = Unmarker()
        self._waiting: deque[MidiMessage] = deque()
        self._held: set[tuple[int, int]] = set()
        self._pedals: set[tuple[int, int]] = set()
        self._heard_ns = 0
        self._tried: tuple[int, int] | None = None
        if patient:
            self.lost = True
            self.reopen()
        else:
            self._open()

    def poll(self) -> MidiMessage | None:
        """See `MidiSource.poll`."""
        if self._waiting:
            return self._waiting.popleft()
        if self.lost:
            return None
        try:
            data = self._reader.take()
            while data:
                self._take(data)
                data = self._reader.take()
        except OSError:
            self._lose()
        else:
            self._nothing_came(has_waited=data is not None)
        return self._waiting.popleft() if self._waiting else None

    def reopen(self) -> bool:
        """Open the device again if it was lost and is back; whether it is there. Not for the block: it opens."""
        if self.lost:
            self._tried = self._seen()
            try:
                self._open()
            except Unavailable:
                return False
        return True

    def back(self) -> bool:
        """Whether it was lost and has come since it was last tried: `reopen` may succeed then. Costs one stat."""
        return self.lost and self._seen() not in (None, self._tried)

    def _seen(self) -> tuple[int, int] | None:
        """What tells this device's file from another one of its name, or from itself before udev opened it to us."""
        try:
            status = Path(self.path).stat()
        except OSError:
            return None
        return status.st_ino, status.st_ctime_ns

    def close(self) -> None:
        """Give the port back."""
        if not self.lost:
            self._leave()
        self.lost = True

    def _leave(self) -> None:
        self._reader.stop()
        self._port.close()

    def _open(self) -> None:
        try:
            self._port = serial.Serial(self.path, BAUD, timeout=0, exclusive=True)
        except (serial.SerialException, OSError) as error:
            why = os.strerror(error.errno) if error.errno else str(error)
            raise Unavailable(f"{self.path}: {why}", retry_s=5.0) from error
        self._fd: int = self._port.fileno()
        _mark_damage(self._fd)
        self._hurry()
        os.set_blocking(self._fd, True)
        self._reader = BackgroundReader(self._fd)
        self.reader_threads |= self._reader.threads
        self.lost = False
        self.parser.reset()
        self.parser.sensing = False

    def _hurry(self) -> None:
        """Have each byte told at once; UARTs without these switches tell after their FIFO's own pause."""
        try:
            self._port.set_low_latency_mode(True)
        except (OSError, ValueError):
            self.low_latency = False
        else:
            self.low_latency = True
        trigger = Path("/sys/class/tty") / Path(self.path).resolve().name / "rx_trig_bytes"
        try:
            trigger.write_text("1")
        except OSError:
            self.low_latency = False

    def _take(self, data: bytes) -> None:
        pieces = self._unmarker.feed(data)
        for number, piece in enumerate(pieces):
            if number:
                self.damaged += 1
                self._lose_track()
            for message in self.parser.feed(piece):
                self._remember(message)
                self._waiting.append(message)
        if self.parser.sensing:
            self._heard_ns = time.monotonic_ns()

    def _remember(self, message: MidiMessage) -> None:
        """Keep what is held, to be released when the cable goes."""
        status, data1, data2 = message
        kind, channel = status & 0xF0, status & 15
        if kind == NOTE_ON and data2:
            self._held.add((channel, data1))
        elif kind in {NOTE_ON, NOTE_OFF}:
            self._held.discard((channel, data1))
        elif kind == CONTROL_CHANGE and data1 in _PEDALS:
            (self._pedals.add if data2 else self._pedals.discard)((channel, data1))

    def _nothing_came(self, has_waited: bool) -> None:
        if self.parser.sensing and time.monotonic_ns() - self._heard_ns > _SENSING_NS:
            self.parser.sensing = False
            self._lose_track()
        if has_waited and not self._is_there():
            self._lose()

    def _is_there(self) -> bool:
        """A terminal that was hung up reads empty for ever, but answers nothing else."""
        try:
            fcntl.ioctl(self._fd, termios.TIOCOUTQ, b"\0\0\0\0")
        except OSError as error:
            return error.errno != errno.EIO
        return True

    def _lose(self) -> None:
        self.lost = True
        self._leave()
        self._lose_track()

    def _lose_track(self) -> None:
        """What follows cannot be understood until a status byte comes: nothing stays held meanwhile."""
        self.parser.reset()
        self._waiting.extend((CONTROL_CHANGE | channel, pedal, 0) for channel, pedal in sorted(self._pedals))
        self._waiting.extend((NOTE_OFF | channel, note, 64) for channel, note in sorted(self._held))
        self._held.clear()
        self._pedals.clear()


def _mark_damage(fd: int) -> None:
    """Have damaged bytes and breaks marked in the stream (PARMRK) instead of passed on or dropped, and a read wait.

    By TCSETS2, because the older calls may lose a speed that has no name.
    """
    words = list(_TERMIOS2.unpack(fcntl.ioctl(fd, _TCGETS2, bytes(_TERMIOS2.size))))
    words[0] |= termios.PARMRK | termios.INPCK
    words[0] &= ~(termios.IGNPAR | termios.IGNBRK | termios.BRKINT | termios.ISTRIP)
    words[_VTIME], words[_VMIN] = _PATIENCE_DS, 0
    words[0] &= ~(termios.IXON | termios.IXOFF | termios.IXANY)
    fcntl.ioctl(fd, _TCSETS2, _TERMIOS2.pack(*words))
