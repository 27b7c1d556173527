"""What the network must be better than: always the same chords, the chord of the note, a hidden Markov model."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.tutor.harmony.features import features_of
from mos_appliance.tutor.harmony.proposing import TRIADS
from mos_appliance.tutor.harmony.vocabulary import NONE_CLASS, triad_of
from training.harmony.corpora import Example

Chances = NDArray[np.float64]
Baseline = Callable[[Example], Chances]
_SMOOTH: Final = 0.5


def triads(example: Example) -> NDArray[np.int64]:
    """The triad of each beat, −1 where nothing is said. Shapes: (beats,)."""
    return np.array([-1 if number == NONE_CLASS else triad_of(int(number)) for number in example.classes])


def most_frequent(learnt: list[Example]) -> Baseline:
    """The triads of the key by how often they occur."""
    counts = np.zeros(TRIADS)
    for example in learnt:
        known = triads(example)
        counts += np.bincount(known[known >= 0], minlength=TRIADS)
    return lambda example: np.tile(counts / counts.sum(), (len(example.classes), 1))


def by_note(learnt: list[Example]) -> Baseline:
    """By the pitch class that sounds longest in the beat."""
    counts = np.full((13, TRIADS), _SMOOTH)
    for example in learnt:
        for note, triad in zip(_longest(example), triads(example), strict=True):
            if triad >= 0:
                counts[note, triad] += 1
    chances = counts / counts.sum(axis=1, keepdims=True)
    return lambda example: chances[_longest(example)]


def hidden_markov(learnt: list[Example]) -> Baseline:
    """Chords follow one another, and each has its melody notes; the chance of each beat's chord given all notes."""
    first, steps = np.full(TRIADS, _SMOOTH), np.full((TRIADS, TRIADS), _SMOOTH * 0.1)
    tones = np.full((TRIADS, 12), _SMOOTH)
    for example in learnt:
        known, shares = triads(example), _shares(example)
        if known[0] >= 0:
            first[known[0]] += 1
        for before, after in pairwise(known):
            if before >= 0 and after >= 0:
                steps[before, after] += 1
        for triad, share in zip(known, shares, strict=True):
            if triad >= 0:
                tones[triad] += share
    first, steps = first / first.sum(), steps / steps.sum(axis=1, keepdims=True)
    logs = np.log(tones / tones.sum(axis=1, keepdims=True))

    def chances(example: Example) -> Chances:
        told = _shares(example) @ logs.T
        told = np.exp(told - told.max(axis=1, keepdims=True))
        forward, backward = np.zeros_like(told), np.ones_like(told)
        forward[0] = first * told[0]
        forward[0] /= forward[0].sum()
        for beat in range(1, len(told)):
            forward[beat] = forward[beat - 1] @ steps * told[beat]
            forward[beat] /= forward[beat].sum()
        for beat in range(len(told) - 2, -1, -1):
            backward[beat] = steps @ (told[beat + 1] * backward[beat + 1])
            backward[beat] /= backward[beat].sum()
        both = forward * backward
        return both / both.sum(axis=1, keepdims=True)

    return chances


def _shares(example: Example) -> Chances:
    return features_of(example.tune)[:, :12].astype(np.float64)


def _longest(example: Example) -> NDArray[np.int64]:
    """The pitch class that sounds longest in each beat, 12 for none."""
    shares = _shares(example)
    return np.where(shares.sum(axis=1) > 0, shares.argmax(axis=1), 12)
