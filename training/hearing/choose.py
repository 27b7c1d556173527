"""Chooses the thresholds: blind ones on the clips that were not learnt from.

`python -m training.hearing.choose CLIPS MODEL.tflite`: a table of F by threshold, dry and in rooms.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from drivers.model_runtime import Model
from mos_appliance.tutor.hearing.listening import FRAMES_AFTER, FRAMES_BEFORE
from mos_appliance.tutor.hearing.tracking import HeardNote, NoteTracker, TrackerSettings
from tests.tutor.hearing.scoring import compare
from training.hearing.recordings import VALIDATION_EVERY

ONSETS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6)


def chances_of(model: Model, frames: Any) -> Any:
    """Of a whole clip. Shapes: (n, BINS, 2) in, (n, PITCHES, 3) out."""
    padded = np.pad(frames.astype(np.float32) / 200.0, ((FRAMES_BEFORE, FRAMES_AFTER), (0, 0), (0, 0)))
    return 1.0 / (1.0 + np.exp(-model(padded)))


def tracked(chances: Any, settings: TrackerSettings) -> list[HeardNote]:
    """Its notes."""
    tracker = NoteTracker(settings)
    for frame in chances:
        tracker.push(frame)
    tracker.close()
    return tracker.notes


def main(folder: Path, model_file: Path) -> int:
    """Print the table. Returns 0."""
    model = Model(model_file.read_bytes())
    clips = [path for path in sorted(folder.glob("clip-*.npz")) if int(path.stem[-4:]) % VALIDATION_EVERY == 0]
    found: dict[tuple[int, float], list[float]] = {}
    late: list[float] = []
    for path in clips:
        with np.load(path) as clip:
            played = [(float(note[0]) * 1000.0, int(note[2])) for note in clip["notes"]]
            for form in (0, 1):
                chances = chances_of(model, clip["frames"][form])
                for onset in ONSETS:
                    notes = tracked(chances, TrackerSettings(onset=onset))
                    found.setdefault((form, onset), []).append(
                        compare([(note.onset_ms, note.pitch) for note in notes], played).f
                    )
                late += _late(notes, played)
    for onset in ONSETS:
        dry, wet = (np.mean(found[form, onset]) for form in (0, 1))
        sys.stdout.write(f"onset {onset}: dry {dry:.4f}, in rooms {wet:.4f}\n")
    sys.stdout.write(f"onsets are {np.median(late):.1f} ms late\n")
    return 0


def _late(notes: list[HeardNote], played: list[tuple[float, int]]) -> list[float]:
    out = []
    for note in notes:
        near = [note.onset_ms - at for at, pitch in played if pitch == note.pitch and abs(at - note.onset_ms) < 50]
        out += near[:1]
    return out


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
