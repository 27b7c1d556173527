"""A card's image, put together from a kernel and a root."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from drivers.partition_records import SECTOR
from image import assemble, boards, partitions
from image.emulate import read_boot, read_kernel
from image.slot import BadSlot
from mos_appliance.app import card_settings

KERNEL = b"a kernel\n" * 1000
ROOT = b"a root\n" * 5000
LOADER = b"a loader"


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    (folder / "Image").write_bytes(KERNEL)
    (folder / "rootfs.squashfs").write_bytes(ROOT)
    (folder / "u-boot").mkdir()
    for name in ("qemu_arm64", "rpi_arm64"):
        (folder / f"u-boot/{name}.bin").write_bytes(LOADER)
    return folder


def made(images: Path, name: str, board: str = "qemu_aarch64") -> Path:
    target = images.parent / name
    assemble.assemble(boards.read_boards()[board], images, target, "1.2.3")
    return target


def test_an_image_holds_the_kernel_both_roots_the_settings_and_an_empty_data_partition(images: Path) -> None:
    image = made(images, "mos.img")
    layout = partitions.read_layout(partitions.TABLE.read_text())
    content = image.read_bytes()
    assert len(content) == layout.sectors * SECTOR
    for name in ("root_a", "root_b"):
        start = layout[name].start * SECTOR
        assert content[start : start + len(ROOT)] == ROOT
    assert read_kernel(image, images.parent).read_bytes() == KERNEL
    assert read_boot(image, "u-boot.bin", images.parent).read_bytes() == LOADER
    data = layout["data"].start * SECTOR
    assert content[data + 1080 : data + 1082] == b"\x53\xef", "no ext4 there"
    offset = layout["card"].start * SECTOR
    settings = subprocess.run(
        ["mcopy", "-n", "-i", f"{image}@@{offset}", "::mos.toml", "-"], capture_output=True, check=True
    )
    assert settings.stdout.decode() == card_settings.text().replace("\n", "\r\n")


def test_the_kernel_is_told_of_the_root_that_is_there(images: Path) -> None:
    line = read_boot(made(images, "mos.img"), "cmdline.txt", images.parent).read_text()
    assert {"root=PARTUUID=4d4f5321-03", "ro", "mos.board=qemu_aarch64"} <= set(line.split())


def test_the_same_inputs_give_the_same_bytes(images: Path) -> None:
    first, second = made(images, "one.img"), made(images, "two.img")
    assert hashlib.sha256(first.read_bytes()).digest() == hashlib.sha256(second.read_bytes()).digest()


def test_a_root_that_does_not_fit_is_refused_and_nothing_is_left(images: Path) -> None:
    with (images / "rootfs.squashfs").open("r+b") as root:
        root.truncate(137 << 20)
    with pytest.raises(BadSlot, match="at most 136 MiB"):
        made(images, "mos.img")
    assert [path.name for path in images.parent.iterdir()] == ["images"]


def test_a_board_without_its_loader_is_refused(images: Path) -> None:
    (images / "u-boot/qemu_arm64.bin").unlink()
    with pytest.raises(assemble.NotAvailable, match="no U-Boot for QEMU virt"):
        made(images, "mos.img")


def test_the_loader_is_told_the_words_of_the_kernel_but_not_which_root(images: Path) -> None:
    facts = read_boot(made(images, "mos.img"), "board.env", images.parent).read_text()
    disk, words = facts.splitlines()
    assert disk == "mos_disk=4d4f5321"
    assert {"ro", "rootwait", "mos.board=qemu_aarch64"} <= set(words.removeprefix("mos_args=").split())
    assert "root=" not in words


def test_a_raspberry_pi_without_its_boot_files_is_refused(images: Path) -> None:
    (images / "bcm2837-rpi-zero-2-w.dtb").write_bytes(b"tree")
    with pytest.raises(assemble.NotAvailable, match="boot files are not built"):
        made(images, "mos.img", "rpi_zero2w")


def test_a_raspberry_pi_boots_by_its_own_files(images: Path) -> None:
    (images / "bcm2837-rpi-zero-2-w.dtb").write_bytes(b"tree")
    (images / "rpi-firmware").mkdir()
    (images / "rpi-firmware/start.elf").write_bytes(b"firmware")
    image = made(images, "mos.img", "rpi_zero2w")
    for name in ("start.elf", "bcm2837-rpi-zero-2-w.dtb"):
        assert read_boot(image, name, images.parent).is_file()
    assert "kernel=u-boot.bin" in read_boot(image, "config.txt", images.parent).read_text().splitlines()
    assert "mos.board=rpi_zero2w" in read_boot(image, "cmdline.txt", images.parent).read_text().split()
