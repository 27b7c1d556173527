"""Our notes beside those of music21: `python -m tests.music.abc.evidence PEER.jsonl`, where `peer.py` made the file."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from fractions import Fraction
from pathlib import Path

from mos_appliance.errors import BadInput
from mos_appliance.music.abc.files import abc_notes

Rows = list[tuple[str, str, int]]


def ours(text: str) -> Rows | str:
    """The notes without grace notes, as the peer lists them."""
    try:
        piece = abc_notes(text.encode(), False)
    except BadInput as error:
        return f"refused: {error}"
    return sorted(
        (*(str(Fraction(int(row[name]), piece.division)) for name in ("onset", "duration")), int(row["pitch"]))
        for row in piece.notes
        if not row["grace"]
    )


def verdict(mine: Rows | str, theirs: Rows | str) -> str:
    if isinstance(mine, str) or isinstance(theirs, str):
        return (
            "both refuse"
            if isinstance(mine, str) and isinstance(theirs, str)
            else ("only MOS refuses" if isinstance(mine, str) else "only music21 fails")
        )
    if mine == theirs:
        return "every note equal"
    by_time = [[row[2] for row in sorted(rows, key=lambda row: (Fraction(row[0]), row[2]))] for rows in (mine, theirs)]
    if by_time[0] == by_time[1]:
        return "pitches equal, times differ"
    if [row[:2] for row in mine] == [row[:2] for row in theirs]:
        return "times equal, pitches differ"
    return "otherwise different"


def main(path: str) -> None:
    counts: Counter[str] = Counter()
    examples: dict[str, list[str]] = {}
    notes, spent = 0, 0.0
    for line in Path(path).read_text().splitlines():
        name, text, theirs = json.loads(line)
        began = time.process_time()
        mine = ours(text)
        spent += time.process_time() - began
        notes += len(mine) if isinstance(mine, list) else 0
        found = verdict(mine, theirs if isinstance(theirs, str) else [tuple(row) for row in theirs])
        counts[found] += 1
        examples.setdefault(found, []).append(name)
    total = sum(counts.values())
    sys.stdout.write(f"{total} tunes, {notes} notes, {spent:.1f} s of CPU\n")
    for found, count in counts.most_common():
        sys.stdout.write(f"{found}: {count} ({', '.join(examples[found][:8])})\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
