"""The board's own light, by the kernel's LED class: the kernel blinks by itself, nobody has to wake up for it.

Source: the kernel's Documentation/leds/leds-class.rst and Documentation/ABI/testing/sysfs-class-led-trigger-pattern.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from mos_appliance.errors import Unavailable

LEDS: Final = Path("/sys/class/leds")
SHORT_MS: Final = 200
LONG_MS: Final = 800
GAP_MS: Final = 300
PAUSE_MS: Final = 1600
"""Between one round of the pattern and the next: long enough to count from the beginning."""


def steps(pattern: str, brightest: int) -> str:
    """A pattern of `.` and `-` as the kernel's `pattern` trigger takes it: brightness and ms, nothing fades."""
    lit = [LONG_MS if symbol == "-" else SHORT_MS for symbol in pattern]
    dark = [GAP_MS] * (len(lit) - 1) + [PAUSE_MS]
    pairs = zip(lit, dark, strict=True)
    return " ".join(f"{brightest} {on} {brightest} 0 0 {off} 0 0" for on, off in pairs)


class Light:
    """One light by its name in the LED class; one that is not there is never lit, and says so."""

    def __init__(self, name: str, leds: Path = LEDS) -> None:
        self._folder = leds / name if name else None

    def there(self) -> bool:
        """Whether this board has it."""
        return self._folder is not None and self._folder.is_dir()

    def show(self, pattern: str) -> None:
        """Blink so over and over; empty: steadily on. Errors: `Unavailable`."""
        if self._folder is None or not self._folder.is_dir():
            raise Unavailable("this board has no light that can be lit")
        try:
            brightest = int((self._folder / "max_brightness").read_text())
            if not pattern:
                (self._folder / "trigger").write_text("none")
                (self._folder / "brightness").write_text(str(brightest))
                return
            (self._folder / "trigger").write_text("pattern")
            (self._folder / "pattern").write_text(steps(pattern, brightest))
        except (OSError, ValueError) as error:
            raise Unavailable(f"{self._folder.name}: {error}") from error
