"""Slots made of an image's own root: as it is, with another version, or broken in one of five ways.

Each gets the tests' agent, started by one more line of inittab; nothing else differs but what its name says.
"""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from drivers.partition_records import SECTOR
from hw_tests.bench import guest
from image import emulate, partitions, slot

AGENT_LINE: Final = "::respawn:/opt/bench/answer\n"
_ANSWER: Final = "#!/bin/sh\n. /etc/mos/facts\nHOME=/root exec python3 -P /opt/bench/agent.py\n"
_CRASHING: Final = 'void _start(void) { __asm__("mov x0, #1\\n mov x8, #94\\n svc #0"); }\n'
"""An init that ends at once, with code 1 (exit_group)."""
_ENDLESS: Final = (0xD503207F, 0x17FFFFFF)
"""AArch64: WFI, and a branch back to it. Source: Arm ARM."""
NOT_ASKED: Final = ("process tutor", "process keeper", "/grow", "/warm", "/network")
"""What of inittab these tests ask nothing of; on a slow computer it takes most of a start's time."""
PROCESS: Final = "etc/mos/process"
Edit = Callable[[Path], None]


def unpack(image: Path, into: Path, lean: bool) -> None:
    """The root of an image's first slot as a tree, with the agent in it; `lean`: without what is not asked."""
    start = partitions.read_layout(partitions.TABLE.read_text())["root_a"].start * SECTOR
    command = ["unsquashfs", "-quiet", "-no-progress", "-offset", str(start), "-dest", str(into), str(image)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    inside = into / "opt/bench"
    guest.copy_code(guest.CHECKOUT / "hw_tests/inside", inside)
    guest.tools().compile_python(inside, "/opt/bench")
    (inside / "answer").write_text(_ANSWER)
    (inside / "answer").chmod(0o755)
    lines = (into / "etc/inittab").read_text().splitlines(keepends=True)
    if lean:
        lines = [line for line in lines if not line.rstrip().endswith(NOT_ASKED)]
    (into / "etc/inittab").write_text("".join([*lines, AGENT_LINE]))


def owner_of_mos(tree: Path) -> tuple[int, int]:
    """User and group that the root gives our processes."""
    for line in (tree / "etc/passwd").read_text().splitlines():
        name, _, user, group, *_ = line.split(":")
        if name == "mos":
            return int(user), int(group)
    raise LookupError("the root knows no user mos")


def pack(tree: Path, version: str, edit: Edit | None, target: Path) -> Path:
    """A squashfs of that tree as that version, after an edit which is undone again."""
    changed = {name: (tree / name).read_text() for name in ("etc/mos/version", PROCESS)}
    (tree / "etc/mos/version").write_text(f"{version}\n")
    try:
        if edit is not None:
            edit(tree)
        target.unlink(missing_ok=True)
        options = ["-comp", "zstd", "-Xcompression-level", "9", "-b", "128K", "-all-root", "-quiet", "-no-progress"]
        subprocess.run(["mksquashfs", str(tree), str(target), *options], check=True, stdout=subprocess.DEVNULL)
    finally:
        for name, text in changed.items():
            (tree / name).write_text(text)
    return target


def mute(tree: Path) -> None:
    """An engine that makes blocks which nobody hears."""
    text = (tree / PROCESS).read_text()
    assert '--sound "${sound:-auto}"' in text
    (tree / PROCESS).write_text(text.replace('--sound "${sound:-auto}"', "--sound silent"))


def without_hub(tree: Path) -> None:
    """A hub that ends as soon as it is started."""
    text = (tree / PROCESS).read_text()
    assert "\n  hub)\n" in text
    (tree / PROCESS).write_text(text.replace("\n  hub)\n", "\n  hub)\n    exit 1\n"))


def hanging_kernel() -> bytes:
    """A kernel's header whose instructions wait for ever. Source: the kernel's arm64/booting.rst."""
    header = struct.pack("<IIQQQ24x4s4x", *_ENDLESS, 0, 1 << 21, 0xA, b"ARM\x64")
    return header + random.Random(5).randbytes(1 << 16)  # what is packed to nothing is no bundle


def crashing_root(folder: Path) -> Path:
    """A root whose init ends at once."""
    tree = folder / "crashing"
    shutil.rmtree(tree, ignore_errors=True)
    for name in ("sbin", "dev", "proc"):
        (tree / name).mkdir(parents=True)
    source = folder / "crashing.c"
    source.write_text(_CRASHING)
    command = ["aarch64-linux-gnu-gcc", "-static", "-nostdlib", "-ffreestanding", str(source)]
    subprocess.run([*command, "-o", str(tree / "sbin/init")], check=True)
    target = folder / "crashing.squashfs"
    target.unlink(missing_ok=True)
    subprocess.run(["mksquashfs", str(tree), str(target), "-comp", "zstd", "-all-root", "-quiet"], check=True)
    return target


def kernel_of(image: Path, folder: Path) -> bytes:
    """The kernel of an image's first slot."""
    return emulate.read_kernel(image, folder).read_bytes()


def without_kernel(filled: Path) -> None:
    """A slot whose record says nothing."""
    with filled.open("r+b") as file:
        file.seek(slot.RECORD_AT)
        file.write(b"\0" * slot.RECORD_BYTES)
