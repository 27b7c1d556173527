"""Where two images differ: by partition, and within roots by file.

    python -m image.compare FIRST SECOND

Each may be a card's image or a packed root. Nothing is said and the exit code is 0 when they are the same bytes; else
there is one line a difference, exit code 1. Roots are unpacked by unsquashfs.
"""

from __future__ import annotations

import argparse
import filecmp
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from drivers.partition_records import SECTOR
from image import partitions
from image.assemble import NotAvailable
from image.partitions import Partition

_PACKED: Final = b"hsqs"
_PIECE: Final = 1 << 20


def same_bytes(first: Path, second: Path) -> bool:
    """Whether two files are the same, byte by byte."""
    return filecmp.cmp(first, second, shallow=False)


def _pieces(file: BinaryIO, partition: Partition) -> Iterator[bytes]:
    file.seek(partition.start * SECTOR)
    for at in range(0, partition.size * SECTOR, _PIECE):
        yield file.read(min(_PIECE, partition.size * SECTOR - at))


def differing_partitions(first: Path, second: Path) -> list[Partition]:
    """The partitions of two cards whose content is not the same."""
    layout = partitions.read_layout(partitions.TABLE.read_text())
    found = []
    with first.open("rb") as one, second.open("rb") as other:
        for partition in layout.partitions:
            pairs = zip(_pieces(one, partition), _pieces(other, partition), strict=True)
            if any(a != b for a, b in pairs):
                found.append(partition)
    return found


def _unpack(image: Path, partition: Partition | None, into: Path) -> Path:
    offset = 0 if partition is None else partition.start * SECTOR
    command = ["unsquashfs", "-quiet", "-no-progress", "-no-xattrs", "-o", str(offset), "-dest", str(into), str(image)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise NotAvailable("unsquashfs: apt-get install squashfs-tools") from error
    if done.returncode:
        raise NotAvailable(f"unsquashfs failed: {done.stderr.strip()[-300:]}")
    return into


def differing_files(first: Path, second: Path) -> Iterator[str]:
    """What two unpacked roots do not have in common, a line each."""
    names = {path.relative_to(root) for root in (first, second) for path in root.rglob("*")}
    for name in sorted(names):
        one, other = first / name, second / name
        if not (one.exists() or one.is_symlink()) or not (other.exists() or other.is_symlink()):
            yield f"/{name}: only in one of them"
            continue
        a, b = one.lstat(), other.lstat()
        if (a.st_mode, a.st_uid, a.st_gid) != (b.st_mode, b.st_uid, b.st_gid):
            yield f"/{name}: other rights or another owner"
        elif one.is_symlink():
            if one.readlink() != other.readlink():
                yield f"/{name}: leads elsewhere"
        elif one.is_file() and not same_bytes(one, other):
            yield f"/{name}: other bytes"
        elif int(a.st_mtime) != int(b.st_mtime):
            yield f"/{name}: another time"


def compare(first: Path, second: Path) -> Iterator[str]:
    """Every difference, a line each. Errors: `NotAvailable`."""
    if same_bytes(first, second):
        return
    with first.open("rb") as file:
        packed = file.read(len(_PACKED)) == _PACKED
    differing = [None] if packed else differing_partitions(first, second)
    if not differing:
        yield "partition records"
    for partition in differing:
        yield f"{partition.name}: other bytes" if partition else f"{first.name}: other bytes"
        if partition is None or partition.kind == "root":
            with tempfile.TemporaryDirectory() as place:
                one = _unpack(first, partition, Path(place) / "first")
                other = _unpack(second, partition, Path(place) / "second")
                yield from (f"  {line}" for line in differing_files(one, other))


def main(argv: Sequence[str]) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="image.compare", description=__doc__)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    args = parser.parse_args(argv)
    code = 0
    try:
        for line in compare(args.first, args.second):
            print(line)
            code = 1
    except NotAvailable as error:
        print(f"image: needed: {error}", file=sys.stderr)
        return 3
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
