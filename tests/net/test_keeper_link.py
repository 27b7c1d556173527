"""The hub's way to keeper, which may start after somebody has asked for it."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from mos_appliance.errors import Unavailable
from mos_appliance.net.keeper_link import KeeperLink
from mos_appliance.wire import keeper


async def test_who_asks_before_keeper_has_started_waits_for_it(tmp_path: Path) -> None:
    path, loop = tmp_path / "keeper.sock", asyncio.get_running_loop()
    link = KeeperLink(path)
    asked = asyncio.create_task(link.ask(keeper.TellFacts(), starting_s=10.0))
    await asyncio.sleep(0.05)
    assert not asked.done()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
        door.bind(str(tmp_path / "not-yet"))
        door.listen()
        door.setblocking(False)
        (tmp_path / "not-yet").rename(path)
        line, _ = await loop.sock_accept(door)
        with line:
            line.setblocking(False)
            assert keeper.decode_request(await loop.sock_recv(line, 1000)) == keeper.TellFacts()
            await loop.sock_sendall(line, keeper.encode(keeper.Done()))
            assert await asked == keeper.Done()
    path.unlink()
    with pytest.raises(Unavailable, match="keeper does not answer"):  # one that is gone is not waited for
        await link.ask(keeper.TellFacts(), starting_s=10.0)
