"""RAUC from outside: what a bundle says of itself, once its signature holds, and its installation.

Source: RAUC's manual, "Reference" (system.conf, `rauc info`, `rauc install`).
"""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Final, NamedTuple

from mos_appliance.errors import BadInput, Unavailable

INFO_S: Final = 120.0
INSTALL_S: Final = 3600.0
_REASONS: Final = (
    ("Invalid bundle format", "is no bundle, or is cut off"),
    ("signature size", "is no bundle, or is cut off"),
    ("signature verification failed", "was not signed by who may update this box"),
    ("signature", "was not signed by who may update this box"),
    ("dm-verity", "is damaged"),
    ("verity", "is damaged"),
    ("hash", "is damaged"),
    ("Input/output error", "is damaged, or its medium is"),
    ("No space", "has no room on this box"),
)
"""What RAUC says → what it means. The first that fits; what is not known is passed on as it is."""


_PROGRESS: Final = re.compile(r"rauc-(event-)?Message:|^ *\d+% ")
"""What it tells of its work beside what went wrong: it verifies a signature also where that holds."""


class Bundle(NamedTuple):
    """What a bundle says of itself."""

    compatible: str
    version: str


class Rauc:
    """One RAUC with its configuration."""

    def __init__(self, config: Path, program: str = "rauc") -> None:
        self._command = [program, f"--conf={config}"]

    def describe(self, bundle: Path) -> Bundle:
        """Errors: `BadInput` for what is no bundle that was signed for us; nothing is written for that."""
        told = self._run("info", "--output-format=shell", str(bundle), limit_s=INFO_S)
        values = dict(re.findall(r"^(RAUC_MF_[A-Z]+)=(.*)$", told, re.MULTILINE))
        plain = {name: "".join(shlex.split(value)) for name, value in values.items()}
        return Bundle(plain.get("RAUC_MF_COMPATIBLE", ""), plain.get("RAUC_MF_VERSION", ""))

    def install(self, bundle: Path) -> None:
        """Into the root that is not running; then that root is the first. Errors: `BadInput`, `Unavailable`."""
        self._run("install", str(bundle), limit_s=INSTALL_S)

    def _run(self, verb: str, *arguments: str, limit_s: float) -> str:
        try:
            done = subprocess.run(
                [*self._command, verb, *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=limit_s,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unavailable(f"rauc: {error}") from error
        if done.returncode:
            raise BadInput(Path(arguments[-1]).name, meaning(f"{done.stdout}\n{done.stderr}"))
        return done.stdout


def meaning(said: str) -> str:
    """Why RAUC refused, in one line."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and not _PROGRESS.search(line)]
    for sign, words in _REASONS:
        if any(sign.lower() in line.lower() for line in lines):
            return words
    return lines[-1][-200:] if lines else "was refused"
