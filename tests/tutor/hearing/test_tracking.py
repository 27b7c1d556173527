from __future__ import annotations

import numpy as np
import pytest

from mos_appliance.tutor.hearing.spectrum import HOP_MS, LOWEST_PITCH, PITCHES
from mos_appliance.tutor.hearing.tracking import HeardNote, NoteTracker, Struck, TrackerSettings

KEY = 60 - LOWEST_PITCH


def frames(count: int) -> np.ndarray:
    return np.zeros((count, PITCHES, 3), np.float32)


def strike(chances: np.ndarray, frame: int, until: int, key: int = KEY, onset: float = 0.9) -> None:
    chances[frame : frame + 2, key, 0] = onset
    chances[frame:until, key, 1] = 0.9
    chances[frame : frame + 2, key, 2] = 0.5


def heard(
    chances: np.ndarray, settings: TrackerSettings | None = None
) -> tuple[list[HeardNote], list[tuple[int, Struck]]]:
    tracker = NoteTracker(settings or TrackerSettings(onset=0.4, held=0.25))
    told = [(number, note) for number, frame in enumerate(chances) for note in tracker.push(frame)]
    told += [(len(chances), note) for note in tracker.close()]
    return tracker.notes, told


def test_a_note_has_its_pitch_times_loudness_and_how_sure_it_is() -> None:
    chances = frames(40)
    strike(chances, 10, 30)
    (note,), _ = heard(chances)
    assert note.pitch == 60
    assert note.onset_ms == pytest.approx(10.5 * HOP_MS, abs=HOP_MS)
    assert note.duration_ms == pytest.approx(20 * HOP_MS, abs=2 * HOP_MS)
    assert note.velocity == 64
    assert note.confidence == pytest.approx(0.81)


def test_it_is_told_within_two_frames_of_its_peak() -> None:
    chances = frames(40)
    strike(chances, 10, 30)
    _, ((frame, struck),) = heard(chances)
    assert frame <= 12
    assert struck.pitch == 60


def test_what_is_too_faint_is_not_believed() -> None:
    chances = frames(20)
    strike(chances, 5, 15, onset=0.43)
    assert heard(chances)[0] == []


def test_a_key_struck_again_ends_the_note_before() -> None:
    chances = frames(60)
    strike(chances, 10, 50)
    strike(chances, 30, 50)
    first, second = heard(chances)[0]
    assert first.onset_ms + first.duration_ms <= second.onset_ms + HOP_MS
    assert second.onset_ms > first.onset_ms + 15 * HOP_MS


def test_thresholds_for_each_key_take_the_place_of_the_common_one() -> None:
    chances = frames(20)
    strike(chances, 5, 15, onset=0.32)
    strike(chances, 5, 15, key=KEY + 4, onset=0.5)
    needed = np.full(PITCHES, 0.6, np.float32)
    needed[KEY] = 0.2
    tracker = NoteTracker(TrackerSettings())
    for frame in chances:
        tracker.push(frame, needed)
    tracker.close()
    assert [note.pitch for note in tracker.notes] == [60]


def test_a_note_that_never_ends_is_ended() -> None:
    chances = frames(2000)
    strike(chances, 5, 2000)
    (note,), _ = heard(chances)
    assert note.duration_ms <= 31_000


def test_a_note_in_the_very_last_frame_is_not_lost() -> None:
    chances = frames(12)
    chances[11, KEY, :2] = 0.9
    (note,), _ = heard(chances)
    assert note.pitch == 60
