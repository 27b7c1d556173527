"""Keyboards' MIDI into the engine: one permanent port of the ALSA sequencer that `patchbay` connects keyboards to."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Final

import rtmidi

from drivers.patchbay import ENGINE_CLIENT, ENGINE_PORT, SEQUENCER_DEVICE
from mos_appliance.engine.ports import MidiMessage
from mos_appliance.errors import Unavailable

_QUEUE_MESSAGES: Final = 4096


def _threads() -> frozenset[int]:
    return frozenset(int(task.name) for task in Path("/proc/self/task").iterdir())


class MidiIn:
    """The port `MOS:keyboard`; implements `MidiSource`.

    Create it before the process is pinned and becomes real-time: its reader thread inherits both from its creator,
    and would share the engine's core. Errors: `Unavailable` when there is no ALSA sequencer.
    """

    def __init__(self, client: str = ENGINE_CLIENT, port: str = ENGINE_PORT) -> None:
        if not SEQUENCER_DEVICE.exists():  # ALSA would tell standard error of it
            raise Unavailable("there is no ALSA sequencer (modprobe snd-seq)", retry_s=5.0)
        before = _threads()
        try:
            self._input = rtmidi.MidiIn(rtmidi.API_LINUX_ALSA, client, _QUEUE_MESSAGES)
            self._input.open_virtual_port(port)
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
