"""Files that hold a melody or chords: their notes with beats, from any format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mos_appliance.app.input_file import read_input
from mos_appliance.errors import BadInput
from mos_appliance.music.formats import Format, format_of

if TYPE_CHECKING:
    from mos_appliance.music.notes import NoteList
    from mos_appliance.tutor.harmony.tune import Tune

MIDI = "MIDI"


def read_tune(path: str) -> Tune:
    """The melody of a file, as it stands on the page. Errors: `BadInput` naming the file, `OSError`."""
    from mos_appliance.tutor.harmony.tune import tune_of_score, tune_of_smf

    try:
        row, data = _read(path)
        if row.name == MIDI:
            return tune_of_smf(row.smf(data))
        document = row.load(data).document
        if "score" not in document:
            raise BadInput("score", "there is none in this document")
        return tune_of_score(document["score"])
    except BadInput as error:
        raise BadInput(path, f"{error.where}: {error.why}") from error


def read_notes_and_key(path: str) -> tuple[NoteList, int | None]:
    """The notes of a file, and its first key signature where it says one. Errors: `BadInput`, `OSError`."""
    from mos_appliance.music.smf import KEY_SIGNATURE

    try:
        row, data = _read(path)
        notes = row.notes(data, False)
        keys = row.smf(data).metas(KEY_SIGNATURE) if len(notes.notes) else []
    except BadInput as error:
        raise BadInput(path, f"{error.where}: {error.why}") from error
    said = keys[0].data[0] if keys and keys[0].data else None
    return notes, None if said is None else (said + 128) % 256 - 128


def _read(path: str) -> tuple[Format, bytes]:
    row = format_of(path)
    return row, read_input(path, row.most_bytes)
