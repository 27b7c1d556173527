"""The long proof of the library: a million pieces searched, ten thousand added while the process is killed.

Resumable: what was built stays in `build/library`; `--minutes 5` stops after so long, and the next run goes on.
Writes `docs/evidence/library.md` when all is done.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from drivers.engraver import Engraver
from mos_appliance.app.library_import import BATCH
from mos_appliance.library.description import describe
from mos_appliance.library.engraved import decode
from mos_appliance.library.finding import search
from mos_appliance.library.layouts import LAYOUTS
from mos_appliance.library.piece import Facts, title_key
from mos_appliance.library.ranking import weight
from mos_appliance.music.umf.document import read_umf
from mos_appliance.music.umf.files import notes_of
from mos_appliance.store.library import Library
from mos_appliance.store.library_index import LibraryIndex
from tests.library.catalogue import Catalogue
from tests.library.scores import write_scores

ROOT = Path(__file__).parents[2]
DATA = ROOT / "build" / "library"
SHELF = ROOT / "mos_appliance" / "shelf" / "pieces"
PAGE = ROOT / "docs" / "evidence" / "library.md"
MILLION = 1_000_000
ADDED = 10_000
KILLS = 12
_BULK = 64 << 20
_USUAL = 1 << 20


class Paused(Exception):
    """The time is over; what is done is kept."""


class Deadline:
    """Wall time that may be spent."""

    def __init__(self, minutes: float) -> None:
        self._end = time.monotonic() + 60 * minutes

    def check(self) -> None:
        if time.monotonic() > self._end:
            raise Paused


def build(folder: Path, count: int, deadline: Deadline) -> None:
    """Put the catalogue's first `count` pieces into an index, from where it stands."""
    folder.mkdir(parents=True, exist_ok=True)
    index = LibraryIndex(folder / "index.db", durable=False)
    index.database.execute("PRAGMA cache_size=-65536")
    if (folder / "packed").exists():
        return
    _hash_bytes(index, _BULK)
    done = index.count()
    pieces = Catalogue().pieces(count - done, done)
    while some := list(islice(pieces, 20_000)):
        with index.transaction():
            index.add_many([(piece, weight(shelf=False, pinned=False, opened=0, told=fame)) for piece, fame in some])
        done += len(some)
        sys.stderr.write(f"library: {done:,} of {count:,} pieces in the index\n")
        deadline.check()
    _hash_bytes(index, _USUAL)
    with index.transaction():
        index.pack()
    index.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    index.close()
    (folder / "packed").touch()


def add_more(folder: Path, count: int) -> None:
    """Add pieces as an import does, a batch at a time, so that the index is in many parts again."""
    index = LibraryIndex(folder / "index.db", durable=False)
    pieces = Catalogue(seed=3).pieces(count)
    while some := list(islice(pieces, BATCH)):
        with index.transaction():
            index.add_many([(piece, weight(shelf=False, pinned=False, opened=0, told=fame)) for piece, fame in some])
    index.close()


def _hash_bytes(index: LibraryIndex, size: int) -> None:
    for table in ("word", "gram"):
        index.database.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('hashsize', {size})")


def searched(folder: Path) -> dict[str, Any]:
    """Figures of a fresh process, after the file was read once into the kernel's cache."""
    with (folder / "index.db").open("rb") as file:
        while file.read(1 << 24):
            pass
    command = (sys.executable, "-m", "tests.library.measuring", str(folder), str(MILLION))
    found: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=True, cwd=ROOT).stdout)
    return found


def add_and_kill(data: Path, scores: Path, deadline: Deadline) -> dict[str, Any]:
    """Add the folder, killed every now and then, until it is all there; look at the library after each kill."""
    command = (sys.executable, "-m", "mos_appliance", "library", "--data", str(data), "add", str(scores))
    book = data.with_suffix(".json")
    kept: dict[str, float] = json.loads(book.read_text()) if book.exists() else {"kills": 0, "seconds": 0.0}
    for place in sorted(random.Random(11).sample(range(ADDED // 20, ADDED * 19 // 20), KILLS))[int(kept["kills"]) :]:
        deadline.check()
        began = time.monotonic()
        with subprocess.Popen((*command, "--layouts", "none"), stdout=subprocess.DEVNULL) as child:
            while child.poll() is None and _here(data) < place:
                time.sleep(0.1)
            alive = child.poll() is None
            os.kill(child.pid, signal.SIGKILL)
        assert alive, "it ended before it could be killed"
        _check(data)
        kept = {"kills": kept["kills"] + 1, "seconds": kept["seconds"] + time.monotonic() - began}
        book.write_text(json.dumps(kept))
        sys.stderr.write(f"library: killed {kept['kills']} times, {_here(data):,} pieces there\n")
    began = time.monotonic()
    told = json.loads(subprocess.run((*command, "--layouts", "none", "--json"), capture_output=True, check=True).stdout)
    _check(data)
    return {
        "kills": int(kept["kills"]),
        "seconds": kept["seconds"] + time.monotonic() - began,
        "here": _here(data),
        "failed": len(told["failed"]),
    }


def _here(data: Path) -> int:
    library = Library(data / "library")
    try:
        return library.status().held
    finally:
        library.close()


def _check(data: Path) -> None:
    """Nothing half there: every file has its piece and its bytes, every piece that is here its file and its words."""
    library = Library(data / "library")
    try:
        library.add([])  # clears away what was arriving, as the next import does
        files = set(library.content.cids())
        for cid in files:
            library.read(cid, opening=False)
            title = library.find(cid).title
            assert title_key(title) in {title_key(hit.title) for hit in search(library.index, title)}, title
        assert len(files) == library.status().held
        assert not list((data / "library" / "content" / ".new").iterdir())
        for table in ("word", "gram"):
            library.index.database.execute(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')")
        (fine,) = library.index.database.execute("PRAGMA quick_check(1)").fetchone()
        assert fine == "ok", fine
    finally:
        library.close()


def engraved(count: int = 30) -> dict[str, float]:
    """CPU time and size of pieces of the shelf in all four layouts. Units: ms, kB."""
    engraver, names = Engraver(), tuple(LAYOUTS)
    files = sorted(SHELF.glob("*.umf"))[:count]
    engraver.engrave(read_umf(files[0].read_bytes()), names)
    made: list[bytes] = []
    began = time.process_time()
    for file in files:
        made += engraver.engrave(read_umf(file.read_bytes()), names).values()
    spent = time.process_time() - began
    sizes = [len(page) for layout in map(decode, made) if layout for page in layout.pages]
    return {
        "pieces": len(files),
        "piece_ms": 1000 * spent / len(files),
        "page_kb": float(np.mean(sizes)) / 1000,
        "layout_kb": float(np.mean([len(layout) for layout in made])) / 1000,
    }


def graded() -> dict[str, float]:
    """Rank correlation of the difficulty that those who wrote the shelf told with the one that the notes give."""
    told, reckoned = [], []
    for file in sorted(SHELF.glob("*.umf")):
        made = read_umf(file.read_bytes())
        told.append(float(made["metadata"].pop("difficulty")))
        reckoned.append(describe(made, notes_of(made, False), file.stem, Facts()).facts.difficulty)
    ranks = [np.argsort(np.argsort(row, kind="stable")) for row in (told, reckoned)]
    return {"pieces": len(told), "spearman": float(np.corrcoef(ranks[0], ranks[1])[0, 1])}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop after so long; the next run goes on")
    deadline = Deadline(parser.parse_args().minutes)
    try:
        _all_steps(deadline)
    except Paused:
        sys.stderr.write("library: the time is over; run it again to go on\n")
    return 0


def _all_steps(deadline: Deadline) -> None:
    folder = DATA / "million"
    results = DATA / "results.json"
    kept: dict[str, Any] = json.loads(results.read_text()) if results.exists() else {}
    steps: dict[str, Callable[[], Any]] = {
        "scores": lambda: write_scores(DATA / "scores", ADDED),
        "added": lambda: add_and_kill(DATA / "added", DATA / "scores", deadline),
        "engraved": engraved,
        "graded": graded,
        "million": lambda: build(folder, MILLION, deadline),
        "packed": lambda: searched(folder),
        "more": lambda: add_more(folder, ADDED),
        "after": lambda: searched(folder),
    }
    for name, step in steps.items():
        if name not in kept:
            kept[name] = step()
            results.write_text(json.dumps(kept, indent=1) + "\n")
        deadline.check()
    PAGE.write_text("\n".join(_page(kept)) + "\n", encoding="utf-8")


def _page(kept: dict[str, Any]) -> list[str]:
    packed, after, added = kept["packed"], kept["after"], kept["added"]
    pages, grades = kept["engraved"], kept["graded"]
    rows = [
        ("words, every keystroke", "≤ 20 ms", *(_times(each["words"]) for each in (packed, after))),
        ("notes", "≤ 100 ms", *(_times(each["notes"]) for each in (packed, after))),
        ("memory of the process", "≤ 60 MB", f"{packed['rss_mb']} MB", f"{after['rss_mb']} MB"),
        ("index on the disk", "≤ 600 MB", f"{packed['index_mb']} MB", f"{after['index_mb']} MB"),
    ]
    return [
        "# Evidence: the library",
        "",
        f"`make evidence NAME=library`, {datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, "
        f"SQLite {_sqlite()}, x86-64, two cores shared with other work. Times are CPU time,",
        "which is what a machine that does nothing else would make one wait; in brackets the wall times of this one.",
        "",
        "## A million pieces",
        "",
        "`tests/library/catalogue.py` makes them from a seed: titles in 22 languages and 13 scripts, 40,000 composers,",
        "melodies of 12 to 100 notes. A fresh process (cold index) searches after the file was read once (warm cache):",
        f"{packed['words']['count']:,} queries, every keystroke of {400} titles and composers, and "
        f"{packed['notes']['count']:,} stretches of 4 to 12 notes in any key,",
        "octaves mixed, four in ten of the longer ones with a wrong note. Milliseconds are p50 / p99 / longest of CPU",
        "time, of wall time in brackets.",
        "",
        "| | bound | index packed | after 10,000 more were added |",
        "|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        "How often the piece that was played is among the first 20 (several pieces may have the same notes):",
        "",
        "| played | found | of |",
        "|---|---|---|",
        *(f"| {name} | {found} | {count} |" for name, (found, count) in after["found"].items()),
        "",
        "## Ten thousand pieces added, and the process killed",
        "",
        f"{ADDED:,} UMF files by `mos library add` into an empty library, killed with SIGKILL {added['kills']}",
        f"times at random places and begun again: {added['here']:,} are there, {added['failed']} failed,",
        f"{added['seconds']:.0f} s in all. After every kill each file was compared with its CID and had its piece,",
        "each piece its file, and the database was checked: nothing was half there, and nothing was lost that had been",
        "committed. Progress is shown file by file where stderr is a terminal.",
        "",
        "## Engraving",
        "",
        f"{pages['pieces']} pieces of the shelf in all four layouts: {pages['piece_ms']:.0f} ms of CPU time a piece, "
        f"{pages['piece_ms'] / len(LAYOUTS):.0f} a layout; a page is",
        f"{pages['page_kb']:.1f} kB packed, a layout with its map {pages['layout_kb']:.0f} kB, on average.",
        "",
        "## Difficulty",
        "",
        f"The {grades['pieces']} pieces of the shelf were graded by those who wrote them. The order that the notes",
        "give (`library.difficulty`, whose weights were set before the shelf was there) agrees with theirs with a rank",
        f"correlation of {grades['spearman']:.2f} (Spearman).",
    ]


def _times(row: dict[str, float]) -> str:
    wall, cpu = (
        " / ".join(f"{row[f'{kind}_{name}']:.1f}" for name in ("p50", "p99", "max")) for kind in ("wall", "cpu")
    )
    return f"{cpu} ({wall})"


def _sqlite() -> str:
    import sqlite3  # noqa: PLC0415

    return sqlite3.sqlite_version


if __name__ == "__main__":
    sys.exit(main())
