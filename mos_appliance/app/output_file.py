"""Files that a user asks for: whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def write_output(path: Path, data: bytes) -> None:
    """Write a file; one that was there is replaced only by the whole new one. Errors: `OSError` naming `path`."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        error.filename = str(path)
        part.unlink(missing_ok=True)
        raise
