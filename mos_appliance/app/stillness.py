"""Work that nobody waits for stands still while somebody plays: the engine's core has the memory's time to itself.

A first start puts its shelf into the library: seconds in which another core takes all that it can get of memory and
cache. 300 notes at once beside that came too late for three blocks on the virtual bench.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Iterator
from typing import Final

QUIET_S: Final = 2.0
"""It goes on when nobody has played for so long."""
MOST_S: Final = 60.0
"""Of one child's life: who plays all day shall have a library all the same."""


class Stillness:
    """Stops one child at a time, and all that it has started. All of it on the event loop."""

    def __init__(self) -> None:
        self._group = 0
        self._heard = -QUIET_S
        self._stopped_at: float | None = None
        self._left_s = MOST_S
        self._wanted = 0

    def heard(self) -> None:
        """Somebody plays."""
        self._heard = time.monotonic()
        if self._group and self._stopped_at is None:
            self._stop()

    @contextlib.contextmanager
    def waiting(self, group: int) -> Iterator[None]:
        """The process group of a child that can wait, until it has ended."""
        self._group, self._left_s = group, MOST_S
        if time.monotonic() - self._heard < QUIET_S:
            self._stop()
        try:
            yield
        finally:
            self._go_on()
            self._group = 0

    @contextlib.contextmanager
    def wanted(self) -> Iterator[None]:
        """Somebody waits for what comes after it: nothing is stopped meanwhile."""
        self._wanted += 1
        self._go_on()
        try:
            yield
        finally:
            self._wanted -= 1

    def _stop(self) -> None:
        if self._wanted or self._left_s <= 0:
            return
        self._stopped_at = time.monotonic()
        self._send(signal.SIGSTOP)
        asyncio.get_running_loop().call_later(min(QUIET_S, self._left_s), self._look)

    def _look(self) -> None:
        """Whether it may go on."""
        if self._stopped_at is None:
            return
        now = time.monotonic()
        left_s = self._stopped_at + self._left_s - now
        quiet_s = self._heard + QUIET_S - now
        if left_s <= 0 or quiet_s <= 0:
            self._go_on()
        else:
            asyncio.get_running_loop().call_later(min(left_s, quiet_s), self._look)

    def _go_on(self) -> None:
        if self._stopped_at is not None:
            self._left_s -= time.monotonic() - self._stopped_at
            self._stopped_at = None
            self._send(signal.SIGCONT)

    def _send(self, what: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
            os.killpg(self._group, what)
