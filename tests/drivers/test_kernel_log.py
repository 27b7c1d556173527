"""What the kernel says when a card fails, word for word, and what it says otherwise."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from drivers.kernel_log import CardErrors, speaks_of_a_bad_card


@pytest.mark.parametrize(
    "message",
    [
        "I/O error, dev mmcblk0, sector 2048 op 0x0:(READ) flags 0x80700 phys_seg 1 prio class 0",
        "I/O error, dev vda, sector 528 op 0x1:(WRITE) flags 0x800 phys_seg 1 prio class 2",
        "Buffer I/O error on dev mmcblk0p6, logical block 7, lost async page write",
        "mmc0: error -110 whilst initialising SD card",
        "mmcblk0: recovery failed!",
        "EXT4-fs error (device mmcblk0p6): ext4_lookup:1823: inode #2: comm python3: deleted inode referenced: 12",
        "EXT4-fs (mmcblk0p6): Remounting filesystem read-only",
        "SQUASHFS error: Unable to read page, block 4d2, size 1a2b",
    ],
)
def test_a_failing_card_is_heard(message: str) -> None:
    assert speaks_of_a_bad_card(message)


@pytest.mark.parametrize(
    "message",
    [
        "mmc0: new high speed SDHC card at address aaaa",
        "mmcblk0: mmc0:aaaa SL16G 14.8 GiB",
        "EXT4-fs (mmcblk0p6): mounted filesystem 6d6f7321 r/w with ordered data mode. Quota mode: none.",
        "usb 1-1: device descriptor read/64, error -71",
        "Buffer I/O error on dev sr0, logical block 0, async page read",
    ],
)
def test_what_is_well_or_another_matter_is_not_counted(message: str) -> None:
    assert not speaks_of_a_bad_card(message)


def test_a_log_that_may_not_be_read_has_no_errors(tmp_path: Path) -> None:
    assert CardErrors(tmp_path / "none").count() == 0


def test_lines_are_counted_as_they_come_and_nobody_waits_for_them(tmp_path: Path) -> None:
    pipe = tmp_path / "kmsg"
    os.mkfifo(pipe)
    errors = CardErrors(pipe)
    writer = os.open(pipe, os.O_WRONLY)
    assert errors.count() == 0
    os.write(writer, b"3,1,5;EXT4-fs error (device vda6): x\n SUBSYSTEM=block\n")
    assert errors.count() == 1
    assert errors.count() == 1
    os.close(writer)
