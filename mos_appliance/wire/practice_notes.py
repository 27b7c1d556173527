"""Lists of notes on the wire. Beside `practice`, because the hub, which only passes them on, does without NumPy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mos_appliance.errors import BadInput
from mos_appliance.music.notes import NOTE, NoteList, Part
from mos_appliance.wire.practice import NoteTable

MAX_NOTES = 200_000


def table_of(notes: NoteList) -> NoteTable:
    """A list of notes for the wire."""
    return NoteTable(notes.notes.tobytes(), notes.division, [part.name for part in notes.parts], list(notes.ids))


def notes_of(table: NoteTable) -> NoteList:
    """The list of notes in a table. Errors: `BadInput` when it is none."""
    if len(table.rows) % NOTE.itemsize or len(table.rows) > MAX_NOTES * NOTE.itemsize or table.division < 1:
        raise BadInput("practice", "holds no list of notes")
    rows: NDArray[np.void] = np.frombuffer(table.rows, NOTE)
    if table.ids and len(table.ids) != len(rows):
        raise BadInput("practice", "has not one name for each note")
    parts = tuple(Part(name, 0, False, 0, 0) for name in table.parts)
    return NoteList(rows, table.division, parts, ids=tuple(table.ids))
