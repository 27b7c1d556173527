"""A card in the emulator as a board starts it: by U-Boot, from an SD card, with a watchdog, and again after a reset."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

from drivers.partition_records import SECTOR
from hw_tests.bench import guest
from hw_tests.bench.qemu import GuestFailed, Machine, emulator, sound_device
from hw_tests.bench.target import SHELF
from image import boards, emulate, partitions
from mos_appliance.app.librarian import shelf_stamp

CARD: Final = "card.img"
CARD_MIB: Final = 1024
"""An SD card of the emulator has a power of two."""
STICK: Final = "stick.img"


def make_card(image: Path, filled: Path, owner: tuple[int, int], folder: Path) -> None:
    """The image as a card, with that slot for both of its roots, started once before: its shelf is in the library.

    `owner`: user and group of MOS on that image.
    """
    layout = partitions.read_layout(partitions.TABLE.read_text())
    subprocess.run(["cp", "--sparse=always", str(image), str(folder / CARD)], check=True)
    with (folder / CARD).open("r+b") as card:
        card.truncate(CARD_MIB << 20)
        for name in ("root_a", "root_b"):
            card.seek(layout[name].start * SECTOR)
            with filled.open("rb") as source:
                shutil.copyfileobj(source, card, 1 << 20)
        card.seek(layout["data"].start * SECTOR)
        card.write(_data(layout["data"].size * SECTOR, owner, folder).read_bytes())


def _data(size: int, owner: tuple[int, int], folder: Path) -> Path:
    """A data partition with the stamp of a shelf that was unpacked: to do it takes minutes in the emulator."""
    library = folder / "data" / "mos" / "library"
    library.mkdir(parents=True)
    stamp = shelf_stamp((guest.CHECKOUT / "image/version").read_text().strip(), guest.CHECKOUT / SHELF)
    (library / "shelf.stamp").write_text(stamp)
    target = folder / "data.ext4"
    options = ["-q", "-F", "-t", "ext4", "-L", "data", "-d", str(folder / "data"), str(target), f"{size >> 10}k"]
    subprocess.run(["mke2fs", *options], check=True, stdout=subprocess.DEVNULL)
    for name in ("mos", "mos/library", "mos/library/shelf.stamp"):
        for field, value in zip(("uid", "gid"), owner, strict=True):  # who runs the tests may be anybody
            command = ["debugfs", "-w", "-R", f"set_inode_field /{name} {field} {value}", str(target)]
            subprocess.run(command, check=True, capture_output=True)
    return target


def make_stick(files: list[Path], folder: Path) -> None:
    """A USB stick with those files: FAT, as a teacher's."""
    size = sum(path.stat().st_size for path in files) + (96 << 20)
    with (folder / STICK).open("wb") as stick:
        stick.truncate(size)
    subprocess.run(["mkfs.vfat", "-F", "32", str(folder / STICK)], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["mcopy", "-i", str(folder / STICK), *map(str, files), "::"], check=True)


def loaded_command(folder: Path) -> list[str]:
    """The emulator's command line; a reset starts the loader again."""
    tools = guest.tools()
    board = boards.read_boards()[emulate.BOARD]
    emulate.read_boot(folder / CARD, "u-boot.bin", folder)
    command = [word for word in emulator(tools, 0, str(board.memory_mib)) if word != "-no-reboot"]
    command += ["-bios", "u-boot.bin", *emulate.card_slot(CARD), "-device", "qemu-xhci"]
    command += ["-drive", f"if=none,id=stick,file={STICK},format=raw,readonly=on"]
    command += ["-device", "usb-storage,drive=stick"]
    return [*command, *sound_device(False), "-serial", "file:console.log", "-serial", "null"]


class LoadedBox(Machine):
    """A running one. Its agent is there again after each start."""

    def wait_for_start(self, limit_s: float = 1500.0) -> None:
        """Until the agent of the next start is ready. Errors: `GuestFailed`."""
        self._ask_monitor("cont")
        try:
            while "ready" not in self._agent.receive(limit_s):
                pass
        except OSError as error:
            raise GuestFailed(f"no root was started: {error}\n{self.console_end()}") from error
        self._ask_monitor("stop")

    def restart(self) -> None:
        """Ask for a restart, and wait until a root has started."""
        self.run("(sleep 0.2; reboot) > /dev/null 2>&1 &", 10)
        self.wait_for_start()

    def console(self) -> str:
        """All that loader and kernels have written."""
        return (self.folder / "console.log").read_text(errors="replace")
