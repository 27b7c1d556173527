"""`mos notes`: the notes of any score or performance."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mos_appliance.music.notes import NoteList


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = subparsers.add_parser("notes", help="list the notes of a score or performance")
    parser.add_argument("file", metavar="FILE", help="a MIDI file")
    parser.add_argument("--unfold", action="store_true", help="write repeats out (a MIDI file has none)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Print the notes. Errors: `BadInput`, `OSError`."""
    import msgspec

    from mos_appliance.app.input_file import read_input
    from mos_appliance.music.formats import format_of
    from mos_appliance.music.notes import as_json

    row = format_of(args.file)
    piece = row.notes(read_input(args.file, row.most_bytes), args.unfold)
    if args.json:
        sys.stdout.write(msgspec.json.encode(as_json(piece)).decode() + "\n")
    else:
        _write_table(piece)
    return 0


def _write_table(piece: NoteList) -> None:
    """A table for people: where, when, how long, what, who."""
    from mos_appliance.music.notes import as_json
    from mos_appliance.music.pitch import name_of

    names = {f"P{number}": part.name for number, part in enumerate(piece.parts, 1)}
    sys.stdout.write(f"{'bar':>4} {'quarter':>12} {'length':>10} {'pitch':<5} {'velocity':>8} {'ms':>11}  part\n")
    for note in as_json(piece)["notes"]:
        at = f"{note['onset_ms']:.1f}" if "onset_ms" in note else "-"
        sys.stdout.write(
            f"{note['bar']:>4} {note['onset_quarters']:>12} {note['duration_quarters']:>10} "
            f"{name_of(note['pitch']):<5} {note.get('velocity', '-'):>8} {at:>11}  {names[note['part']]}\n"
        )
    for warning in piece.warnings:
        sys.stderr.write(f"note: {warning}\n")
