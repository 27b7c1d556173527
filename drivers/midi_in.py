"""Keyboards' MIDI into the engine: one permanent port of the ALSA sequencer that `patchbay` connects keyboards to."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from collections import deque
from pathlib import Path
from typing import Final

import rtmidi

from drivers.patchbay import ENGINE_CLIENT, ENGINE_PORT, SEQUENCER_DEVICE
from mos_appliance.engine.ports import MidiMessage
from mos_appliance.errors import Unavailable

_QUEUE_MESSAGES: Final = 4096
_KERNEL_EVENTS: Final = 2000
"""The most that the kernel keeps for a client until its thread has a turn. With its 200 of old, a burst of 300 was lost
whole: a queue that overflows is emptied, and rtmidi tells nobody."""
_CLIENT_ID: Final = 0x80045301
_GET_CLIENT_POOL: Final = 0xC058534B
_SET_CLIENT_POOL: Final = 0x4058534C
_POOL: Final = struct.Struct("=6i64x")
"""client, output_pool, input_pool, output_room, output_free, input_free. Source: sound/asequencer.h."""
_GET_QUEUE_INFO: Final = 0xC08C5334
_QUEUE: Final = struct.Struct("=2i132x")
"""queue, owner, and what does not matter here."""
_QUEUES: Final = 32
"""The most that a kernel has."""
_STOP: Final = struct.Struct("=BBbB8x4BB11x")
"""Type, flags, tag, queue it waits in; source and destination; the queue it is about."""
_EVENT_STOP: Final = 32
_DIRECT: Final = 253


def _threads() -> frozenset[int]:
    return frozenset(int(task.name) for task in Path("/proc/self/task").iterdir())


def _sequencer_files() -> frozenset[int]:
    """This process's open descriptors of the sequencer."""
    own = Path("/proc/self/fd")
    seen = set()
    for file in own.iterdir():
        try:
            if file.readlink() == SEQUENCER_DEVICE:
                seen.add(int(file.name))
        except FileNotFoundError:  # the one that lists them
            continue
    return frozenset(seen)


def _make_room(file: int) -> int:
    """Let the kernel keep `_KERNEL_EVENTS` for the client of that descriptor; how many it keeps now."""
    client = struct.unpack("=i", fcntl.ioctl(file, _CLIENT_ID, bytes(4)))[0]
    asked = _POOL.pack(client, 0, 0, 0, 0, 0)
    _, output, _, room, *_ = _POOL.unpack(fcntl.ioctl(file, _GET_CLIENT_POOL, asked))
    fcntl.ioctl(file, _SET_CLIENT_POOL, _POOL.pack(client, output, _KERNEL_EVENTS, room, 0, 0))
    kept: int = _POOL.unpack(fcntl.ioctl(file, _GET_CLIENT_POOL, asked))[2]
    return kept


def _stop_clock(file: int) -> None:
    """Stop the queue that rtmidi starts to stamp what comes with its time, which nobody here asks for.

    While it runs, the kernel's timer calls it a thousand times a second: 8 million instructions of another core.
    """
    client = struct.unpack("=i", fcntl.ioctl(file, _CLIENT_ID, bytes(4)))[0]
    for number in range(_QUEUES):
        try:
            _, owner = _QUEUE.unpack(fcntl.ioctl(file, _GET_QUEUE_INFO, _QUEUE.pack(number, 0)))
        except OSError as error:
            if error.errno != errno.EINVAL:  # there is no such queue
                raise
            continue
        if owner == client:
            # To the sequencer itself: client 0, its port for timers.
            os.write(file, _STOP.pack(_EVENT_STOP, 0, 0, _DIRECT, client, 0, 0, 0, number))


class MidiIn:
    """The port `MOS:keyboard`; implements `MidiSource`.

    Create it before the process is pinned and becomes real-time: its reader thread inherits both from its creator,
    and would share the engine's core. Errors: `Unavailable` when there is no ALSA sequencer.
    """

    def __init__(self, client: str = ENGINE_CLIENT, port: str = ENGINE_PORT) -> None:
        if not SEQUENCER_DEVICE.exists():  # ALSA would tell standard error of it
            raise Unavailable("there is no ALSA sequencer (modprobe snd-seq)", retry_s=5.0)
        before, files = _threads(), _sequencer_files()
        try:
            self._input = rtmidi.MidiIn(rtmidi.API_LINUX_ALSA, client, _QUEUE_MESSAGES)
            # Before its thread reads: a queue is not changed under a reader.
            own = _sequencer_files() - files
            self.kernel_events = sum(_make_room(file) for file in own)
            self._input.open_virtual_port(port)
            for file in own:
                _stop_clock(file)
        except (rtmidi.RtMidiError, OSError) as error:
            raise Unavailable("there is no ALSA sequencer (modprobe snd-seq)", retry_s=5.0) from error
        self._input.ignore_types(sysex=True, timing=True, active_sense=True)
        self.reader_threads = _threads() - before
        """Ids of the threads that read the sequencer, for whoever gives out cores and priorities."""
        self._get = self._input.get_message
        self._waiting: deque[MidiMessage] = deque()
        self._unbroken = 0
        self.overflows = 0
        """How often so many messages came without a pause that some may be lost: release all notes then."""

    def poll(self) -> MidiMessage | None:
        """See `MidiSource.poll`."""
        if self._waiting:
            return self._waiting.popleft()
        while True:
            got = self._get()
            if got is None:
                self._unbroken = 0
                return None
            self._unbroken += 1
            if self._unbroken == _QUEUE_MESSAGES - 1:
                self.overflows += 1
                self._unbroken = 0
            message = got[0]
            status, length = message[0], len(message)
            if not 0x80 <= status < 0xF0:
                continue
            if length == 3:
                return status, message[1], message[2]
            if length == 2:
                return status, message[1], 0
            return self._first_of_many(message)

    def _first_of_many(self, message: list[int]) -> MidiMessage:
        """A 14-bit controller or (N)RPN of another program comes as several control changes in one."""
        triples = [(message[at], message[at + 1], message[at + 2]) for at in range(0, len(message) - 2, 3)]
        self._waiting.extend(triples[1:])
        return triples[0]

    def close(self) -> None:
        """Take the port away."""
        self._input.close_port()
        self._input.delete()
