"""`python -m shelf.compare`: every melody that has a source against it; the table goes into docs/evidence/shelf.md.

The sources lie in the folder that `SHELF_SOURCES` names, `build/shelf-sources` when it names none, one checkout for
each repository; `--list` prints how they get there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from mos_appliance.music.json_text import Json
from shelf.compare.judge import Spec, Verdict, compare
from shelf.compare.repositories import COMMITS, address, folder
from shelf.compiler import HERE, Piece, pieces, sources

PAGE: Final = HERE.parent / "docs" / "evidence" / "shelf.md"
_MISSING: Final = 3


def specs(source: dict[str, Any]) -> list[Spec]:
    """What a source of ours is compared with: nothing, one line, or one for each hand."""
    told: list[Spec] | Spec = source.get("compare", [])
    return told if isinstance(told, list) else [told]


def main(arguments: Sequence[str]) -> int:
    """Returns 1 when a melody differs where its source file does not say so, 3 when the sources are not there."""
    if "--list" in arguments:
        for repo, commit in COMMITS.items():
            sys.stdout.write(
                f"git clone https://github.com/{repo} {folder(repo)}; git -C {folder(repo)} checkout {commit}\n"
            )
        return 0
    place = Path(os.environ.get("SHELF_SOURCES", str(HERE.parent / "build" / "shelf-sources")))
    if not place.is_dir():
        sys.stderr.write(
            f"shelf: {place} is not there: make it, and in it what `python -m shelf.compare --list` prints\n"
        )
        return _MISSING
    rows = []
    wrong = []
    for source, piece in zip(sources("pieces"), pieces(), strict=True):
        for spec in specs(source):
            verdict = compare(piece.document, spec, place)
            rows.append(_row(piece, spec, verdict))
            if len(verdict.differences) != len(spec.get("differences", [])):
                wrong += [f"{piece.name}: {told}" for told in verdict.differences]
    PAGE.write_text(_page(rows, pieces()), "utf-8")
    sys.stderr.writelines(f"shelf: {told}\n" for told in wrong)
    return 1 if wrong else 0


def _row(piece: Piece, spec: Spec, verdict: Verdict) -> str:
    metadata: Json = piece.document["metadata"]
    reasons = "; ".join(spec.get("differences", [])) or "none"
    part = " (left hand)" if spec.get("staff", 1) == 2 else ""
    part = {5: " (left hand, upper voice)", 6: " (left hand, bass)"}.get(spec.get("voice", 0), part)
    where = f"[{spec['repo']}]({address(spec['repo'], spec['path'])})"
    book = piece.document["provenance"]["derivedFrom"][0]["title"]
    return (
        f"| `{piece.name}`{part} | {metadata['title']} | {book}: {where} | "
        f"{verdict.same} of {verdict.ours} | {reasons} |"
    )


def _page(rows: list[str], found: list[Piece]) -> str:
    own = [f"`{piece.name}`" for piece in found if "derivedFrom" not in piece.document["provenance"]]
    return "\n".join([
        "# The first shelf: melodies and their sources",
        "",
        "Made by `make evidence NAME=shelf` (`python -m shelf.compare`), which needs the sources beside it",
        "(`python -m shelf.compare --list`). Each melody is compared with its source note by note: how far each note",
        "is from the first, and how long until the next begins. A transposition, and note values twice as long, are no",
        "difference. Nothing but these facts was used of the sources: hands, fingers, left hands, remarks are ours.",
        "",
        "| piece | title | source | notes that agree | differences, and why |",
        "|---|---|---|---|---|",
        *rows,
        "",
        f"Without a source, because they are our own: {', '.join(own)}.",
        "",
        "Arirang, Rasa Sayang, Bahay Kubo, Linstead Market and songs of West Africa and India were looked for and not",
        "found in a public source that could be trusted, fetched and read by a program. They are not here. What five",
        "studies owe to these traditions, a scale, a pulse or a rhythm, each of them says; their melodies are ours.",
        "",
        "Composers died more than 70 years ago. That the other songs are traditional is what the collections say; for",
        "`hambani-kahle` and `epo-i-tai-tai` it is the word of one modern songbook only.",
        "",
    ])  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
