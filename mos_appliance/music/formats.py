"""The kinds of files that notes are read from: one row each; commands and the library look here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from mos_appliance.errors import BadInput
from mos_appliance.music.arrangement import arrange
from mos_appliance.music.notes import NoteList, read_notes
from mos_appliance.music.smf import FILE_BYTES, read_smf


class Format(NamedTuple):
    """One row. `notes` and `validate` take the file's bytes; errors are `BadInput` with the place in the file."""

    name: str
    suffixes: tuple[str, ...]
    most_bytes: int
    notes: Callable[[bytes, bool], NoteList]
    """The notes; the flag asks for repeats to be unfolded."""
    validate: Callable[[bytes], tuple[str, ...]]
    """Warnings about what is odd but was read."""


def _midi_notes(data: bytes, _unfold: bool) -> NoteList:
    """A MIDI file knows no repeats: it is unfolded already."""
    return read_notes(read_smf(data, most_bytes=FILE_BYTES))


def _midi_validate(data: bytes) -> tuple[str, ...]:
    smf = read_smf(data, most_bytes=FILE_BYTES)
    warnings = read_notes(smf).warnings
    try:
        arrange(smf).bars()
    except BadInput as error:  # a good file, yet more than the engine takes
        warnings += (f"cannot be played: it {error.why}",)
    return warnings


FORMATS: Final[tuple[Format, ...]] = (
    Format("MIDI", (".mid", ".midi", ".kar", ".smf", ".rmi"), FILE_BYTES, _midi_notes, _midi_validate),
)


def format_of(path: str) -> Format:
    """The row for a file's name. Errors: `BadInput` naming what is read."""
    stem, dot, ending = path.rpartition("/")[2].rpartition(".")
    suffix = f".{ending.lower()}" if stem and dot else ""
    for row in FORMATS:
        if suffix in row.suffixes:
            return row
    known = ", ".join(f"{row.name} ({' '.join(row.suffixes)})" for row in FORMATS)
    raise BadInput("name", f"{suffix or 'a name without suffix'} is not read; what is: {known}")
