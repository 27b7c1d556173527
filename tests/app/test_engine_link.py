"""The engine's end of the datagrams."""

from __future__ import annotations

import os
import socket
from array import array
from pathlib import Path

from mos_appliance.app.engine_link import HubLink
from mos_appliance.net.memory_file import sealed_memory
from mos_appliance.wire.files import RunFile
from mos_appliance.wire.records import Kind, encode


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_whoever_sends_more_descriptors_than_one_costs_the_engine_none(tmp_path: Path) -> None:
    link = HubLink(tmp_path)
    memory = sealed_memory("song", b"song")
    before = open_files()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", [memory] * 2))]
        sender.sendmsg([encode(Kind.LOAD_SONG, 4, 1)], rights, 0, str(tmp_path / RunFile.ENGINE_SOCKET))
        ((record, block),) = link.receive()
    assert (record.kind, bytes(block or b"")) == (Kind.LOAD_SONG, b"song")
    del block
    assert open_files() == before
    os.close(memory)
