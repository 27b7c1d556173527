"""One slot of the card: a root, and behind it the kernel that belongs to it, so that both are updated in one piece.

    python -m image.slot --images DIR --version VERSION --output FILE

A squashfs says itself where it ends. At a fixed place behind it lies the record, text that U-Boot imports: where the
packed kernel is and what it must be; the kernel follows it (buildroot_configs/package/mos-uboot/mos.env).
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from drivers.partition_records import MIB, SECTOR

MOST_ROOT_MIB: Final = 136
RECORD_AT: Final = MOST_ROOT_MIB * MIB * SECTOR
RECORD_BYTES: Final = 4096
KERNEL_AT: Final = RECORD_AT + RECORD_BYTES
MOST_KERNEL: Final = 64 << 20
"""Unpacked: far more than any kernel of ours, far less than any board's memory."""
_NAMES: Final = ("mos_version", "mos_kernel_sectors", "mos_kernel_bytes", "mos_kernel_sha256")


class BadSlot(Exception):
    """It is no slot, or cannot become one; the text says why."""


def pack_kernel(kernel: bytes) -> bytes:
    """As the loader unpacks it; the same kernel gives the same bytes."""
    return gzip.compress(kernel, 9, mtime=0)


def write_record(version: str, packed: bytes) -> bytes:
    """The record of that packed kernel. Numbers are hexadecimal, as U-Boot reads them. Errors: `BadSlot`."""
    sectors = -(-len(packed) // SECTOR)
    values = (version, f"{sectors:x}", f"{len(packed):x}", hashlib.sha256(packed).hexdigest())
    text = "".join(f"{name}={value}\n" for name, value in zip(_NAMES, values, strict=True)).encode()
    if len(text) > RECORD_BYTES or not version.isprintable() or " " in version:
        raise BadSlot(f"the version {version!r} does not fit into a slot's record")
    return text.ljust(RECORD_BYTES, b"\0")


def read_record(record: bytes) -> dict[str, str]:
    """Name → value. Errors: `BadSlot`."""
    lines = record[:RECORD_BYTES].partition(b"\0")[0].decode("ascii", errors="replace").splitlines()
    found = dict(line.split("=", 1) for line in lines if "=" in line)
    if tuple(found) != _NAMES:
        raise BadSlot("there is no record of a slot")
    return found


def assemble(root: Path, kernel: bytes, version: str, target: Path) -> None:
    """Write a slot. Errors: `BadSlot`."""
    if root.stat().st_size > RECORD_AT:
        raise BadSlot(f"a root of at most {MOST_ROOT_MIB} MiB: {root} is larger")
    packed = pack_kernel(kernel)
    with target.open("wb") as file:
        file.write(root.read_bytes())
        file.seek(RECORD_AT)
        file.write(write_record(version, packed))
        file.write(packed.ljust(-(-len(packed) // SECTOR) * SECTOR, b"\0"))


def read_kernel(slot: Path, start: int = 0) -> bytes:
    """The kernel of a slot that begins at that byte of a file, checked. Errors: `BadSlot`."""
    with slot.open("rb") as file:
        file.seek(start + RECORD_AT)
        record = read_record(file.read(RECORD_BYTES))
        packed = file.read(min(int(record["mos_kernel_bytes"], 16), MOST_KERNEL))
    if hashlib.sha256(packed).hexdigest() != record["mos_kernel_sha256"]:
        raise BadSlot(f"{slot}: the kernel is not what its record says")
    unpacker = zlib.decompressobj(wbits=31)
    kernel = unpacker.decompress(packed, MOST_KERNEL)
    if not unpacker.eof:
        raise BadSlot(f"{slot}: the kernel is larger than {MOST_KERNEL >> 20} MiB")
    return kernel


def main(argv: Sequence[str]) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="image.slot", description=__doc__)
    parser.add_argument("--images", type=Path, required=True, help="Buildroot's images folder")
    parser.add_argument("--version", required=True)
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args(argv)
    try:
        assemble(args.images / "rootfs.squashfs", (args.images / "Image").read_bytes(), args.version, args.output)
    except (BadSlot, OSError) as error:
        print(f"image: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
