"""What lies on the root and starts from it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from image import boards, configure, partitions

OVERLAY = configure.EXTERNAL.parent / "rootfs_overlay"
SCRIPTS = sorted(path for path in (OVERLAY / "etc/mos").iterdir() if path.read_text().startswith("#!"))


def inittab() -> list[tuple[str, str]]:
    lines = (OVERLAY / "etc/inittab").read_text().splitlines()
    rows = [line.split(":", 3) for line in lines if line and line[0] != "#"]
    return [(action, program) for _, _, action, program in rows]


def test_the_engine_is_the_first_process_that_is_kept_running() -> None:
    kept = [program for action, program in inittab() if action == "respawn"]
    assert kept == [f"/etc/mos/process {name}" for name in ("engine", "patchbay", "hub", "tutor")]


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


def test_no_process_of_ours_runs_as_root() -> None:
    last = (OVERLAY / "etc/mos/process").read_text().strip().splitlines()[-1]
    assert last.startswith("exec chpst -u mos:")
    users = (configure.EXTERNAL / "users.table").read_text().splitlines()
    assert [line.split()[0] for line in users] == ["mos"]
    assert all(line.split()[4] == "*" for line in users), "an account with a password"


def test_the_shell_scripts_are_sound() -> None:
    folder = OVERLAY / "etc/mos"
    names = [*(path.name for path in SCRIPTS), "facts", str(configure.EXTERNAL.parent / "image/post-build.sh")]
    command = [str(Path(sys.executable).with_name("shellcheck")), "-x", *names]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


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
    assert set(re.findall(r"(mos\.\w+)=", line)) == told == {"mos.board", "mos.din"}


def test_the_scripts_find_the_partitions_where_the_table_has_them() -> None:
    layout = partitions.read_layout(partitions.TABLE.read_text())
    facts = (OVERLAY / "etc/mos/facts").read_text()
    for name in ("card", "data"):
        assert f"\n{name}=${{part}}{layout[name].number}\n" in facts


def _files() -> list[Path]:
    return [path for path in OVERLAY.rglob("*") if path.is_file()]
