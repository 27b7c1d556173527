"""A catalogue that does not exist but could: titles of many scripts, composers, keys, melodies; the same from a seed.

Words are drawn as people use them, few of them often and most of them seldom (Zipf); melodies walk by steps with a
leap now and then and repeat their phrases, as songs do. No piece and no new name in it is real.
"""

from __future__ import annotations

import hashlib
import random
from bisect import bisect
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

from mos_appliance.library.melody import steps_of
from mos_appliance.library.piece import Facts, Piece
from mos_appliance.music.cid import text_of

FORMS = (
    "Sonata", "Waltz", "Minuet", "Prelude", "Etude", "March", "Song", "Dance", "Lullaby", "Air", "Rondo", "Fantasia",
    "Nocturne", "Invention", "Fugue", "Variations", "Gavotte", "Polka", "Mazurka", "Romance", "Serenade", "Jig", "Reel",
    "Ballad", "Hymn", "Chorale", "Scherzo", "Allegro", "Andante", "Study", "Impromptu", "Bagatelle", "Sarabande",
)  # fmt: skip
KEYS = (
    "C major", "G major", "F major", "D major", "A minor", "D minor", "E minor", "Bb major", "A major", "G minor",
    "Eb major", "E major", "C minor", "B minor", "F# minor", "Ab major", "F minor", "C# minor", "Bb minor",
)  # fmt: skip
METRES = ("4/4", "3/4", "2/4", "6/8", "2/2", "3/8", "9/8", "5/4", "7/8")
SKILLS = ("scales", "legato", "staccato", "chords", "pedal", "hands together", "syncopation", "arpeggios", "rests")
KNOWN = (
    "Johann Sebastian Bach", "Ludwig van Beethoven", "Wolfgang Amadeus Mozart", "Frédéric Chopin", "Franz Schubert",
    "Robert Schumann", "Clara Schumann", "Antonín Dvořák", "Пётр Ильич Чайковский", "Bedřich Smetana", "Edvard Grieg",
    "Carl Czerny", "Muzio Clementi", "Béla Bartók", "Erik Satie", "Claude Debussy", "Scott Joplin", "Fanny Hensel",
)  # fmt: skip
ROWS = [
    line.split("\t") for line in Path(__file__).with_name("words.tsv").read_text("utf-8").splitlines() if line[0] != "#"
]
SCRIPTS = {
    kind: (float(share), " " if parted == "yes" else "", tuple(words.split()))
    for kind, share, parted, words in ROWS
    if not kind.startswith("name-")
}
_SYLLABLES = {kind[5:]: words.split() for kind, _, _, words in ROWS if kind.startswith("name-")}


class Catalogue:
    """Pieces in a random order; `piece(number)` is always the same one."""

    def __init__(self, seed: int = 1) -> None:
        self._seed = seed
        self._languages = list(SCRIPTS)
        self._shares = list(accumulate(row[0] for row in SCRIPTS.values()))
        makers = random.Random(seed)
        self._composers = list(KNOWN) + [self._name(makers) for _ in range(40_000)]
        self._by_fame = list(accumulate(1 / (rank + 3) for rank in range(len(self._composers))))
        self._ranks = {
            name: list(accumulate(1 / (rank + 2) for rank in range(len(row[2])))) for name, row in SCRIPTS.items()
        }

    def pieces(self, count: int, first: int = 0) -> Iterator[tuple[Piece, int]]:
        """Pieces and how famous they are, 0 to 15."""
        return (self.piece(number) for number in range(first, first + count))

    def piece(self, number: int) -> tuple[Piece, int]:
        """One piece, and its fame."""
        chance = random.Random(self._seed << 32 | number)
        language = self._languages[bisect(self._shares, chance.random() * self._shares[-1]) % len(self._languages)]
        digest = hashlib.sha256(b"%d %d" % (self._seed, number)).digest()
        key, metre = (
            chance.choice(KEYS[: 4 + int(chance.random() ** 2 * 15)]),
            chance.choices(METRES, (40, 20, 15, 10, 5, 3, 3, 2, 2))[0],
        )
        title = self._title(chance, language, key)
        steps = steps_of(melody(chance))
        facts = Facts(
            key, metre, float(chance.randrange(50, 180, 2)), round(chance.random() * 10, 1), chance.random() < 0.7,
            chance.choice((1, 2, 2, 2)), language, "CC0-1.0", round(20 + chance.random() * 300, 1), len(steps) // 4,
            len(steps) * 2, 48, 76, 1, "score", tuple(chance.sample(SKILLS, chance.randrange(3))), format="UMF",
            bytes=chance.randrange(2_000, 90_000),
        )  # fmt: skip
        composer = self._composers[bisect(self._by_fame, chance.random() * self._by_fame[-1]) % len(self._composers)]
        composer = composer if chance.random() < 0.75 else ""
        return Piece(text_of(b"\x01\x55\x12\x20" + digest), title, composer, facts, steps), int(
            chance.random() ** 6 * 16
        )

    def _title(self, chance: random.Random, language: str, key: str) -> str:
        _, space, words = SCRIPTS[language]
        if space and chance.random() < 0.35:
            form = f"{chance.choice(FORMS)} in {key}" if chance.random() < 0.5 else chance.choice(FORMS)
            return f"{form}, Op. {chance.randrange(1, 140)} No. {chance.randrange(1, 25)}"
        ranks = self._ranks[language]
        chosen = [words[bisect(ranks, chance.random() * ranks[-1]) % len(words)] for _ in range(chance.randrange(1, 6))]
        if space and chance.random() < 0.15:
            chosen.append(self._word(chance, "ru" if language in ("ru", "uk") else "latin"))
        title = space.join(chosen)
        title = title[:1].upper() + title[1:]
        return f"{title} {chance.randrange(1, 300)}" if chance.random() < 0.3 else title

    def _name(self, chance: random.Random) -> str:
        script = chance.choices(list(_SYLLABLES), (70, 10, 5, 5, 5, 5))[0]
        first, last = self._word(chance, script), self._word(chance, script)
        return f"{first} {last}" if script not in ("ja", "zh") else first + last

    def _word(self, chance: random.Random, script: str) -> str:
        length = chance.randrange(1, 3) if script in ("ja", "zh") else chance.randrange(2, 5)
        return "".join(chance.choices(_SYLLABLES[script], k=length)).capitalize()


def melody(chance: random.Random) -> list[int]:
    """A tune in a scale: phrases of 6 to 16 notes in a form such as A A B A, 12 to 100 notes in all."""
    scale = chance.choice(((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 7, 9), (0, 1, 4, 5, 7, 8, 10)))
    phrases = [_phrase(chance, chance.randrange(6, 17)) for _ in range(3)]
    form = chance.choice(("AABA", "ABAB", "AAB", "ABAC", "AABB", "ABC", "AB"))
    degrees = [degree for name in form for degree in phrases["ABC".index(name)]]
    tonic = chance.randrange(55, 67)
    return [tonic + 12 * (degree // len(scale)) + scale[degree % len(scale)] for degree in degrees]


_STEPS = (0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 7, -7)
_OFTEN = tuple(accumulate((14, 22, 24, 9, 9, 4, 4, 3, 3, 2, 2, 1, 1)))


def _phrase(chance: random.Random, length: int) -> list[int]:
    place, line = chance.choice((0, 0, 2, 4)), []
    for step in chance.choices(_STEPS, cum_weights=_OFTEN, k=length):
        line.append(place)
        place = max(-4, min(11, place + step))
    return line
