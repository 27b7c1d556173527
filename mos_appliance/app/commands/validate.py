"""`mos validate`: is it good music data?"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from mos_appliance.music.formats import Format
    from mos_appliance.music.mnx.document import Problem


class Signature(TypedDict):
    """One of a document's: the public key in base64, the name that was given with it, whether it holds."""

    key: str
    by: str
    good: bool


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
        signatures = () if errors else _signatures(row, data)
        errors = errors or _bad(signatures)
    except BadInput as error:
        _print_json(args, [(error.where, error.why)], ())
        raise
    except OSError as error:
        _print_json(args, [("file", error.strerror or "cannot be read")], ())
        raise
    if errors:
        _print_json(args, errors, (), signatures)
        more = len(errors) - 1
        raise BadInput(errors[0].where, errors[0].why + (f" (and {more} more)" if more else ""))
    warnings = row.warnings(odd, data)
    if args.json:
        _print_json(args, (), warnings, signatures)
    else:
        sys.stdout.write(f"{args.file}: good {row.name}\n")
        for signature in signatures:
            sys.stdout.write(f"  signed: {signature['key']}{' says it is ' * bool(signature['by'])}{signature['by']}\n")
        for warning in warnings:
            sys.stdout.write(f"  odd: {warning}\n")
    return 0


def _signatures(row: Format, data: bytes) -> tuple[Signature, ...]:
    """Who signed it, and whether that holds."""
    from base64 import b64encode

    from mos_appliance.music.umf.signing import check_signatures

    if row.name != "UMF" or b'"signatures"' not in data:
        return ()
    from mos_appliance.store.sodium import verify

    document = row.load(data).document
    told = document.get("provenance", {}).get("signatures", ())
    return tuple(
        {"key": b64encode(item.key).decode(), "by": " ".join(told[item.place].get("by", "").split()), "good": item.good}
        for item in check_signatures(document, verify)
    )


def _bad(signatures: Sequence[Signature]) -> tuple[Problem, ...]:
    """What of the signatures does not hold; whose do, is part of it."""
    from mos_appliance.music.mnx.document import Problem

    why = "is not good: the document has been changed since, or another key signed it"
    return tuple(
        Problem(f"provenance.signatures[{place}]", why)
        for place, signature in enumerate(signatures)
        if not signature["good"]
    )


def _print_json(
    args: argparse.Namespace,
    errors: Sequence[tuple[str, str]],
    warnings: Sequence[str],
    signatures: Sequence[Signature] = (),
) -> None:
    import msgspec

    if args.json:
        told = [{"where": where, "why": why} for where, why in errors]
        verdict: dict[str, object] = {"ok": not errors, "errors": told, "warnings": list(warnings)}
        if signatures:
            verdict["signatures"] = signatures
        sys.stdout.write(msgspec.json.encode(verdict).decode() + "\n")
        sys.stdout.flush()
