"""The engine's end of the datagrams: never waits, and costs one system call a block while nobody speaks."""

from __future__ import annotations

import ctypes
import fcntl
import mmap
import os
import socket
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mos_appliance.engine.outbox import Outbox
from mos_appliance.wire.files import RunFile
from mos_appliance.wire.records import MAX_DATAGRAM_RECORDS, RECORD_BYTES, Kind, Record, decode

_DATAGRAM_BYTES: Final = MAX_DATAGRAM_RECORDS * RECORD_BYTES
_PEEK: Final = socket.MSG_PEEK | socket.MSG_DONTWAIT
_RIGHTS_BYTES: Final = socket.CMSG_SPACE(4)
_RECEIVE_BUFFER: Final = 1 << 18
MOST_SONG_BYTES: Final = 4 << 20
_SEALS: Final = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
"""Memory that cannot change under the engine."""

Received = tuple[Record, memoryview | None]
"""A record, and the memory that came with it."""


class HubLink:
    """A bound socket in the run directory. The hub is spoken to once it has said hello, until it refuses."""

    def __init__(self, run: Path) -> None:
        path = run / RunFile.ENGINE_SOCKET
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        self._socket.bind(str(path))
        self._hub = str(run / RunFile.HUB_SOCKET)
        self.connected = True
        """Whether a hub is spoken to; a first refusal ends it until the next hello."""
        self._file = self._socket.fileno()
        self._byte = ctypes.c_char()
        # Without an exception for "nothing there" and with arguments made in advance: half the cost of a recv.
        self._peek = ctypes.PyDLL(None).recv
        self._peek.restype = ctypes.c_ssize_t
        whole = ctypes.c_int.from_param
        self._peek_at = (whole(self._file), ctypes.byref(self._byte), ctypes.c_size_t.from_param(1), whole(_PEEK))

    def waiting(self) -> bool:
        """Whether a datagram is there."""
        return bool(self._peek(*self._peek_at) >= 0)

    def receive(self) -> list[Received]:
        """The records of the next datagram; a hello makes us speak to the hub that said it."""
        try:
            datagram, rights, _flags, _sender = self._socket.recvmsg(_DATAGRAM_BYTES, _RIGHTS_BYTES)
        except BlockingIOError:
            return []
        records = decode(datagram)
        descriptors = array("i")
        for level, kind, data in rights:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                # The room for one, aligned, is room for two: whoever sends two must not cost us one.
                descriptors.frombytes(data[: len(data) // descriptors.itemsize * descriptors.itemsize])
        received: list[Received] = [
            (record, _map_song(record, descriptors) if record.kind == Kind.LOAD_SONG else None) for record in records
        ]
        for descriptor in descriptors:
            os.close(descriptor)
        if any(record.kind == Kind.HUB_HELLO for record in records):
            self.connected = True
        return received

    def send(self, outbox: Outbox) -> None:
        """Send what is gathered; what the hub does not take is dropped and counted."""
        if not self.connected:
            outbox.clear()
            return
        while datagram := outbox.take():
            try:
                # Not connected: a connected socket would take nothing from patchbay.
                self._socket.sendto(datagram, self._hub)
            except BlockingIOError:
                outbox.lost(datagram)
            except OSError:
                outbox.lost(datagram)
                self.connected = False
                outbox.clear()
                return


def _map_song(record: Record, descriptors: Sequence[int]) -> memoryview | None:
    """The sealed memory of a LOAD_SONG: empty when it unloads, None when it is not what it should be."""
    length = int(record.value("length"))
    if not length:
        return memoryview(b"")
    if not descriptors or length > MOST_SONG_BYTES:
        return None
    descriptor = descriptors[0]
    try:
        sealed = fcntl.fcntl(descriptor, fcntl.F_GET_SEALS) & _SEALS == _SEALS
        if not sealed or os.fstat(descriptor).st_size < length:
            return None
        return memoryview(mmap.mmap(descriptor, length, prot=mmap.PROT_READ))
    except OSError:
        # Not a memfd, or no memory to map it: the hub is told BAD_SONG.
        return None
