"""`mos chords`: names the chords that a score or a performance plays."""

from __future__ import annotations

import argparse
import sys


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = subparsers.add_parser("chords", help="name the chords that are played", description=__doc__)
    parser.add_argument("file", metavar="IN", help="UMF, MNX, MusicXML, ABC or MIDI")
    parser.add_argument("--json", action="store_true", help="print one JSON object: chords")


def run(args: argparse.Namespace) -> int:
    """Print the chords. Errors: `BadInput`, `OSError`."""
    from fractions import Fraction

    import msgspec

    from mos_appliance.app.tune_file import read_notes_and_key
    from mos_appliance.tutor.harmony.labels import NO_CHORD, label_of
    from mos_appliance.tutor.harmony.segments import chords_of, key_of

    piece, fifths = read_notes_and_key(args.file)
    key = key_of(piece) if fifths is None else fifths
    rows = []
    for onset, chord in chords_of(piece, key):
        at = Fraction(onset, piece.division)
        label = label_of(chord, key) if chord else NO_CHORD
        rows.append({"onset_quarters": f"{at.numerator}/{at.denominator}", "label": label})
    if args.json:
        sys.stdout.write(msgspec.json.encode({"chords": rows}).decode() + "\n")
    else:
        sys.stdout.writelines(f"{row['onset_quarters']:>10}  {row['label']}\n" for row in rows)
    return 0
