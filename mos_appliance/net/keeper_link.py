"""The hub's way to keeper: one request and one answer a connection, on the loop, never waited for by it."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Final

from mos_appliance.errors import BadInput, Unavailable
from mos_appliance.wire import keeper

PATIENCE_S: Final = 30.0
"""Longer than any command that keeper waits for."""
STARTING_S: Final = 10.0
"""The hub is there first, and a phone that waits for it asks at once: keeper follows within a second."""
NOT_HERE: Final = "there is no keeper here: on this computer that is a matter of its own settings"


class KeeperLink:
    """`path` is keeper's socket, None where there is none: under `mos run`."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._has_answered = False

    @property
    def expected(self) -> bool:
        """Whether there ought to be one."""
        return self._path is not None

    async def ask(self, request: keeper.Request, starting_s: float = 0.0) -> keeper.Told:
        """Its answer. `starting_s`: how long one is waited for that has not started yet.

        Errors: `Unavailable` when there is none or it cannot, `BadInput` when it finds us at fault.
        """
        if self._path is None:
            raise Unavailable(NOT_HERE)
        try:
            async with asyncio.timeout(PATIENCE_S):
                if not self._has_answered:
                    await _appears(self._path, starting_s)
                answer = keeper.decode_answer(await _exchange(str(self._path), keeper.encode(request)))
        except (OSError, TimeoutError, BadInput) as error:
            raise Unavailable("keeper does not answer", 5.0) from error
        self._has_answered = True
        if isinstance(answer, keeper.Refusal):
            raise BadInput("request", answer.why) if answer.yours else Unavailable(answer.why)
        return answer


async def _appears(path: Path, seconds: float) -> None:
    """Wait until there is something to connect to, or that long."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while not path.exists() and loop.time() < until:
        await asyncio.sleep(0.2)


async def _exchange(path: str, request: bytes) -> bytes:
    """Errors: `OSError`."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC) as line:
        await loop.sock_connect(line, path)
        await loop.sock_sendall(line, request)
        return await loop.sock_recv(line, keeper.MAX_ANSWER_BYTES)
