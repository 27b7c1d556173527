"""What somebody typed: words, the last of which may not be finished, and things asked for by name.

`bach key:Dm level:0-3 tempo:60-80` asks for words, a key, a range of levels and one of tempi. A name that is none is
a word like any other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from mos_appliance.errors import BadInput
from mos_appliance.library.folding import asked_words
from mos_appliance.library.piece import FACETS, HARDEST, facet_word, title_key

MAX_QUERY: Final = 200
MAX_ASKED: Final = 16
ENOUGH: Final = 2
"""So many words that tell something find few enough pieces."""
_NAMED: Final = re.compile(rf"(?<!\S)({'|'.join(FACETS)}):(\"[^\"]*\"|\S+)", re.IGNORECASE)
_TEMPO: Final = re.compile(r"(?<!\S)tempo:(\S+)", re.IGNORECASE)
_TEMPI: Final = re.compile(r"(\d{1,4})(?:-(\d{1,4}))?$")
_ABOUT: Final = 0.05
"""A single tempo stands for those that are so much slower and faster."""
_RANGE: Final = re.compile(r"(\d{1,2})(?:-(\d{1,2}))?$")
_SHORT_KEY: Final = re.compile(r"([A-Ga-g])([#♯b♭]?)(m|min|minor|maj|major)?$")


class Query(NamedTuple):
    """Words that must all be there, the last of them as a beginning; facets: of each group one must be there."""

    words: tuple[str, ...]
    facets: tuple[tuple[str, ...], ...]
    tempo: tuple[float, float] | None
    """From and to, in quarter notes a minute."""
    open_end: bool
    """Whether the last word may go on: no space after it."""
    whole: str
    """All that was typed, to be compared with whole titles."""

    def expression(self, *, prefix: bool, common: Mapping[str, float] = {}) -> str:
        """The match expression of the index, the last word as a beginning or as it is.

        `common` are words that so large a share of all pieces has that they tell little: where others are enough, they
        are not asked for, and only decide what is shown first.
        """
        last = len(self.words) - 1
        asked = set(self._telling(common))
        terms = [
            f'"{word}"{" *" if prefix and place == last else ""}'
            for place, word in enumerate(self.words)
            if word in asked
        ]
        terms += ["(" + " OR ".join(f'"{word}"' for word in group) + ")" for group in self.facets]
        return " AND ".join(terms)

    def _telling(self, common: Mapping[str, float]) -> list[str]:
        """The words that are not common, and the least common of those when they are fewer than ENOUGH."""
        by_share = sorted(self.words, key=lambda word: common.get(word, 0.0))
        rare = sum(word not in common for word in self.words)
        return by_share[: max(rare, ENOUGH)]


def parse(text: str) -> Query:
    """Read what was typed. Errors: `BadInput` for a value that a name cannot have, or too long a text."""
    if len(text) > MAX_QUERY:
        raise BadInput("query", f"has {len(text):,} characters; at most {MAX_QUERY} are looked for")
    facets = tuple(_group(name.lower(), value.strip('"')) for name, value in _NAMED.findall(text))
    tempo = None
    for value in _TEMPO.findall(text):
        tempo = _tempi(value)
    plain = _TEMPO.sub(" ", _NAMED.sub(" ", text))
    words = tuple(dict.fromkeys(asked_words(plain)))[:MAX_ASKED]
    return Query(words, facets[:MAX_ASKED], tempo, not text[-1:].isspace(), title_key(plain))


def _group(name: str, value: str) -> tuple[str, ...]:
    """The words of which one must be there."""
    if name == "level":
        found = _RANGE.match(value)
        if found is None or int(found[1]) > HARDEST or int(found[2] or 0) > HARDEST:
            raise BadInput("query", f"level:{value[:20]} is no level or range of levels, 0 to {HARDEST}")
        return tuple(facet_word(name, str(level)) for level in range(int(found[1]), int(found[2] or found[1]) + 1)) or (
            facet_word(name, "none"),
        )
    if name == "key":
        return (facet_word(name, _key(value)),)
    return (facet_word(name, value.partition("-")[0] if name == "language" else value),)


def _tempi(value: str) -> tuple[float, float]:
    found = _TEMPI.match(value)
    if found is None:
        raise BadInput("query", f"tempo:{value[:20]} is no tempo or range of tempi such as 60-80")
    low, high = float(found[1]), float(found[2] or found[1])
    return (low, high) if found[2] else (low * (1 - _ABOUT), high * (1 + _ABOUT))


def _key(value: str) -> str:
    """`Dm` → `D minor`; `f#` → `F# major`; what is written out stays."""
    found = _SHORT_KEY.match(value.replace(" ", ""))
    if found is None:
        return value
    sharp = {"♯": "#", "♭": "b"}.get(found[2], found[2])
    minor = (found[3] or "").startswith("mi") or found[3] == "m"
    # `b` after a letter is a flat; a small letter alone does not make a key minor.
    return f"{found[1].upper()}{sharp} {'minor' if minor else 'major'}"
