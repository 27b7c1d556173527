"""MNX files in and out.

A document in memory is the JSON that stood in the file, as plain dicts and lists, and nothing is ever taken out of it:
`_x`, `_c` and what a later MNX may bring stay where they are. `read_mnx` has checked it, so that what reads it further
need not.
"""

from __future__ import annotations

from typing import NamedTuple

from mos_appliance.errors import BadInput
from mos_appliance.music.json_text import Json, read_json, write_json
from mos_appliance.music.mnx.check import check_shape
from mos_appliance.music.mnx.grammar import FORMAT_VERSION
from mos_appliance.music.mnx.sense import check_sense, oddities
from mos_appliance.music.shapes import Findings, Path, written


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
    refuse_first(errors_of(document))
    return document


def write_mnx(document: Json) -> bytes:
    """The document as a file for people to read."""
    return write_json(document, pretty=True)


def judge(document: object, root: Path = None, *, strict: bool = False) -> Verdict:
    """Whether the document is MNX, and what is odd about it; its places begin with `root`.

    `strict`: members that MNX does not know are errors, unless the document says that it is of a later version.
    """
    findings = _look_at(document, root)
    errors = tuple(Problem(*row) for row in findings.errors)
    unknown = tuple(Problem(*row) for row in findings.unknown)
    if errors or not isinstance(document, dict):
        return Verdict(errors, unknown)
    odd = tuple(Problem(written(root), why) for why in oddities(document))
    later = document["mnx"]["version"] > FORMAT_VERSION
    return Verdict(unknown, odd) if strict and not later else Verdict((), unknown + odd)


def errors_of(document: object, root: Path = None) -> tuple[Problem, ...]:
    """What makes the document bad: members that MNX does not know do not."""
    return tuple(Problem(*row) for row in _look_at(document, root).errors)


def _look_at(document: object, root: Path) -> Findings:
    findings = Findings()
    check_shape(document, findings, root)
    if not findings.errors and isinstance(document, dict):
        check_sense(document, findings, root)
    return findings


def refuse_first(errors: tuple[Problem, ...]) -> None:
    """Errors: `BadInput` for the first error, if there is one."""
    if errors:
        where, why = errors[0]
        raise BadInput(where, why + (f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""))
