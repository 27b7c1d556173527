"""Which controls of a card are touched, on cards as pyalsaaudio shows them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import ClassVar

import pytest

from drivers import alsa_mixer
from drivers.alsa_mixer import open_up


class Control:
    """A simple mixer element."""

    def __init__(
        self, volume: int | None = None, bounds: tuple[int, int] = (-6000, 0), muted: bool | None = None
    ) -> None:
        self.volume, self.bounds, self.muted = volume, bounds, muted


class Card(SimpleNamespace):
    """In place of the module `alsaaudio`."""

    VOLUME_UNITS_DB = 2
    controls: ClassVar[dict[tuple[str, int], Control]] = {}

    class ALSAAudioError(Exception):
        pass

    @staticmethod
    def mixers(cardindex: int) -> list[str]:
        if cardindex != 1:
            raise Card.ALSAAudioError("No such file or directory")
        return [name for name, _ in Card.controls]

    class Mixer:
        def __init__(self, name: str, id: int, **_card: int) -> None:  # noqa: A002
            self.control = Card.controls[(name, id)]

        def volumecap(self) -> list[str]:
            return [] if self.control.volume is None else ["Joined Playback Volume"]

        def switchcap(self) -> list[str]:
            return [] if self.control.muted is None else ["Playback Mute"]

        def getrange(self, **_units: int) -> tuple[int, int]:
            return self.control.bounds

        def getvolume(self, **_units: int) -> list[int]:
            return [self.control.volume or 0] * 2

        def setvolume(self, volume: int, **_units: int) -> None:
            self.control.volume = volume

        def getmute(self) -> list[int]:
            return [int(bool(self.control.muted))] * 2

        def setmute(self, muted: int) -> None:
            self.control.muted = bool(muted)

        def close(self) -> None:
            pass


def card(monkeypatch: pytest.MonkeyPatch, **controls: Control) -> None:
    monkeypatch.setattr(alsa_mixer, "alsaaudio", Card)
    monkeypatch.setattr(Card, "controls", {(name, 0): control for name, control in controls.items()})


def test_a_muted_card_is_heard_at_the_level_that_it_had(monkeypatch: pytest.MonkeyPatch) -> None:
    master = Control(-2000, muted=True)
    card(monkeypatch, Master=master)
    assert open_up(1) == ["Master: on"]
    assert (master.volume, master.muted) == (-2000, False)


def test_a_control_at_its_lowest_is_set_to_0_db_and_never_boosts(monkeypatch: pytest.MonkeyPatch) -> None:
    pcm, headphone = Control(-6000, (-6000, 400)), Control(-6000, (-6000, -300))
    card(monkeypatch, PCM=pcm, Headphone=headphone)
    assert open_up(1) == ["PCM: 0 dB", "Headphone: -3 dB"]
    assert (pcm.volume, headphone.volume) == (0, -300)


def test_what_somebody_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    speaker = Control(-3500, muted=False)
    card(monkeypatch, Speaker=speaker)
    assert open_up(1) == []
    assert speaker.volume == -3500


def test_microphones_and_beeps_are_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    beep = Control(-6000, muted=True)
    card(monkeypatch, Beep=beep, **{"Mic Boost": Control(-6000)})
    assert open_up(1) == []
    assert beep.muted


def test_a_card_without_a_mixer_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    card(monkeypatch)
    assert open_up(0) == []


def test_without_pyalsaaudio_the_mixer_stays_and_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alsa_mixer, "alsaaudio", None)
    assert "pyalsaaudio is not installed" in open_up(1)[0]
