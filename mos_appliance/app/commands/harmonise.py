"""`mos harmonise`: chords for a melody, why they suit, and an arrangement of them."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mos_appliance.tutor.harmony.proposing import Proposal
    from mos_appliance.tutor.harmony.tune import Tune

ARRANGEMENTS = ("auto", "satb", "left-hand")


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser."""
    parser = subparsers.add_parser("harmonise", help="find chords for a melody", description=__doc__)
    parser.add_argument("file", metavar="IN", help="a melody: UMF, MNX, MusicXML, ABC or MIDI")
    parser.add_argument("-o", "--output", metavar="OUT", type=Path, help="where to write an arrangement (.mid, .umf …)")
    parser.add_argument(
        "--arrangement", choices=ARRANGEMENTS, default="auto", help="auto: four voices where the melody suits a soprano"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object: chords, took_ms")


def run(args: argparse.Namespace) -> int:
    """Print the chords. Errors: `BadInput`, `Unavailable`, `Corrupt`, `OSError`."""
    import msgspec

    from mos_appliance.app.models import HarmonyNetwork
    from mos_appliance.app.tune_file import read_tune
    from mos_appliance.tutor.harmony.proposing import propose

    tune = read_tune(args.file)
    network = HarmonyNetwork()
    began = time.monotonic()
    proposals = propose(tune, network)
    rows = _rows(tune, proposals)
    told: dict[str, Any] = {"chords": rows}
    if args.output is not None:
        told["arrangement"] = _arrange(args, tune, proposals, [row["label"] for row in rows])
    told["took_ms"] = round((time.monotonic() - began) * 1000.0, 1)
    if args.json:
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    else:
        _write_text(rows)
    return 0


def _rows(tune: Tune, proposals: list[Proposal]) -> list[dict[str, Any]]:
    from mos_appliance.tutor.harmony.labels import label_of
    from mos_appliance.tutor.harmony.reasons import Reasons

    reasons = Reasons(tune, proposals)
    rows = []
    for proposal in proposals:
        start = tune.beats[proposal.beat].start
        candidates = [
            {
                "label": label_of(candidate.chord, tune.fifths),
                "p": round(candidate.p, 4),
                "why": reasons.why(proposal.beat, candidate),
            }
            for candidate in proposal.candidates
        ]
        best = candidates[0]
        rows.append(
            {
                "onset_quarters": f"{start.numerator}/{start.denominator}",
                "label": best["label"],
                "candidates": candidates,
                "why": best["why"],
            }
        )
    return rows


def _arrange(args: argparse.Namespace, tune: Tune, proposals: list[Proposal], labels: list[str]) -> dict[str, Any]:
    """Write the arrangement. Returns what is told of it."""
    from mos_appliance.app.output_file import write_output
    from mos_appliance.music.formats import format_of
    from mos_appliance.music.smf_write import write_smf
    from mos_appliance.tutor.harmony.arranging import arrange, as_smf
    from mos_appliance.tutor.harmony.reasons import tonic_of
    from mos_appliance.tutor.harmony.voicing import ENSEMBLES

    row = format_of(str(args.output))
    chords = [proposal.candidates[0].chord for proposal in proposals]
    arrangement = arrange(tune, list(chords), tonic_of(tune), ENSEMBLES.get(args.arrangement))
    data = write_smf(as_smf(tune, arrangement, labels))
    if row.name != "MIDI":
        data = row.save(format_of("arrangement.mid").load(data).document).data
    write_output(args.output, data)
    return {"kind": arrangement.ensemble.name, "octaves": arrangement.shift // 12}


def _write_text(rows: list[dict[str, Any]]) -> None:
    """For people: the chord where it changes, with what else would do."""
    before = ""
    for row in rows:
        if row["label"] != before:
            before = row["label"]
            others = ", ".join(f"{other['label']} {other['p']:.0%}" for other in row["candidates"][1:])
            p = row["candidates"][0]["p"]
            sys.stdout.write(f"{row['onset_quarters']:>8}  {before:<8} {p:4.0%}  {row['why']} (or {others})\n")
