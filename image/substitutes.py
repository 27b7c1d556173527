"""A Buildroot that builds where only package archives can be reached: other sources and host tools in its place.

    python -m image.substitutes --buildroot DIR --other DIR --output DIR --downloads DIR [--fetch]
        [--repository PACKAGE=DIR]...

Copies Buildroot to `--output` and changes what `buildroot_configs/substitutes/table.toml` says; `--other` is the tag
from which whole folders are taken. `--fetch` first brings the sources: Debian's, checked by the hashes of its signed
index, and what PyPI and npm have. `--repository` is a clone of what only a repository has.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import hashlib
import lzma
import re
import shutil
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from hw_tests.bench.packages import NotAvailable, debian_mirror
from image import substitute_sources
from image.substitute_sources import KEYRING, run

FOLDER: Final = Path(__file__).resolve().parents[1] / "buildroot_configs" / "substitutes"
TABLE: Final = FOLDER / "table.toml"
_OPENERS: Final[dict[str, Any]] = {".xz": lzma.open, ".bz2": bz2.open, ".gz": gzip.open}
_ARCHIVE_LINE: Final = re.compile(r"\.(tar\.\w+|tgz)\s*$")


def variable(package: str) -> str:
    """How Buildroot's makefiles call a package."""
    return package.upper().replace("-", "_")


def tool_makefile(package: str, tools: Sequence[str]) -> str:
    """A host package that only links this computer's programs. Errors: `NotAvailable` for one that is not here."""
    name = variable(package)
    lines = [f"HOST_{name}_VERSION = system", f"HOST_{name}_SOURCE ="]
    if package == "gettext-tiny":
        lines += ["HOST_GETTEXT_TINY_PROVIDES = host-gettext"]
    lines += ["", f"define HOST_{name}_INSTALL_CMDS", "\tmkdir -p $(HOST_DIR)/bin $(HOST_DIR)/sbin $(HOST_DIR)/share"]
    for tool in tools:
        place, _, program = tool.partition("=")
        found = shutil.which(program or Path(place).name)
        if found is None:
            raise NotAvailable(f"{program or Path(place).name} (stands in for Buildroot's {package})")
        lines.append(f"\tln -sf {found} $(HOST_DIR)/{place}")
    if package == "autoconf-archive":
        lines.append("\tmkdir -p $(HOST_DIR)/share/autoconf-archive")
        lines.append("\tcp /usr/share/aclocal/ax_*.m4 $(HOST_DIR)/share/autoconf-archive/")
    return "\n".join([*lines, "endef", "", "$(eval $(host-generic-package))", ""])


def with_host_tools(makefile: str, package: str, tools: Sequence[str]) -> str:
    """Only the host's part links this computer's programs, and needs nothing. Errors: `ValueError`, `NotAvailable`."""
    found = re.search(r"^\$\(eval \$\(host-\w+-package\)\)\n", makefile, re.MULTILINE)
    if found is None:
        raise ValueError(f"{package}: its makefile defines no host package")
    instead = f"HOST_{variable(package)}_DEPENDENCIES =\n{tool_makefile(package, tools)}"
    return makefile[: found.start()] + instead + makefile[found.end() :]


def changed_makefile(makefile: str, package: str, version: str, lines: Sequence[str]) -> str:
    """With another version, and with lines before what defines the package. Errors: `ValueError`."""
    name = variable(package)
    if version:
        makefile, count = re.subn(
            rf"^{name}_VERSION = .*$", f"{name}_VERSION = {version}", makefile, count=1, flags=re.M
        )
        if not count:
            raise ValueError(f"{package}: its makefile names no version")
    if lines:
        head, evaluated, tail = makefile.partition("$(eval ")
        makefile = "\n".join([head.rstrip(), *lines, "", evaluated + tail])
    return makefile


def changed_hashes(hashes: str, archive: str, digest: str, other_version: bool) -> str:
    """With that archive's hash; licence texts are kept where the version is Buildroot's own."""
    kept = [line for line in hashes.splitlines() if not _ARCHIVE_LINE.search(line)]
    if other_version:
        kept = [line for line in kept if line.startswith("#")]
    return "\n".join([*kept, f"sha256  {digest}  {archive}", ""])


def repack(source: Path, target: Path) -> None:
    """The same bytes inside, compressed as the target's name says."""
    if target.is_file():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    if source.suffix == target.suffix:
        shutil.copy(source, part)
    else:
        with _OPENERS[source.suffix](source) as packed, _OPENERS[target.suffix](part, "w") as again:
            shutil.copyfileobj(packed, again, 1 << 20)
    part.rename(target)


def source_files(index: str, source: str, version: str) -> tuple[str, list[tuple[str, str]]]:
    """Folder, and (sha256, name) of the upstream archives, by a Sources index. Errors: `NotAvailable`."""
    for stanza in index.split("\n\n"):
        if f"Package: {source}\n" in f"{stanza}\n" and f"Version: {version}\n" in f"{stanza}\n":
            folder = re.search(r"^Directory: (\S+)", stanza, re.M)
            files = re.findall(r"^ ([0-9a-f]{64}) \d+ (\S+\.orig\.tar\.\w+)$", stanza, re.M)
            if folder and files:
                return folder[1], files
    raise NotAvailable(f"{source} {version}: no suite of the table has it")


class Debian:
    """Debian's sources, through an apt of its own: nothing of this computer's changes."""

    def __init__(self, folder: Path, suites: Sequence[str]) -> None:
        self._folder, self._suites, self._mirror = folder, suites, debian_mirror()
        self._index = ""

    def fetch(self, source: str, version: str) -> Path:
        """The upstream archive. Errors: `NotAvailable`."""
        if not self._index:
            self._index = self._read_index()
        folder, files = source_files(self._index, source, version)
        digest, name = files[0]
        target = self._folder / "sources" / name
        if not target.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            url = f"{self._mirror.rstrip('/')}/{folder}/{name}"
            run("/usr/lib/apt/apt-helper", "download-file", url, str(target), f"SHA256:{digest}")
        return target

    def _read_index(self) -> str:
        places = {name: self._folder / name for name in ("etc", "state", "lists/partial", "cache/archives/partial")}
        for place in places.values():
            place.mkdir(parents=True, exist_ok=True)
        text = f"Types: deb-src\nURIs: {self._mirror}\nSuites: {' '.join(self._suites)}\nComponents: main\n"
        (places["etc"] / "src.sources").write_text(f"{text}Signed-By: {KEYRING}\n")
        options = ["-o", "Dir::Etc::sourcelist=/dev/null", "-o", f"Dir::Etc::sourceparts={places['etc']}"]
        options += ["-o", f"Dir::State={places['state']}", "-o", f"Dir::State::lists={self._folder / 'lists'}"]
        run("apt-get", *options, "-o", f"Dir::Cache={self._folder / 'cache'}", "update")
        lists = sorted(map(str, (self._folder / "lists").glob("*Sources*")))
        return run("/usr/lib/apt/apt-helper", "cat-file", *lists).decode(errors="replace")


def substitute(tree: Path, other: Path, downloads: Path, table: dict[str, Any], debian: Debian | None) -> None:
    """Change a copy of Buildroot in place. Errors: `NotAvailable`, `ValueError`."""
    packages = tree / "package"
    for package in table["tag"]:
        shutil.rmtree(packages / package)
        shutil.copytree(other / "package" / package, packages / package)
    for package, tools in table["tools"].items():
        _remove_patches(packages / package)
        (packages / package / f"{package}.mk").write_text(tool_makefile(package, tools))
    for package, tools in table["host_tools"].items():
        makefile = packages / package / f"{package}.mk"
        makefile.write_text(with_host_tools(makefile.read_text(), package, tools))
    for ours in FOLDER.glob("*.mk"):
        shutil.copy(ours, packages / ours.stem)
    for row in table["debian"]:
        archive = downloads / row["package"] / row["archive"]
        if debian is not None:
            repack(debian.fetch(*row["source"].split("=", 1)), archive)
        if not archive.is_file():
            raise NotAvailable(f"{archive} (--fetch brings it)")
        if row["package"] == "linux":  # no package: its version is an option, only the hash is asked for
            _add_hash(tree / "linux" / "linux.hash", archive)
        elif (packages / row["package"]).is_dir():  # else a package of ours, checked by its own hash
            _use_archive(packages / row["package"], row, archive)


def fetch_others(table: dict[str, Any], downloads: Path, fetch: bool, repositories: dict[str, str]) -> None:
    """What is not Debian's source. Errors: `NotAvailable`."""
    if fetch:
        substitute_sources.fetch_sdists(table["pypi"], downloads)
        substitute_sources.fetch_from_npm(table["npm"], downloads)
        substitute_sources.fetch_from_debian(table["files"], downloads, table["files_suite"])
    for package, row in table["repository"].items():
        archive = downloads / package / row["archive"]
        if package in repositories:
            substitute_sources.pack_repository(Path(repositories[package]), row["tag"], archive)
        if not archive.is_file():
            raise NotAvailable(f"{archive} (--repository {package}=DIR makes it of a clone of {row['of']})")


def _remove_patches(folder: Path) -> None:
    for patch in folder.glob("*.patch"):
        patch.unlink()


def _add_hash(hashes: Path, archive: Path) -> None:
    known = hashes.read_text() if hashes.is_file() else ""
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    hashes.write_text(f"{known}sha256  {digest}  {archive.name}\n")


def _use_archive(folder: Path, row: dict[str, Any], archive: Path) -> None:
    package, version = row["package"], row.get("version", "")
    makefile, hashes = folder / f"{package}.mk", folder / f"{package}.hash"
    makefile.write_text(changed_makefile(makefile.read_text(), package, version, row.get("lines", [])))
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    hashes.write_text(changed_hashes(hashes.read_text(), row["archive"], digest, bool(version)))
    if row.get("without_patches"):
        _remove_patches(folder)


def main(argv: Sequence[str]) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="image.substitutes", description=__doc__)
    parser.add_argument("--buildroot", type=Path, required=True)
    parser.add_argument("--other", type=Path, required=True, help="Buildroot at the tag that the table names")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--downloads", type=Path, required=True, help="what is later given as DL_DIR")
    parser.add_argument("--fetch", action="store_true")
    parser.add_argument("--repository", action="append", default=[], metavar="PACKAGE=DIR")
    args = parser.parse_args(argv)
    table = tomllib.loads(TABLE.read_text())
    try:
        if args.output.exists():
            raise NotAvailable(f"{args.output} is there already: another --output, or remove it")
        fetch_others(table, args.downloads, args.fetch, dict(each.split("=", 1) for each in args.repository))
        debian = Debian(args.downloads / "debian", table["suites"]) if args.fetch else None
        shutil.copytree(args.buildroot, args.output, symlinks=True)
        substitute(args.output, args.other, args.downloads, table, debian)
    except (NotAvailable, ValueError) as error:
        print(f"image: needed: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
