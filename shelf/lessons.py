"""The lessons: UMF documents without a score, whose steps name pieces of the shelf."""

from __future__ import annotations

from typing import Any, Final

from mos_appliance.music.cid import cid_of
from mos_appliance.music.json_text import Json
from mos_appliance.music.umf.canonical import canonical
from mos_appliance.music.umf.document import new_umf, read_umf
from shelf.compiler import ARRANGER, EXTENSION, LICENCE, Piece, sources
from shelf.notation import Mistake

MINUTES: Final = 10
_OWN: Final = ("kind", "piece")


def lessons(pieces: list[Piece]) -> dict[str, Json]:
    """All lessons in order, by their file names. Errors: `Mistake`."""
    shelf = {piece.name: piece for piece in pieces}
    found: dict[str, Json] = {}
    known: set[str] = set()
    for number, source in enumerate(sources("lessons"), 1):
        name = f"week-{source['week']}-day-{source['day']}"
        try:
            found[name] = _lesson(source, shelf, known, number)
        except Mistake as error:
            raise Mistake(f"{name}: {error}") from None
    return found


def _lesson(source: dict[str, Any], shelf: dict[str, Piece], known: set[str], number: int) -> Json:
    known |= set(source["introduces"])
    steps = source["steps"]
    if sum(step["minutes"] for step in steps) != MINUTES:
        raise Mistake(f"lasts {sum(step['minutes'] for step in steps)} minutes, not {MINUTES}")
    for step in steps:
        piece = shelf.get(step["piece"])
        if piece is None:
            raise Mistake(f"there is no piece {step['piece']}")
        early = set(piece.document["learning"]["skills"]) - known
        if early:
            raise Mistake(f"{piece.name} needs {', '.join(sorted(early))} before it was introduced")
    document = new_umf(f"Week {source['week']}, day {source['day']}: {source['title']}")
    document["metadata"] |= {"language": "en", "licence": LICENCE, "tags": ["lesson"]}
    document["learning"] = {
        "skills": source["introduces"],
        "steps": [{"title": _title(step, shelf), **_umf(step)} for step in steps],
    }
    document["provenance"] = {"creators": [{"name": ARRANGER, "role": "author"}], "licence": LICENCE, "tool": "shelf"}
    document["extensions"] = {
        EXTENSION: {
            "id": f"week-{source['week']}-day-{source['day']}",
            "kind": "lesson",
            "number": number,
            "steps": [_link(step, shelf) for step in steps],
        }
    }
    return read_umf(canonical(document))


def _title(step: dict[str, Any], shelf: dict[str, Piece]) -> str:
    return f"{step['kind'].capitalize()}: {shelf[step['piece']].document['metadata']['title']}"


def _umf(step: dict[str, Any]) -> Json:
    return {name: value for name, value in step.items() if name not in _OWN}


def _link(step: dict[str, Any], shelf: dict[str, Piece]) -> Json:
    """Which piece a step is about, by its id on the shelf and by the CID of its file."""
    data = canonical(shelf[step["piece"]].document)
    return {"kind": step["kind"], "piece": step["piece"], "cid": cid_of(data)}
