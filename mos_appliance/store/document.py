"""Small files that are whole or not there, also after the plug was pulled."""

from __future__ import annotations

import os
from pathlib import Path


def write_document(path: Path, content: bytes, *, lasting: bool = True) -> None:
    """Replace the file: readers see the old content or the new, never a part.

    `lasting` also survives a power cut: temporary file, fsync, rename, directory fsync (ext4, f2fs and btrfs).
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if lasting:
        sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Make the names in a directory survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_document(path: Path, max_bytes: int = 1 << 20) -> bytes | None:
    """The content of a file, or None when there is none. At most `max_bytes` are read."""
    try:
        with path.open("rb") as file:
            return file.read(max_bytes)
    except FileNotFoundError:
        return None
