"""`keeper`: the one process of ours that is root, on an image only. It has no network and does what its verbs say.

It answers one request a connection, one after the other, and only to the hub's user. It wakes up when it is asked, and
once when it was not asked for a minute: then the hub is gone, and the light says so.
"""

from __future__ import annotations

import contextlib
import gc
import grp
import os
import pwd
import socket
import struct
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from drivers.light import Light
from mos_appliance.app.keeper_clock import Clock
from mos_appliance.app.keeper_state import Places, make_folders, number_of_box
from mos_appliance.app.keeper_verbs import Commands, Verbs
from mos_appliance.errors import BadInput
from mos_appliance.wire import keeper

USER: Final = "mos"
"""Whose processes may ask: only the hub's is to know where."""
SILENT_S: Final = 60.0
PATIENCE_S: Final = 1.0
"""Who connects and says nothing is let go."""
_WAITING: Final = 8
_CREDENTIALS: Final = struct.Struct("3i")


class Door:
    """The socket and who may speak through it."""

    def __init__(self, path: Path, user: int, group: int) -> None:
        self._user = user
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
        before = os.umask(0o117)
        try:
            self._socket.bind(str(path))
        finally:
            os.umask(before)
        os.chown(path, -1, group)
        self._socket.listen(_WAITING)

    def serve(self, verbs: Verbs, silent_s: float = SILENT_S) -> None:
        """Answer for ever."""
        while True:
            self._socket.settimeout(silent_s)
            try:
                line, _ = self._socket.accept()
            except TimeoutError:
                verbs.silent(keeper.SILENT_HUB)
                continue
            with line, contextlib.suppress(OSError):  # who has left hears no answer
                line.settimeout(PATIENCE_S)
                line.send(self.answer(line, verbs))

    def answer(self, line: socket.socket, verbs: Verbs) -> bytes:
        """What is said on one connection. Errors: `OSError`."""
        _, user, _ = _CREDENTIALS.unpack(line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
        if user not in (0, self._user):
            return keeper.encode(keeper.Refusal("only the hub may ask keeper"))
        return answer_to(line.recv(keeper.MAX_BYTES + 1), verbs, sys.stderr.write)

    def close(self) -> None:
        """Listen no more: `serve` ends with `OSError`."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def answer_to(data: bytes, verbs: Verbs, note: Callable[[str], object] = len) -> bytes:
    """The answer to the bytes of a request, whatever they are. `note` gets a line for each that changes something."""
    try:
        request = keeper.decode_request(data)
    except BadInput as error:
        return keeper.encode(keeper.Refusal(str(error)[:300], yours=True))
    if not isinstance(request, keeper.TellFacts | keeper.TellUpdate | keeper.ShowLight):
        note(f"asked to {type(request).__struct_config__.tag}\n")
    return keeper.encode(verbs.answer(request))


def main(argv: Sequence[str]) -> int:
    """`python -m mos_appliance.app.keeper [LIGHT]`, as root: serves until it is killed.

    LIGHT is the name of the board's light in the kernel's LED class.
    """
    places = Places()
    user, group = pwd.getpwnam(USER).pw_uid, grp.getgrnam(USER).gr_gid
    make_folders(places, group)
    clock = Clock(places)
    clock.start()
    verbs = Verbs(places, clock, Light(argv[0] if argv else ""), number_of_box(places), Commands())
    verbs.silent("")
    door = Door(Path(keeper.SOCKET), user, group)
    gc.collect()
    gc.freeze()
    door.serve(verbs)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
