"""How far QEMU's Raspberry Pi 3 B starts a card's image: its kernel, device tree, SD card, root and init.

    python -m hw_tests.raspberry_pi --image FILE [--seconds 120]

The emulator has no firmware of the board: kernel, device tree and command line are taken from the boot partition, as
the firmware would take them. Its USB, sound and Wi-Fi are not emulated well enough to be tried. Prints what the console
said.
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from hw_tests.bench import guest
from hw_tests.bench.packages import NotAvailable
from image import emulate

TREE: Final = "bcm2837-rpi-3-b.dtb"
CARD_MIB: Final = 1024
"""An SD card of the emulator has a power of two."""


def start(image: Path, folder: Path, seconds: float) -> str:
    """What came on the console until then."""
    tools = guest.tools()
    emulate.read_kernel(image, folder)
    emulate.read_boot(image, TREE, folder)
    line = emulate.read_boot(image, "cmdline.txt", folder).read_text().strip()
    card = folder / "card.img"
    subprocess.run(["cp", "--sparse=always", str(image), str(card)], check=True)
    with card.open("r+b") as file:
        file.truncate(CARD_MIB << 20)
    command = [*tools.command("bin/qemu-system-aarch64"), "-L", str(tools.root / "usr/share/qemu")]
    command += ["-M", "raspi3b", "-accel", "tcg", "-display", "none", "-no-reboot", "-nodefaults"]
    command += ["-serial", "file:console.log", "-serial", "null"]
    command += ["-drive", "if=sd,index=0,file=card.img,format=raw", "-kernel", "Image", "-dtb", TREE]
    command += ["-append", f"{line.replace('quiet ', '')} console=ttyAMA0,115200"]
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(command, cwd=folder, timeout=seconds, check=False)
    return (folder / "console.log").read_text(errors="replace")


def main(argv: Sequence[str]) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="hw_tests.raspberry_pi", description=__doc__)
    parser.add_argument("--image", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=120.0)
    args = parser.parse_args(argv)
    try:
        with tempfile.TemporaryDirectory(prefix="mos-pi-") as place:
            print(start(args.image, Path(place), args.seconds), end="")
    except (NotAvailable, emulate.NotAvailable) as error:
        print(f"raspberry_pi: needed: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
