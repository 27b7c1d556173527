"""What the description of the image promises, without Buildroot: programs, options, sizes, languages, rights."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from image import boards, configure, partitions
from mos_appliance.app import card_settings
from mos_appliance.wire import keeper
from mos_appliance.wire.faults import FAULTS, LANGUAGES

OVERLAY = configure.EXTERNAL.parent / "rootfs_overlay"
FRAGMENTS = configure.EXTERNAL / "fragments"
ROOT_LIMIT = 128_000_000
MIB = 1 << 20


def base() -> configure.Options:
    return configure.read_fragments([FRAGMENTS / "base.config", FRAGMENTS / "firmware.config"])


def kernel() -> configure.Options:
    return configure.parse_fragment((configure.EXTERNAL / "kernel/linux.config").read_text(), "linux")


def busybox() -> configure.Options:
    return configure.parse_fragment((FRAGMENTS / "busybox.config").read_text(), "busybox")


@pytest.mark.parametrize(
    ("program", "options"),
    [
        ("chpst", {"busybox": ["CONFIG_CHPST"]}),
        ("unshare", {"busybox": ["CONFIG_UNSHARE"], "kernel": ["CONFIG_NAMESPACES"]}),
        ("hostname", {"busybox": ["CONFIG_HOSTNAME"]}),
        ("mdev", {"busybox": ["CONFIG_MDEV", "CONFIG_FEATURE_MDEV_DAEMON"]}),
        ("chrt", {"busybox": ["CONFIG_CHRT"]}),
        ("e2fsck", {"base": ["BR2_PACKAGE_E2FSPROGS", "BR2_PACKAGE_E2FSPROGS_FSCK"]}),
        ("mke2fs", {"base": ["BR2_PACKAGE_E2FSPROGS"]}),
        ("wpa_supplicant", {"base": ["BR2_PACKAGE_WPA_SUPPLICANT", "BR2_PACKAGE_WPA_SUPPLICANT_CTRL_IFACE"]}),
        ("modprobe", {"kernel": ["CONFIG_MODULES"]}),
        ("dropbear", {"base": ["BR2_PACKAGE_DROPBEAR"]}),
    ],
)
def test_what_a_script_calls_is_asked_for(program: str, options: dict[str, list[str]]) -> None:
    scripts = [path.read_text() for path in (OVERLAY / "etc/mos").iterdir()]
    assert any(re.search(rf"(^|[\s;&(]){program}\s", text, re.MULTILINE) for text in scripts), "nobody calls it"
    there = {"busybox": busybox(), "kernel": kernel(), "base": base()}
    for where, names in options.items():
        for name in names:
            assert there[where].get(name) in ("y", "m"), name


def test_a_wireless_network_has_driver_firmware_and_supplicant() -> None:
    asked = kernel()
    assert {asked[name] for name in ("CONFIG_BRCMFMAC", "CONFIG_CFG80211")} == {"m"}
    assert base()["BR2_PACKAGE_BRCMFMAC_SDIO_FIRMWARE_RPI_WIFI"] == "y"
    assert base()["BR2_PACKAGE_WPA_SUPPLICANT_NL80211"] == "y"
    # What the settings file asks for must be what was built: without WPA3 a network with SAE would not be read at all.
    assert base()["BR2_PACKAGE_WPA_SUPPLICANT_WPA3"] == configure.OFF
    assert "SAE" not in (configure.EXTERNAL.parent / "drivers/wpa.py").read_text()


def test_no_program_is_linked_with_a_library_that_is_taken_off_the_root() -> None:
    taken = (configure.EXTERNAL.parent / "image/post-build.sh").read_text()
    assert "libssl.so" in taken
    assert (
        "\nWPA_SUPPLICANT_LIBS := -Wl,--as-needed $(WPA_SUPPLICANT_LIBS)\n"
        in (configure.EXTERNAL / "external.mk").read_text()
    )
    assert base()["BR2_PACKAGE_WPA_SUPPLICANT_EAP"] == configure.OFF


def test_of_a_radios_firmware_just_what_the_boards_have_is_kept() -> None:
    text = (configure.EXTERNAL.parent / "image/post-build.sh").read_text()
    assert {"43430", "43436", "43455"} == set(re.findall(r"brcmfmac(\d+)\*?-sdio", text))


def test_ssh_takes_no_password_however_it_is_started() -> None:
    options = (configure.EXTERNAL / "dropbear.h").read_text()
    assert "#define DROPBEAR_SVR_PASSWORD_AUTH 0\n" in options
    assert base()["BR2_PACKAGE_DROPBEAR_LOCALOPTIONS_FILE"].endswith('/dropbear.h"')
    assert base()["BR2_PACKAGE_DROPBEAR_CLIENT"] == configure.OFF


def test_the_box_has_a_voice_for_each_language_that_it_speaks() -> None:
    makefile = (configure.EXTERNAL / "package/espeak-ng/espeak-ng.mk").read_text()
    assert re.search(r"^ESPEAK_NG_LANGUAGES = (.*)$", makefile, re.MULTILINE)[1].split() == list(LANGUAGES)  # type: ignore[index]
    assert base()["BR2_PACKAGE_ESPEAK_NG"] == "y"


def test_the_kernel_can_tell_what_the_table_of_faults_looks_at_and_blink_as_it_says() -> None:
    asked = kernel()
    for name in ("LEDS_CLASS", "LEDS_GPIO", "LEDS_TRIGGER_PATTERN", "HWMON", "SENSORS_RASPBERRYPI_HWMON", "EXT4_FS"):
        assert asked[f"CONFIG_{name}"] == "y"
    assert {symbol for row in FAULTS for symbol in row.light + keeper.SILENT_HUB} == {".", "-"}


@pytest.mark.parametrize("board", boards.read_boards().values(), ids=lambda board: board.board)
def test_every_board_has_a_light_and_is_told_its_name(board: boards.Board) -> None:
    assert board.led
    assert f"mos.led={board.led}" in boards.kernel_line(board, "x").split()
    assert re.fullmatch(r"[A-Za-z0-9:_-]{1,40}", board.led)


def test_roots_hold_what_a_root_may_have_and_a_card_of_a_gigabyte_holds_all() -> None:
    layout = partitions.read_layout(partitions.TABLE.read_text())
    for name in ("root_a", "root_b"):
        assert layout[name].size * 512 >= ROOT_LIMIT + 16 * MIB, "no room for the next version"
    assert layout["boot"].size * 512 >= 3 * 15 * MIB, "a kernel has 15 MB"
    assert layout["card"].size * 512 >= 2 * MIB
    assert layout.sectors * 512 <= 1_000_000_000
    assert card_settings.MAX_BYTES <= 16_384


# -- what `begin` does with the data partition, as a shell does it -----------------------------------------------------


def begins_block(first: str, place: Path) -> str:
    """A block of `begin` from its first line to its `fi`, on another data partition."""
    text = (OVERLAY / "etc/mos/begin").read_text()
    block = text[text.index(first) :]
    block = block[: block.index("\nfi\n") + 4]
    return block.replace("/data/", f"{place}/data/").replace("$DATA", f"{place}/data/mos")


def run_shell(script: str, place: Path, *commands: str) -> None:
    """With stand-ins for programs, each of which notes what it was asked for."""
    stand_ins = "".join(f'{name}() {{ echo "{name} $*" >> {place}/asked; }}\n' for name in commands)
    subprocess.run(["sh", "-ec", f"{stand_ins}{script}"], check=True)


def full_data(place: Path) -> None:
    for name in ("mos/takes/a", "mos/settings.json", "cache/x", "keeper/wifi.json", "keeper/clock", "keeper/reset"):
        path = place / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_a_reset_leaves_nothing(tmp_path: Path) -> None:
    full_data(tmp_path)
    run_shell(begins_block("if [ -e /data/keeper/reset ]", tmp_path), tmp_path, "sync")
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_reset_that_was_cut_off_is_ended_at_the_next_start(tmp_path: Path, steps: int) -> None:
    full_data(tmp_path)
    block = begins_block("if [ -e /data/keeper/reset ]", tmp_path)
    lines = block.splitlines()
    cut = "\n".join([lines[0], *lines[1 : 1 + steps], "true", "fi"])
    run_shell(cut.replace("cache", "cache-not-yet") if steps == 1 else cut, tmp_path, "sync")
    run_shell(block, tmp_path, "sync")
    assert not (tmp_path / "data/mos").exists()
    assert not (tmp_path / "data/keeper").exists()


def test_without_the_order_nothing_is_forgotten(tmp_path: Path) -> None:
    full_data(tmp_path)
    (tmp_path / "data/keeper/reset").unlink()
    run_shell(begins_block("if [ -e /data/keeper/reset ]", tmp_path), tmp_path, "sync")
    assert (tmp_path / "data/mos/takes/a").exists()


@pytest.mark.parametrize(
    ("kept", "asked"),
    [
        ("9000000000\n", "date -s @9000000000"),
        ("1000\n", ""),
        ("", ""),
    ],
)
def test_the_clock_goes_on_from_what_was_kept_and_never_back(tmp_path: Path, kept: str, asked: str) -> None:
    clock = tmp_path / "data/keeper/clock"
    clock.parent.mkdir(parents=True)
    clock.write_text(kept)
    script = begins_block("if [ -s /data/keeper/clock ]", tmp_path)
    real = 'date() { if [ "$1" = +%s ]; then command date +%s; else echo "date $*" >> ' + f"{tmp_path}/asked; fi; }}\n"
    subprocess.run(["sh", "-c", real + script.replace("> /dev/null", "")], check=True)
    said = (tmp_path / "asked").read_text().strip() if (tmp_path / "asked").exists() else ""
    assert said == asked
