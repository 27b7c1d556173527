"""The two directories of one appliance: data, which only one `mos run` may use, and run, which is gone after it."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import stat
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from mos_appliance.errors import Unavailable

PROCESSES: Final = "processes.json"
"""Who runs: {NAME: {pid, running, restarts}} (`RunFile.PROCESSES` of the wire, named here without its imports)."""
_LOCK: Final = "lock"
_LEFTOVER_S: Final = 2.0
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class DataDirectory:
    """A data directory, ours until `release`. The kernel gives it back if we are killed."""

    def __init__(self, path: Path, told: str) -> None:
        """Make and lock it; `told` is shown to who else wants it. Errors: `Unavailable` with who has it."""
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Unavailable(
                f"{path}: cannot keep data there: {error.strerror}; choose another with --data"
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.pread(self._lock, 200, 0).decode(errors="replace").strip()
            os.close(self._lock)
            raise Unavailable(f"{path}: is in use by {owner or 'another mos run'}; stop it or choose --data") from error
        os.ftruncate(self._lock, 0)
        # On a full card nobody can be named; the lock holds all the same, and what there is can be played and deleted.
        try:
            os.pwrite(self._lock, f"{told}\n".encode(), 0)
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
        self.path = path

    def release(self) -> None:
        """Others may have it."""
        os.ftruncate(self._lock, 0)
        os.close(self._lock)


def run_parent(environment: Mapping[str, str] = os.environ) -> Path:
    """Where a run directory may be: in memory, so that no disk ever holds up a ring."""
    for candidate in (environment.get("XDG_RUNTIME_DIR"), "/dev/shm", environment.get("TMPDIR")):
        if candidate and Path(candidate).is_dir() and os.access(candidate, os.W_OK | os.X_OK):
            return Path(candidate)
    return Path("/tmp")


def make_run_directory(data: Path, parent: Path) -> Path:
    """An empty directory that only we may enter; what a killed run of the same data left there is ended and removed.

    Errors: `Unavailable` when somebody else's stands in its place.
    """
    place = data.stat()
    path = parent / f"mos-{os.getuid()}-{place.st_dev:x}-{place.st_ino:x}"
    try:
        path.mkdir(mode=0o700)
    except FileExistsError as error:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
            raise Unavailable(f"{path}: is not ours; remove it, or set XDG_RUNTIME_DIR") from error
        _end_leftovers(path)
        _empty(path)
    except OSError as error:
        raise Unavailable(f"{path}: cannot be made: {error.strerror}; set XDG_RUNTIME_DIR") from error
    return path


def remove_run_directory(path: Path) -> None:
    """The run is over."""
    _empty(path)
    path.rmdir()


def write_processes(run: Path, processes: Mapping[str, Mapping[str, int | bool]]) -> None:
    """Tell who runs, at once or not at all."""
    new = run / f"{PROCESSES}.new"
    new.write_text(json.dumps(processes, indent=1) + "\n", encoding="utf-8")
    new.replace(run / PROCESSES)


def _empty(directory: Path) -> None:
    for entry in directory.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            _empty(entry)
            entry.rmdir()
        else:
            entry.unlink()


def _end_leftovers(run: Path) -> None:
    """End the processes of a run whose supervisor was killed, should any still be there."""
    try:
        known = json.loads((run / PROCESSES).read_text(encoding="utf-8"))
        pids = [int(process["pid"]) for process in known.values() if process["running"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # torn, or nothing was started
        return
    for pid in pids:
        end = time.monotonic() + _LEFTOVER_S
        while _is_of(pid, run) and time.monotonic() < end:
            _kill(pid)
            time.sleep(0.02)


def _is_of(pid: int, run: Path) -> bool:
    """Whether that process was started for this run directory: its number may be somebody else's by now."""
    try:
        return os.fsencode(run) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError as error:
        if error.errno != errno.ESRCH:
            raise
