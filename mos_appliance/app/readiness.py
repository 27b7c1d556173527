"""Whether the companion's door is free, and whether somebody answers behind it."""

from __future__ import annotations

import errno
import socket
from typing import Final

from mos_appliance.errors import Unavailable

_WAIT_S: Final = 0.2
_QUESTION: Final = b"GET /api/v1/health HTTP/1.0\r\nHost: localhost\r\n\r\n"
_WILDCARDS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def check_port(address: str, port: int) -> None:
    """Errors: `Unavailable` when the hub could not listen there, with what to do."""
    try:
        family, kind, _, _, place = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise Unavailable(f"--listen {address}: is no address of this computer") from error
    with socket.socket(family, kind) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(place)
            door.listen()
        except OSError as error:
            raise Unavailable(_why_not(error, address, port)) from error


def _why_not(error: OSError, address: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"port {port}: is taken by another program; choose another with --port N (make run PORT=N)"
        case errno.EACCES:
            return f"port {port}: only root may use it; choose one from 1024 up with --port N (make run PORT=N)"
        case errno.EADDRNOTAVAIL:
            return f"--listen {address}: is no address of this computer"
        case _:
            return f"port {port}: {error.strerror}"


def answers(address: str, port: int) -> bool:
    """Whether the hub says that it is well; waits a moment at most."""
    try:
        with socket.create_connection((_WILDCARDS.get(address, address), port), timeout=_WAIT_S) as line:
            line.settimeout(_WAIT_S)
            line.sendall(_QUESTION)
            return line.recv(32).split()[1:2] == [b"200"]
    except OSError:
        return False
