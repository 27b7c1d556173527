"""Fragments, and what becomes of the options in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from image import assemble, configure
from image.configure import Conflict

FRAGMENTS = configure.EXTERNAL / "fragments"


@pytest.mark.parametrize("toolchain", ["toolchain_bootlin", "toolchain_local"])
def test_the_fragments_agree_with_one_another(toolchain: str) -> None:
    names = ("base", "firmware", toolchain)
    options = configure.read_fragments([FRAGMENTS / f"{name}.config" for name in names])
    assert options["BR2_aarch64"] == "y"
    assert options["BR2_TOOLCHAIN_EXTERNAL"] == "y"


def test_an_option_asked_for_twice_in_a_fragment_is_refused_with_its_line() -> None:
    with pytest.raises(Conflict, match=r"base: line 3: A is asked for twice"):
        configure.parse_fragment("A=y\n\nA=y\n", "base")


def test_a_line_that_is_no_option_is_refused() -> None:
    with pytest.raises(Conflict, match="line 1: is no option"):
        configure.parse_fragment("BR2_aarch64 = y", "base")


def test_two_fragments_that_disagree_are_refused_with_both_names() -> None:
    with pytest.raises(Conflict, match="two: A=n, but one asks for y"):
        configure.merge([("one", {"A": "y"}), ("two", {"A": "n"})])


def test_what_kconfig_dropped_without_a_word_is_named() -> None:
    asked = {"KEPT": "y", "DROPPED": "y", "OFF": "n", "OTHER": '"a"', "ON": "n"}
    result = {"KEPT": "y", "OTHER": '"b"', "ON": "y"}
    assert configure.lost(asked, result) == [
        "DROPPED: asked for y, is n",
        'OTHER: asked for "a", is "b"',
        "ON: asked for n, is y",
    ]


def test_options_written_are_read_back() -> None:
    options = {"A": "y", "B": "n", "C": '"$(X)/y z"', "D": "4096"}
    assert configure.parse_fragment(configure.write_options(options), "again") == options


@pytest.mark.parametrize("name", ["kernel/linux.config", "fragments/busybox.config"])
def test_the_other_fragments_ask_for_each_option_once(name: str) -> None:
    assert configure.parse_fragment((configure.EXTERNAL / name).read_text(), name)


def test_buildroot_is_named_by_tag_and_commit() -> None:
    text = (configure.EXTERNAL / "buildroot.version").read_text()
    facts = dict(line.split("=", 1) for line in text.splitlines() if line and line[0] != "#")
    assert set(facts) == {"TAG", "COMMIT", "URL"}
    assert len(facts["COMMIT"]) == 40
    assert int(facts["COMMIT"], 16)


def test_packages_have_hashes_and_licences() -> None:
    packages = sorted((configure.EXTERNAL / "package").iterdir())
    assert len(packages) >= 4
    for package in packages:
        _complete(package)


def _complete(package: Path) -> None:
    makefile = (package / f"{package.name}.mk").read_text()
    prefix = package.name.upper().replace("-", "_")
    assert f"{prefix}_LICENSE = " in makefile, package
    assert f"{prefix}_LICENSE_FILES = " in makefile, package
    if f"{prefix}_SITE_METHOD = local" in makefile:
        return  # ours: no archive, nothing to check
    version = next(line.split(" = ")[1] for line in makefile.splitlines() if line.startswith(f"{prefix}_VERSION = "))
    hashes = (package / f"{package.name}.hash").read_text()
    assert re.search(rf"[-_]{re.escape(version)}(\+dfsg\.orig)?\.tar\.(gz|bz2)$", hashes, re.MULTILINE)
    for line in hashes.splitlines():
        assert line.startswith("#") or (line.startswith("sha256  ") and len(line.split()[1]) == 64), line


def test_every_package_is_in_the_menu() -> None:
    menu = (configure.EXTERNAL / "Config.in").read_text()
    for package in (configure.EXTERNAL / "package").iterdir():
        assert f"package/{package.name}/Config.in" in menu


def test_the_hash_of_the_kernel_is_that_of_the_version_asked_for() -> None:
    options = configure.read_fragments([FRAGMENTS / "base.config"])
    version = options["BR2_LINUX_KERNEL_CUSTOM_VERSION_VALUE"].strip('"')
    assert f"linux-{version}.tar.xz" in (configure.EXTERNAL / "patches/linux/linux.hash").read_text()
    assert version.startswith("6.12.")


def test_the_compiled_midi_library_is_the_locked_one() -> None:
    lock = (configure.EXTERNAL.parent / "requirements/run.txt").read_text()
    hashes = (configure.EXTERNAL / "package/python-rtmidi/python-rtmidi.hash").read_text()
    archive = next(line.split() for line in hashes.splitlines() if line.endswith(".tar.gz"))
    assert f"sha256:{archive[1]}" in lock
    assert f"python-rtmidi=={archive[2].removeprefix('python_rtmidi-').removesuffix('.tar.gz')} " in lock


def test_the_raspberry_pis_firmware_is_the_one_that_its_settings_ask_for() -> None:
    """With 16 MB for the display it looks for the files that are cut down, and starts with no other."""
    assert "\ngpu_mem=16\n" in assemble._CONFIG_TXT
    options = configure.read_fragments([configure.EXTERNAL / "fragments/firmware.config"])
    chosen = {name.removeprefix("BR2_PACKAGE_RPI_FIRMWARE_") for name, value in options.items() if value == "y"}
    assert {"BOOTCODE_BIN", "VARIANT_PI_CD", "VARIANT_PI4_CD"} <= chosen
