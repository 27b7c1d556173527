"""What U-Boot remembers on the card, by its own tools: which root comes first, how many starts each has left.

Source: U-Boot's doc/usage/environment.rst, tools/env/README; RAUC's manual, "U-Boot" (BOOT_ORDER, BOOT_x_LEFT).
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from typing import Final

from mos_appliance.errors import BadInput, Unavailable

_LIMIT_S: Final = 20.0


class LoaderState:
    """The variables; a write replaces one of two copies, so that a power cut leaves the old ones or the new."""

    def __init__(self, reader: str = "fw_printenv", writer: str = "fw_setenv") -> None:
        self._reader, self._writer = reader, writer

    def read(self) -> dict[str, str]:
        """Every variable. Errors: `Unavailable` where there is no such loader."""
        lines = self._run(self._reader).splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def write(self, values: Mapping[str, str]) -> None:
        """All of them at once; an empty value removes. Errors: `Unavailable`, `BadInput`."""
        lines = []
        for name, value in values.items():
            if not (name.isidentifier() and all(character.isprintable() for character in value)):
                raise BadInput(name, "is no variable of the loader with one line of value")
            lines.append(f"{name} {value}".rstrip())
        self._run(self._writer, "--script", "-", text="\n".join([*lines, ""]))

    def _run(self, *command: str, text: str = "") -> str:
        try:
            done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=_LIMIT_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unavailable(f"the loader's memory: {error}") from error
        if done.returncode:
            words = (done.stderr.strip() or done.stdout.strip() or "failed").splitlines()
            raise Unavailable(f"the loader's memory: {words[-1][:200]}")
        return done.stdout
