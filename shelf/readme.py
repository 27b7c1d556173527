"""The list of what stands on the shelf."""

from __future__ import annotations

from mos_appliance.music.json_text import Json
from shelf.compiler import EXTENSION, Piece


def readme(pieces: list[Piece], lessons: dict[str, Json]) -> str:
    """`mos_appliance/shelf/README.md`."""
    order = sorted(pieces, key=lambda piece: piece.document["metadata"]["difficulty"])
    lines = [
        "# The first shelf",
        "",
        f"{len(pieces)} graded pieces and exercises for a first year of keyboard and {len(lessons)} lessons of ten",
        "minutes, in UMF (`docs/umf.md`), arranged, fingered and annotated by us, all under CC0-1.0. Made by",
        "`python -m shelf` from `shelf/pieces` and `shelf/lessons`: change those, not these. Pictures:",
        "`docs/shelf.md`; where each melody comes from and how it was compared: `docs/evidence/shelf.md`; skills and",
        "what they build on: `skills.json`.",
        "",
        "Grade 0 is the very first tune, 4.5 the last of the year. Reading: `none` learns by ear and pattern,",
        "`letters` needs the names of the keys, `staff` needs notes. Keys are MIDI numbers. *Melody*: suits a voice",
        "or a melody instrument; the file tells the range, and the keys for instruments in C, B flat, E flat and F.",
        "",
        "| grade | id | title | from | hands | reading | keys | melody |",
        "|---|---|---|---|---|---|---|---|",
        *map(_row, order),
        "",
        "| lesson | introduces | pieces |",
        "|---|---|---|",
        *(_lesson(document) for document in lessons.values()),
        "",
    ]
    return "\n".join(lines)


def _row(piece: Piece) -> str:
    metadata, learning = piece.document["metadata"], piece.document["learning"]
    told = piece.document["extensions"][EXTENSION]
    hands = "both" if learning["needs"]["hands"] == 2 else learning["hands"][0]["hand"]
    english = metadata.get("titles", {}).get("en")
    title = f"{metadata['title']} ({english})" if english else metadata["title"]
    composer = metadata["composer"]
    origin = metadata["tradition"] if composer in {"Traditional", "MOS"} else f"{composer}, {metadata['tradition']}"
    keys = f"{learning['range']['lowest']}–{learning['range']['highest']}"
    melody = "yes" if "melody" in told else ""
    cells = (metadata["difficulty"], f"`{piece.name}`", title, origin, hands, told["reading"], keys, melody)
    return f"| {' | '.join(map(str, cells))} |"


def _lesson(document: Json) -> str:
    names = dict.fromkeys(step["piece"] for step in document["extensions"][EXTENSION]["steps"])
    skills = ", ".join(document["learning"]["skills"]) or "nothing new"
    return f"| {document['metadata']['title']} | {skills} | {', '.join(f'`{name}`' for name in names)} |"
