"""Two images, and where they differ."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from drivers.partition_records import SECTOR
from image import compare, partitions


def root(place: Path, page: str, time: int = 1_000_000) -> Path:
    tree = place / "etc"
    tree.mkdir(parents=True)
    (tree / "page").write_text(page)
    (tree / "link").symlink_to("page")
    for path in (tree / "page", tree, place):
        os.utime(path, (time, time))
    return place


def test_the_same_tree_has_no_differences_and_another_byte_time_or_file_is_told(tmp_path: Path) -> None:
    first = root(tmp_path / "first", "a")
    assert list(compare.differing_files(first, root(tmp_path / "same", "a"))) == []
    assert list(compare.differing_files(first, root(tmp_path / "byte", "b"))) == ["/etc/page: other bytes"]
    assert list(compare.differing_files(first, root(tmp_path / "time", "a", 2_000_000))) == [
        "/etc: another time",
        "/etc/page: another time",
    ]
    more = root(tmp_path / "more", "a")
    (more / "etc/more").touch()
    (more / "etc/page").chmod(0o600)
    told = list(compare.differing_files(first, more))
    assert "/etc/more: only in one of them" in told and "/etc/page: other rights or another owner" in told


def test_the_partition_that_differs_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layout = partitions.read_layout(partitions.TABLE.read_text())
    first, second = tmp_path / "first.img", tmp_path / "second.img"
    with first.open("wb") as file:
        file.truncate(layout.sectors * SECTOR)
    shutil.copy(first, second)
    assert compare.main([str(first), str(second)]) == 0
    with second.open("r+b") as file:
        file.seek(layout["card"].start * SECTOR + 700)
        file.write(b"x")
    assert compare.main([str(first), str(second)]) == 1
    assert capsys.readouterr().out == "card: other bytes\n"
