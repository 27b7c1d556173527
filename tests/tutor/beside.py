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


def matched(score: Path, alignment: Path, keys: Sequence[Key]) -> dict[str, Any]:
    """What its matchers make of a take: for `offline` and `online` a dict of `pairs` and `cpu_s`, or of `failed`."""
    rows = [(key.at_ms / 1000.0, key.length_ms / 1000.0, key.pitch, key.velocity) for key in keys]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(rows, file)
        file.flush()
        try:
            done = subprocess.run(
                [PYTHON, SCRIPT, score, alignment, file.name],
                capture_output=True,
                text=True,
                check=False,
                timeout=MOST_S,
            )
        except subprocess.TimeoutExpired:
            return {name: {"failed": f"took more than {MOST_S:.0f} s"} for name in ("offline", "online")}
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["no word"])[-1]
        return {name: {"failed": why} for name in ("offline", "online")}
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found
