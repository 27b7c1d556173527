"""What a microphone hears becomes notes of the engine's clock: a piece that the engine played, block by block."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray

from mos_appliance.app.command_line import main
from mos_appliance.app.engine_rings import CAPTURE_BLOCKS, CaptureRing
from mos_appliance.app.models import HearingNetwork
from mos_appliance.app.recording_file import samples_of
from mos_appliance.app.tutor_ear import DELAY_MS, Ear, Heard
from mos_appliance.music.notes import read_notes
from mos_appliance.music.smf_write import write_smf
from mos_appliance.tutor.score_map import map_score
from mos_appliance.units import SAMPLE_RATE
from tests.app.scores import QUARTER, smf_of
from tests.fuzz.recording import wav
from tests.tutor.hearing.scoring import compare

NOTES: Final = [
    (beat * QUARTER, QUARTER * 7 // 8, pitch, 80)
    for beat, tones in enumerate(((60, 64), (67,), (65,), (64,), (62, 55), (60,), (67,), (64, 72), (71,), (69,)))
    for pitch in tones
]
PLAYED: Final = [(start / QUARTER * 500.0, pitch) for start, _, pitch, _ in NOTES]
BEGAN_NS: Final = 5_000_000_000_000
_LOOK: Final = 896
"""Whole blocks of either size; some 20 ms."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> NDArray[np.int16]:
    folder = tmp_path_factory.mktemp("played")
    score, out = folder / "score.mid", folder / "sound.wav"
    score.write_bytes(write_smf(smf_of(NOTES)))
    assert main(["render", str(score), "-o", str(out)]) == 0
    return samples_of(out)


class Room:
    """A microphone's ring, the ear at it, and time that goes by as sound does."""

    def __init__(self, run: Path, period: int = 64) -> None:
        self.run, self.period = run, period
        self.ring = CaptureRing(run, period, 0)
        self.ear = Ear(run, map_score(read_notes(smf_of(NOTES))), HearingNetwork)
        self.frames = 0
        self.waits_ms: list[float] = []

    @property
    def now_ns(self) -> int:
        return BEGAN_NS + self.frames * 1_000_000_000 // SAMPLE_RATE

    def record(self, samples: NDArray[np.int16]) -> None:
        for begin in range(0, len(samples) - self.period + 1, self.period):
            block = np.ascontiguousarray(samples[begin : begin + self.period])
            ctypes.memmove(self.ring.next_address(), block.ctypes.data, 2 * self.period)
            self.ring.pushed()
            self.frames += self.period

    def listen(self, samples: NDArray[np.int16], late_ns: int = 0) -> Iterator[Heard]:
        for begin in range(0, len(samples), _LOOK):
            self.record(samples[begin : begin + _LOOK])
            for heard in self.ear.hear(self.now_ns + late_ns * (begin // _LOOK % 3)):
                if heard.on:
                    self.waits_ms.append((self.now_ns - heard.at_ns) / 1e6)
                yield heard


@pytest.fixture
def room(tmp_path: Path) -> Room:
    made = Room(tmp_path)
    assert made.ear.hear(made.now_ns) == []
    return made


def onsets(heard: list[Heard]) -> list[tuple[float, int]]:
    return [((note.at_ns - BEGAN_NS) / 1e6, note.pitch) for note in heard if note.on]


def sounding(heard: list[Heard]) -> set[int]:
    """The keys that still sound. A note that ends has begun before."""
    down: set[int] = set()
    for note in heard:
        if not note.on:
            assert note.pitch in down
        (down.add if note.on else down.discard)(note.pitch)
    return down


def test_notes_begin_when_they_were_played_and_are_told_in_time(room: Room, sound: NDArray[np.int16]) -> None:
    heard = list(room.listen(sound))
    assert compare(onsets(heard), PLAYED).f >= 0.9
    assert sounding(heard) == set()
    assert max(room.waits_ms) <= DELAY_MS


def test_a_tutor_that_is_late_now_and_then_tells_the_same_times(room: Room, sound: NDArray[np.int16]) -> None:
    heard = list(room.listen(sound, late_ns=9_000_000))
    assert compare(onsets(heard), PLAYED).f >= 0.9


def test_a_soft_recording_is_heard_like_a_loud_one(room: Room, sound: NDArray[np.int16]) -> None:
    heard = list(room.listen((sound // 12).astype(np.int16)))
    assert compare(onsets(heard), PLAYED).f >= 0.85


def test_what_sounds_is_ended_when_the_ear_closes(room: Room, sound: NDArray[np.int16]) -> None:
    heard = list(room.listen(sound[: SAMPLE_RATE // 3]))
    assert sounding(heard)
    assert sounding(heard + room.ear.close(room.now_ns)) == set()


def test_sound_that_nobody_listened_to_in_time_is_left_out_and_hearing_goes_on(
    room: Room, sound: NDArray[np.int16]
) -> None:
    heard = list(room.listen(sound[: SAMPLE_RATE // 3]))
    room.record(np.zeros(CAPTURE_BLOCKS * room.period, np.int16))
    heard += room.ear.hear(room.now_ns)
    assert sounding(heard) == set()
    gap_ms = (room.now_ns - BEGAN_NS) / 1e6
    later = onsets(list(room.listen(sound)))
    assert compare([(at - gap_ms, pitch) for at, pitch in later], PLAYED).f >= 0.9


def test_the_ring_of_another_engine_is_heard_from_its_beginning_on(room: Room, sound: NDArray[np.int16]) -> None:
    list(room.listen(sound[: SAMPLE_RATE // 3]))
    room.ring = CaptureRing(room.run, 128, 0)
    room.period = 128
    assert room.ear.hear(room.now_ns) == []
    gap_ms = (room.now_ns - BEGAN_NS) / 1e6
    later = onsets(list(room.listen(sound)))
    assert compare([(at - gap_ms, pitch) for at, pitch in later], PLAYED).f >= 0.9


def test_without_a_microphone_nothing_is_heard(tmp_path: Path) -> None:
    ear = Ear(tmp_path, map_score(read_notes(smf_of(NOTES))), HearingNetwork)
    assert ear.hear(BEGAN_NS) == []
    assert ear.close(BEGAN_NS) == []


def test_a_recording_of_any_rate_is_a_microphone_of_48_khz(tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    tone = 0.5 * np.sin(2 * np.pi * 440.0 * np.arange(22_050) / 22_050)
    path.write_bytes(wav(np.rint(tone * 32_767).astype("<i2").tobytes(), 1, 1, 22_050, 16))
    samples = samples_of(path)
    assert abs(len(samples) - SAMPLE_RATE) < 480
    spectrum = np.abs(np.fft.rfft(samples[:SAMPLE_RATE].astype(np.float64)))
    assert int(spectrum.argmax()) == 440
