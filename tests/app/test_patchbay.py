"""What the patchbay process tells engine and hub, over real sockets and files."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.patchbay import Address, Keyboard, Patched
from mos_appliance.app.patchbay import PatchbayProcess
from mos_appliance.errors import Unavailable
from mos_appliance.wire.controls import BY_NAME
from mos_appliance.wire.files import Keyboards, RunFile, decode_file
from mos_appliance.wire.records import Kind, decode, encode

PIANO = Keyboard(20, "Digital Piano", (Address(20, 0),), (Address(20, 0),), ("Digital Piano MIDI 1",))
HERE = Patched((PIANO,), (), True)
NOTHING = Patched((), (), True)
GONE = Patched((), (PIANO,), True)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as own:
        own.bind(str(tmp_path / RunFile.ENGINE_SOCKET))
        yield own


def told(engine: socket.socket) -> list[Kind]:
    kinds = []
    while True:
        try:
            kinds += [record.kind for record in decode(engine.recv(4096))]
        except BlockingIOError:
            return kinds


def written(run: Path) -> Keyboards:
    return decode_file((run / RunFile.KEYBOARDS).read_bytes(), Keyboards, "keyboards.json")


def test_keyboards_stand_in_the_file_with_their_ports(tmp_path: Path) -> None:
    PatchbayProcess(tmp_path).tell(HERE)
    keyboards = written(tmp_path)
    assert keyboards.names == ["Digital Piano"]
    assert (keyboards.keyboards[0].client, keyboards.keyboards[0].ports) == (20, ["Digital Piano MIDI 1"])
    assert keyboards.keyboards[0].connected


def test_a_keyboard_that_went_is_told_to_the_engine_once(tmp_path: Path, engine: socket.socket) -> None:
    process = PatchbayProcess(tmp_path)
    process.tell(HERE)
    process.tell(GONE)
    process.tell(NOTHING)
    assert told(engine) == [Kind.KEYBOARD_GONE]
    assert written(tmp_path).names == []


def test_a_keyboard_that_went_while_patchbay_was_dead_is_told_by_its_successor(
    tmp_path: Path, engine: socket.socket
) -> None:
    PatchbayProcess(tmp_path).tell(HERE)
    PatchbayProcess(tmp_path).tell(NOTHING)
    assert told(engine) == [Kind.KEYBOARD_GONE]


def test_a_keyboard_that_went_while_the_engines_queue_was_full_is_told_once_there_is_room(
    tmp_path: Path, engine: socket.socket
) -> None:
    process = PatchbayProcess(tmp_path)
    process.tell(HERE)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as hub:
        try:
            while True:
                hub.sendto(encode(Kind.HEARTBEAT), engine.getsockname())
        except BlockingIOError:
            pass
        process.tell(GONE)
    assert Kind.KEYBOARD_GONE not in told(engine)
    process.tell(NOTHING)
    assert told(engine) == [Kind.KEYBOARD_GONE]


def test_without_an_engine_nothing_is_lost_but_the_word(tmp_path: Path) -> None:
    process = PatchbayProcess(tmp_path)
    process.tell(HERE)
    process.tell(GONE)
    assert written(tmp_path).names == []


def test_local_off_is_taken_from_the_hub_and_outlives_a_kill(tmp_path: Path) -> None:
    process = PatchbayProcess(tmp_path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as hub:
        record = encode(Kind.SET_CONTROL, 1.0, 0, index=BY_NAME["local_off"].number)
        hub.sendto(encode(Kind.HEARTBEAT) + record + b"torn", str(tmp_path / RunFile.PATCHBAY_SOCKET))
    process.read_records()
    process.tell(HERE)
    assert written(tmp_path).local_off is True
    successor = PatchbayProcess(tmp_path)
    successor.tell(HERE)
    assert written(tmp_path).local_off is True


def test_a_damaged_file_of_a_predecessor_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / RunFile.KEYBOARDS).write_bytes(b'{"names": [')
    PatchbayProcess(tmp_path).tell(HERE)
    assert written(tmp_path).names == ["Digital Piano"]


def test_a_missing_sequencer_is_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    process = PatchbayProcess(tmp_path)
    for _ in range(3):
        process.explain(Unavailable("there is no ALSA sequencer (modprobe snd-seq)", 1.0))
    assert capsys.readouterr().err.count("modprobe snd-seq") == 1
    assert written(tmp_path).names == []
