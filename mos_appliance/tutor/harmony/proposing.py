"""Chords for a melody: on every beat three that suit it, how likely each is, and why."""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from mos_appliance.tutor.harmony.features import features_of
from mos_appliance.tutor.harmony.labels import Chord
from mos_appliance.tutor.harmony.tune import Tune
from mos_appliance.tutor.harmony.vocabulary import NONE_CLASS, chord_of, triad_of

CANDIDATES: Final = 3
TRIADS: Final = 36
_SEVENTHS: Final = np.arange(TRIADS, NONE_CLASS)
_PLAIN: Final = [triad_of(number) for number in _SEVENTHS.tolist()]
"""The chords with a seventh, and the triad of each."""


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
    likely = np.take_along_axis(triads, order, axis=1)
    chords = [chord_of(number, tune.fifths) for number in range(NONE_CLASS)]
    numbers = np.take_along_axis(_fuller(chances), order, axis=1)
    for beat, (best, ps) in enumerate(zip(numbers.tolist(), likely.tolist(), strict=True)):
        rows = [Candidate(chords[number], number, p) for number, p in zip(best, ps, strict=True)]
        proposals.append(Proposal(beat, rows))
    return proposals


def _fuller(chances: NDArray[np.float64]) -> NDArray[np.int64]:
    """For each triad its chord: with the seventh where that is likelier. Shapes: (beats, CLASSES), (beats, TRIADS)."""
    numbers = np.tile(np.arange(TRIADS), (len(chances), 1))
    numbers[:, _PLAIN] = np.where(chances[:, _SEVENTHS] > chances[:, _PLAIN], _SEVENTHS, _PLAIN)
    return numbers


def chances_of(logits: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each triad, and of each chord. Shapes: (beats, TRIADS) and (beats, CLASSES)."""
    chances = _softmax(logits)
    triads = chances[:, :TRIADS].copy()
    triads[:, _PLAIN] += chances[:, _SEVENTHS]  # a product of matrices would wake BLAS's threads, which costs more
    return triads / triads.sum(axis=1, keepdims=True), chances


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    raised = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
