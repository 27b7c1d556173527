"""`mos key`: secret keys to sign documents with."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = subparsers.add_parser("key", help="make or show a key to sign documents with", description=__doc__)
    parser.add_argument("do", choices=("new", "show"), help="new: make one; show: print the public half of one")
    parser.add_argument("path", metavar="KEY", type=Path, help="the file of the secret key; never overwritten")
    parser.add_argument("--json", action="store_true", help="print one JSON object: key, the public half in base64")


def run(args: argparse.Namespace) -> int:
    """Print the public half. Errors: `BadInput`, `OSError`."""
    from base64 import b64encode

    import msgspec

    from mos_appliance.store.key_files import make_key_file, read_key_file
    from mos_appliance.store.sodium import signer

    seed = make_key_file(args.path) if args.do == "new" else read_key_file(args.path)
    key = b64encode(signer(seed)[0]).decode()
    sys.stdout.write(msgspec.json.encode({"key": key}).decode() + "\n" if args.json else f"{key}\n")
    if args.do == "new" and not args.json:
        sys.stderr.write(f"{args.path}: whoever has this file signs in your name; keep it, and keep it to yourself\n")
    return 0
