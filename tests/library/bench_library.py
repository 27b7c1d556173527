"""The library's row of `make bench`: a small catalogue, beside a table that SQLite searches letter by letter.

CPU time, which other work on the machine hardly changes. `docs/evidence/library.md` has a million pieces.
"""

from __future__ import annotations

import json
import random
import sqlite3
import sys
import tempfile
from pathlib import Path

from mos_appliance.store.library_index import LibraryIndex
from tests.library.catalogue import Catalogue
from tests.library.measuring import keystrokes, measure, timed, told

PIECES = 20_000
TYPED = 60
PLAYED = 200


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        index = LibraryIndex(Path(folder) / "index.db", durable=False)
        plain = sqlite3.connect(":memory:")
        plain.execute("CREATE TABLE piece (name TEXT)")
        adding = 0.0
        catalogue = Catalogue()
        for first in range(0, PIECES, 1000):
            pieces = [(piece, fame) for piece, fame in catalogue.pieces(1000, first)]
            plain.executemany("INSERT INTO piece VALUES (?)", [(f"{p.title} {p.composer}",) for p, _ in pieces])
            with index.transaction():
                adding += timed(lambda pieces=pieces: index.add_many(pieces))[1]  # type: ignore[misc]
        index.close()
        found = measure(Path(folder), PIECES, TYPED, PLAYED)
        select = "SELECT name FROM piece WHERE name LIKE ? LIMIT 20"
        queries = list(keystrokes(catalogue, PIECES, random.Random(7), TYPED))
        beside = told([timed(lambda q=q: plain.execute(select, (f"%{q}%",)).fetchall()) for q in queries])  # type: ignore[misc]
    words, notes = found["words"], found["notes"]
    assert isinstance(words, dict) and isinstance(notes, dict)
    rows = [
        ("search as you type, p99", words["cpu_p99"], "ms", "SQLite LIKE, p99", beside["cpu_p99"]),
        ("search by notes, p99", notes["cpu_p99"], "ms", "bound", 100),
        ("adding to the index", adding / PIECES, "ms a piece", "", None),
        ("index", found["index_mb"] * 1e6 / PIECES, "bytes a piece", "bound at a million", 600),  # type: ignore[operator]
    ]
    names = ("name", "value", "unit", "peer", "peer_value")
    sys.stdout.write(json.dumps([dict(zip(names, row, strict=True)) for row in rows]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
