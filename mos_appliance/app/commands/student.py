"""`mos student`: who learns here, what comes next for them, carrying them to another box, erasing them."""

from __future__ import annotations

import argparse
from pathlib import Path


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = subparsers.add_parser("student", help="students: lessons, progress, export, erasure", description=__doc__)
    parser.add_argument("--data", metavar="DIR", type=Path, help="data directory, as for mos run (which must not run)")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    make = _verb(verbs, "make", "a new student")
    make.add_argument("nickname", metavar="NAME", help="initials or a nick name; it stays on this box")
    _verb(verbs, "list", "all students")
    _named(verbs, "show", "how far a student is, skill by skill")
    _named(verbs, "lesson", "the next lesson, with its reasons")
    take = _named(verbs, "take", "a take of a piece of the shelf was played: judge it and keep what it shows")
    take.add_argument("--piece", metavar="NAME", required=True, help="id on the shelf, such as ode-to-joy, or CID")
    take.add_argument("--performance", metavar="FILE.mid", required=True, help="what was played, a MIDI file")
    export = _named(verbs, "export", "write the student to a file for another box")
    export.add_argument("-o", "--output", metavar="OUT", type=Path, required=True)
    bring = _verb(verbs, "import", "take a student in from a file; what is known is not taken twice")
    bring.add_argument("file", metavar="FILE", type=Path)
    for verb in (export, bring):
        verb.add_argument(
            "--passphrase-file", metavar="FILE", type=Path, required=True, help="its first line is the passphrase"
        )
    erase = _named(verbs, "erase", "destroy a student's key for good; there is no way back")
    erase.add_argument("--yes", action="store_true", help="really")


def _verb(verbs: argparse._SubParsersAction[argparse.ArgumentParser], name: str, doc: str) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=doc)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _named(verbs: argparse._SubParsersAction[argparse.ArgumentParser], name: str, doc: str) -> argparse.ArgumentParser:
    parser = _verb(verbs, name, doc)
    parser.add_argument("student", metavar="ID", help="the student's id, or as much of its beginning as is unique")
    return parser


def run(args: argparse.Namespace) -> int:
    """Do it. Errors: `BadInput`, `Corrupt`, `Unavailable`, `OSError`."""
    from mos_appliance.app.student_desk import run_verb

    return run_verb(args)
