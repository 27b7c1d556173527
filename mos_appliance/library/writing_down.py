"""What was played becomes a piece: notated, named, and corrected as often as somebody taps a correction.

The piece keeps how it was played, so that each correction begins from that and not from the last guess; which were made
stands in its extension, so that the next is added to them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from mos_appliance.errors import BadInput
from mos_appliance.library.corrections import CORRECTIONS, FROM_S, TITLE, TO_S
from mos_appliance.music.cid import cid_of
from mos_appliance.music.formats import Format
from mos_appliance.music.general_midi import instrument_name
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.extensions import own
from mos_appliance.music.notation.files import load_midi
from mos_appliance.music.smf_write import write_smf
from mos_appliance.music.umf.document import judge, read_umf, write_umf
from mos_appliance.music.umf.losses import Guess, Loss
from mos_appliance.music.umf.performances import excerpt, performance_from, performance_smf, tick_of
from mos_appliance.music.wishes import wishes_from

EXTENSION: Final = "org.mos.notation"
"""Holds the corrections that were made, by name."""
_NOT_WISHES: Final = (TITLE, FROM_S, TO_S)
_LONGEST_S: Final = 100_000.0
_SECONDS: Final = re.compile(r"\d{1,5}(\.\d{1,3})?")
_CORRECTED: Final = "corrected"
_GUESSED: Final = ("key", "metre", "tempo", "difficulty")


class Written(NamedTuple):
    """A document, and what is to be told about it."""

    document: Json
    data: bytes
    guessed: tuple[Guess, ...]
    unread: tuple[Loss, ...]
    lost: tuple[Loss, ...]


def checked(words: Mapping[str, str]) -> None:
    """Errors: `BadInput` for a correction that is none; an empty one takes back what was said before."""
    said = {name: text for name, text in words.items() if text}
    wishes_from({name: text for name, text in said.items() if name not in _NOT_WISHES})
    begin, end = _seconds(said, FROM_S, 0.0), _seconds(said, TO_S, _LONGEST_S)
    if begin >= end:
        raise BadInput(TO_S, "is not after its beginning")


def write_down(data: bytes, row: Format, words: Mapping[str, str]) -> Written:
    """A file of that format as a score that can be edited. Errors: `BadInput`."""
    checked(words)
    before = read_umf(data) if row.name == "UMF" else {}
    made = before.get("extensions", {}).get(EXTENSION, {})
    if not isinstance(made, dict):
        raise BadInput(f"extensions.{EXTENSION}", "is no object of corrections")
    said = {**made, **words}
    said = {name: text for name, text in said.items() if name in CORRECTIONS and isinstance(text, str) and text}
    wished = {name: text for name, text in said.items() if name not in _NOT_WISHES}
    performance = _performance(before)
    if performance is not None or {FROM_S, TO_S} & said.keys():
        full = performance if performance is not None else performance_from(row.smf(data))
        begin, end = _seconds(said, FROM_S, 0.0), _seconds(said, TO_S, _LONGEST_S)
        part = excerpt(full, begin * 1000, end * 1000)
        title = before.get("metadata", {}).get("title", "")
        loaded = load_midi(write_smf(performance_smf(part, title)), wishes_from({"played": "yes", **wished}))
    else:
        full = None
        loaded = load_midi(data if row.name == "MIDI" else write_smf(row.smf(data)), wishes_from(wished))
    document = loaded.document
    if "score" not in document:
        raise BadInput("file", "holds no notes to write down")
    if full is not None:
        document["performances"] = [_bound(full, document.get("performances", ())), *before.get("performances", ())[1:]]
    lost = [*loaded.lost, *([Loss("learning", "learning")] if "learning" in before else [])]
    _name_part(document, before)
    _name(document, before, said)
    _say_where_from(document, before, {"cid": cid_of(data), "title": document["metadata"]["title"]}, row.name)
    errors = judge(document).errors
    if errors:
        raise BadInput(*errors[0])
    return Written(document, write_umf(document), loaded.guessed, loaded.unread, tuple(lost))


def _seconds(said: Mapping[str, str], name: str, absent: float) -> float:
    text = said.get(name, "")
    if not text:
        return absent
    if not _SECONDS.fullmatch(text):
        raise BadInput(name, f"{text[:20]!r} is no number of seconds such as 2.5")
    return float(text)


def _performance(document: Json) -> Json | None:
    """How it was played, where the document says so."""
    for performance in document.get("performances", ())[:1]:
        if performance.get("kind") == "played" and performance["notes"]:
            return dict(performance)
    return None


def _bound(full: Json, written: Any) -> Json:
    """The whole performance, its notes bound to the new score where they stand in it."""

    def place(note: Json) -> tuple[int, int]:
        return tick_of(note["startMs"]), note["pitch"]

    names = {place(note): note["score"] for row in written for note in row["notes"] if "score" in note}
    notes = []
    for note in full["notes"]:
        plain = {name: value for name, value in note.items() if name not in ("score", "pass")}
        name = names.get(place(note))
        notes.append({**plain, "score": name} if name else plain)
    return {**full, "kind": "played", "notes": notes}


def _name_part(document: Json, before: Json) -> None:
    """A single part that is called what the piece is called gets the name of its instrument."""
    titles = {"", *(made["metadata"]["title"] for made in (document, before) if made)}
    parts = document["score"]["parts"]
    if len(parts) == 1 and parts[0].get("name", "") in titles:
        parts[0]["name"] = "Drums" if own(parts[0]).get("drums") else instrument_name(own(parts[0]).get("program", 0))


def _name(document: Json, before: Json, said: Mapping[str, str]) -> None:
    """What was known of the piece stays known; what was guessed is guessed anew."""
    known = {name: value for name, value in before.get("metadata", {}).items() if name not in _GUESSED}
    document["metadata"] = {**document["metadata"], **known}
    if TITLE in said:
        document["metadata"][TITLE] = said[TITLE]
    for name, value in before.items():
        if name not in ("learning", "provenance", "performances"):
            document.setdefault(name, value)
    others = {name: value for name, value in document.get("extensions", {}).items() if name != EXTENSION}
    document["extensions"] = {**others, EXTENSION: dict(said)}


def _say_where_from(document: Json, before: Json, source: Json, format_name: str) -> None:
    """The source by its CID; a signature of what was there before goes for what was there before."""
    kept = {name: value for name, value in before.get("provenance", {}).items() if name != "signatures"}
    sources = [row for row in kept.get("derivedFrom", ()) if row.get("relation") != _CORRECTED]
    relation = _CORRECTED if before else f"written down from {format_name}"
    document["provenance"] = {**kept, "derivedFrom": [*sources, {**source, "relation": relation}]}
