"""The player: presses keys on a raw MIDI device or a serial line and notes when, by the monotonic clock.

`keyboard.py SPEC.json`; SPEC: `device`, `serial` (bytes leave at 31,250 baud, one by one), `pads` (keys held on
channel 5 all along), `presses`, `key`, `hold_ms`, `least_ms`, `most_ms` between presses, `seed`, `burst` (note-ons of
strings at once at the end, on channels 5 and 6), `let_go` (false: keys stay down). Prints one JSON object:
`pressed_ns`, the moment at which each key began to be sent, `late_ns`, how late the player itself was with each,
`burst_began_ns` and `burst_ended_ns`.
A serial line that loops back to itself plays the keyboard and its reader at once (the bench's PL011).

The player stands for a machine outside: it waits for no process of the box (SCHED_FIFO), and what it is late by itself
counts for nothing. On a serial line a key was pressed as long before its last byte is handed over as its bits take.
"""

import ctypes
import fcntl
import json
import os
import random
import struct
import sys
import termios
import time
import tty
from pathlib import Path
from typing import Any

LOOP = 0x8000
"""TIOCM_LOOP of the kernel: what is sent comes back."""
RAWMIDI_STATUS = 0xC0385720
"""SNDRV_RAWMIDI_IOCTL_STATUS: what room the device's queue has."""
STATUS = struct.Struct("=iiqqQQ16x")
BYTE_NS = 320_000
PR_SET_TIMERSLACK = 29
PRIORITY = 45
"""Below the kernel's own threads for interrupts (50), which belong to the box."""
PAD_CHANNEL, PAD_PROGRAM = 4, 48
BURST_CHANNELS = (PAD_CHANNEL, PAD_CHANNEL + 1)
PAD_KEYS = range(30, 100)
now = time.monotonic_ns


class Player:
    """Writes messages; on a serial line no byte arrives before its last bit would have."""

    def __init__(self, device: str, serial: bool) -> None:
        self._file = os.open(device, os.O_RDWR | os.O_NOCTTY)
        self._serial = serial
        self.late_ns = 0
        """How much later the last key counts as pressed than the player meant to press it."""
        if serial:
            tty.setraw(self._file, termios.TCSANOW)
            fcntl.ioctl(self._file, termios.TIOCMBIS, struct.pack("I", LOOP))

    def play(self, *message: int) -> int:
        """Send a message. Returns when its key was pressed: when its first bit began."""
        pressed = now()
        if not self._serial:
            os.write(self._file, bytes(message))
            return pressed
        handed = pressed
        for number, byte in enumerate(message, 1):
            time.sleep(max(0, pressed + number * BYTE_NS - now()) / 1e9)
            handed = now()
            os.write(self._file, bytes((byte,)))
        begun = handed - len(message) * BYTE_NS
        self.late_ns = begun - pressed
        return begun

    def play_at_once(self, messages: list[tuple[int, ...]]) -> None:
        """All of them in one write, and back when the cable has taken them: what a keyboard does, without our time."""
        if self._serial:
            for message in messages:
                self.play(*message)
        elif messages:
            empty = self._room()
            os.write(self._file, bytes(byte for message in messages for byte in message))
            while self._room() < empty:
                time.sleep(0.0002)

    def _room(self) -> int:
        room: int = STATUS.unpack(fcntl.ioctl(self._file, RAWMIDI_STATUS, bytes(STATUS.size)))[4]
        return room


def main() -> None:
    spec: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text())
    os.sched_setaffinity(0, {0})
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    # Woken without slack; waiting busily would take the counted time of the other core.
    ctypes.CDLL("libc.so.6").prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0)
    chance = random.Random(spec.get("seed", 1))
    player = Player(spec["device"], spec.get("serial", False))
    play = player.play
    pads = list(PAD_KEYS)[: spec.get("pads", 0)]
    if pads:
        play(0xC0 | PAD_CHANNEL, PAD_PROGRAM)
    for key in pads:
        play(0x90 | PAD_CHANNEL, key, 100)
        time.sleep(0.005)
    time.sleep(spec.get("settle_s", 0.5))
    pressed, late = [], []
    key, hold = spec.get("key", 60), spec.get("hold_ms", 8) / 1000
    least, most = spec.get("least_ms", 30) / 1000, spec.get("most_ms", 50) / 1000
    for _ in range(spec.get("presses", 0)):
        time.sleep(chance.uniform(least, most) - hold)
        pressed.append(play(0x90, key, 127))
        late.append(player.late_ns)
        time.sleep(hold)
        play(0x80, key, 0)
    if spec.get("burst"):
        for channel in BURST_CHANNELS:
            play(0xC0 | channel, PAD_PROGRAM)
        time.sleep(0.1)
    began_ns = now()
    player.play_at_once(
        [(0x90 | BURST_CHANNELS[number & 1], 24 + number % 88, 100) for number in range(spec.get("burst", 0))]
    )
    burst_ns = now()
    time.sleep(spec.get("after_s", 0.1))
    for channel in BURST_CHANNELS if spec.get("let_go", True) else ():
        play(0xB0 | channel, 123, 0)
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    told = {"pressed_ns": pressed, "late_ns": late}
    print(json.dumps({**told, "burst_began_ns": began_ns, "burst_ended_ns": burst_ns}))


if __name__ == "__main__":
    main()
