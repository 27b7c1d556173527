"""MNX files in and out.

A document in memory is the JSON that stood in the file, as plain dicts and lists, and nothing is ever taken out of it:
`_x`, `_c` and what a later MNX may bring stay where they are. `read_mnx` has checked it, so that what reads it further
need not.
"""

from __future__ import annotations

from typing import NamedTuple

from mos_appliance.errors import BadInput
from mos_appliance.music.json_text import Json, read_json, write_json
from mos_appliance.music.mnx.check import Findings, Path, check_shape, written
from mos_appliance.music.mnx.grammar import FORMAT_VERSION
from mos_appliance.music.mnx.sense import check_sense, oddities


class Problem(NamedTuple):
    """What is wrong, and where: a path such as `parts[0].measures[3]`."""

    where: str
    why: str


class Verdict(NamedTuple):
    """`errors` make a file bad; `odd` is told and kept."""

    errors: tuple[Problem, ...]
    odd: tuple[Problem, ...]


def read_mnx(data: bytes) -> Json:
    """The document in `data`, unknown members and all. Errors: `BadInput` with the place of its first error."""
    document = read_json(data)
    refuse_first(judge(document))
    return document


def write_mnx(document: Json) -> bytes:
    """The document as a file for people to read."""
    return write_json(document, pretty=True)


def judge(document: object, root: Path = None, *, strict: bool = False) -> Verdict:
    """Whether the document is MNX; its places begin with `root`.

    `strict`: members that MNX does not know are errors, unless the document says that it is of a later version.
    """
    findings = Findings()
    check_shape(document, findings, root)
    unknown = tuple(Problem(*row) for row in findings.unknown)
    if findings.errors or not isinstance(document, dict):
        return Verdict(tuple(Problem(*row) for row in findings.errors), unknown)
    check_sense(document, findings, root)
    errors = tuple(Problem(*row) for row in findings.errors)
    lost = tuple(Problem(written(root), why) for why in oddities(document))
    later = document["mnx"]["version"] > FORMAT_VERSION
    if strict and not later:
        return Verdict(errors + unknown, lost)
    return Verdict(errors, unknown + lost)


def refuse_first(verdict: Verdict) -> None:
    """Errors: `BadInput` for the first error, if there is one."""
    if verdict.errors:
        more = len(verdict.errors) - 1
        where, why = verdict.errors[0]
        raise BadInput(where, why + (f" (and {more} more)" if more else ""))
