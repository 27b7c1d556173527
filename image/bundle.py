"""Signs one slot as a bundle that boxes take for an update, and makes the key for trials.

    python -m image.bundle key --folder DIR
    python -m image.bundle make --images DIR --folder DIR --version VERSION --output FILE.raucb

`DIR/update.key` and `DIR/update.pem` are the key and its certificate. A key for trials is made where there is none yet;
which key releases are signed with, and how it is kept, stands in docs/updates.md. Needs rauc, openssl, mksquashfs.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from image import slot

HOST_PROGRAMS: Final = {"rauc": "rauc", "openssl": "openssl", "mksquashfs": "squashfs-tools"}
COMPATIBLE: Final = Path(__file__).with_name("compatible")
KEY, CERTIFICATE = "update.key", "update.pem"
_DAYS: Final = 36_500


class NotAvailable(Exception):
    """Something needed is not here; the text says what, and how to get it."""


def require_host() -> None:
    """Errors: `NotAvailable` with the one command that helps."""
    missing = [package for program, package in HOST_PROGRAMS.items() if shutil.which(program) is None]
    if missing:
        raise NotAvailable(f"apt-get install --no-install-recommends {' '.join(missing)}")


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotAvailable(f"{command[0]} failed: {(done.stderr.strip() or done.stdout.strip())[-300:]}")


def make_key(folder: Path, name: str = "MOS updates for trials, not for giving away") -> None:
    """A key and its certificate in that folder, unless they are there. Errors: `NotAvailable`."""
    if (folder / KEY).is_file() and (folder / CERTIFICATE).is_file():
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    options = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-sha256", "-days", str(_DAYS)]
    names = ["-keyout", str(folder / KEY), "-out", str(folder / CERTIFICATE), "-subj", f"/CN={name}"]
    _run("openssl", "req", "-x509", *options, *names)
    (folder / KEY).chmod(0o600)


def manifest(version: str, compatible: str) -> str:
    """What a bundle says of itself. Source: RAUC's manual, "Manifest"."""
    return (
        f"[update]\ncompatible={compatible}\nversion={version}\n\n"
        "[bundle]\nformat=verity\n\n"
        "[image.rootfs]\nfilename=slot.img\n"
    )


def sign(filled: Path, version: str, compatible: str, folder: Path, target: Path) -> None:
    """Make the bundle of a slot. Errors: `NotAvailable`."""
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".bundle-") as place:
        content = Path(place) / "content"
        content.mkdir()
        shutil.move(filled, content / "slot.img")
        (content / "manifest.raucm").write_text(manifest(version, compatible))
        packing = "--mksquashfs-args=-comp zstd -Xcompression-level 1 -quiet -no-progress"
        names = [f"--cert={folder / CERTIFICATE}", f"--key={folder / KEY}"]
        _run("rauc", "bundle", packing, *names, str(content), str(part))
    part.rename(target)


def main(argv: Sequence[str]) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="image.bundle", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    key, make = verbs.add_parser("key"), verbs.add_parser("make")
    for each in (key, make):
        each.add_argument("--folder", type=Path, required=True, help="where key and certificate are")
    make.add_argument("--images", type=Path, required=True, help="Buildroot's images folder")
    make.add_argument("--version", required=True)
    make.add_argument("--output", type=Path, required=True)
    args = parser.parse_args(argv)
    try:
        require_host()
        if args.verb == "key":
            make_key(args.folder)
            return 0
        filled = args.output.with_name(f".{args.output.name}.slot")
        kernel = (args.images / "Image").read_bytes()
        slot.assemble(args.images / "rootfs.squashfs", kernel, args.version, filled)
        sign(filled, args.version, COMPATIBLE.read_text().strip(), args.folder, args.output)
    except (NotAvailable, slot.BadSlot, OSError) as error:
        print(f"image: needed: {error}", file=sys.stderr)
        return 3
    print(f"{args.output}: version {args.version}, {args.output.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
