"""Looks through a root for what must not be on an image: passwords, keys, foreign rights, files that all may write,
and programs whose libraries are not there.

    python -m image.scan --squashfs FILE

Errors are told one a line, exit code 1. It needs unsquashfs.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from image import elf
from image.assemble import NotAvailable

_LINE: Final = re.compile(r"([-dlcbps])([-rwxsStT]{9}) (\d+)/(\d+) +\S+ \S+ \S+ squashfs-root(\S*)(?: -> .*)?")
KEY: Final = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{16}")
KEY_FILES: Final = re.compile(r"(^|/)(id_(rsa|ed25519|ecdsa)|authorized_keys|ssh_host_\w+_key|.*\.(pem|key|p12))$")
PEM_LABEL: Final = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----")
SHARED: Final = frozenset({"/tmp", "/var/tmp", "/run/lock", "/var/lock", "/dev/shm"})
"""Folders that all may write into, with the sticky bit, and that are memory when the box runs."""
LARGEST_TEXT: Final = 1 << 20


def wrong_rights(listing: str) -> Iterator[str]:
    """What is wrong in `unsquashfs -lln` of a root, one line each."""
    for line in listing.splitlines():
        found = _LINE.fullmatch(line)
        if not found:
            continue
        kind, mode, _, _, name = found.groups()
        if kind == "l":
            continue
        if mode[2] in "sS" or mode[5] in "sS":
            yield f"{name}: runs with another's rights ({kind}{mode})"
        if mode[7] == "w" and not (kind == "d" and mode[8] in "tT" and name in SHARED) and kind not in "cb":
            yield f"{name}: may be written by all ({kind}{mode})"


def open_accounts(shadow: str) -> Iterator[str]:
    """Accounts that a password opens, or nothing at all, in /etc/shadow."""
    for line in shadow.splitlines():
        name, _, rest = line.partition(":")
        password = rest.partition(":")[0]
        if name and password[:1] not in ("*", "!"):
            yield f"/etc/shadow: {name}: {'has a password' if password else 'needs no password'}"


def keys(root: Path) -> Iterator[str]:
    """Private keys and what is called like one."""
    for path in sorted(root.rglob("*")):
        name = f"/{path.relative_to(root)}"
        if path.is_symlink() or not path.is_file():
            continue
        if path.suffix == ".pem" and _only_certificates(path):
            continue
        if KEY_FILES.search(name):
            yield f"{name}: is called like a key"
        elif path.stat().st_size <= LARGEST_TEXT and KEY.search(path.read_bytes()):
            yield f"{name}: holds a private key"


def missing_libraries(root: Path) -> Iterator[str]:
    """Programs and libraries that ask for one which is not on the root: they would not start."""
    files = [path for path in sorted(root.rglob("*")) if path.is_file() and not path.is_symlink()]
    there = {path.name for path in root.rglob("*.so*")}
    for path in files:
        with path.open("rb") as file:
            if file.read(4) != b"\x7fELF" or path.suffix == ".ko":
                continue
        for name in elf.needed(path.read_bytes()):
            if name not in there:
                yield f"/{path.relative_to(root)}: asks for {name}, which is not there"


def _only_certificates(path: Path) -> bool:
    """Whether a PEM file holds certificates and nothing else: they are for everybody to see."""
    return path.stat().st_size <= LARGEST_TEXT and set(PEM_LABEL.findall(path.read_bytes())) == {b"CERTIFICATE"}


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise NotAvailable(f"{command[0]}: apt-get install squashfs-tools") from error
    if done.returncode:
        raise NotAvailable(f"{command[0]} failed: {done.stderr.strip()[-300:]}")
    return done.stdout


def faults(squashfs: Path) -> list[str]:
    """Everything that is wrong with a packed root. Errors: `NotAvailable`."""
    listing = _output("unsquashfs", "-lln", str(squashfs))
    if not any(map(_LINE.fullmatch, listing.splitlines())):
        raise NotAvailable("an unsquashfs whose listing can be read")
    found = list(wrong_rights(listing))
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "root"
        _output("unsquashfs", "-quiet", "-no-progress", "-no-xattrs", "-dest", str(root), str(squashfs))
        found += open_accounts((root / "etc/shadow").read_text())
        found += keys(root)
        found += missing_libraries(root)
    return found


def main(argv: Sequence[str]) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="image.scan", description=__doc__)
    parser.add_argument("--squashfs", type=Path, required=True)
    args = parser.parse_args(argv)
    try:
        found = faults(args.squashfs)
    except NotAvailable as error:
        print(f"image: needed: {error}", file=sys.stderr)
        return 3
    for line in found:
        print(f"image: {line}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
