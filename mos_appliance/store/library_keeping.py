"""The library's share of the disk: what has to go goes, and what was engraved is kept while there is room."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mos_appliance.errors import Unavailable
from mos_appliance.library.keeping import UNDO_S, Kept, share_bytes, to_evict
from mos_appliance.music.cid import binary_of, text_of
from mos_appliance.store.content import ContentStore
from mos_appliance.store.document import write_document
from mos_appliance.store.library_index import LibraryIndex
from mos_appliance.store.library_removal import Removals

_CHECK_BYTES: Final = 4
_KEEP: Final = "INSERT OR REPLACE INTO engraved (cid, layout, bytes, used) VALUES (?, ?, ?, ?)"
_TOTALS: Final = tuple(f"SELECT total(bytes) FROM {table}" for table in ("held", "engraved", "removed"))


class Keeper:
    """Counts what is kept, evicts, and keeps engraved pages as files of `root/engraved`."""

    def __init__(self, root: Path, index: LibraryIndex, content: ContentStore, share_percent: float) -> None:
        self._root = root
        self._engraved = root / "engraved"
        self._index = index
        self._content = content
        self._removals = Removals(index)
        self._share_percent = share_percent

    # -- room --------------------------------------------------------------------------------------------------------

    def used_bytes(self) -> int:
        """Bytes of all files: pieces, what was removed, pages, and the index itself."""
        totals = [self._index.database.execute(statement).fetchone()[0] for statement in _TOTALS]
        return int(sum(totals)) + self.index_bytes()

    def index_bytes(self) -> int:
        """Bytes of the database."""
        return sum(file.stat().st_size for file in self._root.glob("index.db*"))

    def share_bytes(self, used: int) -> int:
        """Bytes that they may have."""
        disk = os.statvfs(self._root)
        return share_bytes(disk.f_blocks * disk.f_frsize, disk.f_bavail * disk.f_frsize, used, self._share_percent)

    def make_room(self, coming_bytes: int, now_s: int) -> list[Kept]:
        """Delete what was removed a day ago, and what has to go for what comes; returns what went.

        Errors: `Unavailable` when all that is left is pinned.
        """
        gone = [Kept("removed", cid, "", 0, False, 0) for cid in self._removals.expired(now_s - UNDO_S if now_s else 0)]
        self._evict(gone)
        used = self.used_bytes()
        over = used + coming_bytes - self.share_bytes(used)
        leaving = list(to_evict(self._kept(), over)) if over > 0 else []
        if sum(item.bytes for item in leaving) < over:
            mib = self.share_bytes(used) >> 20
            raise Unavailable(
                f"the library's share of the disk, {mib} MiB, is full of what is pinned; remove or unpin some"
            )
        self._evict(leaving)
        return gone + leaving

    def _evict(self, items: list[Kept]) -> None:
        """The index lets go first: what a crash leaves behind then are files that nobody counts on."""
        if not items:
            return
        with self._index.transaction():
            for item in items:
                self._forget(item)
        for item in items:
            if item.kind == "pages":
                self._page_file(item.cid, item.layout).unlink(missing_ok=True)
            else:
                self._content.drop(item.cid)

    def _forget(self, item: Kept) -> None:
        binary = binary_of(item.cid)
        match item.kind:
            case "pages":
                self._index.database.execute("DELETE FROM engraved WHERE cid = ? AND layout = ?", (binary, item.layout))
            case "removed":
                self._removals.forget(item.cid)
            case "piece":  # it stays known, and can be brought again
                self._index.database.execute("DELETE FROM held WHERE cid = ?", (binary,))

    def _kept(self) -> Iterator[Kept]:
        database = self._index.database
        for cid, size, pinned, used in database.execute("SELECT cid, bytes, pinned, used FROM held"):
            yield Kept("piece", text_of(cid), "", size, bool(pinned), used)
        for cid, layout, size, used in database.execute("SELECT cid, layout, bytes, used FROM engraved"):
            yield Kept("pages", text_of(cid), layout, size, False, used)
        for cid, size in database.execute("SELECT cid, bytes FROM removed"):
            yield Kept("removed", text_of(cid), "", size, False, 0)

    # -- engraved pages ----------------------------------------------------------------------------------------------

    def keep_pages(self, cid: str, layout: str, data: bytes) -> None:
        """Keep what was engraved. A power cut may damage it: then it is engraved again."""
        file = self._page_file(cid, layout)
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_document(file, zlib.crc32(data).to_bytes(_CHECK_BYTES, "little") + data, lasting=False)
        with self._index.transaction():
            row = (binary_of(cid), layout, len(data) + _CHECK_BYTES, self._index.count_up("use"))
            self._index.database.execute(_KEEP, row)

    def pages(self, cid: str, layout: str) -> bytes | None:
        """What was engraved, or None when it is not there or damaged."""
        try:
            content = self._page_file(cid, layout).read_bytes()
        except FileNotFoundError:
            return None
        check, data = content[:_CHECK_BYTES], content[_CHECK_BYTES:]
        return data if zlib.crc32(data).to_bytes(_CHECK_BYTES, "little") == check else None

    def _page_file(self, cid: str, layout: str) -> Path:
        binary_of(cid)
        return self._engraved / cid[-2:] / f"{cid}.{layout}"
