"""Records over real Unix sockets: together, in order, never waited for."""

from __future__ import annotations

import asyncio
import fcntl
import mmap
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from mos_appliance.net.memory_file import sealed_memory
from mos_appliance.net.record_link import MAX_WAITING, RecordLink
from mos_appliance.wire.records import Kind, Record, decode, encode


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(str(tmp_path / "peer.sock"))
        made.setblocking(False)
        yield made


def link_to(path: Path, told: list[Record] | None = None) -> RecordLink:
    link = RecordLink(path / "peer.sock", path / "own.sock", (told if told is not None else []).extend)
    link.open()
    return link


async def test_records_of_one_turn_travel_in_one_datagram_in_order(tmp_path: Path, peer: socket.socket) -> None:
    link = link_to(tmp_path)
    for pitch in range(10):
        link.send(encode(Kind.PLAY_MIDI, 0x90, pitch, 80))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [record.values[1] for record in decode(peer.recv(65536))] == list(range(10))
    link.close()


async def test_more_than_a_datagram_holds_goes_in_several(tmp_path: Path, peer: socket.socket) -> None:
    link = link_to(tmp_path)
    for number in range(150):
        link.send(encode(Kind.HEARTBEAT, sequence=number))
    await asyncio.sleep(0.01)
    got = [record.sequence for _ in range(3) for record in decode(peer.recv(65536))]
    assert got == list(range(150))
    link.close()


async def test_a_peer_whose_queue_is_full_gets_the_rest_when_it_reads(tmp_path: Path, peer: socket.socket) -> None:
    link = link_to(tmp_path)
    for number in range(40):
        link.send(encode(Kind.HEARTBEAT, sequence=number))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    got: list[int] = []
    async with asyncio.timeout(5):
        while len(got) < 40:
            await asyncio.sleep(0.005)
            try:
                got += [record.sequence for record in decode(peer.recv(65536))]
            except BlockingIOError:
                continue
    assert got == list(range(40))
    assert link.dropped == 0
    link.close()


async def test_a_peer_that_never_reads_costs_no_more_than_the_limit(tmp_path: Path, peer: socket.socket) -> None:
    link = link_to(tmp_path)
    for number in range(MAX_WAITING * 3):
        link.send(encode(Kind.HEARTBEAT, sequence=number))
    await asyncio.sleep(0.05)
    assert len(link._waiting) <= MAX_WAITING
    assert link.dropped >= MAX_WAITING
    link.close()


async def test_a_peer_that_is_not_there_is_counted_and_found_when_it_comes(tmp_path: Path) -> None:
    link = link_to(tmp_path)
    link.send(encode(Kind.HEARTBEAT))
    await asyncio.sleep(0.01)
    assert link.dropped == 1
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as late:
        late.bind(str(tmp_path / "peer.sock"))
        link.send(encode(Kind.HEARTBEAT))
        await asyncio.sleep(0.01)
        assert len(late.recv(100)) == 32
    link.close()


async def test_what_comes_is_decoded_and_what_is_unknown_is_skipped(tmp_path: Path, peer: socket.socket) -> None:
    told: list[Record] = []
    link = link_to(tmp_path, told)
    unknown = bytes((200,)) + bytes(31)
    for datagram in (encode(Kind.PANIC) + unknown + encode(Kind.HEARTBEAT), b"", b"x", os.urandom(31)):
        peer.sendto(datagram, str(tmp_path / "own.sock"))
    await asyncio.sleep(0.02)
    assert [record.kind for record in told] == [Kind.PANIC, Kind.HEARTBEAT]
    link.close()


async def test_the_socket_of_a_killed_predecessor_is_replaced(tmp_path: Path, peer: socket.socket) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as dead:
        dead.bind(str(tmp_path / "own.sock"))
    told: list[Record] = []
    link = link_to(tmp_path, told)
    peer.sendto(encode(Kind.PANIC), str(tmp_path / "own.sock"))
    await asyncio.sleep(0.02)
    assert [record.kind for record in told] == [Kind.PANIC]
    link.close()
    assert not (tmp_path / "own.sock").exists()


async def test_a_song_arrives_in_memory_that_nobody_can_change(tmp_path: Path, peer: socket.socket) -> None:
    link = link_to(tmp_path)
    assert link.send_song(b"MOSSONG1 and more", 7)
    data, rights, _, _ = peer.recvmsg(100, socket.CMSG_SPACE(4))
    assert decode(data)[0].values == (17, 7)
    descriptor = int.from_bytes(rights[0][2][:4], "little")
    try:
        assert mmap.mmap(descriptor, 17, prot=mmap.PROT_READ)[:] == b"MOSSONG1 and more"
        with pytest.raises(PermissionError):
            os.write(descriptor, b"x")
        with pytest.raises(PermissionError):
            os.ftruncate(descriptor, 1)
    finally:
        os.close(descriptor)
    link.close()


async def test_an_engine_that_is_not_there_takes_no_song(tmp_path: Path) -> None:
    link = link_to(tmp_path)
    assert not link.send_song(b"MOSSONG1", 7)
    link.close()


def test_memory_is_sealed_for_good() -> None:
    descriptor = sealed_memory("test", b"abc")
    try:
        seals = fcntl.fcntl(descriptor, fcntl.F_GET_SEALS)
        assert seals == fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
    finally:
        os.close(descriptor)
