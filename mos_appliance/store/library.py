"""The library on the disk: the index and the files, changed together, whole after every crash.

Before files are written, their CIDs are noted as arriving; pieces are added and the note is taken back in one
transaction. What is noted and in no piece when somebody adds again was never added, and its file goes.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from mos_appliance.errors import BadInput, Corrupt, Unavailable
from mos_appliance.library.piece import Piece
from mos_appliance.library.ranking import weight
from mos_appliance.music.cid import binary_of, text_of
from mos_appliance.store.content import ContentStore
from mos_appliance.store.library_index import LibraryIndex
from mos_appliance.store.library_keeping import Keeper
from mos_appliance.store.library_removal import HELD_COLUMNS, Removals

_PATIENCE_S: Final = 120.0
_FIRST_CERTAIN_YEAR: Final = 2026
"""A clock that shows an earlier year was never set."""


class Arrival(NamedTuple):
    """A piece that comes, with its file."""

    piece: Piece
    data: bytes
    pinned: bool = True
    shelf: str = ""
    """Its name on the shelf that ships; empty for what people bring."""


class Standing(NamedTuple):
    """How a piece stands in the library."""

    here: bool
    """Whether its file is on this disk."""
    pinned: bool = False
    shelf: str = ""
    opened: int = 0
    added: str = ""


class Status(NamedTuple):
    """The library as a whole. Units: bytes."""

    pieces: int
    held: int
    pinned: int
    bytes: int
    share_bytes: int
    index_bytes: int


class Library:
    """Everything below `root`. Call it from one thread at a time; several processes may have it open."""

    def __init__(
        self, root: Path, *, durable: bool = True, wall_time: Callable[[], float] = time.time, share_percent: float = 20
    ) -> None:
        """Open or make it. Errors: `Unavailable`, `Corrupt`."""
        self._root = root
        self._wall_time = wall_time
        try:
            root.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.content = ContentStore(root / "content", durable=durable)
        except OSError as error:
            raise Unavailable(f"{root}: cannot keep a library there: {error.strerror}") from error
        self.index = LibraryIndex(root / "index.db", durable=durable)
        self.keeper = Keeper(root, self.index, self.content, share_percent)
        self.removals = Removals(self.index)

    def close(self) -> None:
        """Let go of it."""
        self.index.close()

    # -- adding ------------------------------------------------------------------------------------------------------

    def add(self, arrivals: Sequence[Arrival]) -> list[Piece]:
        """Add pieces with their files, all or none; returns those that were not there.

        A piece that was removed comes back as it was. Errors: `Unavailable`, `OSError`.
        """
        with self._adding():
            arrivals = self._new(arrivals)
            self.keeper.make_room(sum(len(arrival.data) for arrival in arrivals), self._now())
            cids = [(binary_of(arrival.piece.cid),) for arrival in arrivals]
            with self.index.transaction():
                self.index.database.executemany("INSERT INTO arriving (cid) VALUES (?)", cids)
            self.content.put((arrival.piece.cid, arrival.data) for arrival in arrivals)
            with self.index.transaction():
                for arrival in arrivals:
                    self._enter(arrival)
                self.index.database.executemany("DELETE FROM arriving WHERE cid = ?", cids)
        return [arrival.piece for arrival in arrivals]

    def _new(self, arrivals: Sequence[Arrival]) -> list[Arrival]:
        """Those that are not here, each once."""
        once = {arrival.piece.cid: arrival for arrival in arrivals}
        return [arrival for cid, arrival in once.items() if not self.restore(cid) and not self.standing(cid).here]

    def _enter(self, arrival: Arrival) -> None:
        """Write the rows of a piece whose file is there."""
        piece, shelf = arrival.piece, arrival.shelf
        now = self._now()
        added = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds") if now else ""
        row = (binary_of(piece.cid), len(arrival.data), arrival.pinned, shelf, 0, self.index.count_up("use"), added)
        if self.index.key_of(piece.cid) is None:  # else it was known, and only its file was elsewhere
            self.index.add(piece, weight(shelf=bool(shelf), pinned=False, opened=0))
        self.index.database.execute(f"INSERT INTO held ({HELD_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    @contextmanager
    def _adding(self) -> Iterator[None]:
        """Add alone, after what an interrupted addition left was cleared away. Errors: `Unavailable`."""
        descriptor = os.open(self._root / "adding", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _lock(descriptor)
            self._recover()
            yield
        finally:
            os.close(descriptor)

    def _recover(self) -> None:
        arriving = [text_of(cid) for (cid,) in self.index.database.execute("SELECT cid FROM arriving")]
        self.content.sweep()
        for cid in arriving:
            if not self.standing(cid).here and not self.removals.knows(cid):
                self.content.drop(cid)
        if arriving:
            with self.index.transaction():
                self.index.database.execute("DELETE FROM arriving")

    # -- what is there -----------------------------------------------------------------------------------------------

    def standing(self, cid: str) -> Standing:
        """How a piece stands. Errors: `BadInput` when that is no CID."""
        select = "SELECT pinned, shelf, opened, added FROM held WHERE cid = ?"
        row = self.index.database.execute(select, (binary_of(cid),)).fetchone()
        return Standing(False) if row is None else Standing(True, bool(row[0]), *row[1:])

    def find(self, cid: str) -> Piece:
        """A piece. Errors: `BadInput` when there is no such one."""
        piece = self.index.piece(cid)
        if piece is None:
            raise BadInput("CID", f"{cid[:80]} is not in the library")
        return piece

    def read(self, cid: str, *, opening: bool = True) -> bytes:
        """The file of a piece; `opening` it lets it rise in lists. Errors: `BadInput`, `Corrupt`, `Unavailable`."""
        self.find(cid)
        try:
            data = self.content.read(cid)
        except (FileNotFoundError, Corrupt) as error:
            with self.index.transaction():  # it can be added again then
                self.index.database.execute("DELETE FROM held WHERE cid = ?", (binary_of(cid),))
            if isinstance(error, Corrupt):
                raise
            raise Unavailable(f"the file of {cid} is not on this disk; add it again") from error
        if opening:
            self._note_opening(cid)
        return data

    def _note_opening(self, cid: str) -> None:
        with self.index.transaction():
            self.index.database.execute(
                "UPDATE held SET opened = opened + 1, used = ? WHERE cid = ?",
                (self.index.count_up("use"), binary_of(cid)),
            )
            self._weigh(cid)

    def pin(self, cid: str, pinned: bool = True) -> None:
        """Keep a file whatever happens, or let it go when room is needed. Errors: `BadInput`, `Unavailable`."""
        self.find(cid)
        standing = self.standing(cid)
        if not standing.here:
            raise Unavailable(f"the file of {cid} is not on this disk; add it again")
        if standing.shelf and not pinned:
            raise BadInput("CID", "is of the shelf that ships, which stays")
        with self.index.transaction():
            self.index.database.execute("UPDATE held SET pinned = ? WHERE cid = ?", (pinned, binary_of(cid)))

    def shelf(self) -> dict[str, str]:
        """CIDs of the pieces of the shelf by their names on it; of two versions the newer."""
        rows = self.index.database.execute("SELECT shelf, cid FROM held WHERE shelf <> '' ORDER BY used")
        return {name: text_of(cid) for name, cid in rows}

    def put_on_shelf(self, cid: str, name: str) -> None:
        """What a person brought before is of the shelf now."""
        with self.index.transaction():
            update = "UPDATE held SET shelf = ?, pinned = 1 WHERE cid = ?"
            self.index.database.execute(update, (name, binary_of(cid)))
            self._weigh(cid)

    def succeed(self, old: str, new: str | None) -> None:
        """A newer version takes an older one's place, or nothing does; the old one can be restored for a day."""
        opened = self.standing(old).opened
        self.retire(old)
        if new is not None:
            with self.index.transaction():
                update = "UPDATE held SET opened = opened + ? WHERE cid = ?"
                self.index.database.execute(update, (opened, binary_of(new)))
                self._weigh(new)

    def _weigh(self, cid: str) -> None:
        standing = self.standing(cid)
        self.index.weigh(cid, weight(shelf=bool(standing.shelf), pinned=False, opened=standing.opened))

    def status(self) -> Status:
        """The library as a whole."""
        held, pinned = self.index.database.execute("SELECT count(*), total(pinned) FROM held").fetchone()
        used = self.keeper.used_bytes()
        share = self.keeper.share_bytes(used)
        return Status(self.index.count(), held, int(pinned), used, share, self.keeper.index_bytes())

    # -- removing ----------------------------------------------------------------------------------------------------

    def remove(self, cid: str) -> None:
        """Take a piece out; for a day it can be restored. Errors: `BadInput`, `Unavailable`."""
        self.find(cid)
        if self.standing(cid).shelf:
            raise BadInput("CID", "is of the shelf that ships, which stays")
        self.retire(cid)

    def retire(self, cid: str) -> None:
        """Take a piece out, also one of the shelf."""
        with self.index.transaction():
            self.removals.take_out(cid, self._now())

    def restore(self, cid: str) -> bool:
        """Bring a removed piece back; False when there is none. Errors: `Unavailable`."""
        if not self.removals.knows(cid) or not self.content.holds(cid):
            return False
        with self.index.transaction():
            self.removals.bring_back(cid)
            self._weigh(cid)
        return True

    def tidy(self) -> None:
        """After many additions: delete what was removed over a day ago, merge the index."""
        with self._adding():
            self.keeper.make_room(0, self._now())
        with self.index.transaction():
            self.index.tidy()
            self.index.learn_common()

    def _now(self) -> int:
        """Wall time in s; 0 while the clock was never set."""
        now = self._wall_time()
        return int(now) if datetime.fromtimestamp(now, UTC).year >= _FIRST_CERTAIN_YEAR else 0


def _lock(descriptor: int) -> None:
    """Wait for others that add. Errors: `Unavailable` when they take too long."""
    end = time.monotonic() + _PATIENCE_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > end:
                raise Unavailable("another process adds to the library", 10) from error
            time.sleep(0.02)
        else:
            return
