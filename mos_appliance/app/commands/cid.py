"""`mos cid`: the CID that the library gives these bytes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = subparsers.add_parser("cid", help="name a file by its contents, as IPFS does")
    parser.add_argument("file", metavar="FILE", help="any file")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Print the CID. Errors: `OSError`."""
    import msgspec

    from mos_appliance.music.cid import LEAF_BYTES, cid_of_chunks

    with Path(args.file).open("rb") as file:
        first = file.read(LEAF_BYTES)
        cid = cid_of_chunks(chunk for part in ([first], iter(lambda: file.read(LEAF_BYTES), b"")) for chunk in part)
    sys.stdout.write(msgspec.json.encode({"cid": cid}).decode() + "\n" if args.json else f"{cid}\n")
    return 0
