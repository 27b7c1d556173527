"""The door of the API: requests for takes, sound and the library, whatever stands in paths, queries and bodies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import parse_qsl

from mos_appliance.companion.answers import failure
from mos_appliance.companion.library_resources import ImportState, LibraryHits, LibraryPiece, LibraryStatus
from mos_appliance.companion.library_room import LibraryRoom
from mos_appliance.companion.sound_room import SoundRoom
from mos_appliance.companion.take_room import TakeRoom
from mos_appliance.errors import MosError
from mos_appliance.library.corrections import CORRECTIONS
from mos_appliance.library.engraved import Engraved, PageMap
from mos_appliance.wire.http import Request, Response
from mos_appliance.wire.live import SongLoaded
from mos_appliance.wire.takes import Take, TakePatch

PIECE: Final = LibraryPiece(
    "good", "Title", "", "", "", 0.0, 0.0, False, 1, "", "", 0.0, 1, 1, 60, 60, 1, "score", (), (), "", 0, {}, (), "",
    "UMF", 1, False, False, "", True, True, "", 0, "",
)  # fmt: skip
TAKE: Final = Take("000001", "A take", None, 1.0, 1, 1, recording=False, kept=False)
_PARAMS: Final = ("cid", "take", "number", "layout", "page")


class _Librarian:
    """Has one piece; none but good questions may come."""

    async def search(self, text: str, most: int) -> LibraryHits:
        assert 1 <= most <= 200
        return LibraryHits([], float(len(text)))

    async def search_notes(self, pitches: list[int], most: int) -> LibraryHits:
        assert 1 <= most <= 200
        assert len(pitches) <= 1000
        return LibraryHits([], 0.0)

    async def status(self) -> LibraryStatus:
        return LibraryStatus(1, 1, 1, 1, 1, 1)

    async def piece(self, cid: str) -> LibraryPiece:
        return {"good": PIECE}[cid]

    async def file(self, cid: str) -> bytes:
        return cid.encode()

    async def pages(self, cid: str, layout: str) -> Engraved:
        return Engraved(1, [cid.encode()], PageMap(layout, "none"))

    async def pin(self, cid: str, pinned: bool) -> None:
        assert (cid, isinstance(pinned, bool)) == ("good", True)

    async def remove(self, cid: str) -> None:
        assert cid == "good"

    async def restore(self, cid: str) -> bool:
        return cid == "good"

    def start_import(self, upload: int, name: str, corrections: Mapping[str, str] | None = None) -> ImportState:
        assert upload == -1
        assert corrections is None or corrections.keys() <= CORRECTIONS.keys()
        return ImportState(1, name, "waiting")

    def start_notation(self, source: str, name: str, corrections: Mapping[str, str]) -> ImportState:
        assert corrections.keys() <= CORRECTIONS.keys()
        return ImportState(1, f"{source} {name}", "waiting")

    def imported(self, number: int) -> ImportState | None:
        return ImportState(number, "", "done") if number == 1 else None


class _Takes:
    """Has one take."""

    def rows(self) -> list[Take]:
        return [TAKE]

    def find(self, take: str) -> Take | None:
        return TAKE if take == TAKE.take else None

    async def change(self, take: str, patch: TakePatch) -> Take:
        assert take == TAKE.take
        assert patch.title is None or isinstance(patch.title, str)
        return TAKE

    async def remove(self, take: str) -> None:
        assert take == TAKE.take

    async def restore(self, take: str) -> Take | None:
        return self.find(take)

    async def midi(self, take: str) -> bytes:
        return take.encode()

    async def wav(self, take: str) -> PurePath:
        return PurePath(take)


class _Voices:
    async def talk(self, upload: int) -> float:
        return float(upload)

    async def say(self, text: str, language: str) -> float:
        return float(len(text) + len(language))


async def _play(data: bytes, title: str) -> SongLoaded:
    raise NotImplementedError


def _listen() -> AsyncIterator[bytes]:
    raise NotImplementedError


_TAKES: Final = _Takes()
_ROOMS: Final = (
    LibraryRoom(_Librarian(), _play, _TAKES.find),
    TakeRoom(_TAKES, _TAKES),
    SoundRoom(_listen, _Voices()),
)
HANDLERS: Final[dict[str, Any]] = {
    name: getattr(room, name)
    for room in _ROOMS
    for name in dir(room)
    if not name.startswith("_") and name not in ("listen", "load_piece")
}


def fuzz_requests(data: bytes) -> None:
    """`NAME?QUERY`, a line of the name's header, and the body: answered, or refused with a status from 400 on."""
    head, _, rest = data.partition(b"\n")
    header, _, body = rest.partition(b"\n")
    name, _, query = head.decode("latin-1").partition("?")
    asked = dict(parse_qsl(query, keep_blank_values=True, encoding="utf-8", errors="replace"))
    params = {key: asked.pop(key, "") for key in _PARAMS}
    headers = {"x-name": header.decode("latin-1")}
    handle = HANDLERS[name if name in HANDLERS else sorted(HANDLERS)[len(data) % len(HANDLERS)]]
    steps = handle(Request("/", params, headers, body, owner=True, query=asked))
    try:
        steps.send(None)
    except StopIteration as done:
        answer: Response = done.value
        assert 200 <= answer.status < 300
        assert all("\n" not in text and "\r" not in text for text in answer.headers.values())
        return
    except MosError as error:
        assert 400 <= failure(error).status < 600
        raise
    finally:
        steps.close()
    raise AssertionError("waits for something that is not there")


def requests() -> list[bytes]:
    """One of each that takes something."""
    asked = (
        "search_library?q=bach key:Dm&most=5", "search_library?notes=60,62,64&most=20", "get_import?number=1",
        "start_import?notate=yes&metre=3/4&bars=4\nfour%20bars.mid", "start_import?\nscore.umf", "get_piece?cid=good",
        "notate_take?take=000001&key=Bbm&from_s=1.5", "correct_piece?cid=good&title=Caf%C3%A9&split=C4",
        'change_piece?cid=good\n\n{"pinned":true}', "restore_piece?cid=good", "get_piece_file?cid=good",
        "get_page?cid=good&layout=phone&page=1", "get_page_map?cid=good&layout=large", "get_take_midi?take=000001",
        'change_take?take=000001\n\n{"title":"A \\u00e9","kept":false}', "restore_take?take=000001",
        'say?\n\n{"text":"Hello","language":"en"}', "remove_take?take=000001", "remove_piece?cid=good",
    )  # fmt: skip
    return [text.encode() for text in asked]
