"""The loop around the block: what it does when the sound device goes and comes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from drivers.simulated import ScriptedMicrophone
from mos_appliance.app import engine_loop
from mos_appliance.app.engine_link import HubLink
from mos_appliance.app.engine_loop import Loop
from mos_appliance.engine.costs import OFFLINE, CostTable
from mos_appliance.engine.instrument import Engine
from mos_appliance.engine.panel import Panel
from mos_appliance.engine.ports import DeviceLost
from mos_appliance.wire.records import DeviceState, Kind, MicrophoneState, Record, Source, decode
from tests.engine.recording_synth import RecordingSynth


class Microphone(ScriptedMicrophone):
    """Counts how many of it are open."""

    opened = 0

    def __init__(self, period: int) -> None:
        super().__init__(np.zeros(0, np.int16), period)
        Microphone.opened += 1

    def close(self) -> None:
        Microphone.opened -= 1


class Unplugged:
    """A sound device that is pulled out after some blocks."""

    name, rate, periods, sample_bytes, bits = "Device", 48_000, 2, 4, 24

    def __init__(self, period: int, blocks: int) -> None:
        self.period = period
        self.left = blocks
        self.closed = False

    def write(self, address: int) -> int:  # noqa: ARG002
        if not self.left:
            raise DeviceLost("pulled out")
        self.left -= 1
        return 0

    def delay_frames(self) -> int:
        return 0

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def synth() -> RecordingSynth:
    return RecordingSynth()


@pytest.fixture
def loop(tmp_path: Path, synth: RecordingSynth) -> Iterator[Loop]:
    Microphone.opened = 0
    engine = Engine(synth, Panel(), OFFLINE)
    yield Loop(engine, HubLink(tmp_path), tmp_path, [], 1, Microphone)


@pytest.mark.parametrize("period", [48, 64, 128, 256])
def test_a_device_that_is_pulled_out_and_another_leave_one_microphone_open_at_a_time(loop: Loop, period: int) -> None:
    for _ in range(3):
        device = Unplugged(period, 200)
        loop.play(device, DeviceState.PLAYING)
        assert device.closed
        assert Microphone.opened == 0


class Paced(Unplugged):
    """A device that is waited for, but in every third block, by a clock of its own."""

    def __init__(self, blocks: int, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(64, blocks)
        self.now, self.slept = 0, []
        monkeypatch.setattr(engine_loop, "monotonic_ns", lambda: self.now)
        monkeypatch.setattr(engine_loop, "sleep", lambda seconds: self.slept.append(round(seconds * 1e9)))

    def write(self, address: int) -> int:
        if self.left % 3:
            self.now += 1_000_000
        return super().write(address)


def test_keys_are_waited_for_only_where_the_device_was_waited_for(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    loop._engine.set_costs(CostTable(50_000, 5_000, 50_000, 25_000, 150_000))
    loop.patient = True
    device = Paced(30, monkeypatch)
    loop.play(device, DeviceState.PLAYING)
    assert device.slept == [loop._engine.patience_ns(64)] * 20
    assert device.slept[0] > 300_000


def test_a_simulated_device_and_a_process_that_is_woken_late_wait_for_no_keys(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for patient, state in ((True, DeviceState.SIMULATED), (False, DeviceState.PLAYING)):
        loop.patient = patient
        device = Paced(30, monkeypatch)
        loop.play(device, state)
        assert device.slept == []


def test_what_is_held_when_the_device_goes_is_released(loop: Loop, synth: RecordingSynth) -> None:
    loop._engine.live(Source.KEYBOARD, 0x90, 60, 100, 0)
    loop.play(Unplugged(64, 3), DeviceState.PLAYING)
    assert synth.unclosed() == set()


def test_a_device_that_was_reopened_more_often_than_a_record_can_count_is_told_all_the_same(loop: Loop) -> None:
    loop.reopened = 70_000
    loop.play(Unplugged(64, 3), DeviceState.PLAYING)


class FastMicrophone(Microphone):
    """Its clock is faster than the loudspeaker's: now and then two blocks are there."""

    def __init__(self, period: int) -> None:
        super().__init__(period)
        self.waiting = 0
        self.asked = 0

    def read_into(self, address: int) -> bool:  # noqa: ARG002
        self.asked += 1
        return self.asked % 7 != 0


def test_a_microphone_whose_clock_is_faster_is_read_twice_a_block(tmp_path: Path, synth: RecordingSynth) -> None:
    microphones: list[FastMicrophone] = []

    def open_microphone(period: int) -> FastMicrophone:
        microphones.append(FastMicrophone(period))
        return microphones[-1]

    loop = Loop(Engine(synth, Panel(), OFFLINE), HubLink(tmp_path), tmp_path, [], 1, open_microphone)
    loop.play(Unplugged(64, 100), DeviceState.PLAYING)
    assert microphones[0].asked > 160


def test_lost_sound_of_the_microphone_is_told(tmp_path: Path, synth: RecordingSynth) -> None:
    microphone = Microphone(64)
    told: list[Record] = []
    engine = Engine(synth, Panel(), OFFLINE)
    loop = Loop(engine, HubLink(tmp_path), tmp_path, [], 1, lambda _: microphone)
    loop._link.send = lambda outbox: told.extend(decode(outbox.take()))  # type: ignore[method-assign]
    microphone.overruns = 3
    loop.play(Unplugged(64, 100), DeviceState.PLAYING)
    microphone.overruns, microphone.lost = 4, True
    loop.play(Unplugged(64, 100), DeviceState.PLAYING)
    states = [record for record in told if record.kind == Kind.SOUND_DEVICE_CHANGED]
    assert (states[0].value("microphone"), states[0].value("overruns")) == (MicrophoneState.OPEN, 3)
    assert (MicrophoneState.LOST, 4) in [(record.value("microphone"), record.value("overruns")) for record in states]


def test_what_was_lost_and_is_back_ends_the_loop_without_a_loss(tmp_path: Path, synth: RecordingSynth) -> None:
    came = iter([False, False, True])
    engine = Engine(synth, Panel(), OFFLINE)
    loop = Loop(engine, HubLink(tmp_path), tmp_path, [], 1, lambda _: None, lambda: next(came))
    engine.live(Source.KEYBOARD, 0x90, 60, 100, 0)
    device = Unplugged(64, 100_000)
    loop.play(device, DeviceState.PLAYING)
    assert device.closed
    assert device.left > 90_000
    assert engine.keyboard.holds(Source.KEYBOARD)
