"""Which device the engine opens, and what it tells of it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from drivers import alsa_pcm, microphone, simulated
from drivers.simulated import ScriptedMicrophone
from mos_appliance.app.engine_devices import Inputs, SoundChoice
from mos_appliance.app.settings import parse_process
from mos_appliance.engine.ports import DeviceLost
from mos_appliance.errors import Unavailable
from mos_appliance.wire.files import RunFile, Sound, decode_file
from mos_appliance.wire.records import DeviceState, Source


class Opened(NamedTuple):
    """A device as it was opened."""

    name: str = "USB Audio (hw:CARD=Device)"
    period: int = 64
    periods: int = 2
    bits: int = 24


def told(run: Path) -> Sound:
    return decode_file((run / RunFile.SOUND).read_bytes(), Sound, "sound.json")


@pytest.mark.parametrize(("opened", "settled"), [(Opened(period=48), True), (Opened(period=256, periods=4), False)])
def test_a_period_is_told_to_be_worth_remembering_unless_it_was_the_last_resort(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: Opened, settled: bool
) -> None:
    monkeypatch.setattr(alsa_pcm, "open_settled", lambda *_: opened)
    SoundChoice("auto", tmp_path, {}).open()
    assert told(tmp_path) == Sound(opened.name, opened.period, opened.periods, opened.bits, True, settled)


def test_a_period_that_was_asked_for_is_not_taken_for_one_that_the_device_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alsa_pcm, "open_best", lambda period, _: Opened(period=period))
    SoundChoice("alsa:Device@48", tmp_path, {}).open()
    assert not told(tmp_path).settled


def test_silence_lasts_until_something_is_plugged_in_that_can_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there: list[Opened] = []

    def open_settled(*_: object) -> Opened:
        if not there:
            raise Unavailable("there is no sound device")
        return there[0]

    monkeypatch.setattr(alsa_pcm, "open_settled", open_settled)
    monkeypatch.setattr(simulated.Pace, "write", lambda _: 0)
    choice = SoundChoice("auto", tmp_path, {}, proc=tmp_path)
    pcm, state = choice.open()
    for _ in range(1000):
        pcm.write(0)
    assert state == DeviceState.SIMULATED
    (tmp_path / "pcm").write_text("00-00: USB Audio : USB Audio : playback 1")
    for _ in range(3):  # it is there, but nobody may open it yet
        with pytest.raises(DeviceLost):
            for _ in range(1000):
                pcm.write(0)
        pcm, state = choice.open()
        assert state == DeviceState.SIMULATED
    there.append(Opened())
    with pytest.raises(DeviceLost):
        for _ in range(1000):
            pcm.write(0)
    assert choice.open() == (there[0], DeviceState.PLAYING)
    there.clear()
    with pytest.raises(Unavailable):  # one that was there is waited for
        choice.open()


def test_what_is_simulated_is_told_not_to_be_heard(tmp_path: Path) -> None:
    SoundChoice("silent", tmp_path, {}).open()
    assert (told(tmp_path).heard, told(tmp_path).settled) == (False, False)


def inputs(run: Path, nodes: Path, *words: str) -> Inputs:
    args = parse_process("engine", ["--run", str(run), "--data", str(run), *words])
    return Inputs(args, SoundChoice("silent", run, {}), nodes)


def test_a_din_socket_that_comes_late_is_opened_and_one_that_goes_is_opened_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "din"
    found = inputs(tmp_path, tmp_path, "--din", str(path))
    assert capsys.readouterr().err == f"no DIN MIDI for now: {path} cannot be opened\n"
    assert not found.come_back()
    player, ours = os.openpty()
    path.symlink_to(os.ttyname(ours))
    assert found.come_back()
    found.open(64)
    assert not found.come_back()
    os.write(player, bytes((0x90, 62, 100)))
    (_, din), *_ = [row for row in found.keyboards if row[0] == Source.DIN]
    for _ in range(2000):
        message = din.poll()
        if message is not None:
            break
        time.sleep(0.001)
    assert message == (0x90, 62, 100)
    os.close(player)
    os.close(ours)


def test_a_microphone_that_is_plugged_in_is_opened_a_moment_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    there: list[ScriptedMicrophone] = []

    def open_microphone(name: str, period: int) -> ScriptedMicrophone:
        if not there:
            raise Unavailable(f"{name}: is not there")
        return there[0]

    monkeypatch.setattr(microphone, "open_microphone", open_microphone)
    nodes = tmp_path / "snd"
    nodes.mkdir()
    found = inputs(tmp_path, nodes, "--microphone", "Mic")
    for _ in range(3):
        assert found.open(64) is None
    assert capsys.readouterr().err == "no microphone for now: Mic: is not there\n"
    (nodes / "pcmC1D0p").touch()
    assert not any(found.come_back() for _ in range(50))
    (nodes / "pcmC1D0c").touch()
    there.append(ScriptedMicrophone(np.zeros(0, np.int16), 64))
    assert [found.come_back() for _ in range(50)].count(True) == 1
    assert found.open(64) is there[0]
    assert not any(found.come_back() for _ in range(50))


def test_a_file_is_gone_on_with_when_it_was_given_back_to_be_opened_again(tmp_path: Path) -> None:
    choice = SoundChoice(f"wav:{tmp_path / 'x.wav'}", tmp_path, {})
    choice.open()[0].close()
    choice.interrupted = True
    choice.open()[0].close()
    with pytest.raises(Unavailable, match="was closed"):
        choice.open()
