"""Brings what `image/substitutes.py` puts in place of Buildroot's sources: from PyPI, npm, Debian, local repositories.

Each through its registry's own client. Buildroot checks the sdists and the archives of repositories by its own hashes.
"""

from __future__ import annotations

import contextlib
import gzip
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from hw_tests.bench.packages import NotAvailable, debian_mirror

KEYRING: Final = "/usr/share/keyrings/debian-archive-keyring.gpg"


def run(*command: str, folder: Path | None = None) -> bytes:
    """The output of a command. Errors: `NotAvailable` with its last line."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise NotAvailable(command[0]) from error
    if done.returncode:
        told = (done.stderr.strip() or done.stdout.strip() or b"failed").decode(errors="replace")
        raise NotAvailable(f"{' '.join(command[:2])}: {told.splitlines()[-1]}")
    return done.stdout


@contextlib.contextmanager
def _new_folder(target: Path) -> Iterator[Path]:
    """A folder that becomes `target` when all went well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as place:
        folder = Path(place) / "files"
        folder.mkdir()
        yield folder
        folder.rename(target)


def fetch_sdists(rows: Mapping[str, str], downloads: Path) -> None:
    """The sdist of each `NAME==VERSION` into the folder of its Buildroot package. Errors: `NotAvailable`."""
    for package, requirement in rows.items():
        if not (downloads / package).is_dir():
            with _new_folder(downloads / package) as folder:
                name = requirement.partition("==")[0]
                pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "download", "--no-deps"]
                run(*pip, f"--no-binary={name}", f"--dest={folder}", requirement)


def fetch_from_npm(rows: Mapping[str, Any], downloads: Path) -> None:
    """One folder of an npm package. Errors: `NotAvailable`."""
    for package, row in rows.items():
        if not (downloads / package).is_dir():
            with _new_folder(downloads / package) as folder, tempfile.TemporaryDirectory() as place:
                packed = run("npm", "pack", "--silent", row["package"], folder=Path(place)).decode().split()[-1]
                with tarfile.open(Path(place) / packed) as archive:
                    archive.extractall(place, filter="data")
                shutil.copytree(Path(place) / row["folder"], folder, dirs_exist_ok=True)


def fetch_from_debian(rows: Mapping[str, Any], downloads: Path, suite: str) -> None:
    """Files of a binary package of any part of the archive, unpacked; nothing in it runs. Errors: `NotAvailable`."""
    wanted = {package: row for package, row in rows.items() if not (downloads / package).is_dir()}
    if not wanted:
        return
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        folder.chmod(0o755)
        for name in ("etc", "state", "lists/partial", "cache/archives/partial", "debs"):
            (folder / name).mkdir(parents=True)
        parts = sorted({row["component"] for row in wanted.values()})
        text = f"Types: deb\nURIs: {debian_mirror()}\nSuites: {suite}\nComponents: {' '.join(parts)}\n"
        (folder / "etc/files.sources").write_text(f"{text}Signed-By: {KEYRING}\n")
        apt = ["apt-get", "-o", "Dir::Etc::sourcelist=/dev/null", "-o", f"Dir::Etc::sourceparts={folder / 'etc'}"]
        apt += ["-o", f"Dir::State={folder / 'state'}", "-o", f"Dir::State::lists={folder / 'lists'}"]
        apt += ["-o", f"Dir::Cache={folder / 'cache'}"]
        run(*apt, "update")
        for package, row in wanted.items():
            with _new_folder(downloads / package) as target:
                run(*apt, "download", row["debian"], folder=folder / "debs")
                deb = next((folder / "debs").glob(f"{row['debian']}_*.deb"))
                run("dpkg", "-x", str(deb), str(folder / package))
                for pattern in row["files"]:
                    for path in sorted((folder / package).glob(pattern)):
                        shutil.copy(path, target)


def pack_repository(repository: Path, tag: str, target: Path) -> None:
    """What GitHub serves of a tag, byte for byte: `git archive`, packed by gzip without a name. Errors: `NotAvailable`.

    The name of the folder inside is that of the archive.
    """
    folder = target.name.removesuffix(".tar.gz")
    packed = run("git", "-C", str(repository), "archive", "--format=tar", f"--prefix={folder}/", tag)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(run_gzip(packed))


def run_gzip(content: bytes) -> bytes:
    """As `gzip -cn` packs it: other packers' bytes differ. Errors: `NotAvailable`."""
    done = subprocess.run(["gzip", "-cn"], input=content, capture_output=True, check=False)
    if done.returncode or gzip.decompress(done.stdout) != content:
        raise NotAvailable("gzip, which packs what it is given")
    return done.stdout
