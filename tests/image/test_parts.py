"""What the image takes from the lock and from wheels."""

from __future__ import annotations

from pathlib import Path

import pytest

from image import parts

LOCK = """\
aiohttp==3.14.5 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via mos-appliance
python-rtmidi==1.5.8 \\
    --hash=sha256:cc
"""


def test_a_lock_line_is_taken_with_all_its_hashes() -> None:
    assert parts.locked(LOCK, ["aiohttp"]) == "aiohttp==3.14.5 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"


def test_what_is_compiled_is_not_taken_as_a_wheel() -> None:
    assert parts.locked(LOCK, without=parts.FROM_SOURCE).startswith("aiohttp")
    assert "rtmidi" not in parts.locked(LOCK, without=parts.FROM_SOURCE)


def test_every_package_of_the_lock_reaches_the_image_one_way() -> None:
    text = parts.LOCK.read_text()
    every = {line.partition("==")[0] for line in text.splitlines() if "==" in line}
    wheels = parts.locked(text, without=(*parts.FROM_SOURCE, *parts.LEFT_OUT))
    taken = {line.partition("==")[0] for line in wheels.splitlines() if "==" in line}
    assert taken | set(parts.FROM_SOURCE) | set(parts.LEFT_OUT) == every


def test_a_wheel_without_a_licence_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "silent-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Name: silent\nVersion: 1\n")
    with pytest.raises(parts.NotAvailable, match="no licence is told by silent"):
        parts.write_licences(tmp_path, tmp_path / "licences.tsv")


def test_licences_are_read_in_each_of_their_three_forms(tmp_path: Path) -> None:
    for name, line in (
        ("a", "License-Expression: MIT"),
        ("b", "Classifier: License :: OSI Approved :: BSD License"),
        ("c", "License: zlib"),
    ):
        folder = tmp_path / f"{name}-1.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Name: {name}\nVersion: 1\n{line}\n")
    assert parts.licences(tmp_path) == [("a", "1", "MIT"), ("b", "1", "BSD License"), ("c", "1", "zlib")]
