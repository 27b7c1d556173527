"""A root and its kernel in one piece, and what the loader finds there."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from drivers.partition_records import MIB, SECTOR
from image import slot

KERNEL = bytes(range(256)) * 4096


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "rootfs.squashfs"
    path.write_bytes(b"a root\n" * 999)
    return path


def test_a_slot_begins_with_its_root_and_its_kernel_comes_back_whole(root: Path, tmp_path: Path) -> None:
    slot.assemble(root, KERNEL, "1.2.3", tmp_path / "slot.img")
    assert (tmp_path / "slot.img").read_bytes().startswith(root.read_bytes())
    assert slot.read_kernel(tmp_path / "slot.img") == KERNEL


def test_the_record_tells_the_loader_in_its_own_numbers_where_the_kernel_is_and_what_it_must_be() -> None:
    packed = b"x" * 1300
    told = slot.read_record(slot.write_record("1.2.3", packed))
    assert told == {
        "mos_version": "1.2.3",
        "mos_kernel_sectors": "3",
        "mos_kernel_bytes": "514",
        "mos_kernel_sha256": hashlib.sha256(packed).hexdigest(),
    }


def test_the_same_inputs_give_the_same_slot(root: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        slot.assemble(root, KERNEL, "1.2.3", tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_kernel_with_one_other_bit_is_not_given_out(root: Path, tmp_path: Path) -> None:
    slot.assemble(root, KERNEL, "1.2.3", tmp_path / "slot.img")
    with (tmp_path / "slot.img").open("r+b") as file:
        file.seek(slot.KERNEL_AT + 100)
        byte = file.read(1)[0]
        file.seek(slot.KERNEL_AT + 100)
        file.write(bytes([byte ^ 1]))
    with pytest.raises(slot.BadSlot, match="not what its record says"):
        slot.read_kernel(tmp_path / "slot.img")


def test_a_root_alone_is_no_slot(root: Path) -> None:
    with pytest.raises(slot.BadSlot, match="no record"):
        slot.read_kernel(root)


def test_a_version_that_could_be_a_second_line_is_refused() -> None:
    with pytest.raises(slot.BadSlot, match="version"):
        slot.write_record("1\nmos_kernel_sha256=0", b"kernel")


def test_a_root_too_large_for_what_lies_behind_it_is_refused(root: Path, tmp_path: Path) -> None:
    with root.open("r+b") as file:
        file.truncate(slot.MOST_ROOT_MIB * MIB * SECTOR + 1)
    with pytest.raises(slot.BadSlot, match="at most 136 MiB"):
        slot.assemble(root, KERNEL, "1.2.3", tmp_path / "slot.img")
