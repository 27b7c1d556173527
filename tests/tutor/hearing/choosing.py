"""Chooses the thresholds of score-informed hearing, on pieces of (n)ASAP that the evidence does not have.

`python -m tests.tutor.hearing.choosing FOLDER`: F of a few settings, clean and noisy; also of blind thresholds.
"""

from __future__ import annotations

import csv
import random
import sys
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.app.models import HearingNetwork
from mos_appliance.tutor.hearing.expecting import Expectation, ExpectationSettings
from mos_appliance.tutor.hearing.level import gain_for
from mos_appliance.tutor.hearing.listening import Listener
from mos_appliance.tutor.hearing.tracking import NoteTracker, TrackerSettings
from mos_appliance.tutor.hearing.transcribing import begun_in
from tests.tutor import asap
from tests.tutor.hearing.evidence import KEPT
from tests.tutor.hearing.scoring import compare
from tests.tutor.hearing.takes import recorded

PIECES: Final = 6
SEED: Final = 5
BLIND: Final = (0.35, 0.4, 0.45, 0.5, 0.55, 0.6)
INFORMED: Final = tuple(
    ExpectationSettings(due=due, elsewhere=elsewhere) for due, elsewhere in product((0.15, 0.2, 0.25, 0.3), (0.85, 0.9))
)


def others(folder: Path) -> list[dict[str, str]]:
    """Pieces whose title is none of the sixty."""
    taken = {row["title"] for row in asap.chosen(folder)}
    with (folder / "metadata.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["robust_note_alignment"] == "1.0"]
    by_title = {row["title"]: row for row in rows if row["title"] not in taken and (folder / row["xml_score"]).exists()}
    return [by_title[title] for title in random.Random(SEED).sample(sorted(by_title), PIECES)]


def chances_of(sound: NDArray[np.float32], network: Any) -> NDArray[np.float32]:
    """Of a whole recording."""
    listener = Listener(network, 64)
    padded = np.concatenate((sound * np.float32(gain_for(sound)), np.zeros(64 * 320 * 2, np.float32)))
    return listener.push(padded)


def tracked(chances: NDArray[np.float32], onset: float, expectation: Expectation | None) -> list[tuple[float, int]]:
    """What is heard of them: pairs (ms, pitch)."""
    tracker = NoteTracker(TrackerSettings(onset=onset))
    for frame in chances:
        begun_in(frame, tracker, expectation)
    tracker.close()
    return [(note.onset_ms, note.pitch) for note in tracker.notes]


def main(folder: Path) -> int:
    """Print the tables. Returns 0."""
    network = HearingNetwork()
    KEPT.mkdir(parents=True, exist_ok=True)
    blind: dict[tuple[float, int], list[float]] = {}
    informed: dict[tuple[int, int], list[float]] = {}
    for number, row in enumerate(others(folder)):
        take = recorded(folder / row["midi_performance"], KEPT / f"choose-{number}.npy", 1000 + number)
        score = asap.load(folder, row).score
        for form, sound in enumerate((take.clean, take.noisy)):
            chances = chances_of(sound, network)
            for onset in BLIND:
                blind.setdefault((onset, form), []).append(compare(tracked(chances, onset, None), take.played).f)
            for place, settings in enumerate(INFORMED):
                heard = tracked(chances, settings.lost, Expectation(score, settings))
                informed.setdefault((place, form), []).append(compare(heard, take.played).f)
        sys.stderr.write(f"{row['midi_performance']}: {len(take.played)} notes\n")
    for onset in BLIND:
        clean, noisy = (float(np.mean(blind[onset, form])) for form in (0, 1))
        sys.stdout.write(f"blind {onset}: clean {clean:.4f}, noisy {noisy:.4f}\n")
    for place, settings in enumerate(INFORMED):
        clean, noisy = (float(np.mean(informed[place, form])) for form in (0, 1))
        sys.stdout.write(f"{settings}: clean {clean:.4f}, noisy {noisy:.4f}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
