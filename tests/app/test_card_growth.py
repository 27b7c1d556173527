"""The data partition after a start, as far as it can be seen without a card."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mos_appliance.app import card_growth


def test_the_size_of_a_file_system_is_read_from_its_superblock(tmp_path: Path) -> None:
    disk = tmp_path / "data"
    subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", str(disk), "48M"], check=True, capture_output=True)
    assert card_growth.filesystem_bytes(disk) == 48 << 20


def test_what_is_no_file_system_has_no_size(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(bytes(4096))
    assert card_growth.filesystem_bytes(tmp_path / "data") == 0


def test_a_file_system_that_fills_its_partition_is_left_alone(tmp_path: Path) -> None:
    disk = tmp_path / "data"
    subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", str(disk), "48M"], check=True, capture_output=True)
    assert card_growth._grow_filesystem(disk, 49 << 20) == 0
    assert card_growth.filesystem_bytes(disk) == 48 << 20


def test_a_file_system_that_a_start_before_left_small_is_grown(tmp_path: Path) -> None:
    disk = tmp_path / "data"
    subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", str(disk), "48M"], check=True, capture_output=True)
    with disk.open("r+b") as file:
        file.truncate(96 << 20)
    assert card_growth._grow_filesystem(disk, 96 << 20) == 0
    assert card_growth.filesystem_bytes(disk) == 96 << 20


def test_a_card_that_is_gone_is_told_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert card_growth.main(["/dev/no-such-card6"]) == 1
    assert capsys.readouterr().err.startswith("the data partition stays as it is: ")
