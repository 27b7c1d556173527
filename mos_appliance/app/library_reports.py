"""What `mos library add` and `notate` tell as JSON, as the hub passes it on."""

from __future__ import annotations

import msgspec

from mos_appliance.companion.library_resources import ImportFailure, ImportState, NotationGuess, NotationLoss


class _Added(msgspec.Struct):
    added: list[dict[str, str]]
    known: list[str]
    failed: list[ImportFailure]
    unengraved: list[ImportFailure]


class _Wrong(msgspec.Struct):
    error: str


class _Notated(msgspec.Struct):
    cid: str
    replaced: str
    unengraved: str
    guessed: list[NotationGuess]
    unread: list[NotationLoss]
    lost: list[NotationLoss]


def complaint(output: bytes) -> str:
    """What went wrong as a whole, when a command that prints JSON printed nothing but that."""
    try:
        return msgspec.json.decode(output, type=_Wrong).error
    except msgspec.MsgspecError:
        return ""


def told_by(verb: str, output: bytes, name: str) -> ImportState:
    """The state of an import that came to its end; the file is called `name`. Errors: `msgspec.MsgspecError`."""
    if verb == "notate":
        made = msgspec.json.decode(output, type=_Notated)
        unengraved = [ImportFailure(name, "pages", made.unengraved)] if made.unengraved else []
        return ImportState(
            0, name, "done", [made.cid], [], [], unengraved, made.replaced, made.guessed, made.unread, made.lost
        )
    told = msgspec.json.decode(output, type=_Added)
    failed, unengraved = (
        [msgspec.structs.replace(row, file=name) for row in rows] for rows in (told.failed, told.unengraved)
    )
    added = [row["cid"] for row in told.added]
    return ImportState(0, name, "failed" if failed else "done", added, told.known, failed, unengraved)
