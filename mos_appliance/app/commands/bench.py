"""`mos bench`: one or all benchmarks, as a table and as build/bench.json."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mos_appliance.errors import Unavailable

if TYPE_CHECKING:
    from mos_appliance.app.benchmarks import Figure

RESULTS: Final = Path("build", "bench.json")


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser of `mos bench`."""
    parser = subparsers.add_parser("bench", help="one or all benchmarks", description=__doc__)
    parser.add_argument("name", nargs="*", metavar="NAME", help=f"which; all when none is given: {', '.join(names())}")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table: what the file holds")


def names() -> list[str]:
    """The benchmarks that there are."""
    place = str(Path(__file__).parents[1] / "benchmarks")
    return sorted(module.name for module in pkgutil.iter_modules([place]))


def run(args: argparse.Namespace) -> int:
    """Measure, tell, and keep. Figures of benchmarks not named now stay in the file.

    Returns 2 for an unknown name, and 3 when one could not be had; the others are measured all the same.
    """
    unknown = [name for name in args.name if name not in names()]
    if unknown:
        sys.stderr.write(f"mos bench: there is no {unknown[0]}; there are {', '.join(names())}\n")
        return 2
    measured, code = {}, 0
    for name in args.name or names():
        try:
            measured[name] = _measure(name, quiet=args.json)
        except Unavailable as error:
            sys.stderr.write(f"mos bench: {name}: needs {error.what}\n")
            code = 3
    RESULTS.parent.mkdir(exist_ok=True)
    kept = {name: [figure.told() for figure in figures] for name, figures in measured.items()}
    told = {"figures": [row | {"benchmark": name} for name, rows in (_before() | kept).items() for row in rows]}
    RESULTS.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    if args.json:
        print(json.dumps(told))
    return code


def _measure(name: str, *, quiet: bool) -> list[Figure]:
    module = importlib.import_module(f"mos_appliance.app.benchmarks.{name}")
    if sys.stderr.isatty():
        sys.stderr.write(f"measuring {name} …\n")
    figures = list(module.measure())
    if not quiet:
        print(f"{name}: {(module.__doc__ or '').splitlines()[0]}\n{table(figures)}\n", flush=True)
    return figures


def table(figures: Sequence[Figure]) -> str:
    """The figures as text."""
    rows = [("", "value", "unit", "beside", "")]
    for figure in figures:
        beside = "" if figure.peer_value is None else _number(figure.peer_value)
        rows.append((figure.name, _number(figure.value), figure.unit, beside, figure.peer))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        f"  {name:{widths[0]}}  {value:>{widths[1]}} {unit:{widths[2]}}  {beside:>{widths[3]}} {peer}".rstrip()
        for name, value, unit, beside, peer in rows
    )


def _number(value: float) -> str:
    """For people: four figures are enough, and no exponents."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _before() -> dict[str, list[dict[str, object]]]:
    """What the file holds of earlier runs, by benchmark; nothing when it was torn."""
    found: dict[str, list[dict[str, object]]] = {}
    try:
        for row in json.loads(RESULTS.read_text(encoding="utf-8"))["figures"]:
            found.setdefault(str(row.pop("benchmark")), []).append(row)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    return found
