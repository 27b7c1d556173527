"""A stranger's file made ready to be practised: its notes, their order, and a song with a part for each hand."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from mos_appliance.errors import BadInput
from mos_appliance.library.hands import guess_hands
from mos_appliance.music.arrangement import Arrangement
from mos_appliance.music.formats import format_of_bytes
from mos_appliance.music.hands_apart import hands_apart
from mos_appliance.music.json_text import Json
from mos_appliance.music.notes import NoteList
from mos_appliance.music.umf.files import notes_of, smf_of
from mos_appliance.tutor.practice.excerpt import hand_of_each
from mos_appliance.wire.imports import ImportedPractice, ImportedSong
from mos_appliance.wire.practice import PracticeNote, PracticeNotes, PracticeScore
from mos_appliance.wire.practice_notes import MAX_NOTES, table_of
from mos_appliance.wire.song import encode_song
from mos_appliance.wire.song_from_smf import song_from, song_message


def imported_practice(data: bytes, title: str) -> ImportedPractice:
    """Errors: `BadInput` when there is no score in it."""
    from mos_appliance.music.arrangement import arrange

    document = format_of_bytes(data).load(data).document
    if "score" not in document:
        raise BadInput("score", "is missing: there is nothing written to be practised")
    page = notes_of(document, False)
    if not 0 < len(page.notes) <= MAX_NOTES:
        raise BadInput("score", f"has no note, or more than {MAX_NOTES:,}")
    unfolded = _unfolded(document)
    arrangement = hands_apart(arrange(smf_of(document)), unfolded or page)
    song = ImportedSong(encode_song(song_from(arrangement)), song_message(arrangement, title))
    score = PracticeScore(
        table_of(page), None if unfolded is None else table_of(unfolded), _tempi(arrangement), arrangement.end_tick
    )
    return ImportedPractice(song, score, msgspec.json.encode(_told(page)), _hands(page))


def _unfolded(document: Json) -> NoteList | None:
    try:
        found = notes_of(document, True)
    except BadInput:  # repeats that cannot be written out: the page alone is practised
        return None
    return found if len(found.notes) <= MAX_NOTES else None


def _tempi(arrangement: Arrangement) -> list[tuple[int, int]]:
    tempi = arrangement.tempi
    return list(zip(tempi.ticks.tolist(), tempi.us_per_quarter.tolist(), strict=True))


def _told(page: NoteList) -> PracticeNotes:
    notes = page.notes
    ids = page.ids or tuple(f"n{note}" for note in range(len(notes)))
    common = np.gcd(notes["onset"], page.division)
    columns: list[list[Any]] = [
        (notes["onset"] // common).tolist(),
        (page.division // common).tolist(),
        notes["bar"].tolist(),
        notes["pitch"].tolist(),
        hand_of_each(notes).tolist(),
    ]
    rows = zip(ids, *columns, strict=True)
    return PracticeNotes([PracticeNote(name, f"{above}/{below}", *rest) for name, above, below, *rest in rows])


def _hands(page: NoteList) -> list[str]:
    """What each hand is called."""
    guessed = guess_hands(page.notes)
    names = [part.name for part in page.parts]
    staves = np.unique(page.notes[["part", "staff"]]).tolist()
    return [guessed.get((part, staff)) or names[part] or f"{part + 1}" for part, staff in staves]
