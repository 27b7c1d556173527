"""What the API does with the library."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol, TypeVar
from urllib.parse import quote, unquote

import msgspec

from mos_appliance.companion.answers import Conflict, NotThere, json_answer
from mos_appliance.companion.library_resources import (
    ImportState,
    LibraryHits,
    LibraryPiece,
    LibraryStatus,
    PiecePatch,
)
from mos_appliance.companion.library_routes import OCTETS, SVG
from mos_appliance.errors import BadInput
from mos_appliance.library.corrections import CORRECTIONS
from mos_appliance.library.engraved import Engraved
from mos_appliance.library.layouts import LAYOUTS
from mos_appliance.wire.http import Request, Response
from mos_appliance.wire.live import SongLoaded
from mos_appliance.wire.takes import Take

MOST: Final = 200
MOST_LETTERS: Final = 200
_GZIP: Final = {"Content-Encoding": "gzip", "Cache-Control": "private, max-age=86400"}
T = TypeVar("T")


class Librarian(Protocol):
    """The library. Errors of all: `Unavailable`; where a CID is asked for, `KeyError` when there is no such piece."""

    async def search(self, text: str, most: int) -> LibraryHits:
        """By words. Errors: `BadInput`."""

    async def search_notes(self, pitches: list[int], most: int) -> LibraryHits:
        """By notes. Errors: `BadInput`."""

    async def status(self) -> LibraryStatus:
        """The library as a whole."""

    async def piece(self, cid: str) -> LibraryPiece:
        """A piece."""

    async def file(self, cid: str) -> bytes:
        """Its bytes. Errors: `Corrupt`."""

    async def pin(self, cid: str, pinned: bool) -> None:
        """Pin it or not."""

    async def remove(self, cid: str) -> None:
        """Remove it."""

    async def restore(self, cid: str) -> bool:
        """Bring it back."""

    async def pages(self, cid: str, layout: str) -> Engraved:
        """Its pages. Errors: `BadInput`, `Corrupt`."""

    def start_import(self, upload: int, name: str, corrections: Mapping[str, str] | None = None) -> ImportState:
        """Import the file behind a descriptor; with corrections it is written down. Errors: `BadInput`."""

    def start_notation(self, source: str, name: str, corrections: Mapping[str, str]) -> ImportState:
        """Write down a take by its number, or a piece again by its CID. Errors: `BadInput`."""

    def imported(self, number: int) -> ImportState | None:
        """An import."""


Play = Callable[[bytes, str], Awaitable[SongLoaded]]
"""Loads a file with its title into the transport."""


class LibraryRoom:
    """Answers the routes below `/library`."""

    def __init__(self, librarian: Librarian, play: Play, find_take: Callable[[str], Take | None]) -> None:
        self._librarian = librarian
        self._play = play
        self._find_take = find_take

    async def search_library(self, request: Request) -> Response:
        """Find pieces."""
        most = _number(request.query.get("most", "20"), "most")
        notes = request.query.get("notes")
        if notes is not None:
            pitches = [_number(word, "notes") for word in notes.replace(",", " ").split()[:1000]]
            return json_answer(await self._librarian.search_notes(pitches, max(1, min(most, MOST))))
        return json_answer(await self._librarian.search(request.query.get("q", ""), max(1, min(most, MOST))))

    async def get_library_status(self, _: Request) -> Response:
        """How much there is."""
        return json_answer(await self._librarian.status())

    async def start_import(self, request: Request) -> Response:
        """Add a file."""
        name = unquote(request.headers.get("x-name", ""))
        wanted = request.query.get("notate", "no")
        if wanted not in ("yes", "no"):
            raise BadInput("notate", "is neither yes nor no")
        said = _corrections({key: text for key, text in request.query.items() if key != "notate"})
        if said and wanted == "no":
            raise BadInput("notate", "is missing: a file that is kept as it is takes no corrections")
        corrections = said if wanted == "yes" else None
        return json_answer(self._librarian.start_import(request.upload, name, corrections), 202)

    async def notate_take(self, request: Request) -> Response:
        """Write a take down."""
        take = self._find_take(request.params["take"])
        if take is None:
            raise NotThere(f"there is no take {request.params['take'][:40]!r}")
        said = _corrections(request.query)
        return json_answer(self._librarian.start_notation(take.take, take.title, said), 202)

    async def correct_piece(self, request: Request) -> Response:
        """Write a piece down again."""
        piece = await _found(self._librarian.piece(request.params["cid"]))
        said = _corrections(request.query)
        return json_answer(self._librarian.start_notation(piece.cid, piece.title, said), 202)

    async def get_import(self, request: Request) -> Response:
        """How an import goes."""
        word = request.params["number"]
        state = self._librarian.imported(int(word)) if word.isascii() and word.isdigit() and len(word) < 10 else None
        if state is None:
            raise NotThere(f"there is no import {word[:40]!r}")
        return json_answer(state)

    async def get_piece(self, request: Request) -> Response:
        """All about a piece."""
        return json_answer(await _found(self._librarian.piece(request.params["cid"])))

    async def change_piece(self, request: Request) -> Response:
        """Pin a piece or not."""
        piece = await _found(self._librarian.piece(request.params["cid"]))
        try:
            patch = msgspec.json.decode(request.body, type=PiecePatch)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise BadInput("body", str(error)) from error
        if piece.shelf and not patch.pinned:
            raise Conflict("the piece is of the shelf that ships, which stays")
        await self._librarian.pin(piece.cid, patch.pinned)
        return json_answer(await _found(self._librarian.piece(piece.cid)))

    async def remove_piece(self, request: Request) -> Response:
        """Remove a piece."""
        piece = await _found(self._librarian.piece(request.params["cid"]))
        if piece.shelf:
            raise Conflict("the piece is of the shelf that ships, which stays")
        await self._librarian.remove(piece.cid)
        return Response(204, "")

    async def restore_piece(self, request: Request) -> Response:
        """Bring a piece back."""
        cid = request.params["cid"]
        if not await _found(self._librarian.restore(cid)):
            raise NotThere(f"there is no piece {cid[:80]!r} to bring back")
        return json_answer(await _found(self._librarian.piece(cid)))

    async def get_piece_file(self, request: Request) -> Response:
        """The file of a piece."""
        piece = await _found(self._librarian.piece(request.params["cid"]))
        name = quote(piece.title or piece.cid, safe="")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "ETag": f'"{piece.cid}"'}
        return Response(200, OCTETS, await self._librarian.file(piece.cid), headers)

    async def load_piece(self, request: Request) -> Response:
        """Put a piece into the transport."""
        piece = await _found(self._librarian.piece(request.params["cid"]))
        return json_answer(await self._play(await self._librarian.file(piece.cid), piece.title))

    async def get_page_map(self, request: Request) -> Response:
        """Where everything is."""
        return json_answer((await self._pages(request)).map)

    async def get_page(self, request: Request) -> Response:
        """A page."""
        engraved = await self._pages(request)
        word = request.params["page"]
        number = int(word) if word.isascii() and word.isdigit() and len(word) < 10 else 0
        if not 1 <= number <= len(engraved.pages):
            raise NotThere(f"there is no page {word[:40]!r}")
        return Response(200, SVG, engraved.pages[number - 1], _GZIP)

    async def _pages(self, request: Request) -> Engraved:
        layout = request.params["layout"]
        if layout not in LAYOUTS:
            raise NotThere(f"there is no layout {layout[:40]!r}; there are {', '.join(LAYOUTS)}")
        piece = await _found(self._librarian.piece(request.params["cid"]))
        return await self._librarian.pages(piece.cid, layout)


async def _found(answer: Awaitable[T]) -> T:
    """The answer about a piece. Errors: `NotThere` when there is none."""
    try:
        return await answer
    except KeyError as error:
        raise NotThere("there is no such piece in the library") from error


def _corrections(query: Mapping[str, str]) -> dict[str, str]:
    """What was said about a piece that is written down; each text is read by who writes. Errors: `BadInput`."""
    for name, text in query.items():
        if name not in CORRECTIONS:
            raise BadInput(name[:20], f"is no correction; there are {', '.join(CORRECTIONS)}")
        if len(text) > MOST_LETTERS or not text.isprintable():
            raise BadInput(name, f"is longer than {MOST_LETTERS} letters, or holds what cannot be printed")
    return dict(query)


def _number(word: str, where: str) -> int:
    if not word.isascii() or not word.isdigit() or len(word) > 9:
        raise BadInput(where, f"{word[:20]!r} is no whole number")
    return int(word)
