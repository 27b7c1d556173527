"""The virtual bench as a target of the hardware tests."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hw_tests.bench import guest, wav
from hw_tests.bench.qemu import GuestFailed, Machine, guest_command
from hw_tests.target import LOG, mos_run

DATA_MIB = 64
STATUS = "/proc/asound/card0/pcm0p/sub0/status"
UART = "/dev/ttyAMA1"
QEMU_BUFFER_FRAMES = 1024
"""What QEMU keeps between the sound device's DMA and the WAV, full of silence at first: no part of the machine."""


class Bench:
    """A guest of its own for each test module; `Target` says what the methods do."""

    counted = True
    sound = "alsa:hw:0,0"

    def __init__(self, folder: Path, shift: int = 0, timer: bool = False) -> None:
        self.name = f"virtual bench, {'nominal' if shift == 0 else 'half'} speed"
        self._guest = guest.guest()
        self._folder, self._shift, self._timer = folder, shift, timer
        folder.mkdir(parents=True, exist_ok=True)
        self._data = folder / "data.ext4"
        command = ["mke2fs", "-q", "-F", "-t", "ext4", str(self._data), f"{DATA_MIB}M"]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        self._machine = self._start()

    def _start(self) -> Machine:
        command = guest_command(self._folder, self._guest, self._shift, self._data, self._timer)
        return Machine(self._folder, command)

    def start_mos(self, period: int, soundfont: str, din: str) -> None:
        mos_run(self, period, soundfont, din)

    def log(self) -> str:
        return self.run(f"cat {LOG}")[1]

    def run(self, command: str, seconds: float = 60.0) -> tuple[int, str]:
        return self._machine.run(command, seconds)

    def put(self, path: str, content: bytes) -> None:
        self._machine.put(path, content)

    def get(self, path: str) -> bytes:
        try:
            return self._machine.get(path)
        except GuestFailed as error:
            raise OSError(str(error)) from error

    def _must(self, command: str) -> str:
        code, output = self.run(command)
        if code:
            raise GuestFailed(f"{command}: {output[-500:]}")
        return output.strip()

    def plug_keyboard(self) -> str:
        self._must("mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config")
        return self._must("python3 /opt/bench/gadget.py plug")

    def unplug_keyboard(self) -> None:
        self._must("python3 /opt/bench/gadget.py unplug")

    def serial_line(self) -> tuple[str, str]:
        return UART, UART

    def unplug_sound(self) -> None:
        self._must("echo 1 > $(readlink -f /sys/class/sound/card0/device)/remove")

    def plug_sound(self) -> None:
        self._must("echo 1 > /sys/bus/pci/rescan")

    def listen(self) -> None:
        """QEMU records all along, from the first moment that anything is played."""

    def heard(self) -> tuple[NDArray[np.int16], int]:
        """Holds while the device was started once only: the moment of that start is the first frame's."""
        started = re.search(r"trigger_time: (\d+)\.(\d+)", self._must(f"cat {STATUS}"))
        if started is None:
            raise GuestFailed("the sound device does not run")
        frames = wav.read_frames(self._machine.wav)[QEMU_BUFFER_FRAMES:]
        return frames, int(started[1]) * 1_000_000_000 + int(started[2])

    def cut_power(self) -> None:
        self._machine.power_cut()
        time.sleep(0.1)
        self._machine = self._start()

    def close(self) -> None:
        self._machine.switch_off()
