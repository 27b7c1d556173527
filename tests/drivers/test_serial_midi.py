"""DIN MIDI over a pseudo terminal, which has a line discipline as a UART has; damage is told by its marks."""

from __future__ import annotations

import os
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import serial_midi
from drivers.serial_midi import SerialMidi, Unmarker
from mos_appliance.engine.ports import MidiMessage
from mos_appliance.errors import Unavailable

Cable = tuple[int, SerialMidi]


@pytest.fixture
def cable() -> Iterator[Cable]:
    """The player's end of a cable, and our port at the other."""
    player, ours = os.openpty()
    tty.setraw(player)
    midi = SerialMidi(os.ttyname(ours))
    os.close(ours)
    yield player, midi
    midi.close()
    os.close(player)


def everything(midi: SerialMidi, count: int = 0) -> list[MidiMessage]:
    """What has come: so many messages are waited for, and a moment for what would be one too many."""
    messages: list[MidiMessage] = []
    looks_left = 2000
    while looks_left:
        message = midi.poll()
        if message is not None:
            messages.append(message)
            continue
        looks_left = min(looks_left - 1, 50) if len(messages) >= count else looks_left - 1
        time.sleep(0.001)
    return messages


def test_nothing_comes_from_a_quiet_cable(cable: Cable) -> None:
    assert cable[1].poll() is None


def test_messages_come_out_whole_with_running_status_and_clocks_between(cable: Cable) -> None:
    player, midi = cable
    os.write(player, bytes((0x90, 60, 0xF8, 100, 62, 101, 0xC3, 5, 0xFE, 0xE0, 0, 64)))
    assert everything(midi, 4) == [(0x90, 60, 100), (0x90, 62, 101), (0xC3, 5, 0), (0xE0, 0, 64)]


def test_a_message_in_two_halves_comes_out_when_it_is_whole(cable: Cable) -> None:
    player, midi = cable
    os.write(player, bytes((0x90, 60)))
    assert everything(midi) == []
    os.write(player, bytes((100,)))
    assert everything(midi, 1) == [(0x90, 60, 100)]


def test_every_byte_passes_the_terminal_unchanged(cable: Cable) -> None:
    player, midi = cable
    os.write(player, bytes((0xB0, 3, 17, 0xB0, 19, 13, 0xB0, 4, 10, 0xB0, 26, 127)))
    assert everything(midi, 4) == [(0xB0, 3, 17), (0xB0, 19, 13), (0xB0, 4, 10), (0xB0, 26, 127)]


def test_a_reset_byte_is_one_byte_and_no_damage(cable: Cable) -> None:
    player, midi = cable
    os.write(player, bytes((0x90, 60, 0xFF, 100, 0xFF)))
    assert everything(midi, 1) == [(0x90, 60, 100)]
    assert midi.damaged == 0


def test_the_port_runs_at_31250_baud(cable: Cable) -> None:
    speeds = serial_midi._TERMIOS2.unpack(
        serial_midi.fcntl.ioctl(cable[1]._fd, serial_midi._TCGETS2, bytes(serial_midi._TERMIOS2.size))
    )[-2:]
    assert speeds == (31_250, 31_250)


def test_what_is_held_is_released_when_bytes_come_damaged(cable: Cable) -> None:
    _, midi = cable
    midi._take(bytes((0x91, 60, 100, 62, 100, 62, 0, 0xB1, 64, 127, 66, 127, 67, 127, 67, 0)))
    everything(midi)
    midi._take(bytes((0x91, 64, 0xFF, 0x00, 0x55, 70, 71, 0x91, 65, 90)))
    assert everything(midi, 4) == [(0xB1, 64, 0), (0xB1, 66, 0), (0x81, 60, 64), (0x91, 65, 90)]
    assert midi.damaged == 1


def test_a_cable_that_is_pulled_releases_what_it_held(cable: Cable) -> None:
    player, midi = cable
    os.write(player, bytes((0x90, 60, 100)))
    assert everything(midi, 1) == [(0x90, 60, 100)]
    midi._lose()
    assert everything(midi, 1) == [(0x80, 60, 64)]
    assert midi.lost
    assert midi.poll() is None


def test_a_device_that_goes_is_noticed_and_reopened_when_it_is_back(tmp_path: Path) -> None:
    player, ours = os.openpty()
    path = tmp_path / "din"
    path.symlink_to(os.ttyname(ours))
    midi = SerialMidi(str(path))
    os.write(player, bytes((0x90, 60, 100)))
    assert everything(midi, 1) == [(0x90, 60, 100)]
    os.close(ours)
    os.close(player)
    assert everything(midi, 1) == [(0x80, 60, 64)]
    assert midi.lost
    path.unlink()
    assert not midi.reopen()
    assert not midi.back()
    player, ours = os.openpty()
    path.symlink_to(os.ttyname(ours))
    assert midi.back()
    assert midi.reopen()
    assert not midi.back()
    os.write(player, bytes((0x90, 62, 100)))
    assert everything(midi, 1) == [(0x90, 62, 100)]
    midi.close()
    os.close(ours)
    os.close(player)


def test_a_sender_that_promised_to_be_there_and_is_silent_is_gone(
    cable: Cable, monkeypatch: pytest.MonkeyPatch
) -> None:
    player, midi = cable
    now = 0
    monkeypatch.setattr(serial_midi.time, "monotonic_ns", lambda: now)
    os.write(player, bytes((0xFE, 0x90, 60, 100)))
    assert everything(midi, 1) == [(0x90, 60, 100)]
    now = 300_000_000
    assert everything(midi) == []
    now = 500_000_000
    assert everything(midi, 1) == [(0x80, 60, 64)]
    now = 2_000_000_000
    assert everything(midi) == []


def test_a_port_that_is_not_there_says_so() -> None:
    with pytest.raises(Unavailable) as told:
        SerialMidi("/dev/nothing-here")
    assert str(told.value) == "/dev/nothing-here: No such file or directory"


def test_a_port_that_may_come_late_is_waited_for_and_one_that_cannot_be_opened_is_tried_once(tmp_path: Path) -> None:
    path = tmp_path / "din"
    midi = SerialMidi(str(path), patient=True)
    assert (midi.lost, midi.poll(), midi.back()) == (True, None, False)
    path.write_text("no terminal")
    assert midi.back()
    assert not midi.reopen()
    assert not midi.back()
    midi.close()


def marked(pieces: list[bytes]) -> bytes:
    """What a terminal with PARMRK makes of good pieces with a damaged byte between each two."""
    return b"\xff\x00\x55".join(piece.replace(b"\xff", b"\xff\xff") for piece in pieces)


@given(st.lists(st.binary(max_size=12), min_size=1, max_size=5), st.integers(1, 7))
def test_marks_are_taken_out_however_the_stream_is_cut(pieces: list[bytes], step: int) -> None:
    stream = marked(pieces)
    unmarker = Unmarker()
    seen = [b""]
    for at in range(0, len(stream), step):
        first, *others = unmarker.feed(stream[at : at + step])
        seen[-1] += first
        seen.extend(others)
    assert seen == pieces
