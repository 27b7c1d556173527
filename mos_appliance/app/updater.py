"""`/usr/lib/mos/update`, as root on an image: installs a bundle, judges a version on trial, tells the state.

    update install FILE    into the root that is not running; it is tried at the next start
    update confirm         this version is kept, if it is well now
    update state           everything, as JSON
    update watch           once after each start: judges a version on trial, and goes back when it is not well

Exit code 1 with one line on stderr when it was refused.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from drivers.loader_state import LoaderState
from drivers.rauc import Rauc
from mos_appliance.app import update_health
from mos_appliance.app.update_log import Log
from mos_appliance.app.updates import Facts, Health, Loader, Updates, panic_line, version_key
from mos_appliance.errors import BadInput, MosError, Unavailable
from mos_appliance.store.document import write_document

ETC: Final = Path("/etc/mos")
RUN: Final = Path("/run/update")
LOG: Final = Path("/data/updates/log")
PSTORE: Final = Path("/sys/fs/pstore")
JUDGED_AFTER_S: Final = 60.0
"""How long a version on trial may take, from power on, until it is well."""


def booted_root(kernel_line: str) -> str:
    """Which root the loader started; empty when it was none of ours."""
    return next((word.partition("=")[2] for word in kernel_line.split() if word.startswith("rauc.slot=")), "")


def facts() -> Facts:
    """Of the root that runs."""
    names = ("version", "compatible", "oldest-update")
    version, compatible, oldest = ((ETC / name).read_text().strip() for name in names)
    return Facts(version, compatible, oldest, booted_root(Path("/proc/cmdline").read_text()))


def make_updates() -> Updates:
    """On this box."""
    state = LoaderState()
    return Updates(facts(), Loader(state.read, state.write), Log(LOG), time.time)


def install(updates: Updates, bundle: Path) -> None:
    """Errors: `BadInput` for a bundle that may not come, `Unavailable`."""
    if not bundle.is_file():
        raise BadInput(bundle.name, "is not there")
    updates.other()
    rauc = Rauc(RUN / "system.conf")
    told = rauc.describe(bundle)
    version_key(told.version)
    updates.check(told.compatible, told.version)
    with SmallQueues():
        updates.install(told.version, update_health.heard_device(), lambda: rauc.install(bundle))
    print(f"{bundle.name}: version {told.version} is in place; it is tried at the next start")


class SmallQueues:
    """While the other root is written little waits in memory for the card: a take's second is not behind megabytes."""

    _SETTINGS: Final = {"dirty_bytes": b"8388608", "dirty_background_bytes": b"2097152"}
    _BEFORE: Final = {"dirty_ratio": b"20", "dirty_background_ratio": b"10"}

    def __enter__(self) -> None:
        self._set(self._SETTINGS)

    def __exit__(self, *_: object) -> None:
        self._set(self._BEFORE)

    def _set(self, values: dict[str, bytes]) -> None:
        for name, value in values.items():
            (Path("/proc/sys/vm") / name).write_bytes(value)


def confirm(updates: Updates) -> None:
    """Errors: `Unavailable` with what is not well."""
    found = update_health.look()
    if found.why:
        raise Unavailable(found.why)
    updates.keep()


def watch(updates: Updates) -> None:
    """Keeps this version or restarts into the other one."""
    version = updates.begin(_last_words())
    publish(updates)
    if not version:
        if _within_time(update_health.sound):
            updates.keep()
            publish(updates)
        return
    _within_time(lambda: not update_health.look().why)
    found = update_health.look()
    if not _data_partition_is_well():
        found = Health("the data partition cannot be used", found.device, found.heard)
    well = updates.judge(version, found)
    publish(updates)
    if not well:
        subprocess.run(["reboot"], check=False)
        time.sleep(30)
        subprocess.run(["reboot", "-f"], check=False)


def _within_time(wished: Callable[[], object]) -> bool:
    """Whether it came true before the time of a start was over."""
    while not wished():
        if time.clock_gettime(time.CLOCK_BOOTTIME) > JUDGED_AFTER_S:
            return False
        time.sleep(0.5)
    return True


def _data_partition_is_well() -> bool:
    return "in memory" not in _read("/run/data-partition")


def _read(path: str) -> str:
    try:
        return Path(path).read_text(errors="replace")
    except FileNotFoundError:
        return ""


def _last_words() -> str:
    if not PSTORE.is_dir():
        return ""
    if not os.path.ismount(PSTORE):
        subprocess.run(["mount", "-t", "pstore", "pstore", str(PSTORE)], check=False, stderr=subprocess.DEVNULL)
    return panic_line(PSTORE)


def publish(updates: Updates) -> None:
    """For everybody on this box, the hub above all."""
    RUN.mkdir(exist_ok=True)
    write_document(RUN / "state.json", msgspec.json.encode(updates.state()), lasting=False)
    (RUN / "state.json").chmod(0o644)


def main(argv: Sequence[str]) -> int:
    """Returns the exit code."""
    try:
        match list(argv):
            case ["install", name]:
                updates = make_updates()
                try:
                    install(updates, Path(name))
                finally:
                    publish(updates)
            case ["confirm"]:
                confirm(make_updates())
            case ["state"]:
                print(msgspec.json.encode(make_updates().state()).decode())
            case ["watch"]:
                watch(make_updates())
            case _:
                print("usage: update install FILE | confirm | state | watch", file=sys.stderr)
                return 2
    except (MosError, OSError) as error:
        print(f"update: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
