"""Importing: files become pieces of the library, one after another, in batches that are whole or not there.

This process reads the files and keeps the library; the worker, a child with limits, looks at what is in them.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import msgspec

from mos_appliance.app.input_file import read_input
from mos_appliance.app.library_worker import Answer, Job, receive, send
from mos_appliance.errors import BadInput
from mos_appliance.library.piece import Facts, Piece
from mos_appliance.music.cid import cid_of
from mos_appliance.music.formats import FORMATS, format_of
from mos_appliance.store.library import Arrival, Library

WORKER: Final = (sys.executable, "-P", "-m", "mos_appliance.app.library_worker")
PATIENCE_S: Final = 300.0
"""Wall time for one file; the CPU limit comes first unless the machine is busy."""
BATCH: Final = 32
BATCH_S: Final = 2.0
"""A batch is committed after so many pieces or so long: what a power cut can take back."""
BATCH_BYTES: Final = 8 << 20
_ENVIRONMENT: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}


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


class Worker:
    """The child that looks at files; started when needed, and again when a file killed it."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None

    def ask(self, job: Job) -> Answer:
        """Have it look at a file. Errors: `BadInput` when the file is bad, or more than it may take."""
        child = self._started()
        try:
            assert child.stdin is not None and child.stdout is not None
            send(child.stdin, msgspec.msgpack.encode(job))
            ready, _, _ = select.select([child.stdout], [], [], PATIENCE_S)
            message = receive(child.stdout) if ready else None
        except BrokenPipeError:
            message = None
        if message is None:
            raise BadInput("file", self._obituary())
        answer = msgspec.msgpack.decode(message, type=Answer)
        if answer.piece is None:
            raise BadInput(answer.where, answer.why)
        return answer

    def close(self) -> None:
        """Let it go."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
        self._child = None

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            self._child = subprocess.Popen(
                WORKER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **_ENVIRONMENT}
            )
        return self._child

    def _obituary(self) -> str:
        """Why there is no answer."""
        assert self._child is not None
        self._child.kill()
        code = self._child.wait()
        self.close()
        return "takes longer than an import may" if code in (-9, -24) else f"ended the import's worker ({code})"


class Import:
    """One import into a library. `layouts` are what scores are engraved in."""

    def __init__(self, library: Library, layouts: Iterable[str] = (), progress: Progress | None = None) -> None:
        self._library = library
        self._layouts = tuple(layouts)
        self._progress: Callable[[int, int, str], None] = progress or (lambda *_: None)
        self._worker = Worker()
        self._waiting: list[tuple[Arrival, dict[str, bytes]]] = []
        self._since = time.monotonic()
        self.summary = Summary()

    def run(self, sources: Iterable[Source]) -> Summary:
        """Import them all; a bad file is noted, and the rest goes on.

        Errors: `Unavailable` when the library is full.
        """
        sources = list(sources)
        try:
            for number, source in enumerate(sources):
                self._progress(number, len(sources), source.path.name)
                self._take(source)
                self._commit_some()
            self._commit()
            if self.summary.added:
                self._library.tidy()
        finally:
            self._worker.close()
        self._progress(len(sources), len(sources), "")
        return self.summary

    def _take(self, source: Source) -> None:
        try:
            data = source.data or read_input(str(source.path), format_of(source.path.name).most_bytes)
            cid = cid_of(data)
            if self._knows(cid):
                if source.shelf:
                    self._library.put_on_shelf(cid, source.shelf)
                self.summary.known.append(cid)
                return
            answer = self._look_at(source, data)
        except BadInput as error:
            self.summary.failed.append(Failed(str(source.path), error.where, error.why))
            return
        except OSError as error:
            self.summary.failed.append(Failed(str(source.path), "file", error.strerror or "cannot be read"))
            return
        assert answer.piece is not None
        piece = _named(answer.piece, source, cid)
        self._waiting.append((Arrival(piece, data, source.pinned, source.shelf), answer.pages))
        if answer.unengraved:
            self.summary.unengraved.append(Failed(str(source.path), "pages", answer.unengraved))

    def _knows(self, cid: str) -> bool:
        """Whether it is here already, comes with this batch, or was removed and is back now."""
        waiting = any(arrival.piece.cid == cid for arrival, _ in self._waiting)
        return waiting or self._library.standing(cid).here or self._library.restore(cid)

    def _look_at(self, source: Source, data: bytes) -> Answer:
        """The worker's answer; when engraving killed it, it is asked again without."""
        known = source.known if source.known.source else msgspec.structs.replace(source.known, source=source.path.name)
        job = Job(source.path.name, data, known, self._layouts)
        try:
            return self._worker.ask(job)
        except BadInput as error:
            if not self._layouts or not error.why.startswith(("takes longer", "ended the import")):
                raise
            answer = self._worker.ask(msgspec.structs.replace(job, layouts=()))
            return msgspec.structs.replace(answer, unengraved=f"engraving it {error.why}")

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
    title = source.title if source.title and piece.title == source.path.stem else piece.title
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
