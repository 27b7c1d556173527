"""Notes of ABC tunes by music21, run in an environment that has it: `PYTHON peer.py FOLDER OUT.jsonl`."""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from pathlib import Path


def blocks(text: str) -> list[str]:
    """Each tune of a file with its X: line first, as the standard divides them: at empty lines."""
    found = []
    for block in text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n"):
        place = 0 if block.startswith("X:") else block.find("\nX:") + 1
        if block.startswith("X:") or place:
            found.append(block[place:])
    return found


def exact(value: object) -> str:
    return str(Fraction(value).limit_denominator(1 << 16))  # type: ignore[arg-type]


def notes_by_music21(text: str) -> list[tuple[str, str, int]]:
    from music21 import converter, harmony, stream  # noqa: PLC0415

    score = converter.parse(text, format="abc")
    if isinstance(score, stream.Opus):
        score = score.scores[0]
    rows = []
    for part in getattr(score, "parts", None) or [score]:
        for note in part.flatten().stripTies().notes:
            if isinstance(note, harmony.Harmony) or note.duration.isGrace:
                continue
            at, length = exact(note.offset), exact(note.quarterLength)
            rows += [(at, length, pitch.midi) for pitch in note.pitches]
    return sorted(rows)


def main(folder: str, out: str) -> None:
    with Path(out).open("w") as file:
        for path in sorted(Path(folder).rglob("*.abc")):
            for number, text in enumerate(blocks(path.read_bytes().decode("utf-8", "replace"))):
                name = f"{path.relative_to(folder)}#{number}"
                try:
                    rows: object = notes_by_music21(text)
                except Exception as error:  # noqa: BLE001 - whatever the peer does, it is told
                    rows = f"{type(error).__name__}: {error}"[:200]
                file.write(json.dumps([name, text, rows]) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
