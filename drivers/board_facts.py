"""What the kernel tells everybody of the board and its card: voltage, errors of the file system, how it is mounted.

Source: the kernel's Documentation/hwmon/raspberrypi-hwmon (`in0_lcrit_alarm`) and ABI/testing/sysfs-fs-ext4.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, NamedTuple

_VOLTAGE: Final = "rpi_volt"


class Board(NamedTuple):
    """As it is now."""

    undervoltage: bool
    card_errors: int
    """That ext4 has counted on the data partition, since it was made."""
    read_only: bool


def look(data: Path, root: Path = Path("/")) -> Board:
    """Look at the board, and at the partition that `data` lies on. What is not there is well."""
    partition = _partition(data, root)
    errors = _number(root / "sys/fs/ext4" / partition / "errors_count") if partition else 0
    return Board(_undervoltage(root), errors, _read_only(data, root))


def _undervoltage(root: Path) -> bool:
    for monitor in (root / "sys/class/hwmon").glob("hwmon*"):
        if _text(monitor / "name") == _VOLTAGE and _number(monitor / "in0_lcrit_alarm"):
            return True
    return False


def _partition(data: Path, root: Path) -> str:
    """Name of the block device that a folder lies on; empty when it lies on none."""
    try:
        device = data.stat().st_dev
        link = (root / f"sys/dev/block/{os.major(device)}:{os.minor(device)}").readlink()
    except OSError:
        return ""
    return link.name


def _read_only(data: Path, root: Path) -> bool:
    """Whether the kernel has closed the partition: the longest mount point above decides."""
    best, closed = "", False
    for line in _text(root / "proc/mounts").splitlines():
        words = line.split()
        if len(words) < 4 or not data.is_relative_to(words[1]) or len(words[1]) < len(best):
            continue
        best, closed = words[1], "ro" in words[3].split(",")
    return closed


def _number(path: Path) -> int:
    text = _text(path)
    return int(text) if text.isascii() and text.isdigit() else 0


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
