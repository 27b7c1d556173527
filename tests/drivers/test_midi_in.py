"""What becomes of what RtMidi hands over; the real port is played on the bench."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import ClassVar

import pytest
import rtmidi

from drivers import midi_in
from drivers.midi_in import MidiIn
from mos_appliance.errors import Unavailable

Got = tuple[list[int], float]


class QueuedInput:
    """In place of `rtmidi.MidiIn`: a queue."""

    queue: ClassVar[deque[Got]] = deque()

    def __init__(self, _api: int, client: str, limit: int) -> None:
        self.client, self.limit = client, limit

    def open_virtual_port(self, name: str) -> None:
        self.port = name

    def ignore_types(self, **ignored: bool) -> None:
        self.ignored = ignored

    def get_message(self) -> Got | None:
        return self.queue.popleft() if self.queue else None


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> MidiIn:
    monkeypatch.setattr(midi_in.rtmidi, "MidiIn", QueuedInput)
    monkeypatch.setattr(midi_in, "SEQUENCER_DEVICE", Path("/dev/null"))
    QueuedInput.queue = deque()
    return MidiIn()


def play(*messages: list[int]) -> None:
    QueuedInput.queue.extend((message, 0.0) for message in messages)


def test_messages_of_two_and_three_bytes_come_as_triples_in_order(port: MidiIn) -> None:
    play([0x90, 60, 100], [0xC1, 5], [0xD1, 9], [0xE0, 0, 64])
    assert [port.poll() for _ in range(5)] == [(0x90, 60, 100), (0xC1, 5, 0), (0xD1, 9, 0), (0xE0, 0, 64), None]


def test_system_messages_never_come_out_and_do_not_end_a_poll(port: MidiIn) -> None:
    play([0xFA], [0xF2, 1, 2], [0xF0, 1, 2, 0xF7], [0xFF], [0x80, 60, 0])
    assert port.poll() == (0x80, 60, 0)
    assert port.poll() is None


def test_a_parameter_number_of_a_program_comes_as_its_control_changes(port: MidiIn) -> None:
    play([0xB0, 99, 1, 0xB0, 98, 2, 0xB0, 6, 3], [0x90, 60, 1])
    assert [port.poll() for _ in range(5)] == [(0xB0, 99, 1), (0xB0, 98, 2), (0xB0, 6, 3), (0x90, 60, 1), None]


def test_more_messages_without_a_pause_than_the_queue_holds_are_told(port: MidiIn) -> None:
    for _ in range(midi_in._QUEUE_MESSAGES):
        play([0x90, 60, 1])
        port.poll()
    assert port.overflows == 1


def test_many_messages_with_pauses_are_no_overflow(port: MidiIn) -> None:
    for _ in range(3 * midi_in._QUEUE_MESSAGES):
        play([0x90, 60, 1])
        port.poll()
        port.poll()
    assert port.overflows == 0


def test_without_a_sequencer_there_is_no_port(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise rtmidi.SystemError("error creating ALSA sequencer client object.")

    monkeypatch.setattr(midi_in.rtmidi, "MidiIn", missing)
    with pytest.raises(Unavailable, match="modprobe snd-seq"):
        MidiIn()


def test_room_is_asked_for_the_own_client_and_leaves_its_other_queue_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """As asequencer.h lays it out; that the kernel takes it is seen on the bench."""
    pool = {"input": 200}

    def kernel(_file: int, request: int, asked: bytes) -> bytes:
        if request == midi_in._CLIENT_ID:
            return (130).to_bytes(4, "little")
        client, output, events, room, *_ = midi_in._POOL.unpack(asked)
        assert client == 130 and len(asked) == 88
        if request == midi_in._SET_CLIENT_POOL:
            assert (output, room) == (500, 1)
            pool["input"] = events
        return midi_in._POOL.pack(client, 500, pool["input"], 1, 500, pool["input"])

    monkeypatch.setattr(midi_in.fcntl, "ioctl", kernel)
    assert midi_in._make_room(7) == 2000
