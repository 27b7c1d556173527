"""The real processes of `mos run`: how long until each is there, what CPU that takes, and the memory each keeps."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

from mos_appliance.app import lifeline, readiness
from mos_appliance.app.benchmarks import Figure
from mos_appliance.errors import Unavailable
from mos_appliance.wire.files import RunFile

RSS_MB: Final = {"hub": 60, "tutor": 60}
"""What a process may keep: the floor is a board of 512 MB."""
START_S: Final = 3
"""When a second start must be playable."""
_SETTLED_S: Final = 2.0
_PATIENCE_S: Final = 180.0
_TICKS: Final = os.sysconf("SC_CLK_TCK")
Answer = TypeVar("Answer")


def measure() -> Iterator[Figure]:
    """Start the appliance silently in directories of its own, look, stop it. The second start is measured."""
    with tempfile.TemporaryDirectory(prefix="mos-bench-") as home:
        with running(Path(home)):  # the first one decompresses the soundfont, which is then kept
            pass
        with running(Path(home)) as started:
            yield from started.start_up
            time.sleep(_SETTLED_S)
            yield from started.memory()


class Started:
    """An appliance that answers."""

    def __init__(self, home: Path, supervisor: int, began: float, port: int) -> None:
        self._supervisor = supervisor
        self.port = port
        self._run = awaited(lambda: next(home.glob("mos-*"), None))
        engine_s = awaited(lambda: (self._run / RunFile.SOUND).exists() and time.monotonic() - began)
        hub_s = awaited(lambda: readiness.answers("127.0.0.1", port) and time.monotonic() - began)
        self.start_up = [
            Figure("start to engine sounding", round(engine_s, 2), "s", "second start, bound", START_S),
            Figure("start to page served", round(hub_s, 2), "s", "second start, bound", START_S),
            *(Figure(f"start of {name}, CPU", _cpu_s(pid), "s") for name, pid in self.processes().items()),
        ]

    def processes(self) -> dict[str, int]:
        """Their process ids, by name."""
        known = json.loads((self._run / RunFile.PROCESSES).read_bytes())
        return {"supervisor": self._supervisor, **{name: process["pid"] for name, process in known.items()}}

    def memory(self) -> Iterator[Figure]:
        """Memory of each process and what it forked: the largest resident, and all of theirs without what is shared."""
        for name, pid in self.processes().items():
            bound = ("bound", RSS_MB[name]) if name in RSS_MB else ("", None)
            family = _family(pid)[: 1 if name == "supervisor" else None]
            rss, pss = (
                [kilobytes(each, file, line) / 1000 for each in family]
                for file, line in (("status", "VmRSS:"), ("smaps_rollup", "Pss:"))
            )
            yield Figure(f"RSS of {name}", max(rss), "MB", *bound)
            yield Figure(f"PSS of {name}", sum(pss), "MB")


@contextlib.contextmanager
def running(home: Path, *more: str) -> Iterator[Started]:
    """An appliance that runs silently in directories below `home`, with `more` words for `mos run`."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    surroundings = {**os.environ, "XDG_RUNTIME_DIR": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    surroundings.pop(lifeline.SUPERVISOR, None)
    words = ("run", "--sound", "silent", "--data", str(home / "data"), "--port", str(port), *more)
    began = time.monotonic()
    with subprocess.Popen(
        (sys.executable, "-P", "-m", "mos_appliance", *words),
        env=surroundings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield Started(home, process.pid, began, port)
        finally:
            process.terminate()


def awaited(ask: Callable[[], Answer | None]) -> Answer:
    """The answer, once there is one. Errors: `Unavailable` when it takes too long."""
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.01)
    raise Unavailable("the appliance did not start; mos run says why")


def _family(pid: int) -> list[int]:
    """The process, what it forked, and so on."""
    forked = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in forked for each in _family(int(child)))]


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return round((int(fields[11]) + int(fields[12])) / _TICKS, 2)


def kilobytes(pid: int, file: str, line: str) -> int:
    """What a file of a process's folder in /proc says in that line. Errors: `Unavailable`."""
    for row in Path(f"/proc/{pid}/{file}").read_text().splitlines():
        if row.startswith(line):
            return int(row.split()[1])
    raise Unavailable(f"/proc/{pid}/{file} without {line}")
