"""Puts a card's image together from what Buildroot left: partition records, boot files, roots, an empty data partition.

    python -m image.assemble --board BOARD --images DIR --output FILE

Needs mkfs.vfat, mcopy and mke2fs. The same inputs give the same bytes: times, labels and identifiers are fixed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from drivers.partition_records import MIB, SECTOR
from image import boards, partitions, slot
from image.boards import Board
from image.partitions import Layout, Partition
from mos_appliance.app import card_settings

HOST_PROGRAMS: Final = {"mkfs.vfat": "dosfstools", "mcopy": "mtools", "mke2fs": "e2fsprogs"}
EPOCH: Final = 1_767_225_600
"""2026-01-01: the time of every file on the FAT partitions."""
VERSION: Final = Path(__file__).with_name("version")
NAMESPACE: Final = uuid.UUID("6d6f7321-0000-4000-8000-000000000000")
_CONFIG_TXT: Final = """# Read by the Raspberry Pi's firmware. What teachers set is in mos.toml on the partition MOS.
arm_64bit=1
kernel=u-boot.bin
# Device trees by the names that mainline Linux gives them.
upstream_kernel=1
enable_uart=1
core_freq=250
disable_splash=1
boot_delay=0
dtparam=watchdog=on
gpu_mem=16
"""


class NotAvailable(Exception):
    """Something needed is not here; the text says what, and how to get it."""


def require_host() -> None:
    """Errors: `NotAvailable` with the one command that helps."""
    missing = [package for program, package in HOST_PROGRAMS.items() if shutil.which(program) is None]
    if missing:
        raise NotAvailable(f"apt-get install --no-install-recommends {' '.join(missing)}")


def _run(*command: str, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **(environment or {})}
    )
    if done.returncode:
        raise NotAvailable(f"{command[0]} failed: {(done.stderr.strip() or done.stdout.strip())[-300:]}")


def loader(board: Board, images: Path) -> Path:
    """U-Boot for that board. Errors: `NotAvailable`."""
    found = images / "u-boot" / f"{board.uboot}.bin"
    if not found.is_file():
        raise NotAvailable(f"{found} (Buildroot has built no U-Boot for {board.name})")
    return found


def boot_files(board: Board, layout: Layout, images: Path, into: Path) -> None:
    """What lies on the boot partition of that board. Errors: `NotAvailable`."""
    for tree in board.device_tree:
        shutil.copy(images / Path(tree).with_suffix(".dtb").name, into)
    root = f"PARTUUID={layout.partuuid('root_a')}"
    (into / "cmdline.txt").write_text(f"{boards.kernel_line(board, root)}\n")
    (into / "board.env").write_text(boards.loader_facts(board, layout.signature))
    if board.firmware != "allwinner":
        shutil.copy(loader(board, images), into / "u-boot.bin")
    if board.firmware == "raspberrypi":
        firmware = images / "rpi-firmware"
        if not firmware.is_dir():
            raise NotAvailable(f"{firmware} (the Raspberry Pi's boot files are not built)")
        shutil.copytree(firmware, into, dirs_exist_ok=True)
        (into / "config.txt").write_text(_CONFIG_TXT)


def make_fat(partition: Partition, tree: Path, target: Path) -> None:
    """A FAT file system with that tree in it."""
    with target.open("wb") as file:
        file.truncate(partition.size * SECTOR)
    volume = f"{uuid.uuid5(NAMESPACE, partition.name).int & 0xFFFFFFFF:08x}"
    _run(
        "mkfs.vfat",
        "--invariant",
        "-F",
        "32" if partition.size >= 66 * MIB else "16",
        "-i",
        volume,
        "-n",
        partition.label,
        str(target),
    )
    entries = sorted(tree.iterdir())
    for path in sorted(tree.rglob("*")):
        os.utime(path, (EPOCH, EPOCH))
    if entries:
        _run("mcopy", "-s", "-m", "-i", str(target), *map(str, entries), "::", environment={"TZ": "UTC"})


def make_ext4(partition: Partition, target: Path) -> None:
    """An empty data partition; the first boot grows it."""
    with target.open("wb") as file:
        file.truncate(partition.size * SECTOR)
    name = str(uuid.uuid5(NAMESPACE, partition.name))
    extended = f"hash_seed={name},lazy_itable_init=0,lazy_journal_init=0"
    options = ["-q", "-F", "-t", "ext4", "-m", "1", "-L", partition.label, "-U", name, "-E", extended]
    _run("mke2fs", *options, str(target), environment={"E2FSPROGS_FAKE_TIME": str(EPOCH)})


def assemble(board: Board, images: Path, target: Path, version: str) -> Layout:
    """Write the image of one board. Returns its layout. Errors: `NotAvailable`, `BadTable`, `BadSlot`."""
    layout = partitions.read_layout(partitions.TABLE.read_text())
    for needed in ("rootfs.squashfs", "Image"):
        if not (images / needed).is_file():
            raise NotAvailable(f"{images / needed} (Buildroot has not built it)")
    part = target.with_name(f".{target.name}.part")
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        work = Path(folder)
        for name in ("boot", "card"):
            (work / name).mkdir()
        boot_files(board, layout, images, work / "boot")
        (work / "card" / "mos.toml").write_text(card_settings.text(), encoding="utf-8", newline="\r\n")
        filled = work / "slot.img"
        slot.assemble(images / "rootfs.squashfs", (images / "Image").read_bytes(), version, filled)
        if filled.stat().st_size > layout["root_a"].size * SECTOR:
            raise NotAvailable(f"root and kernel need more than {layout['root_a'].size // MIB} MiB")
        contents = {"root_a": filled, "root_b": filled}
        for name in ("boot", "card"):
            contents[name] = work / f"{name}.fat"
            make_fat(layout[name], work / name, contents[name])
        contents["data"] = work / "data.ext4"
        make_ext4(layout["data"], contents["data"])
        _write(layout, contents, part)
    part.rename(target)
    return layout


def _write(layout: Layout, contents: dict[str, Path], target: Path) -> None:
    with target.open("wb") as disk:
        disk.truncate(layout.sectors * SECTOR)
        for sector, record in partitions.records(layout).items():
            disk.seek(sector * SECTOR)
            disk.write(record)
        for partition in layout.partitions:
            with contents[partition.name].open("rb") as source:
                disk.seek(partition.start * SECTOR)
                shutil.copyfileobj(source, disk, 1 << 20)


def main(argv: Sequence[str]) -> int:
    """The command line. Returns the exit code."""
    known = boards.read_boards()
    parser = argparse.ArgumentParser(prog="image.assemble", description=__doc__)
    parser.add_argument("--check-host", action="store_true", help="only see whether what is needed is here")
    checking = "--check-host" in argv
    parser.add_argument("--board", choices=sorted(known), required=not checking)
    parser.add_argument("--images", type=Path, required=not checking, help="Buildroot's images folder")
    parser.add_argument("--output", type=Path, required=not checking)
    args = parser.parse_args(argv)
    try:
        require_host()
        if checking:
            return 0
        layout = assemble(known[args.board], args.images, args.output, VERSION.read_text().strip())
    except (NotAvailable, partitions.BadTable, slot.BadSlot) as error:
        print(f"image: needed: {error}", file=sys.stderr)
        return 3
    print(f"{args.output}: {layout.sectors // MIB} MiB for {known[args.board].name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
