"""The route table: every path of the API, from which the server's routes and `/api/v1/openapi.json` are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from mos_appliance.companion.resources import ControlRow, Failure, Health, Instrument, Say, Spoken
from mos_appliance.wire.live import SongLoaded
from mos_appliance.wire.takes import Take, TakePatch

API: Final = "/api/v1"
JSON: Final = "application/json"
MIDI: Final = "audio/midi"
WAV: Final = "audio/wav"
MAX_SONG_BYTES: Final = 16 << 20
MAX_TALK_BYTES: Final = 24 << 20
MAX_JSON_BYTES: Final = 16 << 10


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that a route may give; `schema` is the type of its JSON, None for other content."""

    status: int
    doc: str
    schema: object = None
    content_type: str = JSON


@dataclass(frozen=True, slots=True)
class Body:
    """What a route takes."""

    doc: str
    max_bytes: int
    schema: object = None
    content_type: str = JSON


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path. `name` is the method of `Api` that answers it."""

    method: str
    path: str
    name: str
    doc: str
    answers: tuple[Answer, ...]
    body: Body | None = None
    headers: tuple[tuple[str, str], ...] = ()
    """Headers that it reads: name and meaning."""
    queries: tuple[tuple[str, str], ...] = ()
    """What it reads behind the `?`: name and meaning."""


def _failure(status: int, doc: str) -> Answer:
    return Answer(status, doc, Failure)


EVERYWHERE: Final = (
    _failure(401, "Not paired with this appliance: only the health page is open."),
    _failure(403, "Asked by a page of another origin."),
    _failure(421, "The Host header is no name of this appliance."),
    _failure(500, "A fault of the appliance's own, which its log tells."),
    _failure(503, "Memory or another thing that every answer needs is missing now."),
)
"""Answers of every path; but health is open to those who are not paired."""

_NO_TAKE: Final = _failure(404, "There is no such take.")
_WRONG: Final = _failure(400, "What was sent is wrong; the answer says where.")
_TOO_LARGE: Final = _failure(413, "The body is larger than this path takes.")
_NOT_NOW: Final = _failure(503, "Something that this needs is missing now; the answer says what.")
_BUSY: Final = _failure(409, "Somebody speaks already.")
_DAMAGED: Final = _failure(500, "The take is damaged.")
_TAKE: Final = f"{API}/takes/{{take}}"

ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", f"{API}/health", "get_health", "How the appliance is.", (Answer(200, "Its health.", Health),)),
    Route(
        "GET",
        f"{API}/openapi.json",
        "get_openapi",
        "This description.",
        (Answer(200, "OpenAPI 3.1.", dict[str, Any]),),
    ),
    Route(
        "GET",
        f"{API}/instruments",
        "get_instruments",
        "What `program` and `bank` mean.",
        (Answer(200, "The instruments, by bank and program.", list[Instrument]),),
    ),
    Route(
        "GET",
        f"{API}/controls",
        "get_controls",
        "The controls with their ranges and values; `set` on the live connection changes them.",
        (Answer(200, "The controls.", list[ControlRow]),),
    ),
    Route(
        "GET",
        f"{API}/takes",
        "list_takes",
        "Every performance that was kept, the newest first.",
        (Answer(200, "The takes.", list[Take]),),
    ),
    Route(
        "GET",
        f"{_TAKE}.mid",
        "get_take_midi",
        "A take as a Standard MIDI File, as it sounded: layers, touch and transposition applied.",
        (Answer(200, "The file.", None, MIDI), _NO_TAKE, _DAMAGED, _NOT_NOW),
    ),
    Route(
        "GET",
        f"{_TAKE}.wav",
        "get_take_wav",
        "A take as sound, rendered when first asked for: that may take a while, and ends when the client leaves.",
        (Answer(200, "The file.", None, WAV), _NO_TAKE, _DAMAGED, _NOT_NOW),
    ),
    Route(
        "PATCH",
        _TAKE,
        "change_take",
        "Rename a take, or mark it as never to be removed to make room.",
        (Answer(200, "The take as it is now.", Take), _WRONG, _NO_TAKE, _TOO_LARGE, _NOT_NOW),
        Body("What is to change.", MAX_JSON_BYTES, TakePatch),
    ),
    Route(
        "DELETE",
        _TAKE,
        "remove_take",
        "Remove a take. For a day it can be restored.",
        (Answer(204, "It is removed."), _NO_TAKE, _failure(409, "It is being recorded."), _NOT_NOW),
    ),
    Route(
        "POST",
        f"{_TAKE}/restore",
        "restore_take",
        "Bring back a take that was removed.",
        (Answer(200, "The take.", Take), _failure(404, "It is gone for good."), _NOT_NOW),
    ),
    Route(
        "PUT",
        f"{API}/song",
        "put_song",
        "Load a Standard MIDI File into the transport.",
        (Answer(200, "The song as it was loaded.", SongLoaded), _WRONG, _TOO_LARGE, _NOT_NOW),
        Body("A Standard MIDI File of type 0 or 1.", MAX_SONG_BYTES, None, MIDI),
        (("X-Title", "Title of the song, percent-encoded; the file's own when absent."),),
    ),
    Route(
        "DELETE",
        f"{API}/song",
        "remove_song",
        "Unload the song.",
        (Answer(204, "No song is loaded."), _NOT_NOW),
    ),
    Route(
        "GET",
        f"{API}/listen.wav",
        "listen",
        "What sounds, as an endless WAV (16 bits, stereo, 48 kHz) for an `<audio>` element. Chromium fills a buffer of "
        "1.3 s first; a page that plays it 1.25 times as fast until 0.3 s are left hears it 0.5 s late.",
        (Answer(200, "Sound, until the client leaves.", None, WAV), _NOT_NOW),
    ),
    Route(
        "POST",
        f"{API}/talk",
        "talk",
        "Play a voice over the music, which steps back meanwhile.",
        (Answer(202, "It is being played.", Spoken), _WRONG, _BUSY, _TOO_LARGE, _NOT_NOW),
        Body("A WAV of any rate, 1 or 2 channels, 8 to 32 bits, of 60 s at most.", MAX_TALK_BYTES, None, WAV),
    ),
    Route(
        "POST",
        f"{API}/say",
        "say",
        "Speak a text over the music, by espeak-ng where it is installed.",
        (Answer(202, "It is being spoken.", Spoken), _WRONG, _BUSY, _TOO_LARGE, _NOT_NOW),
        Body("The text.", MAX_JSON_BYTES, Say),
    ),
)
