"""The virtual bench as a target of the hardware tests."""

from __future__ import annotations

import json
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw_tests.bench import guest, wav
from hw_tests.bench.qemu import GuestFailed, Machine, guest_command
from hw_tests.target import DATA, LOG, mos_run
from mos_appliance.app.librarian import shelf_stamp

DATA_MIB = 64
SHELF = "mos_appliance/shelf"
STATUS = "/proc/asound/card0/pcm0p/sub0/status"
OUTPUT_RING = "/run/mos-*/output.ring"
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
        self.first_start = False
        folder.mkdir(parents=True, exist_ok=True)
        self._data = folder / "data.ext4"
        command = ["mke2fs", "-q", "-F", "-t", "ext4", str(self._data), f"{DATA_MIB}M"]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        self._machine = self._start()

    def _start(self) -> Machine:
        command = guest_command(self._folder, self._guest, self._shift, self._data, self._timer)
        return Machine(self._folder, command)

    def start_mos(self, period: int, soundfont: str, din: str) -> None:
        """As a box that was started before, unless `first_start`: its shelf stands in the library.

        To put it there takes all of core 0 for seconds, and with it half of the clock that both cores share.
        """
        if not self.first_start:
            self.put_shelf_stamp()
        mos_run(self, period, soundfont, din)

    def put_shelf_stamp(self) -> None:
        """Make the box one whose shelf stands in its library."""
        shelf = shelf_stamp((guest.CHECKOUT / "image/version").read_text().strip(), guest.CHECKOUT / SHELF)
        self.put(f"{DATA}/library/shelf.stamp", shelf.encode())

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
        """From the device's start on, which is told as the first frame's time; `played` tells it closely.

        With ticks of its own the device begins later in the recording than its buffers make it: what MOS played is
        found there by what its output ring holds.
        """
        started = re.search(r"trigger_time: (\d+)\.(\d+)", self._must(f"cat {STATUS}"))
        if started is None:
            raise GuestFailed("the sound device does not run")
        frames = self.heard_by_ring() if self._timer else wav.read_frames(self._machine.wav)[QEMU_BUFFER_FRAMES:]
        return frames, int(started[1]) * 1_000_000_000 + int(started[2])

    def played(self, ring: str = "") -> dict[str, Any]:
        """What `inside/played.py` tells of the sound device now; with a ring, of what it was given last too."""
        told: dict[str, Any] = json.loads(self._must(f"python3 /opt/bench/played.py {ring}"))
        return told

    def heard_by_ring(self, ring: str = OUTPUT_RING) -> NDArray[np.int16]:
        """What MOS played since the device's last start, at any period. Shapes: (frames, 2)."""
        played = self.played(ring)
        block, blocks = wav.ring_blocks(self.get("/tmp/played.ring"), played["head"])
        self._must("sleep 0.2")  # by then it has come through QEMU's buffers
        frames = wav.read_frames(self._machine.wav)
        at = wav.place_of(blocks.reshape(-1, 2), frames)
        if at is None:
            raise GuestFailed("what was played last is not in the recording")
        return frames[at - block * blocks.shape[1] - played["base"] :]

    def cut_power(self) -> None:
        self._machine.power_cut()
        time.sleep(0.1)
        self._machine = self._start()

    def close(self) -> None:
        self._machine.switch_off()
