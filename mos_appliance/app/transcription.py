"""A recording through the hearing network, block by block."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np

from mos_appliance.app.models import HearingNetwork
from mos_appliance.app.recording_file import Recording
from mos_appliance.music.smf import EVENT, Smf, Track
from mos_appliance.tutor.hearing.level import LevelMeter
from mos_appliance.tutor.hearing.melody import Pitches, PitchTracker, melody_of, transposition_of
from mos_appliance.tutor.hearing.resampling import Resampler
from mos_appliance.tutor.hearing.tracking import HeardNote
from mos_appliance.tutor.hearing.transcribing import FILE_STRETCH, Transcriber

if TYPE_CHECKING:
    from mos_appliance.tutor.score_map import ScoreMap

_DIVISION: Final = 960
_TAIL: Final = 2048
_LOUDEST_VELOCITY: Final = 100
_VELOCITY_A_DB: Final = 2.0
_MS_A_QUARTER: Final = 500.0


def transcribe(
    recording: Recording, score: ScoreMap | None = None, progress: Callable[[float], None] | None = None
) -> list[HeardNote]:
    """The notes of a recording, by onset. Errors: `Unavailable` without LiteRT or the model, `Corrupt`."""
    network = HearingNetwork()
    meter = LevelMeter(recording.rate)
    for block in recording.blocks():
        meter.push(block)
    expectation = None
    if score is not None:
        from mos_appliance.tutor.hearing.expecting import Expectation

        expectation = Expectation(score)
    listening = Transcriber(network, recording.rate, gain=meter.gain(), stretch=FILE_STRETCH, expectation=expectation)
    done = 0
    for block in recording.blocks():
        listening.push(block)
        done += len(block)
        if progress:
            progress(done / recording.frames)
    return listening.close()


def hear_melody(
    recording: Recording, progress: Callable[[float], None] | None = None
) -> tuple[list[HeardNote], list[float]]:
    """The notes of one voice, and the cents of each above its key. It needs no model."""
    resampler, tracker = Resampler(recording.rate), PitchTracker()
    parts, done = [], 0
    for block in recording.blocks():
        parts.append(tracker.push(resampler.push(block)))
        done += len(block)
        if progress:
            progress(done / recording.frames)
    parts.append(tracker.push(np.zeros(_TAIL, np.float32)))
    notes = melody_of(Pitches(*(np.concatenate(column) for column in zip(*parts, strict=True))))
    loudest = max((note.level_db for note in notes), default=0.0)
    heard = [
        HeardNote(note.onset_ms, note.duration_ms, note.pitch, _velocity(note.level_db - loudest), note.clarity)
        for note in notes
    ]
    return heard, [note.cents for note in notes]


def transposition(notes: list[HeardNote], score: ScoreMap | None) -> int | None:
    """By how many semitones all lies above the score; None without one, or where it is not recognised."""
    if score is None:
        return None
    return transposition_of([note.pitch for note in notes], score.pitch_of)


def _velocity(below_loudest_db: float) -> int:
    return int(np.clip(round(_LOUDEST_VELOCITY + below_loudest_db * _VELOCITY_A_DB), 1, 127))


def as_smf(notes: list[HeardNote]) -> Smf:
    """The notes as a MIDI file in which a tick is about half a millisecond."""
    rows = []
    for note in notes:
        start = round(note.onset_ms * _DIVISION / _MS_A_QUARTER)
        end = max(start + 1, round((note.onset_ms + note.duration_ms) * _DIVISION / _MS_A_QUARTER))
        rows += [(start, 0x90, note.pitch, note.velocity), (end, 0x80, note.pitch, 64)]
    rows.sort()
    events = np.zeros(len(rows), EVENT)
    for place, name in enumerate(("tick", "status", "data1", "data2")):
        events[name] = [row[place] for row in rows]
    return Smf(0, _DIVISION, (Track((), int(events["tick"][-1]) if rows else 0),), events)
