"""What lies on the root and starts from it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from image import boards, configure, partitions
from mos_appliance.app import card_settings

OVERLAY = configure.EXTERNAL.parent / "rootfs_overlay"
SCRIPTS = sorted(path for path in (OVERLAY / "etc/mos").iterdir() if path.read_text().startswith("#!"))


def inittab() -> list[tuple[str, str]]:
    lines = (OVERLAY / "etc/inittab").read_text().splitlines()
    rows = [line.split(":", 3) for line in lines if line and line[0] != "#"]
    return [(action, program) for _, _, action, program in rows]


def test_the_engine_is_the_first_process_that_is_kept_running() -> None:
    kept = [program for action, program in inittab() if action == "respawn"]
    assert kept == [f"/etc/mos/process {name}" for name in ("engine", "patchbay", "hub", "tutor", "keeper")]


def test_all_that_is_not_sound_waits_for_it() -> None:
    """BusyBox starts what is to run `once` before what it keeps running, whatever the order of the lines."""
    for action, program in inittab():
        if action == "once":
            assert "\nafter_sound\n" in (OVERLAY / program.lstrip("/")).read_text(), program
    cases = (OVERLAY / "etc/mos/process").read_text().split("case $name in")[1].split(";;")
    assert ["after_sound" in case for case in cases[:3]] == [False, True, True]


def test_only_one_step_comes_before_sound() -> None:
    assert [program for action, program in inittab() if action in {"sysinit", "wait"}] == ["/etc/mos/begin"]


def test_what_inittab_starts_is_there_and_may_be_run() -> None:
    for _, program in inittab():
        path = OVERLAY / program.split()[0].lstrip("/")
        assert path.stat().st_mode & 0o111 if path.parent.name == "mos" else program == "/sbin/reboot"


def test_nobody_gets_a_shell_from_a_console() -> None:
    assert not any("getty" in program or program.endswith("sh") for _, program in inittab())
    base = configure.read_fragments([configure.EXTERNAL / "fragments/base.config"])
    assert base["BR2_TARGET_ENABLE_ROOT_LOGIN"] == base["BR2_TARGET_GENERIC_GETTY"] == configure.OFF


def test_no_process_of_ours_runs_as_root_but_keeper_which_has_no_network() -> None:
    lines = (OVERLAY / "etc/mos/process").read_text().strip().splitlines()
    starts = [line.strip() for line in lines if line.strip().startswith("exec ")]
    keeper, others = starts
    assert others.startswith("exec chpst -u mos:")
    assert keeper.startswith("exec unshare -n python3 -P -m mos_appliance.app.keeper ")
    busybox = configure.parse_fragment((configure.EXTERNAL / "fragments/busybox.config").read_text(), "busybox")
    assert busybox["CONFIG_UNSHARE"] == "y"
    users = (configure.EXTERNAL / "users.table").read_text().splitlines()
    assert [line.split()[0] for line in users] == ["mos"]
    assert all(line.split()[4] == "*" for line in users), "an account with a password"


def test_the_shell_scripts_are_sound() -> None:
    folder = OVERLAY / "etc/mos"
    names = [*(path.name for path in SCRIPTS), "facts", str(configure.EXTERNAL.parent / "image/post-build.sh")]
    command = [str(Path(sys.executable).with_name("shellcheck")), "-x", *names]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_an_update_pushes_no_sample_of_the_soundfont_out_of_memory_and_its_script_is_sound() -> None:
    folder = OVERLAY / "usr/lib/mos"
    command = [str(Path(sys.executable).with_name("shellcheck")), "-x", "update"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    text = (folder / "update").read_text()
    joined, started = text.index("> $group/cgroup.procs"), text.index("exec chrt -i 0 python3")
    assert text.index('if [ "$1" = install ]') < text.index("> $group/memory.high") < joined < started
    kernel = configure.parse_fragment((configure.EXTERNAL / "kernel/linux.config").read_text(), "kernel")
    assert kernel["CONFIG_MEMCG"] == "y"


def test_nothing_in_the_overlay_is_a_secret_or_may_be_written_by_all() -> None:
    secret = re.compile(r"BEGIN [A-Z ]*PRIVATE KEY|password\s*=\s*\S|\$[156y]\$", re.IGNORECASE)
    for path in _files():
        assert not path.stat().st_mode & 0o002, path
        assert not secret.search(path.read_text()), path


def test_every_filesystem_that_is_mounted_forbids_foreign_rights() -> None:
    for line in (OVERLAY / "etc/mos/begin").read_text().splitlines():
        found = re.search(r"mount -t (tmpfs|ext4|vfat) -o (\S+)", line)
        if found:
            assert {"nosuid", "nodev"} <= set(found[2].split(",")), line


def test_the_scripts_read_just_what_the_kernel_is_told() -> None:
    told = set(re.findall(r"(mos\.\w+)=", (OVERLAY / "etc/mos/facts").read_text()))
    line = boards.kernel_line(boards.read_boards()["qemu_aarch64"], "x")
    assert set(re.findall(r"(mos\.\w+)=", line)) == told == {"mos.board", "mos.din", "mos.led"}


def test_the_scripts_find_the_partitions_where_the_table_has_them() -> None:
    layout = partitions.read_layout(partitions.TABLE.read_text())
    facts = (OVERLAY / "etc/mos/facts").read_text()
    for name in ("card", "data"):
        assert f"\n{name}=${{part}}{layout[name].number}\n" in facts


def engines_sound(content: bytes, folder: Path) -> str:
    """What `process` gives the engine as its sound device, by its own lines."""
    text = (OVERLAY / "etc/mos/process").read_text()
    script = text[text.index("    sound=$(") : text.index('    set -- "$@" --sound')]
    (folder / "mos.toml").write_bytes(content)
    script = script.replace("/run/mos.toml", str(folder / "mos.toml"))
    done = subprocess.run(["sh", "-c", f'{script}\nprintf %s "${{sound:-auto}}"'], capture_output=True, check=True)
    return done.stdout.decode()


@pytest.mark.parametrize(
    "content",
    [
        card_settings.text(),
        card_settings.text().replace("\n", "\r\n"),
        'sound = "silent"\r\n',
        "sound='alsa:hw:1,0@64'\r\nclass = \"x\"\r\n",
        "  sound\t=  “alsa:default” # a note\r",
        "#sound = 'silent'\n",
        'sound = "loud"\n',
        "sound = silent\n",
        'sound = "alsa:;reboot"\n',
        'sound = "silent"\nsound = "auto"\n',
        'sounds = "silent"\n',
        "",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_engine_gets_the_sound_that_the_settings_file_says(content: str, encoding: str, tmp_path: Path) -> None:
    """The shell reads that one line before Python has started: both must understand the same."""
    if encoding == "utf-16" and not content.isascii():
        pytest.skip("curly quotation marks in UTF-16 are beyond the shell; the engine then finds a device by itself")
    saved = content.encode(encoding)
    assert engines_sound(saved, tmp_path) == card_settings.read(saved)[0]["sound"]


def test_what_is_read_of_the_card_is_for_root_alone_until_its_password_is_out() -> None:
    begin = (OVERLAY / "etc/mos/begin").read_text()
    assert "(umask 077 && head -c 16385 /run/card/mos.toml > /run/mos.toml)" in begin
    assert "mount -t vfat -o ro," in begin


def test_a_reset_forgets_the_order_itself_last() -> None:
    begin = (OVERLAY / "etc/mos/begin").read_text()
    block = begin[begin.index("if [ -e /data/keeper/reset ]") :].split("\nfi\n")[0].splitlines()
    assert [line.strip() for line in block[1:]] == [
        'rm -rf "$DATA" /data/cache /data/keeper/[!r]*',
        "sync",
        "rm -rf /data/keeper",
    ]


def test_ssh_is_started_only_for_a_key_from_the_card_and_takes_no_password() -> None:
    network = (OVERLAY / "etc/mos/network").read_text()
    block = network[network.index("/run/keeper/ssh/authorized_keys") :]
    assert {"-s", "-g", "-j", "-k"} <= set(block.split("exec dropbear ")[1].split())
    assert "dropbear" not in network[: network.index("/run/keeper/ssh/authorized_keys")]


def _files() -> list[Path]:
    return [path for path in OVERLAY.rglob("*") if path.is_file()]
