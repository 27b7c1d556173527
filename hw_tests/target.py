"""What a hardware test may ask of the machine it runs on, whichever that is."""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

DATA: Final = "/data/mos"


class Lacks(Exception):
    """This machine cannot do what the test needs; the text says what would have to be there."""


class Target(Protocol):
    """The virtual bench or a board. Times are nanoseconds of the machine's own monotonic clock."""

    name: str
    counted: bool
    """Whether a nanosecond is an instruction, so that costs may be compared exactly."""
    sound: str
    """What `mos run --sound` is given."""

    def start_mos(self, period: int, soundfont: str, din: str) -> None:
        """Start MOS at that period, with a soundfont on the machine (its own when empty) and a DIN input, if any."""

    def log(self) -> str:
        """What MOS has said."""

    def run(self, command: str, seconds: float = 60.0) -> tuple[int, str]:
        """Run a shell command, at most that long by the machine's clock: its exit code and output."""

    def put(self, path: str, content: bytes) -> None:
        """Write a file."""

    def get(self, path: str) -> bytes:
        """Read a file. Errors: `OSError`."""

    def plug_keyboard(self) -> str:
        """Connect a USB keyboard; the raw MIDI device on which it is played. Errors: `Lacks`."""

    def unplug_keyboard(self) -> None:
        """Pull it out. Errors: `Lacks`."""

    def serial_line(self) -> tuple[str, str]:
        """The DIN UART: the device that MOS reads, and the one that a test writes to. Errors: `Lacks`."""

    def unplug_sound(self) -> None:
        """Pull the sound device out. Errors: `Lacks`."""

    def plug_sound(self) -> None:
        """Put it back. Errors: `Lacks`."""

    def listen(self) -> None:
        """Begin to record what is heard, before the sound that matters begins. Errors: `Lacks`."""

    def heard(self) -> tuple[NDArray[np.int16], int]:
        """What was heard since, and the time of its first frame. Shapes: (frames, 2). Errors: `Lacks`."""

    def cut_power(self) -> None:
        """Take the power away and give it back; returns when the machine answers again. Errors: `Lacks`."""

    def close(self) -> None:
        """Leave the machine."""


LOG: Final = "/tmp/mos.log"
_ENVIRONMENT: Final = "XDG_RUNTIME_DIR=/run XDG_CACHE_HOME=/tmp/cache"


def mos_run(target: Target, period: int, soundfont: str, din: str) -> None:
    """`mos run` on a machine where nothing starts MOS by itself."""
    sound = f"{target.sound}@{period}" if target.sound.startswith("alsa:") else target.sound
    environment = f"{_ENVIRONMENT} MOS_SOUNDFONT={soundfont}" if soundfont else _ENVIRONMENT
    options = f"--data {DATA} --sound {sound}" + (f" --din {din}" if din else "")
    target.run(f"mkdir -p /tmp/cache; {environment} nohup python3 -m mos_appliance run {options} > {LOG} 2>&1 &")
