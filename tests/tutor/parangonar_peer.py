"""parangonar on takes of one piece, in the environment of the peers: for the evidence's table, not a part of MOS.

`python parangonar_peer.py SCORE.musicxml ALIGNMENT.tsv TAKE.json …`: prints, for each take and matcher, its pairs of
score id and index of the note played, and the CPU time that it took. The matchers cannot find out which repeats were
played: they get the score unfolded as it was, by the set's own alignment. `TAKE.json`: a list of
[onset s, duration s, pitch, velocity].
"""

# ruff: noqa: E402
from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path
from typing import Any

warnings.filterwarnings("ignore")

import numpy as np
import parangonar
import partitura

FIELDS = [
    ("onset_sec", "f4"),
    ("duration_sec", "f4"),
    ("onset_tick", "i4"),
    ("duration_tick", "i4"),
    ("pitch", "i4"),
    ("velocity", "i4"),
    ("track", "i4"),
    ("channel", "i4"),
    ("id", "U256"),
]


def taken(rows: list[list[float]]) -> Any:
    """The take as the matchers want it."""
    notes = np.zeros(len(rows), FIELDS)
    for place, (onset, duration, pitch, velocity) in enumerate(rows):
        notes[place] = (onset, duration, round(onset * 960), round(duration * 960), pitch, velocity, 0, 0, f"p{place}")
    return notes


def scored(score: str, alignment: str) -> Any:
    """The notes of the score as it was played, by the set's own alignment."""
    part = partitura.score.merge_parts(partitura.load_musicxml(score, force_note_ids="keep").parts)
    lines = Path(alignment).read_text().splitlines()[1:]
    true = {line.split("\t")[0] for line in lines} - {"insertion"}
    variants = (way.note_array(include_grace_notes=True) for way in partitura.score.iter_unfolded_parts(part))
    return max(variants, key=lambda notes: len(true & set(notes["id"])) - len(set(notes["id"]) - true))


def matched(notes: Any, played: Any) -> dict[str, Any]:
    """What each matcher makes of a take."""
    matchers = {
        "offline": lambda: parangonar.DualDTWNoteMatcher()(notes, played),
        "online": lambda: parangonar.TOLTWMatcher(notes).offline(played),
    }
    out: dict[str, Any] = {"parangonar": parangonar.__version__}
    for name, match in matchers.items():
        began = time.process_time()
        try:
            rows = match()
        except (ValueError, IndexError, KeyError, ZeroDivisionError) as error:
            out[name] = {"failed": f"{type(error).__name__}: {error}"}
            continue
        pairs = [(str(row["score_id"]), int(str(row["performance_id"])[1:])) for row in rows if row["label"] == "match"]
        out[name] = {"pairs": pairs, "cpu_s": time.process_time() - began}
    return out


def main(score: str, alignment: str, *takes: str) -> None:
    """Match with each, and print what came out."""
    notes = scored(score, alignment)
    found = [matched(notes, taken(json.loads(Path(take).read_text()))) for take in takes]
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
