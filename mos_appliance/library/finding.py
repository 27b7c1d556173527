"""Finding pieces by words and by notes: what to ask an index for, in which order, and what of its answers holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple, Protocol

from mos_appliance.errors import BadInput
from mos_appliance.library import melody, ranking
from mos_appliance.library.piece import title_key
from mos_appliance.library.query import ENOUGH, Query, parse

MOST_HITS: Final = 200
_SIEVED: Final = 1500
"""Pieces that are looked at when a tempo is asked for, which no index knows: the weightiest of those that fit else."""
_LOOK_AT: Final = 60
"""Pieces that are compared with the query before the best are shown."""
_BATCH: Final = 250
_BATCHES: Final = 8
_MOST_WAYS: Final = 120
"""So many ways in which a note may differ are tried, the likeliest first."""
_ENOUGH: Final = 5
"""So many pieces with just these notes, and none with a wrong one is looked for."""


class Hit(NamedTuple):
    """A piece that was found, as a list shows it."""

    key: int
    cid: str
    title: str
    composer: str
    how: str = "words"
    """`words`, or for notes `start`, `inside`, `amiss` (one note differs)."""


class Index(Protocol):
    """What an index answers; all lists are in the order of keys."""

    def first(self, most: int) -> list[int]:
        """The weightiest pieces."""

    def titled(self, key: str, most: int) -> list[int]:
        """Pieces whose title is this one, folded."""

    def common(self) -> Mapping[str, float]:
        """The common words, with the share of pieces that have them."""

    def with_words(self, expression: str, most: int) -> list[int]:
        """Pieces that match."""

    def with_grams(self, expression: str, after: int, most: int) -> list[int]:
        """Pieces whose melody matches, with keys above `after`."""

    def steps(self, keys: Sequence[int]) -> dict[int, str]:
        """The steps of these pieces."""

    def tempi(self, keys: Sequence[int]) -> dict[int, float]:
        """Quarter notes a minute of those of these pieces that have a tempo."""

    def hits(self, keys: Sequence[int]) -> dict[int, Hit]:
        """These pieces."""


def search(index: Index, text: str, most: int = 20) -> list[Hit]:
    """Pieces that fit what was typed, the best first. Errors: `BadInput`."""
    query = parse(text)
    if not query.words and not query.facets:
        if query.tempo is not None:
            return _in_order(index, _in_tempo(index, index.first(_SIEVED), query.tempo)[:most])
        return [] if text.strip() else _in_order(index, index.first(most))
    hits = index.hits(_candidates(index, query, most))
    if not query.words:
        return [hits[key] for key in sorted(hits)[:most]]
    fits = {
        key: ranking.fit(query.whole, query.words, title_key(hit.title), title_key(hit.composer))
        for key, hit in hits.items()
    }
    return [hits[key] for key in sorted(hits, key=lambda key: (fits[key], key))[:most]]


def _candidates(index: Index, query: Query, most: int) -> list[int]:
    """Keys of pieces, without repetition: the same title, then the same words, then words that begin so."""
    found: dict[int, None] = {}
    look_at = max(most, _LOOK_AT) if query.tempo is None else _SIEVED
    common = index.common() if len(query.words) > ENOUGH else {}
    if query.words and not query.facets:
        found.update(dict.fromkeys(index.titled(query.whole, most)))
    expression = query.expression(prefix=False, common=common)
    found.update(dict.fromkeys(index.with_words(expression, look_at)))
    beginning = query.expression(prefix=True, common=common)
    if query.words and query.open_end and len(found) < most and beginning != expression:
        found.update(dict.fromkeys(index.with_words(beginning, look_at)))
    return list(found) if query.tempo is None else _in_tempo(index, list(found), query.tempo)[: max(most, _LOOK_AT)]


def _in_tempo(index: Index, keys: Sequence[int], tempo: tuple[float, float]) -> list[int]:
    tempi = index.tempi(keys)
    return [key for key in keys if tempo[0] <= tempi.get(key, 0.0) <= tempo[1]]


def _in_order(index: Index, keys: Sequence[int]) -> list[Hit]:
    hits = index.hits(keys)
    return [hits[key] for key in keys if key in hits]


def search_notes(index: Index, pitches: Sequence[int], most: int = 20) -> list[Hit]:
    """Pieces in which these notes follow one another, in any key and octave. Errors: `BadInput`.

    First those that begin so, then the others; when they are few and the notes many, those where one note differs.
    """
    if not melody.LEAST_NOTES <= len(pitches) <= melody.MOST_NOTES:
        raise BadInput("notes", f"{len(pitches)} notes; {melody.LEAST_NOTES} to {melody.MOST_NOTES} are looked for")
    if any(not 0 <= pitch <= 127 for pitch in pitches):
        raise BadInput("notes", "are MIDI numbers, 0 to 127")
    found: dict[int, str] = {}
    for wanted in melody.exact(melody.steps_of(pitches)):
        _look(index, wanted, "start" if wanted.at_start else "inside", found, most)
    if len(found) < min(_ENOUGH, most) and len(pitches) >= melody.LEAST_NOTES_AMISS:
        _look_amiss(index, melody.amiss(pitches), found, most)
    hits = index.hits(list(found))
    return [hits[key]._replace(how=how) for key, how in found.items() if key in hits]


def _look_amiss(index: Index, ways: Iterable[melody.Wanted], found: dict[int, str], most: int) -> None:
    for wanted in islice(ways, _MOST_WAYS):
        if len(found) >= most:
            return
        _look(index, wanted, "amiss", found, most, batches=1)


def _look(
    index: Index, wanted: melody.Wanted, how: str, found: dict[int, str], most: int, batches: int = _BATCHES
) -> None:
    """Add the pieces that have the steps, until there are enough."""
    last = len(wanted.words) - 1
    terms = [f'"{word}"{" *" if wanted.prefix and place == last else ""}' for place, word in enumerate(wanted.words)]
    expression, after = " AND ".join(terms), -1
    sure = len(wanted.steps) <= (melody.START_STEPS if wanted.at_start else melody.GRAM)
    size = most + len(found) if sure else _BATCH
    for _ in range(batches):
        keys = index.with_grams(expression, after, size) if len(found) < most else []
        lines = {} if sure else index.steps(keys)
        for key in keys:
            if len(found) < most and (sure or _holds(lines.get(key, ""), wanted)):
                found.setdefault(key, how)
        if len(keys) < size:
            return
        after = keys[-1]


def _holds(line: str, wanted: melody.Wanted) -> bool:
    return line.startswith(wanted.steps) if wanted.at_start else wanted.steps in line
