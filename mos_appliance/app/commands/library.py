"""`mos library`: add, find, look at, take out and remove pieces."""

from __future__ import annotations

import argparse
from pathlib import Path

from mos_appliance.library.corrections import CORRECTIONS


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = subparsers.add_parser("library", help="add, find and keep pieces", description=__doc__)
    parser.add_argument("--data", metavar="DIR", type=Path, help="data directory, as for mos run")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    add = _verb(verbs, "add", "add files, or all files of folders")
    add.add_argument("paths", metavar="PATH", nargs="*", type=Path)
    add.add_argument("--from", dest="collection", metavar="NAME", help="pianobooster or music21, where installed")
    add.add_argument("--layouts", default="phone,tablet,large,names", help="what to engrave; none for nothing")
    add.add_argument("--evictable", action="store_true", help="may go when room is needed")
    notate = _verb(verbs, "notate", "write down what was played as a score, or correct what was guessed about it")
    notate.add_argument("source", metavar="SOURCE", help="a MIDI file, the number of a take, or a piece's CID")
    for name, told in CORRECTIONS.items():
        notate.add_argument(f"--{name.replace('_', '-')}", dest=name, metavar=name.upper(), help=told)
    notate.add_argument("--layouts", default="phone,tablet,large,names", help="what to engrave; none for nothing")
    search = _verb(verbs, "search", "find pieces by words (key:Dm level:0-3 hands:1 …) or by notes")
    search.add_argument("text", metavar="TEXT", nargs="*")
    search.add_argument("--notes", metavar="NUMBERS", help='MIDI numbers such as "60 62 64 65", in any key')
    search.add_argument("--most", type=int, default=20, metavar="N", help="at most so many")
    _verb(verbs, "show", "all about a piece").add_argument("cid", metavar="CID")
    get = _verb(verbs, "get", "write a piece to a file; another suffix than its own converts it")
    get.add_argument("cid", metavar="CID")
    get.add_argument("-o", "--output", metavar="OUT", type=Path, help="standard output when not given")
    pages = _verb(verbs, "pages", "write the engraved pages and their map to a folder")
    pages.add_argument("cid", metavar="CID")
    pages.add_argument("-o", "--output", metavar="DIR", type=Path, required=True)
    pages.add_argument("--layout", default="tablet", help="phone, tablet, large or names")
    engrave = _verb(verbs, "engrave", "engrave pieces anew")
    engrave.add_argument("cid", metavar="CID", nargs="*")
    engrave.add_argument("--shelf", action="store_true", help="what of the shelf has no pages yet")
    engrave.add_argument("--layouts", default="phone,tablet,large,names")
    shelf = _verb(verbs, "shelf", "add or renew the pieces that ship")
    shelf.add_argument("--folder", metavar="DIR", type=Path, help="where they are, when not in the package")
    for name, doc in (
        ("remove", "take pieces out; for a day restore brings them back"),
        ("restore", "bring removed pieces back"),
        ("pin", "keep the files of pieces whatever happens"),
        ("unpin", "let files go when room is needed"),
    ):
        _verb(verbs, name, doc).add_argument("cid", metavar="CID", nargs="+")
    _verb(verbs, "removed", "what can be restored")
    _verb(verbs, "status", "how much there is, and its share of the disk")


def _verb(verbs: argparse._SubParsersAction[argparse.ArgumentParser], name: str, doc: str) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=doc)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def run(args: argparse.Namespace) -> int:
    """Do it. Errors: `BadInput`, `Corrupt`, `Unavailable`, `OSError`."""
    from mos_appliance.app.library_desk import VERBS, opened

    library = opened(args.data)
    try:
        return VERBS[args.verb](library, args)
    finally:
        library.close()
