"""A folder of MusicXML files through MNX and back: `python -m tests.music.musicxml.suite FOLDER [--out FOLDER]`.

Made for the files of LilyPond's regression suite (`input/regression/musicxml` of its repository), which are not ours to
ship. Prints what is not exact, and a line of counts; `--out` keeps what was written, for other programs to read.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from mos_appliance.errors import BadInput
from mos_appliance.music.musicxml.archive import is_archive, read_archive
from mos_appliance.music.musicxml.files import read_checked
from mos_appliance.music.musicxml.score_out import write_musicxml
from tests.music.musicxml.oracle import score_of


def compare(data: bytes) -> tuple[list[str], bytes]:
    """What is not the same after the way through MNX, and the file that was written."""
    reading = read_checked(data)
    written = write_musicxml(reading.document)
    before = score_of(read_archive(data) if is_archive(data) else data)
    after = score_of(written.data)
    found = [
        name
        for name, same in (
            ("notes", before.notes == after.notes),
            ("marks", before.marks == after.marks),
            ("lengths", before.lengths == after.lengths),
            ("writer's losses", not written.lost),
        )
        if not same
    ]
    return found, written.data


def main() -> int:
    """Returns 1 when a file is not exact."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    counts: Counter[str] = Counter()
    for path in sorted(path for path in args.folder.iterdir() if path.suffix in (".xml", ".musicxml", ".mxl")):
        try:
            found, written = compare(path.read_bytes())
        except BadInput as error:
            found, written = [f"refused: {error}"], b""
        counts["files"] += 1
        counts["notes, ties, voices and staves exact"] += "notes" not in found and bool(written)
        counts["lyrics, chords, dynamics, marks and repeats exact"] += "marks" not in found and bool(written)
        if found:
            sys.stdout.write(f"{path.name}: {', '.join(found)}\n")
        if args.out and written:
            args.out.mkdir(parents=True, exist_ok=True)
            (args.out / f"{path.stem}.musicxml").write_bytes(written)
    sys.stdout.write(", ".join(f"{name}: {count}" for name, count in counts.items()) + "\n")
    return 0 if counts["files"] == counts["notes, ties, voices and staves exact"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
