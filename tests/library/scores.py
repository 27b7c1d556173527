"""Real files of the catalogue's pieces: UMF with a melody and a bass."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.build import document, event, note, pitch
from mos_appliance.music.umf.document import new_umf, write_umf
from tests.library.catalogue import Catalogue, melody

_SPELT = (
    ("C", 0), ("C", 1), ("D", 0), ("E", -1), ("E", 0), ("F", 0), ("F", 1), ("G", 0), ("A", -1), ("A", 0), ("B", -1),
    ("B", 0),
)  # fmt: skip


def spelt(number: int) -> Json:
    """A pitch by its MIDI number."""
    step, alter = _SPELT[number % 12]
    return pitch(step, number // 12 - 1, alter)


def score_of(line: list[int]) -> Json:
    """Quarter notes in bars of four, and a whole note below each bar."""
    bars = [line[begin : begin + 4] for begin in range(0, len(line), 4)]
    measures = []
    for bar in bars:
        upper = [event(Fraction(1, 4), [note(spelt(number))]) for number in bar]
        lower = [event(Fraction(len(bar), 4) if len(bar) != 3 else Fraction(3, 4), [note(spelt(bar[0] - 24))])]
        measures.append({"sequences": [{"content": upper}, {"content": lower, "staff": 2}]})
    common: list[Json] = [{} for _ in bars]
    common[0]["time"] = {"count": 4, "unit": 4}
    return document(common, [{"name": "Piano", "staves": 2, "measures": measures}])


def write_scores(folder: Path, count: int) -> int:
    """Write the first pieces of another catalogue; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    catalogue = Catalogue(seed=2)
    for number in range(len(list(folder.iterdir())), count):
        piece, _ = catalogue.piece(number)
        facts = piece.facts
        made = new_umf(piece.title, score_of(melody(random.Random(number))))
        made["metadata"] |= {"composer": piece.composer, "language": facts.language, "licence": "CC0-1.0"}
        made["extensions"] = {"org.mos.catalogue": {"number": number}}
        (folder / f"{number:05}.umf").write_bytes(write_umf(made))
    return count
