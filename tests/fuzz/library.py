"""The door of the library's search: whatever is typed, the index understands what it is asked."""

from __future__ import annotations

import sqlite3

from mos_appliance.library.query import parse


def fuzz_query(data: bytes) -> None:
    """Parse, and ask an index of our kind; SQLite must find no fault with the expression."""
    query = parse(data.decode("utf-8", "surrogateescape"))
    index = sqlite3.connect(":memory:")
    try:
        index.execute("create virtual table piece using fts5(words)")
        for prefix in (True, False):
            expression = query.expression(prefix=prefix)
            if expression:
                index.execute("select rowid from piece where piece match ?", (expression,)).fetchall()
    finally:
        index.close()


def queries() -> list[bytes]:
    """What people type."""
    typed = (
        "bach key:Dm level:0-3",
        "für elise ",
        '"sonata" op. 27 no:2',
        'language:de-AT skill:"left hand" 月光',
        "AND OR NOT *",
    )
    return [text.encode() for text in typed]
