"""What any source of MIDI must do for the engine: the scripted keyboard, and a UART behind a pseudo terminal."""

from __future__ import annotations

import os
import time
import tty
from collections.abc import Callable, Iterator

import pytest

from drivers.serial_midi import SerialMidi
from drivers.simulated import ScriptedKeyboard
from mos_appliance.engine.ports import MidiMessage, MidiSource

PLAYED: list[MidiMessage] = [
    (0x90, 60, 100),
    (0x91, 62, 1),
    (0xA0, 60, 50),
    (0xB0, 64, 127),
    (0xC3, 5, 0),
    (0xD0, 90, 0),
    (0xE0, 0, 64),
    (0x80, 60, 0),
]
Player = Callable[[list[MidiMessage]], MidiSource]


@pytest.fixture
def scripted() -> Iterator[Player]:
    yield lambda messages: ScriptedKeyboard([(0, message) for message in messages], clock=lambda: 0)


@pytest.fixture
def serial() -> Iterator[Player]:
    player, ours = os.openpty()
    tty.setraw(player)
    midi = SerialMidi(os.ttyname(ours))
    os.close(ours)

    def play(messages: list[MidiMessage]) -> MidiSource:
        for message in messages:
            length = 2 if message[0] & 0xE0 == 0xC0 else 3
            os.write(player, bytes(message[:length]))
        return midi

    yield play
    midi.close()
    os.close(player)


@pytest.fixture(params=["scripted", "serial"])
def play(request: pytest.FixtureRequest) -> Player:
    player: Player = request.getfixturevalue(request.param)
    return player


def next_message(source: MidiSource) -> MidiMessage | None:
    """The next one; a cable takes its time."""
    for _ in range(2000):
        message = source.poll()
        if message is not None:
            return message
        time.sleep(0.001)
    return None


def test_nobody_plays_nothing_comes(play: Player) -> None:
    assert play([]).poll() is None


def test_messages_come_one_a_poll_in_order_then_nothing(play: Player) -> None:
    source = play(PLAYED)
    assert [next_message(source) for _ in PLAYED] == PLAYED
    assert source.poll() is None
    assert source.poll() is None
