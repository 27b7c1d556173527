"""Boots an image in QEMU: the companion on this computer's localhost, sound into a WAV, the DIN line on a socket.

    python -m image.emulate --image FILE [--port 8080] [--folder DIR] [--seconds N] [--counted]

The image is copied to a card of a GiB, which its data partition grows into, unless --keep is given. Kernel and command
line are taken from its boot partition, as the board's loader would. `--counted` counts instructions as the bench does:
1 ns each, whatever this computer has to do.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from drivers.partition_records import SECTOR
from hw_tests.bench import guest, packages
from hw_tests.bench.guest import Tools
from image import boards, partitions, slot

BOARD: Final = "qemu_aarch64"
GUEST_PORT: Final = 8081
"""Where the image lets the computer that emulates it in (rootfs_overlay/etc/mos/network)."""


CARD_BYTES: Final = 1 << 30


class NotAvailable(Exception):
    """Something needed is not here; the text says what, and how to get it."""


def read_boot(image: Path, name: str, into: Path) -> Path:
    """A file of the image's boot partition, copied into a folder. Errors: `NotAvailable`."""
    if shutil.which("mcopy") is None:
        raise NotAvailable("mcopy: apt-get install mtools")
    start = partitions.read_layout(partitions.TABLE.read_text())["boot"].start * SECTOR
    target = into / name
    done = subprocess.run(
        ["mcopy", "-n", "-o", "-i", f"{image}@@{start}", f"::{name}", str(target)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotAvailable(f"{image}: holds no {name}: {done.stderr.strip()}")
    return target


def read_kernel(image: Path, into: Path) -> Path:
    """The kernel of the image's first slot, unpacked into a folder as `Image`. Errors: `NotAvailable`."""
    start = partitions.read_layout(partitions.TABLE.read_text())["root_a"].start * SECTOR
    target = into / "Image"
    try:
        target.write_bytes(slot.read_kernel(image, start))
    except slot.BadSlot as error:
        raise NotAvailable(f"{image}: {error}") from error
    return target


def kernel_line(image: Path, into: Path) -> str:
    """What the board's loader would tell the kernel, and of the emulated codec that it never sleeps."""
    return f"{read_boot(image, 'cmdline.txt', into).read_text().strip()} snd_hda_intel.power_save=0"


def machine(counted: bool) -> list[str]:
    """The emulated board: what `qemu_aarch64` says of it."""
    board = boards.read_boards()[BOARD]
    clock = ["-icount", f"shift=0,sleep={'off' if counted else 'on'}"]
    words = ["-accel", "tcg", *clock, "-M", "virt,gic-version=3", "-cpu", "cortex-a53"]
    return [*words, "-smp", str(board.cores), "-m", str(board.memory_mib), "-nodefaults", "-no-user-config"]


def card_slot(card: object) -> list[str]:
    """An SD card and a watchdog on the PCI bus, as the loader and the kernel of `qemu_aarch64` know them."""
    words = ["-drive", f"if=none,id=card,file={card},format=raw", "-device", "sdhci-pci,sd-spec-version=3"]
    return [*words, "-device", "sd-card,drive=card", "-device", "i6300esb"]


def copy_card(image: Path, folder: Path) -> Path:
    """The image as a card that is larger than itself, as every real one is."""
    card = folder / "card.img"
    subprocess.run(["cp", "--sparse=always", str(image), str(card)], check=True)
    with card.open("r+b") as file:
        file.truncate(CARD_BYTES)
    return card


def devices(card: Path, folder: Path, port: int) -> list[str]:
    """Card, network, sound and serial lines."""
    words = ["-drive", f"if=none,id=card,file={card},format=raw"]
    words += ["-device", "virtio-blk-pci,drive=card"]
    words += ["-netdev", f"user,id=lan,hostfwd=tcp:127.0.0.1:{port}-:{GUEST_PORT}"]
    words += ["-device", "virtio-net-pci,netdev=lan,romfile="]
    words += ["-audiodev", f"wav,id=dac,path={folder / 'dac.wav'},timer-period=100,out.frequency=48000"]
    words += ["-device", "intel-hda", "-device", "hda-output,audiodev=dac,use-timer=off,mixer=off"]
    words += ["-chardev", f"file,id=console,path={folder / 'console.log'}", "-serial", "chardev:console"]
    words += ["-chardev", f"socket,id=din,path={folder / 'din.sock'},server=on,wait=off", "-serial", "chardev:din"]
    return [*words, "-qmp", f"unix:{folder / 'qmp.sock'},server=on,wait=off", "-display", "none", "-no-reboot"]


def command(tools: Tools, image: Path, folder: Path, port: int, keep: bool, counted: bool) -> list[str]:
    """The whole command line; without `keep` the card is a copy. Errors: `NotAvailable`."""
    kernel = read_kernel(image, folder)
    start = [*tools.command("bin/qemu-system-aarch64"), "-L", str(tools.root / "usr/share/qemu")]
    boot = ["-kernel", str(kernel), "-append", kernel_line(image, folder)]
    card = image if keep else copy_card(image, folder)
    return [*start, *machine(counted), *boot, *devices(card, folder, port)]


def main(argv: Sequence[str]) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="image.emulate", description=__doc__)
    parser.add_argument("--image", type=Path, required=True)
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--folder", type=Path, default=Path("build/image/emulated"), help="for dac.wav and console.log")
    parser.add_argument("--seconds", type=float, help="end it after that time")
    parser.add_argument("--keep", action="store_true", help="what the image writes stays in it")
    parser.add_argument("--counted", action="store_true", help="count instructions, as the bench does")
    args = parser.parse_args(argv)
    folder: Path = args.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if not args.image.is_file():
            raise NotAvailable(f"{args.image}: no such image; make image makes one")
        line = command(guest.tools(), args.image.resolve(), folder, args.port, args.keep, args.counted)
    except (NotAvailable, packages.NotAvailable) as error:
        print(f"emulate: needed: {error}", file=sys.stderr)
        return 3
    print(f"emulate: http://localhost:{args.port} when it has started; sound in {folder / 'dac.wav'}; Ctrl-C ends it")
    return _run(line, args.seconds)


def _run(line: list[str], seconds: float | None) -> int:
    for number in (signal.SIGINT, signal.SIGTERM):  # in the background of a shell the first is ignored otherwise
        signal.signal(number, signal.default_int_handler)
    with subprocess.Popen(line, stdin=subprocess.DEVNULL) as process:
        with contextlib.suppress(KeyboardInterrupt, subprocess.TimeoutExpired):
            return process.wait(seconds)
        process.terminate()
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
