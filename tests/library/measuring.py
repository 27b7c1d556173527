"""How long searches take: every keystroke of titles and composers, and notes out of melodies, in a fresh process.

`python -m tests.library.measuring FOLDER COUNT` prints JSON. Wall time is what somebody waits here and now; CPU time is
what the search takes by itself, whatever else the machine does.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from mos_appliance.library.finding import search, search_notes
from mos_appliance.store.library_index import LibraryIndex
from tests.library.catalogue import Catalogue

TYPED = 400
"""Pieces whose names are typed, letter by letter."""
PLAYED = 1000
"""Stretches of melodies that are played."""


def keystrokes(catalogue: Catalogue, count: int, chance: random.Random, pieces: int) -> Iterator[str]:
    for _ in range(pieces):
        piece, _ = catalogue.piece(chance.randrange(count))
        last = piece.composer.split()[-1] if piece.composer else ""
        text = chance.choice((piece.title, piece.title, piece.composer or piece.title, f"{last} {piece.title}".strip()))
        yield from (text[:length] for length in range(1, min(len(text), 30) + 1))


def stretches(
    catalogue: Catalogue, count: int, chance: random.Random, most: int
) -> Iterator[tuple[str, list[int], bool]]:
    """(CID, notes in some key with some octaves changed, whether one of them is wrong)."""
    for _ in range(most):
        piece, _ = catalogue.piece(chance.randrange(count))
        line = [chance.randrange(48, 72)]
        for step in piece.steps:
            line.append(48 + (line[-1] + "abcdefghijkl".index(step)) % 12)
        length = min(chance.choice((4, 5, 6, 7, 8, 10, 12)), len(line))
        begin = chance.randrange(len(line) - length + 1)
        notes = line[begin : begin + length]
        wrong = length >= 7 and chance.random() < 0.4
        if wrong:
            notes[chance.randrange(length)] += chance.choice((1, -1, 2, -2))
        yield piece.cid, notes, wrong


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Units: ms of wall and of CPU time."""
    wall, cpu = time.perf_counter(), time.thread_time()
    work()
    return (time.perf_counter() - wall) * 1000, (time.thread_time() - cpu) * 1000


def told(times: Sequence[tuple[float, float]]) -> dict[str, float]:
    found: dict[str, float] = {"count": len(times)}
    for place, name in enumerate(("wall", "cpu")):
        ordered = sorted(row[place] for row in times)
        found |= {f"{name}_p50": ordered[len(ordered) // 2], f"{name}_p99": ordered[int(len(ordered) * 0.99)]}
        found[f"{name}_max"] = ordered[-1]
    return {key: round(value, 2) for key, value in found.items()}


def most_resident_mb() -> float:
    """The most memory that was resident. `ru_maxrss` would be no less than what the parent has."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def measure(folder: Path, count: int, typed: int = TYPED, played: int = PLAYED) -> dict[str, object]:
    """Search an index of the first `count` pieces of the catalogue."""
    catalogue, chance = Catalogue(), random.Random(7)
    queries = list(keystrokes(catalogue, count, chance, typed))
    tunes = list(stretches(catalogue, count, chance, played))
    del catalogue
    index = LibraryIndex(folder / "index.db")
    words = [timed(lambda query=query: search(index, query)) for query in queries]  # type: ignore[misc]
    notes, found = [], {}
    for cid, pitches, wrong in tunes:
        hits: list[str] = []
        notes.append(timed(lambda: hits.extend(hit.cid for hit in search_notes(index, pitches))))  # noqa: B023
        found.setdefault(f"{len(pitches)} notes{', one wrong' if wrong else ''}", []).append(cid in hits)
    return {
        "words": told(words),
        "notes": told(notes),
        "found": {name: [sum(row), len(row)] for name, row in sorted(found.items())},
        "rss_mb": round(most_resident_mb(), 1),
        "index_mb": round(sum(file.stat().st_size for file in folder.glob("index.db*")) / 1e6, 1),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]))) + "\n")
