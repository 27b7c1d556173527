"""The tiny supervisor of `mos run`: starts the processes, starts again what ends, stops them in reverse.

One thread, standard library only. The kernel ends the processes when this one is killed (`lifeline`).
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Protocol

from mos_appliance.app import lifeline
from mos_appliance.app.rundir import write_processes

STEADY_S: Final = 5.0
"""A process that ran that long is started again at once when it ends, like the first time."""
LONGEST_PAUSE_S: Final = 5.0
GRACE_S: Final = 3.0
"""Time to end after SIGTERM, then SIGKILL."""
_TICK_S: Final = 0.1
_LINE_BYTES: Final = 4096
_STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_HOPELESS: Final = (1, 2, 3)
"""Exit codes that trying again does not change when a process ends with one at its first start."""


class Log(Protocol):
    """Where the processes' lines go."""

    def write(self, tag: str, line: str) -> None:
        """One line with the tag of who said it."""


@dataclass(frozen=True, slots=True)
class Program:
    """A process to keep running."""

    name: str
    command: tuple[str, ...]


def pause_s(failures: int) -> float:
    """Seconds to wait after that many ends in a row without a steady run: none after the first."""
    return 0.0 if failures <= 1 else float(min(LONGEST_PAUSE_S, 0.25 * 2 ** min(failures - 2, 10)))


class Child:
    """One program, whether it runs now, and how it has fared."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.restarts = 0
        self.start_at = 0.0
        self._failures = 0
        self._started = 0.0
        self._line = b""

    def start(self) -> IO[bytes]:
        """Start it. Returns the pipe on which it speaks."""
        again = self.process is not None
        self.restarts += again
        self.process = subprocess.Popen(
            self.program.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            process_group=0,  # Ctrl-C in the terminal is for the supervisor, which stops them in order
            env={**os.environ, lifeline.SUPERVISOR: str(os.getpid())},
        )
        self._started = time.monotonic()
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        return self.process.stdout

    @property
    def running(self) -> bool:
        """Whether it runs, as far as has been seen."""
        return self.process is not None and self.process.returncode is None

    def ended(self) -> int | None:
        """Its exit code (negative: a signal) the first time that it is seen to have ended, else None."""
        if self.process is None or self.process.returncode is not None or self.process.poll() is None:
            return None
        now = time.monotonic()
        self._failures = 1 if now - self._started >= STEADY_S else self._failures + 1
        self.start_at = now + pause_s(self._failures)
        return self.process.returncode

    def lines(self, pipe: IO[bytes]) -> tuple[list[str], bool]:
        """The lines that have come, and whether more may come."""
        try:
            got = os.read(pipe.fileno(), 65536)
        except BlockingIOError:
            return [], True
        *whole, self._line = (self._line + got).split(b"\n")
        if len(self._line) > _LINE_BYTES or (not got and self._line):
            whole, self._line = [*whole, self._line], b""
        return [line[:_LINE_BYTES].decode(errors="replace") for line in whole if line.strip()], bool(got)

    def signal(self, number: int) -> None:
        """Send it a signal if it runs."""
        if self.process is not None and self.running:
            self.process.send_signal(number)


def _name_of(number: int) -> str:
    """The name of a signal; most of the real-time ones have none."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


class Supervisor:
    """Keeps `programs` running until it is told to stop; `tick` is called ten times a second until it says True."""

    def __init__(self, programs: Sequence[Program], run: Path, log: Log, tick: Callable[[], bool]) -> None:
        self._children = [Child(program) for program in programs]
        self._run, self._log, self._tick = run, log, tick
        self._selector = selectors.DefaultSelector()
        self._bell, self._ringer = socket.socketpair()
        self._asked = 0
        self._code: int | None = None
        self._ticking = True

    def run(self) -> int:
        """Start, watch, stop. Returns 0, or the exit code of a process that could not start at all."""
        self._catch_signals()
        try:
            for child in self._children:
                self._start(child)
            while not self._asked and self._code is None:
                self._watch()
        finally:
            self._stop()
        return self._code or 0

    def _catch_signals(self) -> None:
        """Signals wake the selector; Python runs their handlers between two waits."""
        for end in (self._bell, self._ringer):
            end.setblocking(False)
        signal.set_wakeup_fd(self._ringer.fileno(), warn_on_full_buffer=False)
        self._selector.register(self._bell, selectors.EVENT_READ)
        for number in _STOP_SIGNALS:
            signal.signal(number, self._ask)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def _ask(self, *_: object) -> None:
        self._asked += 1

    def _start(self, child: Child) -> None:
        try:
            pipe = child.start()
        except OSError as error:  # no memory or no process to be had now: what runs runs on
            child.start_at = time.monotonic() + LONGEST_PAUSE_S
            self._log.write("supervisor", f"{child.program.name} cannot be started now: {error.strerror}")
            return
        self._selector.register(pipe, selectors.EVENT_READ, (child, pipe))
        self._tell()

    def _tell(self) -> None:
        told = {
            child.program.name: {"pid": child.process.pid, "running": child.running, "restarts": child.restarts}
            for child in self._children
            if child.process is not None
        }
        write_processes(self._run, told)

    def _watch(self) -> None:
        """One turn: hear them, see who ended, start who is due."""
        self._hear(self._timeout_s())
        for child in self._children:
            code = child.ended()
            if code is not None:
                self._see_end(child, code)
            elif not child.running and time.monotonic() >= child.start_at:
                self._start(child)
        if self._ticking:
            self._ticking = not self._tick()

    def _timeout_s(self) -> float | None:
        waits = [child.start_at - time.monotonic() for child in self._children if not child.running]
        if self._ticking:
            waits.append(_TICK_S)
        return max(0.0, min(waits)) if waits else None

    def _hear(self, timeout_s: float | None) -> None:
        for key, _ in self._selector.select(timeout_s):
            if key.data is None:
                self._bell.recv(4096)
            else:
                self._read(*key.data)

    def _read(self, child: Child, pipe: IO[bytes]) -> None:
        lines, more = child.lines(pipe)
        for line in lines:
            self._log.write(child.program.name, line)
        if not more:
            self._selector.unregister(pipe)
            pipe.close()

    def _see_end(self, child: Child, code: int) -> None:
        how = f"was ended by {_name_of(-code)}" if code < 0 else f"ended with exit code {code}"
        hopeless = code in _HOPELESS and child.restarts == 0
        pause = max(0.0, child.start_at - time.monotonic())
        then = "stopping" if hopeless else f"starting it again{f' in {pause:.2g} s' if pause else ''}"
        self._log.write("supervisor", f"{child.program.name} {how}; {then}")
        if hopeless:
            self._code = code
        self._tell()

    def _stop(self) -> None:
        """End them in reverse order, each with time to finish; a second signal ends that time."""
        asked = self._asked
        for child in reversed(self._children):
            child.signal(signal.SIGTERM)
            end = time.monotonic() + GRACE_S
            while child.running and child.ended() is None:
                if time.monotonic() >= end or self._asked > max(asked, 1):
                    child.signal(signal.SIGKILL)
                self._hear(_TICK_S)
        self._hear(0)
        signal.set_wakeup_fd(-1)
        self._selector.close()
        self._bell.close()
        self._ringer.close()
        self._tell()
