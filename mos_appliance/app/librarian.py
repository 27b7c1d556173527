"""The library as the hub has it: searches by one worker thread, imports and engraving by child processes."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sys
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePath
from typing import Final, TypeVar

import msgspec

from mos_appliance.app.children import run_child
from mos_appliance.app.library_reports import complaint, told_by
from mos_appliance.app.stillness import Stillness
from mos_appliance.companion.library_resources import (
    ImportFailure,
    ImportState,
    LibraryHit,
    LibraryHits,
    LibraryPiece,
    LibraryStatus,
)
from mos_appliance.errors import BadInput, MosError, Unavailable
from mos_appliance.library import finding
from mos_appliance.library.engraved import Engraved, decode
from mos_appliance.library.finding import Hit
from mos_appliance.library.layouts import LAYOUTS
from mos_appliance.store.library import Library

MAX_WAITING: Final = 20
REMEMBERED: Final = 50
SHELF_AFTER_S: Final = 3.0
"""The shelf is added that long after the start, which has better things to do."""
ENGRAVE_AFTER_S: Final = 30.0
"""Its pages are engraved that long after that; who asks for one earlier has it engraved then."""
_NAME_BYTES: Final = 100
_UNAVAILABLE: Final = 3
_log: Final = logging.getLogger("mos.hub")
T = TypeVar("T")


class Librarian:
    """The library of a data directory; `root` is its folder in it."""

    def __init__(self, data: Path, root: Path, shelf: Path, version: str) -> None:
        """`shelf` is the folder of what ships with this `version`."""
        self._data = data
        self._root = root
        self._shelf = shelf
        self._version = version
        self._library: Library | None = None
        self._worker = ThreadPoolExecutor(1, "library")
        self._turn = asyncio.Lock()
        self._stillness = Stillness()
        self.music_heard = self._stillness.heard
        """To be called when somebody plays: what ships and nobody asks for is added when it is quiet."""
        self._imports: dict[int, ImportState] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Open the library, and bring its shelf up to date meanwhile. What is missing is told when it is asked for."""
        try:
            self._library = await self._in_worker(lambda: Library(self._root))
            await self._in_worker(self._clear)
        except (MosError, OSError) as error:
            _log.warning("the library cannot be used: %s", error)
            return
        self._start(self._renew_shelf())

    async def close(self) -> None:
        """Wait for nothing any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._library is not None:
            await self._in_worker(self._library.close)
        self._worker.shutdown()

    # -- what is there -----------------------------------------------------------------------------------------------

    async def search(self, text: str, most: int) -> LibraryHits:
        """By words. Errors: `BadInput`, `Unavailable`."""
        return await self._timed(lambda library: finding.search(library.index, text, most))

    async def search_notes(self, pitches: Sequence[int], most: int) -> LibraryHits:
        """By notes. Errors: `BadInput`, `Unavailable`."""
        return await self._timed(lambda library: finding.search_notes(library.index, pitches, most))

    async def status(self) -> LibraryStatus:
        """The library as a whole. Errors: `Unavailable`."""
        return LibraryStatus(**(await self._ask(Library.status))._asdict())

    async def piece(self, cid: str) -> LibraryPiece:
        """A piece. Errors: `KeyError`, `Unavailable`."""
        return await self._ask(lambda library: _told(library, cid))

    async def file(self, cid: str) -> bytes:
        """Its bytes. Errors: `Corrupt`, `Unavailable`."""
        return await self._ask(lambda library: library.read(cid))

    async def pin(self, cid: str, pinned: bool) -> None:
        """Pin it or not. Errors: `BadInput`, `Unavailable`."""
        await self._ask(lambda library: library.pin(cid, pinned))

    async def remove(self, cid: str) -> None:
        """Remove it, for a day. Errors: `BadInput`, `Unavailable`."""
        await self._ask(lambda library: library.remove(cid))

    async def restore(self, cid: str) -> bool:
        """Bring it back. Errors: `KeyError` when that is no CID, `Unavailable`."""
        return await self._ask(lambda library: _known(library.restore, cid))

    # -- pages -------------------------------------------------------------------------------------------------------

    async def pages(self, cid: str, layout: str) -> Engraved:
        """Its pages, engraved now where they are not there. Errors: `BadInput`, `Unavailable`."""
        found = await self._ask(lambda library: _kept_pages(library, cid, layout))
        if found is None:
            with self._stillness.wanted():
                async with self._turn:
                    await self._mos("engrave", cid, "--layouts", layout)
            found = await self._ask(lambda library: _kept_pages(library, cid, layout))
        if found is None:
            raise Unavailable("the pages could not be kept")
        return found

    # -- imports -----------------------------------------------------------------------------------------------------

    def start_import(self, upload: int, name: str, corrections: Mapping[str, str] | None = None) -> ImportState:
        """Import the file behind a descriptor, after those that wait; with corrections it is written down as a score.

        Errors: `BadInput`, `Unavailable`.
        """
        name = PurePath(name).name
        if not name or not name.isprintable() or name.startswith(".") or len(name.encode()) > _NAME_BYTES:
            raise BadInput("X-Name", f"must be the name of a file, of 1 to {_NAME_BYTES} bytes")
        number = self._queue(name)
        self._start(self._import(number, name, os.dup(upload), corrections))
        return self._imports[number]

    def start_notation(self, source: str, name: str, corrections: Mapping[str, str]) -> ImportState:
        """Write down a take by its number, or a piece again by its CID. Errors: `Unavailable`."""
        number = self._queue(name)
        self._start(self._work(number, name, "notate", source, corrections))
        return self._imports[number]

    def _queue(self, name: str) -> int:
        """A number for what waits now. Errors: `Unavailable`."""
        if sum(state.state in ("waiting", "running") for state in self._imports.values()) >= MAX_WAITING:
            raise Unavailable(f"{MAX_WAITING} imports are waiting already", 10)
        number = max(self._imports, default=0) + 1
        self._imports[number] = ImportState(number, name, "waiting")
        for old in list(self._imports)[:-REMEMBERED]:
            del self._imports[old]
        return number

    def imported(self, number: int) -> ImportState | None:
        """An import."""
        return self._imports.get(number)

    async def _import(self, number: int, name: str, upload: int, corrections: Mapping[str, str] | None) -> None:
        folder = self._root / "incoming" / str(number)
        verb = "add" if corrections is None else "notate"
        try:
            await asyncio.to_thread(_write_upload, folder / name, upload)
            await self._work(number, name, verb, str(folder / name), corrections or {})
        except OSError as error:
            self._note(number, ImportFailure(name, "import", str(error)))
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, True)

    async def _work(self, number: int, name: str, verb: str, source: str, corrections: Mapping[str, str]) -> None:
        """Have a child add a file or write it down, and know what came of it."""
        options = [f"--{key.replace('_', '-')}={text}" for key, text in corrections.items()]
        try:
            with self._stillness.wanted():
                async with self._turn:
                    self._imports[number] = msgspec.structs.replace(self._imports[number], state="running")
                    output = await self._mos(verb, *options, "--", source)
            told = told_by(verb, output, name)
        except (MosError, OSError, msgspec.MsgspecError) as error:
            where = error.where if isinstance(error, BadInput) else "import"
            self._note(number, ImportFailure(name, where, error.why if isinstance(error, BadInput) else str(error)))
            return
        self._imports[number] = msgspec.structs.replace(told, number=number)

    def _note(self, number: int, failure: ImportFailure) -> None:
        self._imports[number] = msgspec.structs.replace(self._imports[number], state="failed", failed=[failure])

    async def _renew_shelf(self) -> None:
        """Have the shelf that ships added, once for each version of it."""
        file = self._root / "shelf.stamp"
        try:
            stamp = await asyncio.to_thread(shelf_stamp, self._version, self._shelf)
            if not stamp or await asyncio.to_thread(_read_stamp, file) == stamp:
                return
            await asyncio.sleep(SHELF_AFTER_S)
            async with self._turn:
                await self._mos("shelf", "--folder", str(self._shelf), patient=self._stillness)
            await asyncio.sleep(ENGRAVE_AFTER_S)
            for cid in await self._ask(lambda library: list(library.shelf().values())):
                await self._engrave_missing(cid)
            await asyncio.to_thread(file.write_text, stamp)
        except (MosError, OSError) as error:
            _log.warning("the shelf could not be put into the library: %s", error)

    async def _engrave_missing(self, cid: str) -> None:
        """One piece of the shelf; then whoever waits for other pages has a turn. Errors: `Unavailable`."""
        missing = await self._ask(lambda library: _missing_layouts(library, cid))
        if not missing:
            return
        async with self._turn:
            try:
                await self._mos("engrave", cid, "--layouts", ",".join(missing), patient=self._stillness)
            except BadInput as error:  # told when somebody asks for its pages
                _log.info("%s could not be engraved: %s", cid, error)

    # -- within ------------------------------------------------------------------------------------------------------

    async def _mos(self, verb: str, *words: str, patient: Stillness | None = None) -> bytes:
        """Have a child do it; `patient`: it can wait.

        Errors: `BadInput` by its word when it did nothing, `Unavailable`.
        """
        command = (sys.executable, "-P", "-m", "mos_appliance", "library", "--data", str(self._data), verb, "--json")
        code, output, error = await run_child((*command, *words), patient=patient)
        wrong = complaint(output) if code else ""
        if code and (wrong or not output):
            where, _, why = (wrong or error).partition(": ")
            raise (
                BadInput(where, why or "is wrong") if code == 1 else Unavailable(error[:200] or f"it ended with {code}")
            )
        return output

    async def _timed(self, find: Callable[[Library], list[Hit]]) -> LibraryHits:
        def timed(library: Library) -> LibraryHits:
            began = time.perf_counter_ns()
            hits = find(library)
            took_ms = round((time.perf_counter_ns() - began) / 1e6, 3)
            return LibraryHits([LibraryHit(hit.cid, hit.title, hit.composer, hit.how) for hit in hits], took_ms)

        return await self._ask(timed)

    async def _ask(self, question: Callable[[Library], T]) -> T:
        """Ask in the worker thread. Errors: `Unavailable` when there is no library, or its disk fails."""
        library = self._library
        if library is None:
            raise Unavailable("the library cannot be used; the log says why")
        return await self._in_worker(lambda: question(library))

    async def _in_worker(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._worker, work)
        except OSError as error:
            raise Unavailable(error.strerror or "the disk failed") from error

    def _clear(self) -> None:
        """What an interrupted import left."""
        shutil.rmtree(self._root / "incoming", ignore_errors=True)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work, name="library")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _known(ask: Callable[[str], T], cid: str) -> T:
    """Errors: `KeyError` where the library says that a CID is none."""
    try:
        return ask(cid)
    except BadInput as error:
        raise KeyError(cid) from error


def _told(library: Library, cid: str) -> LibraryPiece:
    piece, standing = _known(library.find, cid), library.standing(cid)
    facts = msgspec.structs.asdict(piece.facts)
    return LibraryPiece(cid=piece.cid, title=piece.title, composer=piece.composer, **facts, **standing._asdict())


def _missing_layouts(library: Library, cid: str) -> list[str]:
    if library.find(cid).facts.form != "score":
        return []
    return [layout for layout in LAYOUTS if _kept_pages(library, cid, layout) is None]


def _kept_pages(library: Library, cid: str, layout: str) -> Engraved | None:
    kept = library.keeper.pages(cid, layout)
    return None if kept is None else decode(kept)


def _write_upload(path: Path, upload: int) -> None:
    """Write the file behind a descriptor, which is closed."""
    with os.fdopen(upload, "rb") as source:
        source.seek(0)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("wb") as sink:
            shutil.copyfileobj(source, sink)


def _read_stamp(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""


def shelf_stamp(version: str, folder: Path) -> str:
    """What changes when the shelf that ships does; empty when none ships."""
    files = sorted((str(file.relative_to(folder)), file.stat().st_size) for file in folder.rglob("*.umf"))
    return f"{version} {len(files)} {sum(size for _, size in files)}" if files else ""
