"""The microphone against libasound's `null` and against a library that answers as told."""

from __future__ import annotations

import ctypes
import errno
from pathlib import Path

import pytest

from drivers.microphone import AlsaMicrophone, open_microphone
from mos_appliance.errors import Unavailable


class ScriptedCapture:
    """Says how much is there from a list, then nothing; notes what was called."""

    def __init__(self, *available: int, start: int = 0) -> None:
        self.available = list(available)
        self.starts = start
        self.calls: list[str] = []

    def snd_pcm_avail_update(self, _handle: ctypes.c_void_p) -> int:
        return self.available.pop(0) if self.available else 0

    def snd_pcm_readi(self, _handle: ctypes.c_void_p, _address: int, frames: int) -> int:
        self.calls.append(f"read {frames}")
        return frames

    def snd_pcm_prepare(self, _handle: ctypes.c_void_p) -> int:
        self.calls.append("prepare")
        return 0

    def snd_pcm_start(self, _handle: ctypes.c_void_p) -> int:
        self.calls.append("start")
        return self.starts

    def snd_pcm_close(self, _handle: ctypes.c_void_p) -> int:
        self.calls.append("close")
        return 0


def microphone(*available: int, start: int = 0) -> tuple[AlsaMicrophone, ScriptedCapture]:
    library = ScriptedCapture(*available, start=start)
    return AlsaMicrophone(library, ctypes.c_void_p(), "hw:1", 64), library


def test_only_whole_blocks_are_taken() -> None:
    mic, library = microphone(63, 64, 200, 0)
    assert [mic.read_into(1000) for _ in range(4)] == [False, True, True, False]
    assert library.calls == ["prepare", "start", "read 64", "read 64"]


def test_sound_lost_by_reading_too_late_is_counted_and_it_goes_on() -> None:
    mic, library = microphone(-errno.EPIPE, 64)
    assert [mic.read_into(1000), mic.read_into(1000)] == [False, True]
    assert mic.overruns == 1
    assert library.calls == ["prepare", "start", "prepare", "start", "read 64"]


def test_a_microphone_that_went_gives_nothing_and_no_error() -> None:
    mic, _ = microphone(-errno.ENODEV, 64)
    assert [mic.read_into(1000), mic.read_into(1000)] == [False, False]
    assert mic.lost


def test_a_microphone_that_does_not_start_is_lost_at_once() -> None:
    assert microphone(start=-errno.EIO)[0].lost


def test_it_is_closed_once() -> None:
    mic, library = microphone()
    mic.close()
    mic.close()
    assert library.calls.count("close") == 1


@pytest.fixture
def nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    config = tmp_path / "asound.conf"
    config.write_text("</usr/share/alsa/alsa.conf>\npcm.nothing { type null }\n")
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(config))
    return tmp_path


def test_a_named_device_is_opened_through_alsa(nothing: Path) -> None:
    mic = open_microphone("nothing", 64, proc=nothing)
    block = ctypes.create_string_buffer(128)
    mic.read_into(ctypes.addressof(block))
    assert not mic.lost
    mic.close()


def test_a_microphone_that_is_not_there_says_so(nothing: Path) -> None:
    with pytest.raises(Unavailable, match="hw:CARD=Nobody"):
        open_microphone("hw:CARD=Nobody", 64, proc=nothing)
