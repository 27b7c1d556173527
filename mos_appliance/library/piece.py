"""What the library knows of a piece, and under which words it is found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from mos_appliance.library.folding import bag_of, pieces

MAX_WORDS: Final = 64
"""Different words of a piece that are indexed."""
HARDEST: Final = 10
FACETS: Final = {
    "key": "\ue000k",
    "metre": "\ue000m",
    "language": "\ue000l",
    "level": "\ue000d",
    "hands": "\ue000h",
    "skill": "\ue000s",
    "reading": "\ue000r",
    "form": "\ue000f",
}
"""What can be asked for as `NAME:VALUE`, and how such a word begins in the index: no text begins so."""
_SAID: Final = {"#": "sharp", "♯": "sharp", "♭": "flat"}


class Facts(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """What is known besides title, composer and melody. Members are only ever added, at the end."""

    key: str = ""
    """As UMF writes it, such as `F# minor`."""
    metre: str = ""
    tempo: float = 0.0
    """Quarter notes a minute; 0 unknown."""
    difficulty: float = -1.0
    """0 a first tune … 10; −1 unknown."""
    estimated: bool = False
    """Whether the difficulty was reckoned from the notes, not told by a person."""
    hands: int = 0
    """How many hands play it; 0 where it is no keyboard piece or not known."""
    language: str = ""
    licence: str = ""
    """SPDX expression; empty where nobody said."""
    seconds: float = 0.0
    bars: int = 0
    notes: int = 0
    lowest: int = 0
    highest: int = 0
    parts: int = 0
    form: str = ""
    """`score`, `performance`, `lesson` (steps without a score of their own) or `document`."""
    skills: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    tradition: str = ""
    year: int = 0
    titles: dict[str, str] = {}
    """Its title in other languages, by language tag."""
    people: tuple[str, ...] = ()
    """Lyricist, arranger and others besides the composer."""
    subtitle: str = ""
    format: str = ""
    """Of the file, such as `MusicXML`."""
    bytes: int = 0
    reading: bool = True
    """Whether one must read notes to play it."""
    pedal: bool = False
    source: str = ""
    """Where it came from: a file name, or the collection."""


class Piece(msgspec.Struct, frozen=True):
    """A piece of the library: its file's CID, what it is called, what is known, and its melody's steps."""

    cid: str
    title: str
    composer: str = ""
    facts: Facts = Facts()
    steps: str = ""


def level_of(difficulty: float) -> int:
    """The whole level, 0 to 10; −1 unknown."""
    return -1 if difficulty < 0 else min(HARDEST, int(difficulty + 0.5))


def facet_word(name: str, value: str) -> str:
    """The word of the index for `NAME:VALUE`."""
    said = "".join(_SAID.get(char, char) for char in value.strip())
    if name == "metre":
        said = said.replace("/", "x")
    return FACETS[name] + re.sub(r"[^0-9a-z]", "", said.lower())


def facets_of(facts: Facts) -> Iterator[str]:
    """The words for everything about a piece that can be asked for by name."""
    told: Iterable[tuple[str, str]] = (
        ("key", facts.key),
        ("metre", facts.metre),
        ("language", facts.language.partition("-")[0]),
        ("hands", str(facts.hands) if facts.hands else ""),
        ("level", str(level_of(facts.difficulty)) if facts.difficulty >= 0 else ""),
        ("reading", "" if facts.reading else "no"),
        ("form", facts.form),
        *(("skill", skill) for skill in facts.skills[:8]),
    )
    for name, value in told:
        if value:
            yield facet_word(name, value)


def words_of(piece: Piece) -> list[str]:
    """Every word under which a piece is found, each once."""
    facts = piece.facts
    texts = (piece.title, piece.composer, *facts.titles.values(), facts.subtitle, *facts.people, facts.tradition)
    return [*bag_of((*texts, *facts.tags, *facts.skills), MAX_WORDS), *facets_of(facts)]


def title_key(title: str) -> str:
    """What titles have in common that are the same to somebody who types."""
    return " ".join(pieces(title))
