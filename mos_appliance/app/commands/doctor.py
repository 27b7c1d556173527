"""`mos doctor`: what this computer has for music, and what to do about what is missing."""

from __future__ import annotations

import argparse
import json


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser of `mos doctor`."""
    parser = subparsers.add_parser("doctor", help="what was found, and what to do about what is missing")
    parser.description = __doc__
    parser.add_argument("--json", action="store_true", help="one JSON object: checks, a list of {name, ok, detail}")
    parser.add_argument("--data", metavar="DIR", help="data directory to look at; as with mos run when not given")
    parser.add_argument("--port", metavar="N", type=int, default=8080, help="port to look at (default 8080)")


def run(args: argparse.Namespace) -> int:
    """Examine. Returns 0 when the instrument can be played here, 3 when something that it needs is missing."""
    from mos_appliance.app import doctor, settings

    findings = doctor.examine(args.data or settings.default_data(), args.port)
    if args.json:
        print(json.dumps({"checks": [finding.told() for finding in findings]}))
    else:
        width = max(len(finding.name) for finding in findings)
        for finding in findings:
            mark = "ok" if finding.ok else "NO" if finding.needed else "no"
            print(f"{mark}  {finding.name:{width}}  {finding.detail}")
    return 3 if any(finding.needed and not finding.ok for finding in findings) else 0
