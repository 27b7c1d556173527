"""The library's index in SQLite: what `library.finding` asks, and adding and taking out of pieces."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from mos_appliance.errors import BadInput, Corrupt, Unavailable
from mos_appliance.library import melody
from mos_appliance.library.finding import Hit
from mos_appliance.library.folding import FOLDING
from mos_appliance.library.piece import Facts, Piece, title_key, words_of
from mos_appliance.library.ranking import common_words, order_key, sequence_of
from mos_appliance.music.cid import binary_of, text_of
from mos_appliance.store.library_schema import migrate

_PATIENCE_S: Final = 20.0
_CACHE_KIB: Final = 4096
_AT_ONCE: Final = 500
_INSERT: Final = "INSERT INTO piece (key, cid, title, composer, title_key, facts, steps) VALUES (?, ?, ?, ?, ?, ?, ?)"
_FEW: Final = 20_000
_SAMPLE: Final = 1500
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Facts).decode


class LibraryIndex:
    """One connection to the database. Whoever writes does so in `transaction`. Errors of the disk: `Unavailable`."""

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        """Open or make it. `durable`: what was committed survives a power cut. Errors: `Unavailable`, `Corrupt`."""
        try:
            # The hub's worker threads take turns; SQLite itself is built for threads.
            self.database = sqlite3.connect(
                path, timeout=_PATIENCE_S, isolation_level=None, check_same_thread=False, cached_statements=64
            )
            self.database.execute("PRAGMA journal_mode=WAL")
            self.database.execute(f"PRAGMA synchronous={'FULL' if durable else 'OFF'}")
            self.database.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
            migrate(self.database)
            self._renew_words()
        except sqlite3.OperationalError as error:
            raise Unavailable(f"the library's index {path} cannot be used: {error}") from error
        except sqlite3.DatabaseError as error:
            raise Corrupt(str(path), f"is no database any more: {error}") from error

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is done within is done, or none of it. Errors: `Unavailable` when the disk refuses."""
        try:
            self.database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.database.execute("COMMIT")
            finally:
                if self.database.in_transaction:
                    self.database.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            raise Unavailable(f"the library's index cannot be written: {error}") from error

    # -- what finding asks -------------------------------------------------------------------------------------------

    def first(self, most: int) -> list[int]:
        """The weightiest pieces."""
        return self._keys("SELECT key FROM piece ORDER BY key LIMIT ?", most)

    def titled(self, key: str, most: int) -> list[int]:
        """Pieces whose title is this one, folded; a checksum decides, so that another may be among them."""
        return self._keys("SELECT key FROM piece WHERE title_key = ? ORDER BY key LIMIT ?", _checksum(key), most)

    def common(self) -> dict[str, float]:
        """The common words, with the share of pieces that have them."""
        return dict(self.database.execute("SELECT word, share FROM common"))

    def with_words(self, expression: str, most: int) -> list[int]:
        """Pieces that match."""
        return self._keys("SELECT rowid FROM word WHERE word MATCH ? ORDER BY rowid LIMIT ?", expression, most)

    def with_grams(self, expression: str, after: int, most: int) -> list[int]:
        """Pieces whose melody matches, with keys above `after`."""
        return self._keys(
            "SELECT rowid FROM gram WHERE gram MATCH ? AND rowid > ? ORDER BY rowid LIMIT ?", expression, after, most
        )

    def steps(self, keys: Sequence[int]) -> dict[int, str]:
        """The steps of these pieces."""
        return {key: melody.unpack(steps) for key, steps in self._rows("key, steps", keys)}

    def hits(self, keys: Sequence[int]) -> dict[int, Hit]:
        """These pieces, as a list shows them."""
        rows = self._rows("key, cid, title, composer", keys)
        return {key: Hit(key, text_of(cid), title, composer) for key, cid, title, composer in rows}

    def tempi(self, keys: Sequence[int]) -> dict[int, float]:
        """Quarter notes a minute of those of these pieces that have a tempo."""
        rows = ((key, _decode(facts).tempo) for key, facts in self._rows("key, facts", keys))
        return {key: tempo for key, tempo in rows if tempo}

    # -- pieces ------------------------------------------------------------------------------------------------------

    def key_of(self, cid: str) -> int | None:
        """The key of a piece, or None. Errors: `BadInput` when that is no CID."""
        binary = binary_of(cid)
        rows = self.database.execute("SELECT key, cid FROM piece WHERE substr(cid, 5, 12) = ?", (binary[4:16],))
        return next((int(key) for key, found in rows if found == binary), None)

    def piece(self, cid: str) -> Piece | None:
        """All about a piece, or None."""
        key = self.key_of(cid)
        return None if key is None else self._piece(key)

    def _piece(self, key: int) -> Piece:
        row = self.database.execute("SELECT cid, title, composer, facts, steps FROM piece WHERE key = ?", (key,))
        cid, title, composer, facts, steps = row.fetchone()
        return Piece(text_of(cid), title, composer, _decode(facts), melody.unpack(steps))

    def pieces(self, keys: Sequence[int]) -> list[Piece]:
        """All about these pieces."""
        return [self._piece(key) for key in keys]

    def count(self) -> int:
        """How many pieces there are."""
        return self.counter("pieces")

    def add(self, piece: Piece, weight: int, sequence: int | None = None) -> None:
        """Add a piece that is not there, in a transaction. Errors: `BadInput` when it cannot be told from another."""
        sequence = self.count_up("sequence") if sequence is None else sequence
        self._insert([(order_key(weight, sequence), piece)])

    def add_many(self, pieces: Sequence[tuple[Piece, int]]) -> None:
        """Add pieces with their weights, as `add` does, a good deal faster."""
        first = self.count_up("sequence", len(pieces)) - len(pieces) + 1
        self._insert([(order_key(weight, first + place), piece) for place, (piece, weight) in enumerate(pieces)])

    def _insert(self, rows: Sequence[tuple[int, Piece]]) -> None:
        execute = self.database.executemany
        try:
            execute(_INSERT, [_columns(key, piece) for key, piece in rows])
        except sqlite3.IntegrityError as error:
            raise BadInput("CID", "is in the library already, or cannot be told from another one's") from error
        indexed = [(key, *_indexed(piece)) for key, piece in rows]
        execute("INSERT INTO word (rowid, words) VALUES (?, ?)", [(key, words) for key, words, _ in indexed])
        execute("INSERT INTO gram (rowid, grams) VALUES (?, ?)", [(key, grams) for key, _, grams in indexed if grams])
        self.count_up("pieces", len(rows))

    def take_out(self, cid: str) -> Piece | None:
        """Take a piece out, in a transaction; returns it."""
        key = self.key_of(cid)
        if key is None:
            return None
        piece = self._piece(key)
        words, grams = _indexed(piece)
        self.database.execute("DELETE FROM piece WHERE key = ?", (key,))
        self.database.execute("INSERT INTO word (word, rowid, words) VALUES ('delete', ?, ?)", (key, words))
        if grams:
            self.database.execute("INSERT INTO gram (gram, rowid, grams) VALUES ('delete', ?, ?)", (key, grams))
        self.count_up("pieces", -1)
        return piece

    def weigh(self, cid: str, weight: int) -> None:
        """Move a piece to where its new weight puts it, in a transaction."""
        key = self.key_of(cid)
        if key is None or order_key(weight, sequence_of(key)) == key:
            return
        piece = self.take_out(cid)
        if piece is not None:
            self.add(piece, weight, sequence_of(key))

    def pack(self) -> None:
        """Merge the whole of both word indexes into one piece each: minutes for a million pieces, then searches are
        at their quickest."""
        for table in ("word", "gram"):
            self.database.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")
        self.learn_common()

    def tidy(self, pages: int = 500) -> None:
        """Merge what many additions left in pieces, a bounded stretch of it, in a transaction."""
        for table in ("word", "gram"):
            self.database.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('merge', ?)", (pages,))

    def learn_common(self) -> None:
        """Find out which words many pieces have, in a transaction; few pieces need none.

        The sample is drawn by the checksums of titles, which lie evenly.
        """
        self.database.execute("DELETE FROM common")
        if self.count() < _FEW:
            return
        select = "SELECT key FROM piece WHERE title_key >= ? ORDER BY title_key LIMIT 1"
        places = range(0, 1 << 32, (1 << 32) // _SAMPLE)
        keys = [row[0] for place in places for row in self.database.execute(select, (place,))]
        found = common_words([words_of(self._piece(key)) for key in keys])
        self.database.executemany("INSERT INTO common (word, share) VALUES (?, ?)", found.items())

    def _renew_words(self) -> None:
        """Index all words anew when they are folded in another way now, as after an update of Python's Unicode tables.

        What is taken out must be told to the index as it was put in: with other words it would stay there for ever.
        """
        folding = zlib.crc32(FOLDING.encode())
        if self.counter("words") == folding:
            return
        with self.transaction():
            if self.counter("words") != folding:  # else another process was quicker
                self.database.execute("INSERT INTO word (word) VALUES ('delete-all')")
                for (key,) in self.database.execute("SELECT key FROM piece ORDER BY key"):
                    words = " ".join(words_of(self._piece(key)))
                    self.database.execute("INSERT INTO word (rowid, words) VALUES (?, ?)", (key, words))
                self.count_up("words", folding - self.counter("words"))

    # -- counters ----------------------------------------------------------------------------------------------------

    def counter(self, name: str) -> int:
        """The value of a counter."""
        return int(self.database.execute("SELECT value FROM counter WHERE name = ?", (name,)).fetchone()[0])

    def count_up(self, name: str, by: int = 1) -> int:
        """Change a counter, in a transaction; returns its new value."""
        self.database.execute("UPDATE counter SET value = value + ? WHERE name = ?", (by, name))
        return self.counter(name)

    # -- within ------------------------------------------------------------------------------------------------------

    def _keys(self, statement: str, *values: object) -> list[int]:
        try:
            return [row[0] for row in self.database.execute(statement, values)]
        except sqlite3.DatabaseError as error:
            raise Unavailable(f"the library's index cannot be read: {error}") from error

    def _rows(self, columns: str, keys: Sequence[int]) -> Iterator[Any]:
        for place in range(0, len(keys), _AT_ONCE):
            some = keys[place : place + _AT_ONCE]
            marks = ",".join("?" * len(some))
            yield from self.database.execute(f"SELECT {columns} FROM piece WHERE key IN ({marks})", some)


def _checksum(text: str) -> int:
    return zlib.crc32(text.encode())


def _columns(key: int, piece: Piece) -> tuple[object, ...]:
    title = title_key(piece.title)
    facts, steps = _encode(piece.facts), melody.pack(piece.steps)
    return key, binary_of(piece.cid), piece.title, piece.composer, _checksum(title), facts, steps


def _indexed(piece: Piece) -> tuple[str, str]:
    """What stands in the two indexes for a piece: to take it out, the very same must be told again."""
    return " ".join(words_of(piece)), " ".join(melody.index_words(piece.steps))
