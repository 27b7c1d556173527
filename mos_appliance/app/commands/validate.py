"""`mos validate`: is it good music data?"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mos_appliance.music.formats import Format
    from mos_appliance.music.mnx.document import Problem


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = subparsers.add_parser("validate", help="check a file of music for errors")
    parser.add_argument("file", metavar="FILE", help="a score or a MIDI file")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Check the file. Errors: `BadInput` after the verdict was printed, so that the exit code is 1; `OSError`."""
    from mos_appliance.app.input_file import read_input
    from mos_appliance.errors import BadInput
    from mos_appliance.music.formats import format_of

    try:
        row = format_of(args.file)
        data = read_input(args.file, row.most_bytes)
        errors, odd = row.judge(data)
        if not errors:
            errors = _bad_signatures(row, data)
    except BadInput as error:
        _print_json(args, [(error.where, error.why)], ())
        raise
    except OSError as error:
        _print_json(args, [("file", error.strerror or "cannot be read")], ())
        raise
    if errors:
        _print_json(args, errors, ())
        more = len(errors) - 1
        raise BadInput(errors[0].where, errors[0].why + (f" (and {more} more)" if more else ""))
    warnings = row.warnings(odd, data)
    if args.json:
        _print_json(args, (), warnings)
    else:
        sys.stdout.write(f"{args.file}: good {row.name}\n")
        for warning in warnings:
            sys.stdout.write(f"  odd: {warning}\n")
    return 0


def _bad_signatures(row: Format, data: bytes) -> tuple[Problem, ...]:
    """Whether what is signed has been changed since."""
    from mos_appliance.music.mnx.document import Problem
    from mos_appliance.music.umf.signing import check_signatures

    if row.name != "UMF" or b'"signatures"' not in data:
        return ()
    from mos_appliance.store.ed25519 import verify

    checked = check_signatures(row.load(data).document, verify)
    why = "is not good: the document has been changed since, or another key signed it"
    return tuple(Problem(f"provenance.signatures[{item.place}]", why) for item in checked if not item.good)


def _print_json(args: argparse.Namespace, errors: Sequence[tuple[str, str]], warnings: Sequence[str]) -> None:
    import msgspec

    if args.json:
        told = [{"where": where, "why": why} for where, why in errors]
        verdict = {"ok": not errors, "errors": told, "warnings": list(warnings)}
        sys.stdout.write(msgspec.json.encode(verdict).decode() + "\n")
        sys.stdout.flush()
