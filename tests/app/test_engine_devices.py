"""Which device the engine opens, and what it tells of it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from drivers import alsa_pcm, simulated
from mos_appliance.app.engine_devices import SoundChoice
from mos_appliance.engine.ports import DeviceLost
from mos_appliance.errors import Unavailable
from mos_appliance.wire.files import RunFile, Sound, decode_file
from mos_appliance.wire.records import DeviceState


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
