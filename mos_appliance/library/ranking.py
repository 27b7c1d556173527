"""In which order pieces are shown: a weight that is known before anybody asks, so that a search can stop early.

The index keeps pieces in the order of their keys: the weightiest first, the older first among equals. What fits the
words better is then put before what fits them worse, among the first that were found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

MAX_WEIGHT: Final = 255
_SEQUENCE_BITS: Final = 40
_SHELF: Final = 96
_PINNED: Final = 24
_OPENED: Final = 20
_MOST_OPENED: Final = 5


def weight(*, shelf: bool, pinned: bool, opened: int, told: int = 0) -> int:
    """0 to 255. `opened`: how often somebody opened it; `told`: what a catalogue says of its fame, 0 to 15.

    It grows with the logarithm of what was opened, so that an index is rewritten a handful of times at most.
    """
    steps = min(_MOST_OPENED, opened.bit_length())
    return min(MAX_WEIGHT, _SHELF * shelf + _PINNED * pinned + _OPENED * steps + min(15, told))


def order_key(weight: int, sequence: int) -> int:
    """The key of a piece in the index: smaller comes first."""
    return (MAX_WEIGHT - weight) << _SEQUENCE_BITS | sequence


def sequence_of(key: int) -> int:
    """The number that a piece got when it came."""
    return key & (1 << _SEQUENCE_BITS) - 1


COMMON_SHARE: Final = 0.015
"""A word that so large a share of the pieces has is common."""


def common_words(sample: Sequence[Iterable[str]]) -> dict[str, float]:
    """The common words of a sample of pieces, with the share of pieces that have them."""
    counts = Counter(word for words in sample for word in set(words))
    return {word: count / len(sample) for word, count in counts.items() if count >= COMMON_SHARE * len(sample)}


def fit(asked: str, words: Sequence[str], title: str, composer: str) -> tuple[int, int]:
    """How well a piece fits what was asked, the smaller the better. All is folded; `words` are those asked for.

    First how many of the words neither title nor composer has; then 0 when the title is what was asked, 1 when it
    begins so, 2 when one of its words does, 3 otherwise.
    """
    text = f" {title} {composer}"
    missing = sum(f" {word}" not in text and word not in text.replace(" ", "") for word in words)
    if title == asked:
        return missing, 0
    if title.startswith(asked):
        return missing, 1
    return missing, 2 if f" {asked}" in text else 3
