"""The tables of the library's database, and how one version becomes the next.

Migrations only add: a program that is one version older must be able to use what a newer one wrote (DESIGN, storage).
Both word indexes are contentless FTS5 tables: they keep, for each word and each beginning of one to six letters, the
sorted keys of the pieces, and nothing else. See docs/adr/0012-library-index.md.
"""

from __future__ import annotations

import sqlite3
from typing import Final

MIGRATIONS: Final[tuple[str, ...]] = (
    """
    CREATE TABLE piece (
        key INTEGER PRIMARY KEY,   -- order of weight, see library.ranking
        cid BLOB NOT NULL,
        title TEXT NOT NULL,
        composer TEXT NOT NULL,
        title_key INTEGER NOT NULL,  -- checksum of the folded title
        facts BLOB NOT NULL,       -- MessagePack of library.piece.Facts
        steps BLOB NOT NULL        -- of the melody, two a byte
    );
    CREATE UNIQUE INDEX piece_by_cid ON piece (substr(cid, 5, 12));
    CREATE INDEX piece_by_title ON piece (title_key);
    CREATE VIRTUAL TABLE word USING fts5 (
        words, content='', columnsize=0, detail=none, prefix='1 2 3 4 5 6', tokenize='ascii'
    );
    CREATE VIRTUAL TABLE gram USING fts5 (
        grams, content='', columnsize=0, detail=none, prefix='3 4', tokenize='ascii'
    );
    -- What is on the disk. A piece without a row here is known, but its file is elsewhere.
    CREATE TABLE held (
        cid BLOB PRIMARY KEY,
        bytes INTEGER NOT NULL,
        pinned INTEGER NOT NULL,
        shelf TEXT NOT NULL,       -- name of the shelf's piece, empty for what people brought
        opened INTEGER NOT NULL,   -- how often
        used INTEGER NOT NULL,     -- number of the last use, counting uses of anything
        added TEXT NOT NULL        -- wall time in ISO 8601, empty where it was not known
    ) WITHOUT ROWID;
    -- Files that are being written: what is here and in no piece after a crash was never added.
    CREATE TABLE arriving (cid BLOB PRIMARY KEY) WITHOUT ROWID;
    -- What was removed and may be brought back for a day.
    CREATE TABLE removed (
        cid BLOB PRIMARY KEY,
        piece BLOB NOT NULL,       -- MessagePack of library.piece.Piece
        held BLOB NOT NULL,        -- its row of `held`
        bytes INTEGER NOT NULL,
        at INTEGER NOT NULL        -- wall time in s, 0 where it was not known
    ) WITHOUT ROWID;
    -- Words that many pieces have, see library.ranking.
    CREATE TABLE common (word TEXT PRIMARY KEY, share REAL NOT NULL) WITHOUT ROWID;
    -- Pages that were engraved of a piece: made again when they are gone.
    CREATE TABLE engraved (
        cid BLOB NOT NULL,
        layout TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        used INTEGER NOT NULL,
        PRIMARY KEY (cid, layout)
    ) WITHOUT ROWID;
    CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    INSERT INTO counter VALUES ('sequence', 0), ('use', 0), ('pieces', 0), ('words', 0);
    """,
)


def migrate(database: sqlite3.Connection) -> None:
    """Bring a database to this version, all of it or nothing; one of a newer version is left as it is.

    Several processes may open it for the first time at once: the first brings it up, the others wait and look again.
    """
    while _version(database) < len(MIGRATIONS):
        database.execute("BEGIN IMMEDIATE")
        try:
            version = _version(database)
            if version < len(MIGRATIONS):
                for statement in filter(str.strip, MIGRATIONS[version].split(";\n")):
                    database.execute(statement)
                database.execute(f"PRAGMA user_version={version + 1}")
            database.execute("COMMIT")
        finally:
            if database.in_transaction:
                database.execute("ROLLBACK")


def _version(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])
