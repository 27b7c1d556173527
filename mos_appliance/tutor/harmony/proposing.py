"""Chords for a melody: on every beat three that suit it, how likely each is, and why."""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from mos_appliance.tutor.harmony.features import features_of
from mos_appliance.tutor.harmony.labels import Chord
from mos_appliance.tutor.harmony.tune import Tune
from mos_appliance.tutor.harmony.vocabulary import CLASSES, NONE_CLASS, chord_of, triad_of

CANDIDATES: Final = 3
TRIADS: Final = 36
_TO_TRIAD: Final = np.eye(CLASSES)[[triad_of(number) for number in range(CLASSES)]][:, :TRIADS]


class Network(Protocol):
    """What proposes chords."""

    def __call__(self, beats: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logits of each chord. Shapes: (beats, FEATURES) in, (beats, CLASSES) out."""
        ...


class Candidate(NamedTuple):
    """A chord that would do. `p` is the chance of its triad."""

    chord: Chord
    number: int
    p: float


class Proposal(NamedTuple):
    """What is proposed for a beat, the likeliest first."""

    beat: int
    candidates: list[Candidate]


def propose(tune: Tune, network: Network) -> list[Proposal]:
    """Three candidates on every beat, of different triads; each with the seventh where that is likelier."""
    triads, chances = chances_of(network(features_of(tune)))
    order = np.argsort(-triads, axis=1, kind="stable")[:, :CANDIDATES]
    proposals = []
    for beat, best in enumerate(order.tolist()):
        rows = [_candidate(number, chances[beat], float(triads[beat, number]), tune.fifths) for number in best]
        proposals.append(Proposal(beat, rows))
    return proposals


def chances_of(logits: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each triad, and of each chord. Shapes: (beats, TRIADS) and (beats, CLASSES)."""
    chances = _softmax(logits)
    triads = chances @ _TO_TRIAD
    return triads / triads.sum(axis=1, keepdims=True), chances


def _candidate(triad: int, chances: NDArray[np.float64], p: float, fifths: int) -> Candidate:
    same = [number for number in range(NONE_CLASS) if triad_of(number) == triad]
    number = max(same, key=lambda number: chances[number])
    chord = chord_of(number, fifths)
    assert chord is not None
    return Candidate(chord, number, p)


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    raised = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
