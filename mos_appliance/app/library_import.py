"""Importing: files become pieces of the library, one after another, in batches that are whole or not there.

This process reads the files and keeps the library; the worker, a child with limits, looks at what is in them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import msgspec

from mos_appliance.app.input_file import read_input
from mos_appliance.app.library_worker import Job
from mos_appliance.app.library_workshop import Died, Done, Workshop
from mos_appliance.errors import BadInput
from mos_appliance.library.piece import Facts, Piece
from mos_appliance.music.cid import cid_of
from mos_appliance.music.formats import FORMATS, format_of
from mos_appliance.store.library import Arrival, Library

BATCH: Final = 32
BATCH_S: Final = 2.0
"""A batch is committed after so many pieces or so long: what a power cut can take back."""
BATCH_BYTES: Final = 8 << 20


class Source(NamedTuple):
    """A file to import, and what is known of it besides its bytes."""

    path: Path
    known: Facts = Facts()
    shelf: str = ""
    pinned: bool = True
    title: str = ""
    """For a file that has none."""
    composer: str = ""
    data: bytes | None = None
    """What is in it, where it is no file of its own."""


class Coming(NamedTuple):
    """A file that the worker looks at."""

    source: Source
    data: bytes
    cid: str


class Failed(NamedTuple):
    """A file that was not added."""

    file: str
    where: str
    why: str


@dataclass
class Summary:
    """What came of an import."""

    added: list[Piece] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    """CIDs that were in the library already."""
    failed: list[Failed] = field(default_factory=list)
    unengraved: list[Failed] = field(default_factory=list)
    """Pieces that were added, yet have no pages."""


class Progress(Protocol):
    """Somebody who is told how it goes."""

    def __call__(self, done: int, total: int, name: str) -> None:
        """So many of so many files are done; the next is called `name`."""


class Import:
    """One import into a library. `layouts` are what scores are engraved in."""

    def __init__(self, library: Library, layouts: Iterable[str] = (), progress: Progress | None = None) -> None:
        self._library = library
        self._layouts = tuple(layouts)
        self._progress: Callable[[int, int, str], None] = progress or (lambda *_: None)
        self._workshop = Workshop()
        self._coming: set[str] = set()
        self._waiting: list[tuple[Arrival, dict[str, bytes]]] = []
        self._since = time.monotonic()
        self.summary = Summary()

    def run(self, sources: Iterable[Source]) -> Summary:
        """Import them all; a bad file is noted, and the rest goes on.

        Errors: `Unavailable` when the library is full.
        """
        sources = list(sources)
        try:
            again = [self._settle(done) for done in self._workshop.answers(self._jobs(sources))]
            plain = [(coming, msgspec.structs.replace(job, layouts=())) for coming, job in filter(None, again)]
            for done in self._workshop.answers(plain):  # what killed the engraver is a piece all the same
                self._settle(done)
            self._commit()
            if self.summary.added:
                self._library.tidy()
        finally:
            self._workshop.close()
        self._progress(len(sources), len(sources), "")
        return self.summary

    def _jobs(self, sources: Sequence[Source]) -> Iterator[tuple[Coming, Job]]:
        """What the worker is to look at: every file that can be read and is not known."""
        for number, source in enumerate(sources):
            self._progress(number, len(sources), source.path.name)
            try:
                data = source.data or read_input(str(source.path), format_of(source.path.name).most_bytes)
            except BadInput as error:
                self._fail(source, error.where, error.why)
                continue
            except OSError as error:
                self._fail(source, "file", error.strerror or "cannot be read")
                continue
            cid = cid_of(data)
            if cid in self._coming or self._knows(cid, source):
                self.summary.known.append(cid)
                continue
            self._coming.add(cid)
            known = source.known
            known = known if known.source else msgspec.structs.replace(known, source=source.path.name)
            yield Coming(source, data, cid), Job(source.path.name, data, known, self._layouts)

    def _knows(self, cid: str, source: Source) -> bool:
        """Whether it is here already, or was removed and is back now."""
        known = self._library.standing(cid).here or self._library.restore(cid)
        if known and source.shelf:
            self._library.put_on_shelf(cid, source.shelf)
        return known

    def _settle(self, done: Done[Coming]) -> tuple[Coming, Job] | None:
        """Take in what came of a file; returns it when it is to be looked at again, without engraving."""
        coming, job, answer, error = done
        source = coming.source
        if isinstance(error, Died) and job.layouts:
            self.summary.unengraved.append(Failed(str(source.path), "pages", f"engraving it {error.why}"))
            return coming, job
        if error is not None:
            self._fail(source, error.where, error.why)
            self.summary.unengraved = [row for row in self.summary.unengraved if row.file != str(source.path)]
        elif answer.piece is not None:
            piece = _named(answer.piece, source, coming.cid)
            self._waiting.append((Arrival(piece, coming.data, source.pinned, source.shelf), answer.pages))
            if answer.unengraved:
                self.summary.unengraved.append(Failed(str(source.path), "pages", answer.unengraved))
        self._commit_some()
        return None

    def _fail(self, source: Source, where: str, why: str) -> None:
        self.summary.failed.append(Failed(str(source.path), where, why))

    def _commit_some(self) -> None:
        size = sum(len(arrival.data) for arrival, _ in self._waiting)
        if len(self._waiting) >= BATCH or size >= BATCH_BYTES or time.monotonic() - self._since > BATCH_S:
            self._commit()

    def _commit(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            self.summary.added += self._library.add([arrival for arrival, _ in waiting])
            for arrival, pages in waiting:
                for layout, engraved in pages.items():
                    self._library.keeper.keep_pages(arrival.piece.cid, layout, engraved)
        self._since = time.monotonic()


def _named(piece: Piece, source: Source, cid: str) -> Piece:
    """The piece with its CID, and with the names that its file did not give."""
    nameless = piece.title in (source.path.stem, source.path.name)
    title = source.title if source.title and nameless else piece.title
    return msgspec.structs.replace(piece, cid=cid, title=title, composer=piece.composer or source.composer)


def files_in(paths: Iterable[Path]) -> Iterator[Path]:
    """The files named, and those in folders named that have a suffix we read. Errors: `BadInput`."""
    suffixes = {suffix for row in FORMATS for suffix in row.suffixes}
    for path in paths:
        if path.is_dir():
            inside = sorted(path.rglob("*"))
            yield from (file for file in inside if file.suffix.lower() in suffixes and file.is_file())
        else:
            yield path
