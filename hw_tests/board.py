"""A real board over SSH as a target of the hardware tests. No board has run them yet.

The board needs what the image has (MOS installed, `aplay`, `arecord`) and, for what is to be measured:
`--keyboard-device /dev/snd/midiC1D0`, a USB MIDI interface whose output is cabled to its own input (or to a second
one); `--serial-out DEVICE`, a serial line cabled to the DIN input, and `--serial-in`, that input; `--recorder hw:…`, a
recording device cabled to the headphone output; `--power COMMAND`, run on this computer, that takes the board's power
away for a few seconds (a switched socket).
"""

from __future__ import annotations

import base64
import io
import re
import shlex
import subprocess
import time
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hw_tests.target import LOG, Lacks, mos_run

RECORDING = "/tmp/heard.wav"
PATIENCE_S = 120.0
INSIDE = Path(__file__).parent / "inside"


@dataclass(frozen=True, slots=True)
class Cables:
    """What is connected to the board, from the options of pytest."""

    keyboard: str = ""
    serial_out: str = ""
    serial_in: str = ""
    capture: str = ""
    power: str = ""


class Board:
    """`Target` says what the methods do."""

    counted = False
    sound = "auto"

    def __init__(self, host: str, cables: Cables) -> None:
        self.name = f"board {host}"
        self._ssh = ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", host]
        self._cables = cables
        self._await_answer()
        for script in sorted(INSIDE.glob("*.py")):
            self.put(f"/opt/bench/{script.name}", script.read_bytes())

    def _await_answer(self) -> None:
        until = time.monotonic() + PATIENCE_S
        while subprocess.run([*self._ssh, "true"], capture_output=True, check=False).returncode:
            if time.monotonic() > until:
                raise Lacks(f"{self.name} does not answer (ssh with a key, as a user that may use sound and MIDI)")
            time.sleep(2)

    def start_mos(self, period: int, soundfont: str, din: str) -> None:
        mos_run(self, period, soundfont, din)

    def log(self) -> str:
        return self.run(f"cat {LOG}")[1]

    def run(self, command: str, seconds: float = 60.0) -> tuple[int, str]:
        done = subprocess.run(
            [*self._ssh, command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds + 15, check=False
        )
        return done.returncode, done.stdout.decode(errors="replace")

    def put(self, path: str, content: bytes) -> None:
        place = shlex.quote(path)
        command = f"mkdir -p $(dirname {place}) && base64 -d > {place}"
        subprocess.run([*self._ssh, command], input=base64.b64encode(content), check=True)

    def get(self, path: str) -> bytes:
        done = subprocess.run([*self._ssh, f"cat {shlex.quote(path)}"], capture_output=True, check=False)
        if done.returncode:
            raise OSError(done.stderr.decode(errors="replace").strip())
        return done.stdout

    def plug_keyboard(self) -> str:
        if not self._cables.keyboard:
            raise Lacks("a USB MIDI interface with its output cabled to its input, named by --keyboard-device")
        return self._cables.keyboard

    def unplug_keyboard(self) -> None:
        raise Lacks("a USB port whose power can be switched; do it by hand, see docs/bench.md")

    def serial_line(self) -> tuple[str, str]:
        if not (self._cables.serial_in and self._cables.serial_out):
            raise Lacks("a serial line cabled to the DIN input, named by --serial-in and --serial-out")
        return self._cables.serial_in, self._cables.serial_out

    def unplug_sound(self) -> None:
        raise Lacks("a USB port whose power can be switched; do it by hand, see docs/bench.md")

    def plug_sound(self) -> None:
        raise Lacks("a USB port whose power can be switched; do it by hand, see docs/bench.md")

    def listen(self) -> None:
        if not self._cables.capture:
            raise Lacks("a recording device cabled to the headphone output, named by --recorder")
        device = shlex.quote(self._cables.capture)
        self.run(f"arecord -q -D {device} -f S16_LE -r 48000 -c 2 -t wav {RECORDING} > /dev/null 2>&1 &")

    def heard(self) -> tuple[NDArray[np.int16], int]:
        """Converter delays of both directions are in it: what is measured is what a listener has."""
        _, status = self.run("cat /proc/asound/card*/pcm*c/sub*/status")
        self.run("killall -INT arecord; sleep 1")
        started = re.search(r"state: RUNNING.*?trigger_time: (\d+)\.(\d+)", status, re.DOTALL)
        if started is None:
            raise Lacks("a recording device that runs; arecord recorded nothing")
        with wave.open(io.BytesIO(self.get(RECORDING))) as file:
            frames = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
        return frames, int(started[1]) * 1_000_000_000 + int(started[2])

    def cut_power(self) -> None:
        if not self._cables.power:
            raise Lacks("a switched socket, worked by the command that --power names")
        subprocess.run(self._cables.power, shell=True, check=True)
        self._await_answer()

    def close(self) -> None:
        """Nothing to give back."""
