"""`mos sign`: one more signature in a UMF document; `mos validate` tells whose hold."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = subparsers.add_parser("sign", help="sign a UMF document", description=__doc__)
    parser.add_argument("file", metavar="FILE", help="a UMF document")
    parser.add_argument("--key", metavar="KEY", type=Path, required=True, help="the file that mos key new made")
    parser.add_argument("-o", "--output", metavar="OUT.umf", type=Path, help="where to; into FILE when not given")
    parser.add_argument("--by", metavar="NAME", default="", help="who signs, as others shall read it")
    parser.add_argument(
        "--at", metavar="TIME", default="", help="when, such as 2026-11-22T19:00:00Z; left out if not given"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object: key, signatures")


def run(args: argparse.Namespace) -> int:
    """Sign and write. Errors: `BadInput`, `OSError`."""
    from base64 import b64encode

    import msgspec

    from mos_appliance.app.input_file import read_input
    from mos_appliance.app.output_file import write_output
    from mos_appliance.errors import BadInput
    from mos_appliance.music.formats import format_of
    from mos_appliance.music.umf.document import judge, read_umf, write_umf
    from mos_appliance.music.umf.signing import sign_umf
    from mos_appliance.store.key_files import read_key_file
    from mos_appliance.store.sodium import signer

    out = args.output or Path(args.file)
    for name in (args.file, str(out)):
        if (row := format_of(name)).name != "UMF":
            raise BadInput(f"name {name}", f"is one of a {row.name} file; UMF is what is signed, mos convert makes it")
    key, sign = signer(read_key_file(args.key))
    document = read_umf(read_input(args.file, row.most_bytes))
    signed = sign_umf(document, key, sign, by=args.by, signed_at=args.at)
    for where, why in judge(signed).errors:  # a time or a name that is none
        raise BadInput(where, why)
    write_output(out, write_umf(signed))
    told = {"key": b64encode(key).decode(), "signatures": len(signed["provenance"]["signatures"])}
    if args.json:
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    else:
        sys.stdout.write(f"{out}: signed with {told['key']}; it has {told['signatures']} now\n")
    return 0
