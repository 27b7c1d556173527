"""The same takes followed by parangonar 3.4, to stand beside ours in the table; it has an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tests.tutor.beginner import Key

ROOT: Final = Path(__file__).parents[2]
PYTHON: Final = Path(os.environ.get("PARANGONAR_PYTHON", ROOT / ".venv" / "peers" / "bin" / "python"))
SCRIPT: Final = Path(__file__).with_name("parangonar_peer.py")
MOST_S: Final = 900.0


def is_there() -> bool:
    """Whether parangonar can be run."""
    return (
        PYTHON.is_file()
        and not subprocess.run([PYTHON, "-c", "import parangonar"], capture_output=True, check=False).returncode
    )


def matched(score: Path, alignment: Path, takes: Sequence[Sequence[Key]]) -> list[dict[str, Any]]:
    """What its matchers make of takes: for `offline` and `online` a dict of `pairs` and `cpu_s`, or of `failed`."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{number}.json" for number in range(len(takes))]
        for file, keys in zip(files, takes, strict=True):
            rows = [(key.at_ms / 1000.0, key.length_ms / 1000.0, key.pitch, key.velocity) for key in keys]
            file.write_text(json.dumps(rows))
        command = [PYTHON, SCRIPT, score, alignment, *files]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=MOST_S)
        except subprocess.TimeoutExpired:
            return _failed(f"took more than {MOST_S:.0f} s", len(takes))
    if done.returncode:
        return _failed((done.stderr.strip().splitlines() or ["no word"])[-1], len(takes))
    found: list[dict[str, Any]] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _failed(why: str, takes: int) -> list[dict[str, Any]]:
    return [{name: {"failed": why} for name in ("offline", "online")}] * takes
