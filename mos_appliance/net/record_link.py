"""Records over a Unix datagram socket: sent together, never waited for, received without end."""

from __future__ import annotations

import asyncio
import os
import socket
from array import array
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from mos_appliance.net.memory_file import sealed_memory
from mos_appliance.wire.records import MAX_DATAGRAM_RECORDS, RECORD_BYTES, Kind, Record, decode, encode

RECEIVE_BUFFER_BYTES: Final = 1 << 20
"""Asked of the kernel, so that a busy hub loses nothing; what it grants is `net.core.rmem_max` at most."""
MAX_WAITING: Final = 2048
"""Records that wait for a peer whose queue is full; older ones are dropped and counted."""
RETRY_S: Final = 0.002
_DATAGRAM_BYTES: Final = MAX_DATAGRAM_RECORDS * RECORD_BYTES
_AT_ONCE: Final = 64
"""Datagrams read before the loop has its turn again."""


class RecordLink:
    """Sends records to `peer`; when `own` is given, receives there too and hands them to `take_in`."""

    def __init__(
        self, peer: Path, own: Path | None = None, take_in: Callable[[list[Record]], None] | None = None
    ) -> None:
        self.dropped = 0
        self._peer = str(peer)
        self._own = own
        self._take_in = take_in
        self._waiting: deque[bytes] = deque()
        self._flushing: asyncio.Handle | None = None
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)

    def open(self) -> None:
        """Begin to receive. A socket that a killed predecessor left is replaced."""
        self._loop = asyncio.get_running_loop()
        if self._own is None or self._take_in is None:
            return
        self._own.unlink(missing_ok=True)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        self._socket.bind(str(self._own))
        self._loop.add_reader(self._socket.fileno(), self._receive)

    def close(self) -> None:
        """Send what waits, if it is taken, and let go of the socket."""
        self._flush()
        if self._flushing is not None:
            self._flushing.cancel()
        if self._own is not None:
            self._loop.remove_reader(self._socket.fileno())
            self._own.unlink(missing_ok=True)
        self._socket.close()

    def send(self, record: bytes) -> None:
        """Send one record before the loop goes round again, in one datagram with others of this turn."""
        if len(self._waiting) >= MAX_WAITING:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append(record)
        if self._flushing is None:
            self._flushing = self._loop.call_soon(self._flush)

    def send_song(self, block: bytes, handle: int) -> bool:
        """Hand a song over in sealed memory; an empty one unloads. Whether the peer took it."""
        self._flush()
        record = encode(Kind.LOAD_SONG, len(block), handle)
        if not block:
            self.send(record)
            return True
        memory = sealed_memory("mos-song", block)
        try:
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", [memory]))]
            self._socket.sendmsg([record], rights, 0, self._peer)
        except (BlockingIOError, FileNotFoundError, ConnectionRefusedError):
            return False
        finally:
            os.close(memory)
        return True

    def _flush(self) -> None:
        self._flushing = None
        while self._waiting:
            count = min(len(self._waiting), MAX_DATAGRAM_RECORDS)
            datagram = b"".join(self._waiting[number] for number in range(count))
            try:
                self._socket.sendto(datagram, self._peer)
            except BlockingIOError:
                self._flushing = self._loop.call_later(RETRY_S, self._flush)
                return
            except (FileNotFoundError, ConnectionRefusedError, ConnectionResetError):
                self.dropped += len(self._waiting)
                self._waiting.clear()
                return
            for _ in range(count):
                self._waiting.popleft()

    def _receive(self) -> None:
        assert self._take_in is not None
        for _ in range(_AT_ONCE):
            try:
                datagram = self._socket.recv(_DATAGRAM_BYTES)
            except BlockingIOError:
                return
            self._take_in(decode(datagram))
