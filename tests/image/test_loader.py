"""U-Boot's settings and script, checked without building it: they name places that other files decide."""

from __future__ import annotations

import re
from pathlib import Path

from drivers.partition_records import MIB
from image import boards, partitions, slot
from image.configure import parse_fragment

PACKAGE = Path(__file__).resolve().parents[2] / "buildroot_configs/package/mos-uboot"
LAYOUT = partitions.read_layout(partitions.TABLE.read_text())
BUILT = re.findall(r"^MOS_UBOOT_BOARDS = (.*)$", (PACKAGE / "mos-uboot.mk").read_text(), re.MULTILINE)[0].split()


def script() -> dict[str, str]:
    """The variables of the loader's script."""
    lines = (PACKAGE / "mos.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_each_board_that_starts_by_a_loader_of_ours_has_its_settings_and_addresses() -> None:
    wanted = {board.uboot for board in boards.read_boards().values() if board.firmware != "allwinner"}
    assert wanted == set(BUILT)
    for name in BUILT:
        addresses = (PACKAGE / f"{name}.env").read_text()
        for variable in ("mos_packed", "mos_text", "kernel_addr_r", "mos_watchdog", "mos_tree"):
            assert f"{variable}=" in addresses
        parse_fragment((PACKAGE / f"{name}.config").read_text(), name)


def test_the_state_of_both_roots_is_kept_twice_in_front_of_the_first_partition() -> None:
    options = parse_fragment((PACKAGE / "mos.config").read_text(), "mos.config")
    first, second = int(options["CONFIG_ENV_OFFSET"], 16), int(options["CONFIG_ENV_OFFSET_REDUND"], 16)
    size = int(options["CONFIG_ENV_SIZE"], 16)
    before_partitions = min(each.start for each in LAYOUT.partitions) * 512
    assert 2 << 20 <= first < first + size <= second < second + size <= before_partitions
    assert options["CONFIG_SYS_REDUNDAND_ENVIRONMENT"] == "y"
    overlay = Path(__file__).resolve().parents[2] / "rootfs_overlay/usr/lib/mos/update"
    assert f"{first:#x} {size:#x}" in overlay.read_text()
    assert f"{second:#x} {size:#x}" in overlay.read_text()


def test_the_script_finds_both_roots_and_the_kernel_behind_them() -> None:
    told = script()
    for name in ("a", "b"):
        number = LAYOUT[f"root_{name}"].number
        assert f"setenv mos_root {name.upper()}; setenv mos_part {number};" in told[f"mos_try_{name.upper()}"]
    sectors = slot.MOST_ROOT_MIB * MIB
    assert f" {sectors:#x} {slot.RECORD_BYTES // 512} " in told["mos_record"]
    assert f" {sectors + slot.RECORD_BYTES // 512:#x} " in told["mos_kernel"]
    for name in slot.read_record(slot.write_record("1", b"")):
        assert name in told["mos_record"] or name == "mos_version"


def test_every_variable_that_the_script_runs_is_there() -> None:
    told = script()
    for value in told.values():
        for name in re.findall(r"\brun (mos_\w+)", value):
            if name != "mos_try_":
                assert name in told or name == "mos_tree_prepare", name


def test_a_start_is_counted_on_the_card_before_the_kernel_is_looked_for() -> None:
    told = script()
    assert told["mos_start"].startswith("saveenv;")
    assert told["bootcmd"].index("run mos_choose") < told["bootcmd"].index("run mos_start")
    assert "wdt start" in told["mos_start"].partition("booti")[0]
