"""Writes an image to a card, reads it back, and refuses whatever is not a card.

    python -m image.flash --image FILE --device /dev/sdX [--card mos.toml] [--yes]

Refused: a disk of which anything is mounted or used for swap, the disk that this computer runs from, what is no whole
disk, what is smaller than the image or larger than any card. An ordinary file is written as if it were a card.
"""

from __future__ import annotations

import argparse
import hashlib
import lzma
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast

from drivers.partition_records import SECTOR
from image import partitions
from mos_appliance.app import card_settings

CHUNK: Final = 4 << 20
LARGEST_CARD: Final = 600 << 30
"""Larger disks hold somebody's data."""

Progress = Callable[[str, float], None]
"""Told what is done and how much of it, 0 to 1."""


class Refused(Exception):
    """It is not written; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class System:
    """What this computer says of its disks; another root for tests."""

    sys: Path = Path("/sys")
    proc: Path = Path("/proc")

    def disk_of(self, name: str) -> str:
        """The whole disk that a block device belongs to: sda of sda1, and of what lies on it (dm, md)."""
        entry = self.sys / "class/block" / name
        if (entry / "partition").exists():
            return entry.resolve().parent.name
        return name

    def disks_below(self, name: str) -> set[str]:
        """The whole disks that a device rests on, through device mapper and RAID."""
        slaves = [path.name for path in (self.sys / "class/block" / name / "slaves").glob("*")]
        if not slaves:
            return {self.disk_of(name)}
        return set().union(*(self.disks_below(self.disk_of(slave)) | {self.disk_of(slave)} for slave in slaves))

    def used(self) -> dict[str, str]:
        """Whole disk → what it is used for, such as `mounted at /`."""
        found: dict[str, str] = {}
        for device, place in self._mounts():
            for disk in self.disks_below(device):
                found.setdefault(disk, f"mounted at {place}" if place != "swap" else "used for swap")
        return found

    def _mounts(self) -> Iterator[tuple[str, str]]:
        for line in (self.proc / "self/mountinfo").read_text().splitlines():
            fields = line.split()
            name = self._name(fields[2])
            if name:
                yield name, re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), fields[4])
        for line in (self.proc / "swaps").read_text().splitlines()[1:]:
            path = Path(line.split()[0])
            yield path.resolve().name, "swap"

    def _name(self, number: str) -> str:
        link = self.sys / "dev/block" / number
        return link.resolve().name if link.exists() else ""


def check_device(device: Path, image_bytes: int, system: System) -> None:
    """Errors: `Refused`."""
    try:
        found = device.stat()
    except OSError as error:
        raise Refused(f"{device}: {error.strerror}; is the card in?") from error
    if stat.S_ISREG(found.st_mode):
        return
    if not stat.S_ISBLK(found.st_mode):
        raise Refused(f"{device}: is no disk")
    name = device.resolve().name
    if system.disk_of(name) != name:
        raise Refused(f"{device}: is a partition; name the whole card, /dev/{system.disk_of(name)}")
    use = system.used().get(name)
    if use:
        raise Refused(f"{device}: is {use}; unmount it first if it is the card")
    check_size(device, int((system.sys / "class/block" / name / "size").read_text()) * SECTOR, image_bytes)


def check_size(device: Path, card_bytes: int, image_bytes: int) -> None:
    """Errors: `Refused`."""
    if card_bytes > LARGEST_CARD:
        raise Refused(f"{device}: has {card_bytes >> 30} GiB: that is no card")
    if card_bytes < image_bytes:
        raise Refused(f"{device}: has {card_bytes >> 20} MiB, the image needs {image_bytes >> 20} MiB")


def open_image(path: Path) -> BinaryIO:
    """The image's bytes, unpacked. Errors: `Refused`."""
    try:
        packed: BinaryIO = path.open("rb")
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}; make image makes one") from error
    return cast(BinaryIO, lzma.open(packed)) if path.suffix == ".xz" else packed


def _chunks(path: Path) -> Iterator[bytes]:
    with open_image(path) as file:
        try:
            while chunk := file.read(CHUNK):
                yield chunk
        except (lzma.LZMAError, EOFError) as error:
            raise Refused(f"{path}: is damaged: {error}") from error


def measure(path: Path) -> tuple[int, str]:
    """Size and SHA-256 of the unpacked image; it must begin with our partition table. Errors: `Refused`."""
    digest, size = hashlib.sha256(), 0
    for chunk in _chunks(path):
        if not size:
            _check_head(path, chunk)
        digest.update(chunk)
        size += len(chunk)
    if not size:
        raise Refused(f"{path}: is empty")
    return size, digest.hexdigest()


def _check_head(path: Path, head: bytes) -> None:
    wanted = partitions.read_layout(partitions.TABLE.read_text()).signature.to_bytes(4, "little")
    if head[440:444] != wanted or head[510:512] != b"\x55\xaa":
        raise Refused(f"{path}: is no image of MOS")


def write(image: Path, device: Path, size: int, progress: Progress) -> None:
    """Write it all and let it reach the card. Errors: `Refused` when the card does not take it."""
    done = 0
    try:
        with device.open("r+b", buffering=0) as disk:
            for chunk in _chunks(image):
                view = memoryview(chunk)
                while view:
                    view = view[disk.write(view) :]
                os.fsync(disk.fileno())
                done += len(chunk)
                progress("writing", done / size)
    except OSError as error:
        raise Refused(f"{device}: could not be written at {done >> 20} MiB: {error.strerror}") from error


def verify(device: Path, size: int, digest: str, progress: Progress) -> None:
    """Read it back from the card itself. Errors: `Refused` when another thing is there."""
    found, left = hashlib.sha256(), size
    with device.open("rb", buffering=0) as disk:
        os.posix_fadvise(disk.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while left:
            chunk = disk.read(min(CHUNK, left))
            if not chunk:
                break
            found.update(chunk)
            left -= len(chunk)
            progress("checking", 1 - left / size)
    if left or found.hexdigest() != digest:
        raise Refused(f"{device}: does not hold what was written: the card is bad, take another")


def put_settings(device: Path, settings: Path) -> None:
    """Put a teacher's mos.toml on the card's partition MOS. Errors: `Refused`.

    A line that a box would pass over is refused here, where somebody can mend it.
    """
    try:
        _, passed_over = card_settings.read(settings.read_bytes())
    except OSError as error:
        raise Refused(f"{settings}: {error.strerror}") from error
    if passed_over:
        raise Refused(f"{settings}: {str(passed_over[0]).removeprefix('mos.toml: ')}")
    if shutil.which("mcopy") is None:
        raise Refused("mcopy is needed for CARD=: apt-get install mtools")
    start = partitions.read_layout(partitions.TABLE.read_text())["card"].start * SECTOR
    command = ["mcopy", "-o", "-i", f"{device}@@{start}", str(settings), "::mos.toml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"{settings}: could not be put on the card: {done.stderr.strip()}")


def _say_nothing(_what: str, _share: float) -> None:
    """Progress for a log."""


def _show(what: str, share: float) -> None:
    end = "\n" if share >= 1 else ""
    print(f"\r{what} {share:4.0%}", end=end, file=sys.stderr, flush=True)


def main(argv: Sequence[str]) -> int:
    """The command line. Returns the exit code: 0 done, 1 refused, 3 no right to."""
    parser = argparse.ArgumentParser(prog="image.flash", description=__doc__)
    parser.add_argument("--image", type=Path, required=True)
    parser.add_argument("--device", type=Path, required=True)
    parser.add_argument("--card", type=Path, help="a mos.toml for this card")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    args = parser.parse_args(argv)
    progress: Progress = _show if sys.stderr.isatty() else _say_nothing
    try:
        size, digest = measure(args.image)
        check_device(args.device, size, System())
        if not args.yes and not _agreed(args.device):
            raise Refused("nothing was written")
        write(args.image, args.device, size, progress)
        verify(args.device, size, digest, progress)
        if args.card is not None:
            put_settings(args.device, args.card)
    except Refused as error:
        print(f"flash: {error}", file=sys.stderr)
        return 1
    except PermissionError as error:
        print(f"flash: {args.device}: {error.strerror}; try with sudo", file=sys.stderr)
        return 3
    print(f"{args.device}: {size >> 20} MiB written and checked")
    return 0


def _agreed(device: Path) -> bool:
    print(f"Everything on {device} will be lost. Go on? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
