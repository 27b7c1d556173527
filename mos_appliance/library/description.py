"""A piece out of a UMF document: what its author said, and what can be seen in its notes."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.library.difficulty import demands_of, difficulty_of
from mos_appliance.library.hands import Hands, guess_hands, hand_count, named_hands
from mos_appliance.library.melody import MAX_STEPS, steps_of
from mos_appliance.library.piece import Facts, Piece
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.extensions import own
from mos_appliance.music.mnx.rhythm import duration_of
from mos_appliance.music.notes import NoteList

MAX_NAME: Final = 300
_USUAL_BPM: Final = 100.0
_MAJOR: Final = ("Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#")
_MINOR: Final = ("Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#", "G#", "D#", "A#")


def describe(document: Json, piece: NoteList, name: str, source: Facts) -> Piece:
    """The piece in a document, without its CID; `name` is its title where it has none.

    `source` holds what is known of the file: format, bytes, where it comes from, a licence that goes for all of it.
    """
    metadata, learning = document["metadata"], document.get("learning", {})
    named = named_hands(piece.parts)
    notes = _of_parts(_pitched(piece), named)
    tempo = _tempo(document)
    said = _hands_said(learning) or named
    told = metadata.get("difficulty")
    seconds = _seconds(notes, piece.division, tempo)
    facts = Facts(
        key=metadata.get("key") or _key(document, notes),
        metre=metadata.get("metre") or _metre(document),
        tempo=round(tempo, 2),
        difficulty=float(told) if told is not None else _difficulty(notes, seconds),
        estimated=told is None,
        hands=learning.get("needs", {}).get("hands") or (hand_count(notes, said) if len(notes) else 0),
        language=metadata.get("language", ""),
        licence=metadata.get("licence") or document.get("provenance", {}).get("licence", "") or source.licence,
        seconds=_length_s(notes, seconds, piece.division, tempo),
        bars=len(document["score"]["global"]["measures"]) if "score" in document else 0,
        notes=len(piece.notes),
        lowest=int(notes["pitch"].min()) if len(notes) else 0,
        highest=int(notes["pitch"].max()) if len(notes) else 0,
        parts=len(piece.parts),
        form=_form(document),
        skills=tuple(_names(learning.get("skills", ()), 32)),
        tags=tuple(_names(metadata.get("tags", ()), 32)) + source.tags,
        tradition=metadata.get("tradition", "")[:MAX_NAME],
        year=metadata.get("year", 0),
        titles={tag: title[:MAX_NAME] for tag, title in list(metadata.get("titles", {}).items())[:64]},
        people=tuple(_names((metadata.get(role, "") for role in ("lyricist", "arranger")), 8)),
        subtitle=metadata.get("subtitle", "")[:MAX_NAME],
        format=source.format,
        bytes=source.bytes,
        reading=learning.get("needs", {}).get("reading", True),
        pedal=learning.get("needs", {}).get("pedal", False),
        source=source.source,
    )
    title = " ".join(metadata["title"].split())[:MAX_NAME] or name[:MAX_NAME]
    composer = " ".join(metadata.get("composer", "").split())[:MAX_NAME]
    sung = {place: hand for place, hand in named.items() if hand == "right"}
    return Piece("", title, composer, facts, steps_of(melody_of(_of_parts(notes, sung))))


def hands_of(document: Json, piece: NoteList) -> Hands:
    """Which hand plays which staff: as it was said, else as it can be guessed."""
    return _hands_said(document.get("learning", {})) or named_hands(piece.parts) or guess_hands(_pitched(piece))


def annotate(document: Json, notes: NoteList, piece: Piece) -> None:
    """Write into a document that was made of a piece's file what the library found out, and where it comes from."""
    metadata, facts = document["metadata"], piece.facts
    found = {"composer": piece.composer, "key": facts.key, "metre": facts.metre, "licence": facts.licence}
    for name, value in found.items():
        if value:
            metadata.setdefault(name, value)
    metadata["title"] = metadata["title"] or piece.title
    if facts.difficulty >= 0:
        metadata.setdefault("difficulty", facts.difficulty)
    hands = hands_of(document, notes) if "score" in document else {}
    if hands:
        rows = [{"part": part, "staff": staff, "hand": hand} for (part, staff), hand in sorted(hands.items())]
        document.setdefault("learning", {}).setdefault("hands", rows)
    source = {"cid": piece.cid, "title": piece.title, "relation": f"converted from {facts.format}"}
    document.setdefault("provenance", {}).setdefault("derivedFrom", []).append(source)


def melody_of(notes: NDArray[np.void]) -> list[int]:
    """The line that people would sing: the highest note at every onset of the first staff that has notes.

    Shapes: `notes` (n,) NOTE, by onset, then pitch. Grace notes do not count.
    """
    played = notes[~notes["grace"]]
    if not len(played):
        return []
    first = played[played["part"] == played["part"].min()]
    first = first[first["staff"] == first["staff"].min()]
    ends = np.flatnonzero(np.diff(first["onset"], append=first["onset"][-1] + 1))  # the last of an onset is highest
    line: list[int] = first["pitch"][ends][: MAX_STEPS + 1].tolist()
    return line


def _pitched(piece: NoteList) -> NDArray[np.void]:
    drums = [number for number, part in enumerate(piece.parts) if part.drums]
    return piece.notes[~np.isin(piece.notes["part"], drums)] if drums else piece.notes


def _of_parts(notes: NDArray[np.void], hands: Hands) -> NDArray[np.void]:
    """The notes of those parts; all where none is named."""
    return notes[np.isin(notes["part"], [part for part, _ in hands])] if hands else notes


def _names(texts: Any, most: int) -> list[str]:
    return [text[:MAX_NAME] for text in texts if text][:most]


def _hands_said(learning: Json) -> Hands:
    return {(row["part"], row["staff"]): row["hand"] for row in learning.get("hands", ())}


def _tempo(document: Json) -> float:
    """Quarter notes a minute as said; 0 where nobody did."""
    if "tempo" in document["metadata"]:
        return float(document["metadata"]["tempo"])
    for measure in document.get("score", {}).get("global", {}).get("measures", ())[:1]:
        for tempo in measure.get("tempos", ()):
            return float(tempo["bpm"] * duration_of(tempo["value"]) * 4)
    return 0.0


def _metre(document: Json) -> str:
    for measure in document.get("score", {}).get("global", {}).get("measures", ()):
        if "time" in measure:
            return f"{measure['time']['count']}/{measure['time']['unit']}"
    return ""


def _key(document: Json, notes: NDArray[np.void]) -> str:
    """The key of the first signature; major or minor by what is said, else by the last note of the bass."""
    measures = document.get("score", {}).get("global", {}).get("measures", ())
    signature = next((measure["key"] for measure in measures if "key" in measure), None)
    if signature is None or not -7 <= signature["fifths"] <= 7:
        return ""
    place = signature["fifths"] + 7
    mode = own(signature).get("mode")
    if mode is None and len(notes):
        last = notes[notes["onset"] == notes["onset"].max()]["pitch"].min()
        mode = "minor" if (int(last) - 7 * signature["fifths"]) % 12 == 9 else "major"
    return f"{_MINOR[place]} minor" if mode == "minor" else f"{_MAJOR[place]} major"


def _seconds(notes: NDArray[np.void], division: int, tempo: float) -> NDArray[np.float64]:
    """When each note begins: as it was played, else in the tempo that is said or usual."""
    if len(notes) and not math.isnan(notes["onset_ms"][0]):
        return np.asarray(notes["onset_ms"] / 1000, np.float64)
    return np.asarray(notes["onset"] / division * 60 / (tempo or _USUAL_BPM), np.float64)


def _length_s(notes: NDArray[np.void], seconds: NDArray[np.float64], division: int, tempo: float) -> float:
    if not len(notes):
        return 0.0
    if not math.isnan(notes["duration_ms"][0]):
        return round(float((seconds + notes["duration_ms"] / 1000).max()), 1)
    return round(float((seconds + notes["duration"] / division * 60 / (tempo or _USUAL_BPM)).max()), 1)


def _difficulty(notes: NDArray[np.void], seconds: NDArray[np.float64]) -> float:
    return difficulty_of(demands_of(notes, seconds)) if len(notes) else -1.0


def _form(document: Json) -> str:
    if "score" in document:
        return "score"
    if document.get("performances"):
        return "performance"
    return "lesson" if document.get("learning", {}).get("steps") else "document"
