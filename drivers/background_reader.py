"""Reading a terminal without ever waiting for it: glibc's own reader thread waits, who asks looks into memory.

A terminal that is opened with O_NONBLOCK makes its reader wait all the same: where nothing is there, the
kernel's `n_tty_read` waits for the ordinary worker that carries bytes from the UART to the terminal (`flush_work`), and
that worker waits for whoever has its processor. The engine, which may not wait, stood still for 17 ms so. POSIX AIO's
thread (aio(7), in the C library) reads in its place; it runs no Python, so it needs no turn of the interpreter's.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
from pathlib import Path
from typing import Any, Final

from mos_appliance.errors import Unavailable

REQUESTS: Final = 16
"""Reads that wait one behind the other: each byte may end one, and a block of 256 frames brings 17 of them; what finds
none waits in the kernel."""
ROOM_BYTES: Final = 256
_MOST_THREADS: Final = 16
_FOREVER_S: Final = 1 << 30
_SIGEV_NONE: Final = 1


class _Request(ctypes.Structure):
    """`struct aiocb` of glibc, 64 bits. What begins with an underscore is the library's own."""

    _fields_ = (
        ("file", ctypes.c_int),
        ("opcode", ctypes.c_int),
        ("priority", ctypes.c_int),
        ("room", ctypes.c_void_p),
        ("room_bytes", ctypes.c_size_t),
        ("value", ctypes.c_void_p),
        ("signal", ctypes.c_int),
        ("notify", ctypes.c_int),
        ("_event", ctypes.c_char * 48),
        ("_next", ctypes.c_void_p),
        ("_own", ctypes.c_int * 3),
        ("_result", ctypes.c_ssize_t),
        ("offset", ctypes.c_int64),
        ("_reserved", ctypes.c_char * 32),
    )


class _Settings(ctypes.Structure):
    """`struct aioinit`."""

    _fields_ = tuple(
        (name, ctypes.c_int)
        for name in ("threads", "requests", "_locks", "_use", "_debug", "_users", "idle_s", "_reserved")
    )


@functools.cache
def _library() -> Any:
    """The C library, its reader threads never sent home: one that is made later would be made by a real-time thread."""
    library: Any = ctypes.PyDLL(None, use_errno=True)
    library.aio_return.restype = ctypes.c_ssize_t
    settings = _Settings(threads=_MOST_THREADS, requests=_MOST_THREADS * REQUESTS, idle_s=_FOREVER_S)
    library.aio_init(ctypes.byref(settings))
    return library


def _threads() -> frozenset[int]:
    return frozenset(int(task.name) for task in Path("/proc/self/task").iterdir())


class BackgroundReader:
    """Reads a descriptor that waits for bytes, and now and then returns without (VMIN 0, VTIME above 0).

    Create the first one before the process is pinned and becomes real-time. Errors: `Unavailable`.
    """

    def __init__(self, descriptor: int) -> None:
        library = _library()
        self._descriptor = descriptor
        self._read, self._error, self._return = library.aio_read, library.aio_error, library.aio_return
        self._cancel = library.aio_cancel
        before = _threads()
        self._rooms = [ctypes.create_string_buffer(ROOM_BYTES) for _ in range(REQUESTS)]
        self._requests = [
            _Request(file=descriptor, room=ctypes.addressof(room), room_bytes=ROOM_BYTES, notify=_SIGEV_NONE, signal=0)
            for room in self._rooms
        ]
        self._places = [ctypes.byref(request) for request in self._requests]
        self._next = 0
        for number in range(REQUESTS):
            self._start(number)
        self.threads = _threads() - before
        """Ids of the threads that were made for it, for whoever gives out priorities."""

    def _start(self, number: int) -> None:
        if self._read(self._places[number]):
            code = ctypes.get_errno()
            raise Unavailable(f"reading in the background: {os.strerror(code)}", retry_s=5.0)

    def take(self) -> bytes | None:
        """What came next: None when nothing did, empty when the wait for it ended. Errors: `OSError`."""
        number = self._next
        code = self._error(self._places[number])
        if code == errno.EINPROGRESS:
            return None
        count = self._return(self._places[number])
        if code:
            raise OSError(code, os.strerror(code))
        data = self._rooms[number].raw[:count]
        self._start(number)
        self._next = (number + 1) % REQUESTS
        return data

    def stop(self) -> None:
        """Ask for no more: before the descriptor is closed, for another file may get its number."""
        self._cancel(self._descriptor, None)
        # The last request is on its way for a moment, and writes to our memory: it stays until then.
        _leaving[:] = [reader for reader in (*_leaving, self) if reader.is_reading()]

    def is_reading(self) -> bool:
        """Whether a request is on its way."""
        return any(self._error(place) == errno.EINPROGRESS for place in self._places)


_leaving: list[BackgroundReader] = []
