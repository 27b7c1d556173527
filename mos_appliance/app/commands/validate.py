"""`mos validate`: is it good music data?"""

from __future__ import annotations

import argparse
import sys


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = subparsers.add_parser("validate", help="check a file of music for errors")
    parser.add_argument("file", metavar="FILE", help="a MIDI file")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Check the file. Errors: `BadInput` after the verdict was printed, so that the exit code is 1; `OSError`."""
    import msgspec

    from mos_appliance.app.input_file import read_input
    from mos_appliance.errors import BadInput
    from mos_appliance.music.formats import format_of

    try:
        row = format_of(args.file)
        warnings = row.validate(read_input(args.file, row.most_bytes))
    except BadInput as error:
        if args.json:
            verdict = {"ok": False, "errors": [{"where": error.where, "why": error.why}], "warnings": []}
            sys.stdout.write(msgspec.json.encode(verdict).decode() + "\n")
            sys.stdout.flush()
        raise
    if args.json:
        verdict = {"ok": True, "errors": [], "warnings": list(warnings)}
        sys.stdout.write(msgspec.json.encode(verdict).decode() + "\n")
    else:
        sys.stdout.write(f"{args.file}: good {row.name}\n")
        for warning in warnings:
            sys.stdout.write(f"  odd: {warning}\n")
    return 0
