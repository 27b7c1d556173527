"""On an image, once after each start: the data partition fills the card, and its file system the partition.

    python -m mos_appliance.app.card_growth /dev/mmcblk0p6

Runs as root, without network, while the data partition is in use. Where there is nothing to win it changes nothing.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from drivers.partition_records import SECTOR, grow_disk
from mos_appliance.errors import Corrupt

SYS: Final = Path("/sys/class/block")
_NEAR: Final = 2 << 20
"""A file system that is smaller than its partition by no more is as large as it can be."""


def main(argv: Sequence[str]) -> int:
    """Returns the exit code."""
    device = Path(argv[0])
    entry = (SYS / device.name).resolve()
    try:
        disk = Path("/dev") / entry.parent.name
        grown = grow_disk(disk, int((entry.parent / "size").read_text()))
        if grown is not None:
            print(f"the data partition has {grown.size * SECTOR >> 20} MiB now")
        return _grow_filesystem(device, int((entry / "size").read_text()) * SECTOR)
    except (Corrupt, OSError, ValueError) as error:
        print(f"the data partition stays as it is: {error}", file=sys.stderr)
        return 1


def filesystem_bytes(device: Path) -> int:
    """Size of an ext4 file system by its superblock, 0 when there is none. Source: the kernel's ext4 documentation."""
    with device.open("rb") as file:
        file.seek(1024)
        block = file.read(1024)
    if block[56:58] != b"\x53\xef":
        return 0
    blocks = int.from_bytes(block[4:8], "little") | int.from_bytes(block[336:340], "little") << 32
    return blocks * 1024 << int.from_bytes(block[24:28], "little")


def _grow_filesystem(device: Path, partition_bytes: int) -> int:
    """Also when a start before was cut off between partition and file system."""
    size = filesystem_bytes(device)
    if not size or partition_bytes - size <= _NEAR:
        return 0
    return subprocess.run(["resize2fs", str(device)], stdin=subprocess.DEVNULL, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
