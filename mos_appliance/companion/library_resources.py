"""The JSON of the library's API: one struct a resource; `/api/v1/openapi.json` is made from them."""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class LibraryHit(msgspec.Struct, frozen=True):
    """A piece that was found."""

    cid: str
    title: str
    composer: str
    how: str
    """`words`; of notes `start`, `inside` or `amiss` (one note differs)."""


class LibraryHits(msgspec.Struct, frozen=True):
    """What a search found, the best first."""

    hits: list[LibraryHit]
    took_ms: float


class LibraryPiece(msgspec.Struct, frozen=True):
    """A piece with what is known of it; texts are empty and numbers 0 where nothing is, `difficulty` is −1 then."""

    cid: str
    title: str
    composer: str
    key: str
    metre: str
    tempo: float
    difficulty: float
    estimated: bool
    """Whether the difficulty was reckoned from the notes."""
    hands: int
    language: str
    licence: str
    seconds: float
    bars: int
    notes: int
    lowest: int
    highest: int
    parts: int
    form: str
    skills: tuple[str, ...]
    tags: tuple[str, ...]
    tradition: str
    year: int
    titles: dict[str, str]
    people: tuple[str, ...]
    subtitle: str
    format: str
    bytes: int
    reading: bool
    pedal: bool
    source: str
    here: bool
    """Whether its file is on this appliance."""
    pinned: bool
    shelf: str
    """Its name on the shelf that ships; empty for what people brought."""
    opened: int
    added: str


class LibraryStatus(msgspec.Struct, frozen=True):
    """The library as a whole. Units: bytes."""

    pieces: int
    held: int
    """Pieces whose files are here."""
    pinned: int
    bytes: int
    share_bytes: int
    index_bytes: int


class PiecePatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be changed of a piece's standing."""

    pinned: bool
    """A file that is not pinned may go when room is needed."""


class ImportFailure(msgspec.Struct, frozen=True):
    """A file that was not added, or was added without pages."""

    file: str
    where: str
    why: str


class NotationGuess(msgspec.Struct, frozen=True):
    """What was not said and was guessed; `others` are what else it may be."""

    what: str
    value: str
    confidence: float
    others: list[dict[str, Any]] = []


class NotationLoss(msgspec.Struct, frozen=True):
    """What was not understood, or had no place in the score."""

    where: str
    what: str


class ImportState(msgspec.Struct, frozen=True):
    """An import: ask again until it is `done` or `failed`."""

    number: int
    name: str
    state: Literal["waiting", "running", "done", "failed"]
    added: list[str] = []
    """CIDs."""
    known: list[str] = []
    """CIDs of what was in the library already."""
    failed: list[ImportFailure] = []
    unengraved: list[ImportFailure] = []
    replaced: str = ""
    """The CID of the piece that a correction took the place of; it can be restored for a day."""
    guessed: list[NotationGuess] = []
    unread: list[NotationLoss] = []
    lost: list[NotationLoss] = []
