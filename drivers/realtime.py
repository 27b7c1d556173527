"""What the kernel is asked for so that the engine is never late, and what it granted.

Nothing here fails the start: a desktop without rights plays on, with a report for `mos doctor`.
"""

from __future__ import annotations

import ctypes
import errno
import gc
import os
import resource
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from drivers import locked_memory

PRIORITY: Final = 80
READER_PRIORITY: Final = 40
"""Below the kernel's own threads for interrupts, above everything ordinary."""
ISOLATED: Final = Path("/sys/devices/system/cpu/isolated")
DMA_LATENCY: Final = Path("/dev/cpu_dma_latency")
LIMITS: Final = "see `ulimit -r -l`; on Debian a file in /etc/security/limits.d gives both to the group audio"

_SET_TIMER_SLACK: Final = 29
_TRIM_THRESHOLD: Final = -1
_TOP_PAD: Final = -2
_MMAP_MAX: Final = -4
_ARENA_MAX: Final = -8
_HEAP_RESERVE: Final = 8 << 20
"""Bytes of heap touched in advance: what the block's small changes of memory live on."""
_OBJECT_BYTES: Final = 470
"""With its head one of the largest objects for which the interpreter keeps arenas of its own, of a mebibyte each."""
_OBJECTS: Final = 4096
_OBJECTS_KEPT: Final = 512
"""One of so many stays: an arena in which nothing lives is given back."""
_STACK_DEPTH: Final = 800
"""Nesting of a list whose text makes the interpreter use about 256 KiB of stack."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One thing asked for: whether it was granted, and what it means or how to get it."""

    name: str
    ok: bool
    detail: str


def parse_cpu_list(text: str) -> list[int]:
    """Kernel notation for sets of processors: `1`, `2-3,6`, or nothing."""
    cpus: list[int] = []
    for part in text.strip().split(","):
        first, _, last = part.partition("-")
        if first:
            cpus.extend(range(int(first), int(last or first) + 1))
    return cpus


def enter() -> list[Grant]:
    """Ask for everything, for as long as this process lives."""
    global _held  # noqa: PLW0603  (a file that must stay open until the process ends)
    _held = Realtime()
    return _held.take()


def hurry(threads: Iterable[int]) -> bool:
    """Let threads that only carry bytes on have their turn at once; whether that was granted for all of them."""
    try:
        for thread in threads:
            os.sched_setscheduler(thread, os.SCHED_FIFO, os.sched_param(READER_PRIORITY))
    except OSError:
        return False
    return True


class Realtime:
    """The rights of one process; hold on to it as long as they are needed."""

    def __init__(self, *, priority: int = PRIORITY, isolated: Path = ISOLATED, dma_latency: Path = DMA_LATENCY) -> None:
        self._libc: Any = ctypes.CDLL(None, use_errno=True)
        self._priority = priority
        self._isolated = isolated
        self._dma_latency = dma_latency
        self._dma_file = -1
        self._arenas: list[bytes] = []

    def take(self) -> list[Grant]:
        """Ask for everything, when all is loaded and before the first block. Threads made later do not inherit it."""
        steps: tuple[Callable[[], Grant], ...] = (
            self._heap,
            self._objects,
            self._stack,
            self._collector,
            self._memory,
            self._affinity,
            self._scheduler,
            self._timer_slack,
            self._power,
        )
        return [step() for step in steps]

    def close(self) -> None:
        """Let processors sleep deeply again; the rest ends with the process."""
        if self._dma_file >= 0:
            os.close(self._dma_file)
            self._dma_file = -1

    def _heap(self) -> Grant:
        """The heap never shrinks and takes no detours, so that malloc seldom asks the kernel."""
        wanted = ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, 2**31 - 1), (_TOP_PAD, 1 << 20), (_ARENA_MAX, 1))
        ok = all([self._libc.mallopt(option, value) for option, value in wanted])
        self._libc.malloc.restype = ctypes.c_void_p
        reserve = self._libc.malloc(ctypes.c_size_t(_HEAP_RESERVE))
        if reserve:
            ctypes.memset(reserve, 0, _HEAP_RESERVE)
            self._libc.free(ctypes.c_void_p(reserve))
        detail = "one heap that never shrinks, 8 MiB in reserve" if ok else "this C library has no mallopt"
        return Grant("heap", bool(ok and reserve), detail)

    def _objects(self) -> Grant:
        """The interpreter maps its arenas itself: in a block, that is a mebibyte for the kernel to fill: 1.6 ms."""
        reserve = [bytes(_OBJECT_BYTES) for _ in range(_OBJECTS)]
        self._arenas = reserve[::_OBJECTS_KEPT]
        return Grant("objects", True, f"{len(reserve) * _OBJECT_BYTES >> 20} MiB of the interpreter's own in reserve")

    def _stack(self) -> Grant:
        nested: list[Any] = []
        for _ in range(_STACK_DEPTH):
            nested = [nested]
        return Grant("stack", len(repr(nested)) > _STACK_DEPTH, "touched in advance")

    def _collector(self) -> Grant:
        gc.collect()
        gc.freeze()
        gc.disable()
        return Grant("collector", not gc.isenabled(), f"off, {gc.get_freeze_count()} objects frozen")

    def _memory(self) -> Grant:
        try:
            locked_memory.lock()
        except OSError as error:
            limit = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0]
            return Grant("memory", False, f"{error.strerror}, limit {limit} bytes; {LIMITS}")
        return Grant("memory", True, "all that is used is locked, now and later")

    def _affinity(self) -> Grant:
        try:
            cpus = parse_cpu_list(self._isolated.read_text())
        except OSError:
            cpus = []
        if not cpus:
            return Grant("processor", False, "no isolated one: shares all of them (kernel line isolcpus=)")
        try:
            os.sched_setaffinity(0, {cpus[-1]})
        except OSError as error:
            return Grant("processor", False, f"{cpus[-1]} is isolated, but: {error.strerror}")
        return Grant("processor", True, f"alone on {cpus[-1]}")

    def _scheduler(self) -> Grant:
        allowed = resource.getrlimit(resource.RLIMIT_RTPRIO)[0]
        wanted = [self._priority]
        if 0 < allowed < self._priority:
            wanted.append(allowed)
        reason = ""
        for priority in wanted:
            try:
                os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(priority))
            except OSError as error:
                reason = os.strerror(error.errno or errno.EPERM)
            else:
                return Grant("scheduler", True, f"FIFO {priority}")
        return Grant("scheduler", False, f"{reason}, so ordinary; {LIMITS}")

    def _timer_slack(self) -> Grant:
        ok = self._libc.prctl(_SET_TIMER_SLACK, ctypes.c_ulong(1), 0, 0, 0) == 0
        return Grant("timer slack", ok, "1 ns" if ok else os.strerror(ctypes.get_errno()))

    def _power(self) -> Grant:
        try:
            self._dma_file = os.open(self._dma_latency, os.O_WRONLY | os.O_CLOEXEC)
            os.write(self._dma_file, struct.pack("=i", 0))
        except OSError as error:
            self.close()
            return Grant("processor sleep", False, f"{self._dma_latency}: {error.strerror}; waking may take longer")
        return Grant("processor sleep", True, "kept shallow")


_held: Realtime | None = None
