"""What was removed from the library and may be brought back."""

from __future__ import annotations

from typing import Final

import msgspec

from mos_appliance.library.piece import Piece
from mos_appliance.music.cid import binary_of, text_of
from mos_appliance.store.library_index import LibraryIndex

HELD_COLUMNS: Final = "cid, bytes, pinned, shelf, opened, used, added"
"""By name: a newer version may have added others."""
_REMEMBER: Final = "INSERT OR REPLACE INTO removed (cid, piece, held, bytes, at) VALUES (?, ?, ?, ?, ?)"


class Removals:
    """The rows of `removed`. What changes something is called in a transaction."""

    def __init__(self, index: LibraryIndex) -> None:
        self._index = index
        self._database = index.database

    def knows(self, cid: str) -> bool:
        """Whether that piece can be brought back."""
        rows = self._database.execute("SELECT 1 FROM removed WHERE cid = ?", (binary_of(cid),))
        return rows.fetchone() is not None

    def waiting(self) -> list[Piece]:
        """The pieces that can be brought back."""
        rows = self._database.execute("SELECT piece FROM removed ORDER BY at DESC")
        return [msgspec.msgpack.decode(piece, type=Piece) for (piece,) in rows]

    def take_out(self, cid: str, now_s: int) -> None:
        """Take a piece out of the index and remember it."""
        binary = binary_of(cid)
        held = self._database.execute(f"SELECT {HELD_COLUMNS} FROM held WHERE cid = ?", (binary,)).fetchone()
        piece = self._index.take_out(cid)
        self._database.execute("DELETE FROM held WHERE cid = ?", (binary,))
        if piece is not None and held is not None:
            row = (binary, msgspec.msgpack.encode(piece), msgspec.msgpack.encode(held), held[1], now_s)
            self._database.execute(_REMEMBER, row)

    def bring_back(self, cid: str) -> None:
        """Put a piece back as it was."""
        binary = binary_of(cid)
        piece, held = self._database.execute("SELECT piece, held FROM removed WHERE cid = ?", (binary,)).fetchone()
        if self._index.key_of(cid) is None:
            self._index.add(msgspec.msgpack.decode(piece, type=Piece), 0)
        row = msgspec.msgpack.decode(held, type=tuple[bytes, int, int, str, int, int, str])
        self._database.execute(f"INSERT OR IGNORE INTO held ({HELD_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        self._database.execute("DELETE FROM removed WHERE cid = ?", (binary,))

    def forget(self, cid: str) -> None:
        """Let it go for good."""
        self._database.execute("DELETE FROM removed WHERE cid = ?", (binary_of(cid),))

    def expired(self, before_s: int) -> list[str]:
        """What was removed before that time, as far as the time was known."""
        rows = self._database.execute("SELECT cid FROM removed WHERE at > 0 AND at < ?", (before_s,))
        return [text_of(cid) for (cid,) in rows]
