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
    parser.add_argument("file", metavar="FILE", help="a score or a MIDI file")
    parser.add_argument("--unfold", action="store_true", help="write repeats out")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Print the notes. Errors: `BadInput`, `OSError`."""
    from mos_appliance.app.input_file import read_input
    from mos_appliance.music.formats import format_of

    row = format_of(args.file)
    piece = row.notes(read_input(args.file, row.most_bytes), args.unfold)
    if args.json:
        _write_json(piece)
    else:
        _write_table(piece)
    return 0


def _write_json(piece: NoteList) -> None:
    """One object, written note by note: as a whole, a million of them would take a gigabyte."""
    import msgspec

    from mos_appliance.music.notes import facts_of, rows_of

    encode = msgspec.json.Encoder().encode
    write = sys.stdout.write
    write('{"notes":[')
    comma = ""
    for row in rows_of(piece):
        write(comma + encode(row).decode())
        comma = ","
    write("]," + encode(facts_of(piece)).decode()[1:] + "\n")


def _write_table(piece: NoteList) -> None:
    """A table for people: where, when, how long, what, who."""
    from mos_appliance.music.general_midi import drum_name
    from mos_appliance.music.notes import rows_of
    from mos_appliance.music.pitch import name_of

    sys.stdout.write(f"{'bar':>4} {'quarter':>12} {'length':>10} {'velocity':>8} {'ms':>11}  {'pitch':<5} part\n")
    for note, number in zip(rows_of(piece), piece.notes["part"].tolist(), strict=True):
        part, pitch = piece.parts[number], note["pitch"]
        at = f"{note['onset_ms']:.1f}" if "onset_ms" in note else "-"
        drum = (part.drums and drum_name(pitch)) or ""
        sys.stdout.write(
            f"{note['bar']:>4} {note['onset_quarters']:>12} {note['duration_quarters']:>10} "
            f"{note.get('velocity', '-'):>8} {at:>11}  {name_of(pitch):<5} {part.name}{drum and f': {drum}'}\n"
        )
    for warning in piece.warnings:
        sys.stderr.write(f"note: {warning}\n")
