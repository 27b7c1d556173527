"""What the image takes from this side of Buildroot: our own code and page, the locked wheels, the soundfont.

    python -m image.parts --output DIR --updates update.pem [--python 3.14] [--soundfont FILE]

`DIR/sdists` holds what Buildroot compiles, `DIR/appliance` what it copies. Every file from PyPI is fetched by pip with
the hash of requirements/run.txt. Run it in the environment of `make run`, whose page is built.
"""

from __future__ import annotations

import argparse
import contextlib
import email
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from drivers import soundfont
from image import elf, slimming

ROOT: Final = Path(__file__).resolve().parents[1]
LOCK: Final = ROOT / "requirements" / "run.txt"
FROM_SOURCE: Final = ("python-rtmidi",)
"""Packages without an aarch64 wheel that a package of buildroot_configs compiles."""
NOT_YET: Final = ("ai-edge-litert", "backports-strenum", "flatbuffers", "ml-dtypes", "protobuf", "tqdm")
"""LiteRT and what only it needs: the root would have more than 128 MB. The box does without its two networks."""
LEFT_OUT: Final = ("pyalsaaudio", "setuptools", *NOT_YET)
"""Buildroot's own package, the build backend, and what has no room yet."""
PLATFORMS: Final = ("manylinux_2_28_aarch64", "manylinux2014_aarch64", "manylinux_2_17_aarch64")
_LAUNCHER: Final = (
    "#!/usr/bin/python3 -P\nimport sys\n\nfrom mos_appliance.app.command_line import main\n\nsys.exit(main())\n"
)


class NotAvailable(Exception):
    """A part cannot be had; the text says which, and how to get it."""


def locked(requirements: str, names: Sequence[str] = (), without: Sequence[str] = ()) -> str:
    """The lines of a lock file, hashes and all, for `names` (all when empty) but those `without`."""
    blocks = re.findall(r"^[A-Za-z0-9._-]+==[^\\\n]*(?:\\\n[^\\\n]*)*", requirements, re.MULTILINE)
    chosen = []
    for block in blocks:
        name = block.partition("==")[0]
        if name not in without and (not names or name in names):
            chosen.append(block)
    return "\n".join(chosen) + "\n"


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["pip failed"])[-1]
        raise NotAvailable(f"pip {arguments[0]}: {reason}")


@contextlib.contextmanager
def _requirements(text: str) -> Iterator[str]:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(text)
        file.flush()
        yield file.name


def fetch_sdists(into: Path) -> None:
    """What Buildroot compiles. Errors: `NotAvailable`."""
    into.mkdir(parents=True, exist_ok=True)
    with _requirements(locked(LOCK.read_text(), FROM_SOURCE)) as file:
        _pip("download", "--no-deps", "--no-binary=python-rtmidi", f"--dest={into}", "-r", file)


def fetch_wheels(into: Path, python: str) -> None:
    """The locked wheels for the board, unpacked, without what is never imported. Errors: `NotAvailable`."""
    platforms = [f"--platform={name}" for name in PLATFORMS]
    with _requirements(locked(LOCK.read_text(), without=(*FROM_SOURCE, *LEFT_OUT))) as file:
        _pip(
            "install",
            "--no-deps",
            "--require-hashes",
            "--only-binary=:all:",
            "--implementation=cp",
            f"--python-version={python}",
            *platforms,
            "--no-compile",
            "--upgrade",
            f"--target={into}",
            "-r",
            file,
        )


def install_ours(into: Path) -> None:
    """Our packages as a wheel installs them: code, the built page, the version. Errors: `NotAvailable`."""
    if not (ROOT / "mos_appliance/companion/web/dist/index.html").is_file():
        raise NotAvailable("the page is not built: make run or make image builds it")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "mos"
        copy.mkdir()
        for name in ("mos_appliance", "drivers", "image"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
        for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
            shutil.copy(ROOT / name, copy)
        _pip("install", "--no-deps", "--no-build-isolation", "--no-compile", "--upgrade", f"--target={into}", str(copy))


def licences(packages: Path) -> list[tuple[str, str, str]]:
    """Name, version and licence of every distribution, as its own metadata says."""
    rows = []
    for metadata in sorted(packages.glob("*.dist-info/METADATA")):
        told = email.message_from_string(metadata.read_text(encoding="utf-8"))
        classified = [line.rpartition(" :: ")[2] for line in told.get_all("Classifier", []) if "License ::" in line]
        licence = told["License-Expression"] or ", ".join(classified) or (told["License"] or "").partition("\n")[0]
        rows.append((told["Name"], told["Version"], licence or "unknown"))
    return rows


def write_licences(packages: Path, target: Path) -> None:
    """The table that Buildroot's legal-info keeps. Errors: `NotAvailable` when one does not say."""
    rows = licences(packages)
    silent = [name for name, _, licence in rows if licence == "unknown"]
    if silent:
        raise NotAvailable(f"no licence is told by {', '.join(silent)}")
    target.write_text("".join(f"{name}\t{version}\t{licence}\n" for name, version, licence in rows))


def main(argv: Sequence[str]) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="image.parts", description=__doc__)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--python", default="3.14", help="the image's Python")
    parser.add_argument("--updates", type=Path, required=True, help="certificate of who may sign updates")
    parser.add_argument("--soundfont", type=Path, help="a soundfont to use as it is")
    args = parser.parse_args(argv)
    appliance: Path = args.output / "appliance"
    try:
        fetch_sdists(args.output / "sdists")
        shutil.rmtree(appliance, ignore_errors=True)
        fetch_wheels(appliance / "site-packages", args.python)
        install_ours(appliance / "site-packages")
        slimming.slim(appliance / "site-packages")
        write_licences(appliance / "site-packages", appliance / "licences.tsv")
        if not args.updates.is_file():
            raise NotAvailable(f"{args.updates}: python -m image.bundle key --folder {args.updates.parent} makes it")
        shutil.copy(args.updates, appliance / "updates.pem")
        font = appliance / "sf2" / soundfont.NAMES[0]
        if args.soundfont is not None:
            font.parent.mkdir()
            shutil.copy(args.soundfont, font)
        else:
            soundfont.prepare(soundfont.find(), font)
    except (NotAvailable, elf.NoLibrary) as error:
        print(f"image: {error}", file=sys.stderr)
        return 3
    launcher = appliance / "mos"
    launcher.write_text(_LAUNCHER)
    launcher.chmod(0o755)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
