"""What the root's megabytes are: each part's files, packed by themselves as the root is.

    python -m image.inventory --squashfs FILE

Prints a table in Markdown. Parts packed apart take a little more than together, because blocks are shared out anew: the
last line is the root as it is. It needs mksquashfs and unsquashfs.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from image.assemble import NotAvailable

_UPDATES: Final = (
    r"usr/s?bin/(rauc|fw_|gi-|gio|gdbus|gsettings|gresource)|"
    r"usr/lib/lib(crypto|glib|gio|gobject|gmodule|girepository|pcre2)"
)
PARTS: Final[tuple[tuple[str, str], ...]] = (
    ("the soundfont", r"usr/share/sounds/"),
    ("NumPy", r".*/site-packages/numpy(-[^/]*)?/"),
    ("NumPy's OpenBLAS", r".*/site-packages/numpy\.libs/"),
    ("Verovio", r".*/site-packages/verovio"),
    ("our code, and the page", r".*/site-packages/(mos_appliance|drivers|image)"),
    ("the other Python packages", r".*/site-packages/"),
    ("Python", r"usr/lib/(python3|libpython)|usr/bin/(python|pip|pydoc|idle|2to3)"),
    ("the kernel's modules", r"(usr/)?lib/modules/"),
    (
        "C and C++ libraries",
        r"(usr/)?lib(64)?/(ld-|libc[.-]|libm[.-]|libstdc|libgcc|libatomic|lib\w+\.so\.[12]$)",
    ),
    ("FluidSynth", r"usr/lib/libfluidsynth"),
    ("ALSA", r"usr/(lib/libasound|lib/libatopology|share/alsa|lib/alsa-lib)"),
    ("speech", r"usr/(bin/espeak-ng|share/espeak-ng-data)"),
    ("updates: RAUC, GLib, libcrypto, U-Boot's tool", _UPDATES),
    ("Wi-Fi with its firmware, and ssh", r"(usr/)?lib/firmware/|usr/lib/libnl-|usr/s?bin/(wpa_|dropbear)"),
    ("e2fsprogs", r"(usr/)?s?bin/(e2|mke2|mkfs|fsck|resize2|tune2|dumpe2)|usr/lib/lib(ext2|e2p|ss|com_err)"),
    ("BusyBox", r"(usr/)?s?bin/"),
)
"""Part, and the paths that belong to it; the first that matches has the file."""
REST: Final = "everything else"
MB: Final = 1_000_000


def part_of(path: str) -> str:
    """Which part a file below the root belongs to."""
    return next((name for name, pattern in PARTS if re.match(pattern, path)), REST)


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise NotAvailable(f"{command[0]}: apt-get install squashfs-tools") from error
    if done.returncode:
        raise NotAvailable(f"{command[0]} failed: {done.stderr.strip()[-300:]}")


def packed_size(tree: Path) -> int:
    """Bytes that a tree takes when it is packed as the root is."""
    packed = tree.with_suffix(".squashfs")
    options = ["-comp", "zstd", "-Xcompression-level", "15", "-b", "131072", "-noappend", "-all-root", "-no-progress"]
    _run("mksquashfs", str(tree), str(packed), *options, "-quiet", "-nopad")
    return packed.stat().st_size


def inventory(root: Path, work: Path) -> list[tuple[str, int, int]]:
    """Part, bytes, packed bytes; the largest first. Files are linked into `work`, on the same file system."""
    sizes: dict[str, int] = {}
    for path in sorted(root.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        inside = path.relative_to(root)
        name = part_of(str(inside))
        sizes[name] = sizes.get(name, 0) + path.stat().st_size
        link = work / name.replace("/", " ") / inside
        link.parent.mkdir(parents=True, exist_ok=True)
        os.link(path, link)
    rows = [(name, size, packed_size(work / name.replace("/", " "))) for name, size in sizes.items()]
    return sorted(rows, key=lambda row: -row[2])


def table(rows: Sequence[tuple[str, int, int]], whole: int) -> str:
    """In Markdown. Units: MB."""
    lines = ["| part | MB | packed, MB |", "|---|---|---|"]
    lines += [f"| {name} | {size / MB:.1f} | {packed / MB:.1f} |" for name, size, packed in rows]
    return "\n".join([*lines, f"| **the root** | {sum(row[1] for row in rows) / MB:.1f} | **{whole / MB:.1f}** |", ""])


def main(argv: Sequence[str]) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="image.inventory", description=__doc__)
    parser.add_argument("--squashfs", type=Path, required=True)
    args = parser.parse_args(argv)
    try:
        with tempfile.TemporaryDirectory() as place:
            root = Path(place) / "root"
            _run("unsquashfs", "-quiet", "-no-progress", "-no-xattrs", "-dest", str(root), str(args.squashfs))
            print(table(inventory(root, Path(place) / "parts"), args.squashfs.stat().st_size), end="")
    except NotAvailable as error:
        print(f"image: needed: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
