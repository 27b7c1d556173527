"""What the importer hands back to the hub."""

from __future__ import annotations

import msgspec

from mos_appliance.wire.live import SongLoaded
from mos_appliance.wire.practice import PracticeScore


class ImportedSong(msgspec.Struct, frozen=True):
    """A song for the engine and for the pages; `song.mos` of the run directory holds one too."""

    block: bytes
    """As `wire.song` lays it out."""
    song: SongLoaded
    handle: int = 0
    """What the hub calls it."""


class ImportedPractice(msgspec.Struct, frozen=True):
    """A piece to be practised: its song has a part for each hand."""

    song: ImportedSong
    score: PracticeScore
    notes: bytes
    """`PracticeNotes` as JSON, for the page."""
    hands: list[str]
    """`right`, `left`, or what the score calls the part; one for each part of the song."""


class Refused(msgspec.Struct, frozen=True):
    """Why an import was refused."""

    where: str
    why: str
