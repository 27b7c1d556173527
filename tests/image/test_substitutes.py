"""Building without internet: what stands in for Buildroot's own sources."""

from __future__ import annotations

import lzma
import tarfile
import tomllib
from pathlib import Path
from typing import Any

import pytest

from hw_tests.bench.packages import NotAvailable
from image import substitutes

INDEX = """\
Package: zlib
Version: 1:1.2
Directory: pool/z
Checksums-Sha256:
 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 5 zlib_1.2.orig.tar.gz
 bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb 5 zlib_1.2.debian.tar.xz

Package: zlib-ng
Version: 1:1.2
Directory: pool/n
"""


def test_the_table_names_what_can_be_named() -> None:
    table = tomllib.loads(substitutes.TABLE.read_text())
    assert {
        "suites",
        "files_suite",
        "tag",
        "tools",
        "host_tools",
        "debian",
        "pypi",
        "npm",
        "files",
        "repository",
    } == set(table)
    for row in table["debian"]:
        assert {"package", "source", "archive"} <= set(row) <= {
            "package", "source", "archive", "version", "lines", "without_patches",
        }  # fmt: skip
        assert row.get("version", "") in row["archive"]
        assert row["source"].count("=") == 1


def test_a_makefile_gets_its_version_and_lines_before_it_is_evaluated() -> None:
    makefile = "EXPAT_VERSION = 1\nEXPAT_SITE = x\n\n$(eval $(autotools-package))\n"
    assert substitutes.changed_makefile(makefile, "expat", "2", ["EXPAT_SUBDIR = expat"]) == (
        "EXPAT_VERSION = 2\nEXPAT_SITE = x\nEXPAT_SUBDIR = expat\n\n$(eval $(autotools-package))\n"
    )
    with pytest.raises(ValueError, match="names no version"):
        substitutes.changed_makefile("X = 1\n", "expat", "2", [])


def test_the_hash_of_the_archive_takes_the_place_of_buildroots() -> None:
    hashes = "# From upstream\nsha256  aa  zlib-1.tar.xz\nsha256  bb  LICENSE\n"
    same = substitutes.changed_hashes(hashes, "zlib-1.tar.xz", "cc", other_version=False)
    assert same == "# From upstream\nsha256  bb  LICENSE\nsha256  cc  zlib-1.tar.xz\n"
    other = substitutes.changed_hashes(hashes, "zlib-2.tar.xz", "cc", other_version=True)
    assert "LICENSE" not in other


def test_a_tool_of_this_computer_stands_in_for_a_built_one() -> None:
    makefile = substitutes.tool_makefile("shell", ["bin/sh", "bin/yacc=sh"])
    assert "HOST_SHELL_VERSION = system" in makefile
    assert makefile.count("ln -sf /") == 2
    with pytest.raises(NotAvailable, match="no-such-tool"):
        substitutes.tool_makefile("shell", ["bin/no-such-tool"])


def test_an_archive_is_packed_anew_with_the_same_inside(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("inside")
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "file", "file")
    substitutes.repack(tmp_path / "a.tar.gz", tmp_path / "zlib/b.tar.xz")
    with lzma.open(tmp_path / "zlib/b.tar.xz") as packed, tarfile.open(fileobj=packed) as archive:
        member = archive.extractfile("file")
        assert member is not None
        assert member.read() == b"inside"


def test_only_the_upstream_archive_of_just_that_source_is_taken() -> None:
    assert substitutes.source_files(INDEX, "zlib", "1:1.2") == ("pool/z", [("a" * 64, "zlib_1.2.orig.tar.gz")])
    with pytest.raises(NotAvailable, match="no suite"):
        substitutes.source_files(INDEX, "zlib", "1:1.3")
    with pytest.raises(NotAvailable, match="no suite"):
        substitutes.source_files(INDEX, "zlib-ng", "1:1.2")


def test_a_copy_of_buildroot_is_changed_as_the_table_says(tmp_path: Path) -> None:
    tree, other, downloads = tmp_path / "tree", tmp_path / "other", tmp_path / "downloads"
    for place, name in (
        (tree, "python3"),
        (other, "python3"),
        (tree, "m4"),
        (tree, "zlib"),
        (tree, "sqlite"),
        (tree, "rpi-firmware"),
        (tree, "glib"),
    ):
        folder = place / "package" / name
        folder.mkdir(parents=True)
        (folder / f"{name}.mk").write_text(
            f"{name.upper()}_VERSION = {place.name}\n$(eval x)\n$(eval $(host-x-package))\n"
        )
        (folder / f"{name}.hash").write_text("sha256  aa  x-1.tar.gz\n")
    (tree / "package/m4/0001.patch").touch()
    (downloads / "zlib").mkdir(parents=True)
    (downloads / "zlib/zlib-2.tar.gz").write_bytes(b"z")
    row = {"package": "zlib", "source": "zlib=2-1", "version": "2", "archive": "zlib-2.tar.gz"}
    ours = {"package": "mos-x", "source": "x=1-1", "archive": "zlib-2.tar.gz"}
    (downloads / "mos-x").symlink_to(downloads / "zlib")
    table: dict[str, Any] = {"tag": {"python3": "1"}, "tools": {"m4": ["bin/sh"]}, "host_tools": {"glib": ["bin/sh"]}}
    table["debian"] = [row, ours]
    substitutes.substitute(tree, other, downloads, table, None)
    assert "other" in (tree / "package/python3/python3.mk").read_text()
    assert "system" in (tree / "package/m4/m4.mk").read_text()
    assert not (tree / "package/m4/0001.patch").exists()
    glib = (tree / "package/glib/glib.mk").read_text()
    assert glib.startswith("GLIB_VERSION = tree\n$(eval x)\nHOST_GLIB_DEPENDENCIES =\nHOST_GLIB_VERSION = system")
    assert "ZLIB_VERSION = 2" in (tree / "package/zlib/zlib.mk").read_text()
    assert "amalgamation" in (tree / "package/sqlite/sqlite.mk").read_text()
    (downloads / "zlib/zlib-2.tar.gz").unlink()
    with pytest.raises(NotAvailable, match="--fetch brings it"):
        substitutes.substitute(tree, other, downloads, table, None)
