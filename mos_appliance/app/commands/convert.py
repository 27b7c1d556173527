"""`mos convert`: from one format to another, with what was lost on the way."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = subparsers.add_parser("convert", help="convert a score or a performance to another format")
    parser.add_argument("file", metavar="IN", help="a score or a MIDI file")
    parser.add_argument("output", metavar="OUT", type=Path, help="the suffix says the format")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Convert. Errors: `BadInput`, `OSError`."""
    import msgspec

    from mos_appliance.app.input_file import read_input
    from mos_appliance.app.output_file import write_output
    from mos_appliance.music.formats import format_of

    reader, writer = format_of(args.file), format_of(str(args.output))
    document, unread, lost = reader.load(read_input(args.file, reader.most_bytes))
    data, unwritten = writer.save(document)
    lost += unwritten
    write_output(args.output, data)
    if args.json:
        report = {"lost": [loss._asdict() for loss in lost], "unread": [loss._asdict() for loss in unread]}
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    else:
        sys.stdout.write(f"{args.output}: {writer.name}, {len(data):,} bytes\n")
        for word, losses in (("not understood", unread), ("has no place there", lost)):
            for where, what in losses:
                sys.stdout.write(f"  {word}: {what} ({where})\n")
    return 0
