"""Writing cards: what is refused, and that what was written is there."""

from __future__ import annotations

import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from image import flash, partitions
from image.flash import Refused, System

SIZE = 9 << 20


@pytest.fixture
def image(tmp_path: Path) -> Path:
    content = bytearray(range(256)) * (SIZE // 256)
    content[:512] = partitions.records(partitions.read_layout(partitions.TABLE.read_text()))[0]
    path = tmp_path / "mos.img"
    path.write_bytes(content)
    return path


@pytest.fixture
def system(tmp_path: Path) -> System:
    """A computer that runs from sda1, swaps on an encrypted part of sdb, and has a card in sdc."""
    system = System(tmp_path / "sys", tmp_path / "proc")
    for disk, number in (("sda", 0), ("sdb", 16), ("sdc", 32)):
        for part in ("", "1"):
            folder = system.sys / "devices" / disk / (f"{disk}{part}" if part else "")
            folder.mkdir(parents=True, exist_ok=True)
            (system.sys / "class/block").mkdir(parents=True, exist_ok=True)
            (system.sys / "class/block" / f"{disk}{part}").symlink_to(folder)
            (system.sys / "dev/block").mkdir(parents=True, exist_ok=True)
            (system.sys / "dev/block" / f"8:{number + bool(part)}").symlink_to(folder)
            if part:
                (folder / "partition").write_text("1")
    crypt = system.sys / "class/block/dm-0"
    (crypt / "slaves/sdb1").mkdir(parents=True)
    (system.proc / "self").mkdir(parents=True)
    (system.proc / "self/mountinfo").write_text(
        "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n23 1 0:5 / /proc rw - proc p rw\n"
    )
    (system.proc / "swaps").write_text("Filename Type Size\n/dev/dm-0 partition 1\n")
    return system


def told(calls: list[tuple[str, float]]) -> Callable[[str, float], None]:
    return lambda what, share: calls.append((what, share))


def test_what_was_written_is_checked_and_told(image: Path, tmp_path: Path) -> None:
    device = tmp_path / "card"
    device.write_bytes(b"\xff" * (SIZE + 1000))
    calls: list[tuple[str, float]] = []
    size, digest = flash.measure(image)
    flash.write(image, device, size, told(calls))
    flash.verify(device, size, digest, told(calls))
    assert device.read_bytes()[:SIZE] == image.read_bytes()
    assert device.read_bytes()[SIZE:] == b"\xff" * 1000
    assert calls[-1] == ("checking", 1.0)
    assert ("writing", 1.0) in calls


def test_a_packed_image_is_unpacked_on_the_way(image: Path, tmp_path: Path) -> None:
    packed = tmp_path / "mos.img.xz"
    packed.write_bytes(lzma.compress(image.read_bytes(), preset=0))
    assert flash.measure(packed) == flash.measure(image)


def test_a_card_that_forgets_a_bit_is_called_bad(image: Path, tmp_path: Path) -> None:
    device = tmp_path / "card"
    content = bytearray(image.read_bytes())
    content[5 << 20] ^= 1
    device.write_bytes(content)
    with pytest.raises(Refused, match="the card is bad"):
        flash.verify(device, *flash.measure(image), told([]))


def test_a_card_that_is_too_short_is_called_bad(image: Path, tmp_path: Path) -> None:
    device = tmp_path / "card"
    device.write_bytes(image.read_bytes()[:-1])
    with pytest.raises(Refused, match="the card is bad"):
        flash.verify(device, *flash.measure(image), told([]))


def test_a_truncated_image_is_refused_before_anything_is_written(image: Path, tmp_path: Path) -> None:
    packed = tmp_path / "mos.img.xz"
    packed.write_bytes(lzma.compress(image.read_bytes(), preset=0)[:-40])
    device = tmp_path / "card"
    device.write_bytes(bytes(SIZE))
    assert flash.main(["--image", str(packed), "--device", str(device), "--yes"]) == 1
    assert device.read_bytes() == bytes(SIZE)


def test_what_is_no_image_of_ours_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "holiday.img"
    other.write_bytes(bytes(1 << 20))
    with pytest.raises(Refused, match="is no image of MOS"):
        flash.measure(other)


def test_a_disk_in_use_is_known_through_partitions_and_encryption(system: System) -> None:
    assert system.used() == {"sda": "mounted at /", "sdb": "used for swap"}


def test_a_partition_belongs_to_its_disk(system: System) -> None:
    assert system.disk_of("sdc1") == "sdc"
    assert system.disk_of("sdc") == "sdc"


def test_sizes_that_no_card_has_are_refused() -> None:
    with pytest.raises(Refused, match="that is no card"):
        flash.check_size(Path("/dev/sdc"), 2 << 40, SIZE)
    with pytest.raises(Refused, match="the image needs 9 MiB"):
        flash.check_size(Path("/dev/sdc"), SIZE - 1, SIZE)
    flash.check_size(Path("/dev/sdc"), 32 << 30, SIZE)


def test_what_is_no_disk_is_refused(system: System) -> None:
    with pytest.raises(Refused, match="is no disk"):
        flash.check_device(Path("/dev/null"), SIZE, system)
    with pytest.raises(Refused, match="is the card in"):
        flash.check_device(Path("/dev/no-such-card"), SIZE, system)


def test_a_settings_file_with_a_wrong_line_is_refused_where_it_can_be_mended(image: Path, tmp_path: Path) -> None:
    settings = tmp_path / "mos.toml"
    settings.write_text('sound = "loud"\n')
    with pytest.raises(Refused, match="line 1: sound is not auto"):
        flash.put_settings(image, settings)
