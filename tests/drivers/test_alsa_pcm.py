"""The PCM against libasound itself (its plugins `null` and `file` need no hardware), and against scripted failures."""

from __future__ import annotations

import ctypes
import errno
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from drivers import alsa_pcm
from drivers import libasound as alsa
from drivers.alsa_pcm import AlsaPcm, open_best, open_pcm, smallest_period
from mos_appliance.engine.ports import DeviceLost
from mos_appliance.errors import Unavailable

_CONFIG = """
</usr/share/alsa/alsa.conf>
pcm.nothing { type null }
pcm.kept { type file slave.pcm "nothing" file "%s" format "raw" }
"""


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that holds what the PCM `kept` was given; `nothing` takes all and keeps none."""
    path = tmp_path / "kept.raw"
    config = tmp_path / "asound.conf"
    config.write_text(_CONFIG % path)
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(config))
    return path


def play(name: str, samples: np.ndarray, formats: tuple[alsa.SampleFormat, ...]) -> AlsaPcm:
    pcm = open_pcm(name, 64, formats=formats)
    for block in samples.reshape(-1, 128):
        assert pcm.write(block.ctypes.data) == 0
    pcm.close()
    return pcm


def noise(blocks: int) -> np.ndarray:
    return np.random.default_rng(1).integers(-(2**31), 2**31, blocks * 128, dtype="<i4")


def test_a_device_gives_the_period_that_it_was_asked_for(kept: Path) -> None:
    for period in alsa_pcm.PERIODS:
        pcm = open_pcm("nothing", period)
        assert (pcm.period, pcm.periods, pcm.device_period, pcm.rate) == (period, 2, period, 48_000)
        pcm.close()


def test_32_bits_reach_the_device_as_they_are(kept: Path) -> None:
    samples = noise(10)
    pcm = play("kept", samples, alsa.FORMATS)
    assert (pcm.format, pcm.bits, pcm.sample_bytes) == ("S32_LE", 32, 4)
    assert kept.read_bytes() == samples.tobytes()


def test_packed_24_bits_are_the_upper_three_bytes_low_bits_included(kept: Path) -> None:
    samples = noise(10)
    pcm = play("kept", samples, (alsa.S24_3LE,))
    assert (pcm.format, pcm.bits, pcm.sample_bytes) == ("S24_3LE", 24, 4)
    assert kept.read_bytes() == samples.view("u1").reshape(-1, 4)[:, 1:].tobytes()


def test_24_bits_in_32_are_shifted_with_their_sign(kept: Path) -> None:
    samples = noise(10)
    pcm = play("kept", samples, (alsa.S24_LE,))
    assert (pcm.format, pcm.bits, pcm.sample_bytes) == ("S24_LE", 24, 4)
    assert kept.read_bytes() == (samples >> 8).tobytes()


def test_16_bits_are_taken_as_16_bits(kept: Path) -> None:
    samples = noise(10).astype("<i2")
    pcm = play("kept", samples, (alsa.S16_LE,))
    assert (pcm.format, pcm.bits, pcm.sample_bytes) == ("S16_LE", 16, 2)
    assert kept.read_bytes() == samples.tobytes()


def test_closing_twice_is_harmless(kept: Path) -> None:
    pcm = open_pcm("nothing", 64)
    pcm.close()
    pcm.close()


def test_a_device_that_is_not_there_says_so_and_when_to_ask_again(kept: Path) -> None:
    with pytest.raises(Unavailable, match=r"hw:CARD=Nobody.*there is no such device|not there") as caught:
        open_pcm("hw:CARD=Nobody,DEV=0", 64)
    assert caught.value.retry_s


# ---- failures, by a library that answers as told -------------------------------------------------------------------


class ScriptedLibrary:
    """Answers `snd_pcm_writei` from a list (then takes everything) and notes what was called."""

    def __init__(self, *answers: int, prepare: int = 0) -> None:
        self.answers = list(answers)
        self.prepared = prepare
        self.calls: list[tuple[str, int]] = []

    def snd_pcm_writei(self, _handle: ctypes.c_void_p, address: int, frames: int) -> int:
        self.calls.append(("write", frames))
        if self.answers and address != self.silence:
            return self.answers.pop(0)
        return frames

    def snd_pcm_prepare(self, _handle: ctypes.c_void_p) -> int:
        self.calls.append(("prepare", 0))
        return self.prepared

    def snd_pcm_drop(self, _handle: ctypes.c_void_p) -> int:
        return 0

    snd_pcm_close = snd_pcm_drop

    def snd_pcm_delay(self, _handle: ctypes.c_void_p, _delay: object) -> int:
        return -errno.EPIPE

    silence = -1


def scripted(*answers: int, prepare: int = 0) -> tuple[AlsaPcm, ScriptedLibrary]:
    library = ScriptedLibrary(*answers, prepare=prepare)
    granted = alsa.Granted(alsa.S16_LE, 16, 2, 64, 128)
    pcm = AlsaPcm(library, ctypes.c_void_p(), "hw:0", "", 64, granted)
    library.silence = ctypes.addressof(pcm._silence)
    return pcm, library


@pytest.mark.parametrize("code", [errno.EPIPE, errno.ESTRPIPE])
def test_an_xrun_is_counted_and_the_block_follows_silence(code: int) -> None:
    pcm, library = scripted(-code)
    assert pcm.write(1000) == 1
    assert library.calls == [("write", 64), ("prepare", 0), ("write", 64), ("write", 64)]
    assert pcm.xruns == 1
    assert pcm.write(1000) == 0


def test_two_xruns_in_one_block_are_two() -> None:
    pcm, _ = scripted(-errno.EPIPE, -errno.EPIPE)
    assert pcm.write(1000) == 2


def test_a_short_write_is_finished_and_is_no_xrun() -> None:
    pcm, library = scripted(40)
    assert pcm.write(1000) == 0
    assert library.calls == [("write", 64), ("write", 24)]


def test_a_signal_is_no_xrun() -> None:
    pcm, library = scripted(-errno.EINTR)
    assert pcm.write(1000) == 0
    assert library.calls == [("write", 64), ("write", 64)]


@pytest.mark.parametrize("code", [errno.ENODEV, errno.EIO, errno.ENXIO, errno.EBADF])
def test_a_device_that_went_is_lost(code: int) -> None:
    pcm, _ = scripted(-code)
    with pytest.raises(DeviceLost, match="hw:0"):
        pcm.write(1000)


def test_a_device_that_cannot_be_prepared_any_more_is_lost() -> None:
    pcm, _ = scripted(-errno.EPIPE, prepare=-errno.ENODEV)
    with pytest.raises(DeviceLost):
        pcm.write(1000)


def test_a_device_that_only_ever_xruns_is_given_up_and_not_tried_for_ever() -> None:
    pcm, _ = scripted(*[-errno.EPIPE] * 100)
    with pytest.raises(DeviceLost, match="takes no block"):
        pcm.write(1000)


def test_a_device_that_does_not_run_has_no_delay() -> None:
    pcm, _ = scripted()
    assert pcm.delay_frames() == 0


# ---- choosing device and period ------------------------------------------------------------------------------------


def opener_of(*working: str) -> tuple[Callable[..., AlsaPcm], list[str]]:
    """Opens only the names given; the list tells what was tried."""
    tried: list[str] = []

    def opener(name: str, period: int, label: str = "", exactly: bool = True) -> AlsaPcm:
        tried.append(name)
        if name not in working:
            raise Unavailable(f"{name}: another program has it")
        return scripted()[0]

    return opener, tried


@pytest.fixture
def two_cards(tmp_path: Path) -> Path:
    (tmp_path / "cards").write_text(
        " 0 [vc4hdmi        ]: vc4-hdmi - vc4-hdmi\n                      vc4-hdmi\n"
        " 1 [Device         ]: USB-Audio - USB Audio Device\n                      Maker USB Audio Device at usb-1\n"
    )
    (tmp_path / "pcm").write_text(
        "00-00: MAI PCM i2s-hifi-0 : MAI PCM i2s-hifi-0 : playback 1\n01-00: USB Audio : USB Audio : playback 1\n"
    )
    return tmp_path


def test_the_usb_converter_is_tried_before_hdmi_and_its_mixer_is_opened_up(two_cards: Path) -> None:
    opener, tried = opener_of("hw:CARD=Device,DEV=0", "hw:CARD=vc4hdmi,DEV=0")
    opened_up: list[int] = []
    open_best(64, proc=two_cards, opener=opener, open_up=opened_up.append)
    assert tried == ["hw:CARD=Device,DEV=0"]
    assert opened_up == [1]


def test_when_all_cards_are_taken_the_sound_server_is_asked(two_cards: Path) -> None:
    opener, tried = opener_of("default")
    open_best(64, proc=two_cards, opener=opener, open_up=lambda _card: pytest.fail("not our card"))
    assert tried == [
        "hw:CARD=Device,DEV=0",
        "plughw:CARD=Device,DEV=0",
        "hw:CARD=vc4hdmi,DEV=0",
        "plughw:CARD=vc4hdmi,DEV=0",
        "default",
    ]


def test_a_card_named_by_its_id_is_the_only_one_tried(two_cards: Path) -> None:
    opener, tried = opener_of()
    with pytest.raises(Unavailable, match="another program has it"):
        open_best(64, "vc4hdmi", proc=two_cards, opener=opener)
    assert tried == ["hw:CARD=vc4hdmi,DEV=0", "plughw:CARD=vc4hdmi,DEV=0"]


def test_any_other_name_goes_to_alsa_as_it_is(two_cards: Path) -> None:
    opener, tried = opener_of("mydac")
    open_best(64, "mydac", proc=two_cards, opener=opener)
    assert tried == ["mydac"]


def test_the_first_period_without_an_xrun_is_taken() -> None:
    tried: list[int] = []

    def open_at(period: int) -> AlsaPcm:
        tried.append(period)
        if period == 64:
            raise Unavailable("has no period of 64 frames")
        return scripted(*([64, -errno.EPIPE] if period == 48 else []))[0]

    assert smallest_period(open_at, 0.1) == 128
    assert tried == [64, 48, 128]


def test_when_no_period_holds_each_reason_is_told() -> None:
    with pytest.raises(Unavailable, match="xruns at 64 frames; xruns at 48 frames"):
        smallest_period(lambda _period: scripted(-errno.EPIPE)[0], 0.1)


def test_probing_does_the_work_of_each_block() -> None:
    worked: list[int] = []
    assert smallest_period(lambda _period: scripted()[0], 0.1, worked.append) == 64
    assert worked == [64] * (2 + 75)


def test_the_settled_device_is_played_at_the_period_remembered_for_it(kept: Path) -> None:
    assert alsa_pcm.open_settled("nothing", {"nothing": 128}, 0.01).period == 128
    assert alsa_pcm.open_settled("nothing", {}, 0.01).period == 64
