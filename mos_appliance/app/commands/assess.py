"""`mos assess`: follows a performance through its score, note by note, and judges it."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING, Any

from mos_appliance.errors import BadInput

if TYPE_CHECKING:
    from mos_appliance.music.smf import Smf
    from mos_appliance.tutor.score_map import ScoreMap


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = subparsers.add_parser("assess", help="compare a performance with its score, and judge it")
    parser.add_argument("--score", metavar="FILE", required=True, help="UMF, MNX, MusicXML or MIDI")
    parser.add_argument("--performance", metavar="FILE.mid", required=True, help="what was played, a MIDI file")
    parser.add_argument(
        "--offline", action="store_true", help="look ahead without limit; else as live, final 500 ms after each note"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Print the assessment. Errors: `BadInput`, `OSError`."""
    import msgspec

    from mos_appliance.tutor.assessment import assess
    from mos_appliance.tutor.performance import performance_of
    from mos_appliance.tutor.report import report_of

    score, smf = read_score(args.score), _performance(args.performance)
    began = time.monotonic()
    take = performance_of(smf)
    report = report_of(score, take, assess(score, take, args.offline))
    report["took_ms"] = round((time.monotonic() - began) * 1000.0, 1)
    if args.json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    else:
        _write_text(report)
    return 0


def read_score(path: str) -> ScoreMap:
    """A score to follow. Errors: `BadInput` naming the file, `OSError`."""
    from mos_appliance.app.input_file import read_input
    from mos_appliance.music.formats import format_of
    from mos_appliance.tutor.score_map import map_score

    try:
        row = format_of(path)
        data = read_input(path, row.most_bytes)
        page = row.notes(data, False)
    except BadInput as error:
        raise BadInput(path, f"{error.where}: {error.why}") from error
    try:
        return map_score(page, row.notes(data, True))
    except BadInput:  # repeats that cannot be written out: the page alone is followed
        return map_score(page)


def _performance(path: str) -> Smf:
    from mos_appliance.app.input_file import read_input
    from mos_appliance.music.smf import FILE_BYTES, read_smf

    try:
        return read_smf(read_input(path, FILE_BYTES), most_bytes=FILE_BYTES)
    except BadInput as error:
        raise BadInput(path, f"{error.where}: {error.why}") from error


def _write_text(report: dict[str, Any]) -> None:
    """For people."""
    write = sys.stdout.write
    if not report["is_this_piece"]:
        write("This is not that piece.\n")
        return
    write(
        f"{len(report['matches'])} notes as written, {len(report['missed'])} not played, {len(report['extra'])} not"
        f" written; place lost {len(report['lost'])} times. Grade, for the teacher: {report['grade']:.1f} of 5.\n"
    )
    for told in report["feedback"]:
        write(f"{'bar ' + str(told['bar']) if told['bar'] else 'whole'}: {told['text']}\n")
