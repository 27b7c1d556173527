"""The library's part of the route table."""

from __future__ import annotations

from typing import Final

from mos_appliance.companion.library_resources import (
    ImportState,
    LibraryHits,
    LibraryPiece,
    LibraryStatus,
    PiecePatch,
)
from mos_appliance.companion.resources import Failure
from mos_appliance.companion.routes import API, MAX_JSON_BYTES, Answer, Body, Route
from mos_appliance.library import corrections
from mos_appliance.library.engraved import PageMap
from mos_appliance.wire.live import SongLoaded

LIBRARY: Final = f"{API}/library"
PIECE: Final = f"{LIBRARY}/pieces/{{cid}}"
MAX_FILE_BYTES: Final = 32 << 20
OCTETS: Final = "application/octet-stream"
SVG: Final = "image/svg+xml"
CORRECTIONS: Final = tuple((name, f"{told[0].upper()}{told[1:]}.") for name, told in corrections.CORRECTIONS.items())
_WRONG: Final = Answer(400, "What was sent is wrong; the answer says where.", Failure)
_NO_PIECE: Final = Answer(404, "There is no such piece.", Failure)
_NOT_NOW: Final = Answer(503, "Something that this needs is missing now; the answer says what.", Failure)
_TOO_LARGE: Final = Answer(413, "The body is larger than this path takes.", Failure)
_DAMAGED: Final = Answer(500, "The file is damaged: it was put aside.", Failure)
_STAYS: Final = Answer(409, "It is of the shelf that ships, which stays.", Failure)

LIBRARY_ROUTES: Final[tuple[Route, ...]] = (
    Route(
        "GET",
        LIBRARY,
        "search_library",
        "Find pieces by words as they are typed, or by notes. Nothing asked for shows what is opened most.",
        (Answer(200, "What was found.", LibraryHits), _WRONG, _NOT_NOW),
        queries=(
            (
                "q",
                "Words, the last of which may be unfinished, and `key:Dm`, `level:0-3`, `tempo:60-80`, `metre:3/4` …",
            ),
            ("notes", "MIDI numbers parted by commas, in any key and octave; with it `q` is not looked at."),
            ("most", "At most so many, 20 when absent, up to 200."),
        ),
    ),
    Route(
        "GET",
        f"{LIBRARY}/status",
        "get_library_status",
        "How much there is.",
        (Answer(200, "It.", LibraryStatus), _NOT_NOW),
    ),
    Route(
        "POST",
        f"{LIBRARY}/imports",
        "start_import",
        "Add a score or a performance: it is converted, checked, named and engraved by a process with limits.",
        (Answer(202, "It is being imported.", ImportState), _WRONG, _TOO_LARGE, _NOT_NOW),
        Body("A UMF, MNX, MusicXML or MIDI file.", MAX_FILE_BYTES, None, OCTETS),
        (("X-Name", "Name of the file, percent-encoded; its suffix says what it is."),),
        (
            ("notate", "`yes`: what was played is written down as a score; without it the file is kept as it is."),
            *CORRECTIONS,
        ),
    ),
    Route(
        "GET",
        f"{LIBRARY}/imports/{{number}}",
        "get_import",
        "How an import goes; the last 50 are remembered.",
        (Answer(200, "It.", ImportState), Answer(404, "There is no such import.", Failure)),
    ),
    Route("GET", PIECE, "get_piece", "All about a piece.", (Answer(200, "It.", LibraryPiece), _NO_PIECE, _NOT_NOW)),
    Route(
        "PATCH",
        PIECE,
        "change_piece",
        "Keep a piece's file whatever happens, or let it go when room is needed.",
        (Answer(200, "The piece as it is now.", LibraryPiece), _WRONG, _NO_PIECE, _STAYS, _TOO_LARGE, _NOT_NOW),
        Body("What is to change.", MAX_JSON_BYTES, PiecePatch),
    ),
    Route(
        "DELETE",
        PIECE,
        "remove_piece",
        "Remove a piece. For a day it can be restored.",
        (Answer(204, "It is removed."), _NO_PIECE, _STAYS, _NOT_NOW),
    ),
    Route(
        "POST",
        f"{PIECE}/restore",
        "restore_piece",
        "Bring back a piece that was removed.",
        (Answer(200, "The piece.", LibraryPiece), Answer(404, "It is gone for good.", Failure), _NOT_NOW),
    ),
    Route(
        "POST",
        f"{PIECE}/notation",
        "correct_piece",
        "Write a piece down again with corrections, which are added to those made before; the new piece takes the "
        "place of the old one.",
        (Answer(202, "It is being written down.", ImportState), _WRONG, _NO_PIECE, _NOT_NOW),
        queries=CORRECTIONS,
    ),
    Route(
        "POST",
        f"{API}/takes/{{take}}/piece",
        "notate_take",
        "Write a take down as a score: metre, hands and rhythm are guessed, and the guesses told. It becomes a piece "
        "of the library that can be corrected.",
        (
            Answer(202, "It is being written down; ask `/library/imports` how it goes.", ImportState),
            _WRONG,
            Answer(404, "There is no such take.", Failure),
            _NOT_NOW,
        ),
        queries=CORRECTIONS,
    ),
    Route(
        "GET",
        f"{PIECE}/file",
        "get_piece_file",
        "The file as it came, byte for byte.",
        (Answer(200, "The file.", None, OCTETS), _NO_PIECE, _DAMAGED, _NOT_NOW),
    ),
    Route(
        "POST",
        f"{PIECE}/play",
        "load_piece",
        "Put a piece into the transport.",
        (Answer(200, "The song as it was loaded.", SongLoaded), _WRONG, _NO_PIECE, _DAMAGED, _NOT_NOW),
    ),
    Route(
        "GET",
        f"{PIECE}/pages/{{layout}}",
        "get_page_map",
        "How many pages a layout (`phone`, `tablet`, `large`, `names`) has, and where on them every bar and note is. "
        "Pages that are not there are engraved first, which may take a second or more.",
        (Answer(200, "The map.", PageMap), _NO_PIECE, _DAMAGED, _NOT_NOW),
    ),
    Route(
        "GET",
        f"{PIECE}/pages/{{layout}}/{{page}}",
        "get_page",
        "A page, counted from 1. Groups of class `note` and `measure` have the ids of the map.",
        (Answer(200, "The page.", None, SVG), _NO_PIECE, _DAMAGED, _NOT_NOW),
    ),
)
