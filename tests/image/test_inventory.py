"""The parts of the root and what each takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from image import inventory


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("usr/lib/python3.13/site-packages/numpy/linalg/a.pyc", "NumPy"),
        ("usr/lib/python3.13/site-packages/numpy.libs/libopenblas.so", "NumPy's OpenBLAS"),
        ("usr/lib/python3.13/site-packages/aiohttp/a.pyc", "the other Python packages"),
        ("usr/lib/python3.13/site-packages/mos_appliance/app/hub.pyc", "our code, and the page"),
        ("usr/lib/python3.13/asyncio/a.pyc", "Python"),
        ("usr/share/sounds/sf2/MOS_GM.sf2", "the soundfont"),
        ("lib/libc.so.6", "C and C++ libraries"),
        ("usr/lib/libstdc++.so.6.0.30", "C and C++ libraries"),
        ("bin/busybox", "BusyBox"),
        ("usr/sbin/resize2fs", "e2fsprogs"),
        ("usr/bin/espeak-ng", "speech"),
        ("usr/sbin/wpa_supplicant", "Wi-Fi with its firmware, and ssh"),
        ("lib/firmware/brcm/brcmfmac43430-sdio.bin", "Wi-Fi with its firmware, and ssh"),
        ("etc/inittab", inventory.REST),
    ],
)
def test_a_file_belongs_to_one_part(path: str, part: str) -> None:
    assert inventory.part_of(path) == part


def test_every_file_is_counted_once_and_links_are_not(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for name, size in (("bin/busybox", 100_000), ("usr/share/sounds/a.sf2", 300_000), ("etc/b", 7)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(bytes(size))
    (root / "bin/sh").symlink_to("busybox")
    rows = inventory.inventory(root, tmp_path / "parts")
    assert {name: size for name, size, _ in rows} == {"BusyBox": 100_000, "the soundfont": 300_000, inventory.REST: 7}
    assert all(0 < packed < 5_000 for _, _, packed in rows), "zeros are packed to nothing"
    text = inventory.table(rows, 12_345_678)
    assert "| the soundfont | 0.3 | 0.0 |\n" in text
    assert text.endswith("| **the root** | 0.4 | **12.3** |\n")
