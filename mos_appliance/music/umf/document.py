"""UMF documents in and out.

In memory a document is the JSON that stood in the file, and what this version does not understand stays in it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final

from mos_appliance.errors import BadInput
from mos_appliance.music.json_text import Json, read_json, write_json
from mos_appliance.music.mnx.document import Problem, Verdict, refuse_first
from mos_appliance.music.mnx.document import judge as judge_mnx
from mos_appliance.music.mnx.notes import page_of
from mos_appliance.music.shapes import Check, Findings, Path, Shapes, told
from mos_appliance.music.umf.grammar import DOMAIN, OBJECTS, SCALARS, VERSION, Scalar

Migration = tuple[str, str, Callable[[Json], Json]]
"""From a version, to a version, by what."""
MIGRATIONS: Final[tuple[Migration, ...]] = ()
"""How documents of older major versions become newer ones, in order. There is none older than 1.0."""

_MAJOR: Final = int(VERSION.partition(".")[0])
_DOMAIN: Final = re.compile(DOMAIN)


def read_umf(data: bytes) -> Json:
    """The document in `data`, brought to this version. Errors: `BadInput` with the place of its first error."""
    document = migrated(read_json(data))
    refuse_first(judge(document).errors)
    return document


def write_umf(document: Json) -> bytes:
    """The document as a file for people to read."""
    return write_json(document, pretty=True)


def new_umf(title: str, score: Json | None = None, **members: Any) -> Json:
    """A document of this version around a score."""
    scored = {} if score is None else {"score": score}
    return {"umf": VERSION, "metadata": {"title": title}, **scored, **members}


def migrated(document: Json, migrations: Iterable[Migration] = MIGRATIONS) -> Json:
    """The document as this version writes it. Errors: `BadInput` when it is of a version that is not read."""
    for old, _, change in migrations:
        if document.get("umf") == old:
            document = change(document)
    version = document.get("umf")
    if not isinstance(version, str) or not re.fullmatch(SCALARS["version"].schema["pattern"], version):
        raise BadInput("umf", "is no version such as 1.0: this is no UMF document")
    if int(version.partition(".")[0]) != _MAJOR:
        raise BadInput("umf", f"is version {version}; what is read is {_MAJOR}.x")
    return document


def judge(document: Json) -> Verdict:
    """Whether a document of this version is good; what is odd, unknown members for one, is kept."""
    findings = Findings()
    _SHAPES.check_of("umf")(document, None, findings)
    errors = [Problem(*row) for row in findings.errors]
    odd = [Problem(*row) for row in findings.unknown]
    if "score" in document:
        score = judge_mnx(document["score"], (None, "score"))
        errors += score.errors
        odd += score.odd
    if not errors:
        errors += _contradictions(document)
    if not errors:
        odd += _loose_ends(document)
    return Verdict(tuple(errors), tuple(odd))


def judge_all(document: Json) -> Verdict:
    """As `judge`, and names of notes are looked up in the score, all of which is listed for that."""
    verdict = judge(document)
    strange = () if verdict.errors else _strange_notes(document)
    return Verdict(verdict.errors, (*verdict.odd, *strange))


def _contradictions(document: Json) -> list[Problem]:
    """What no table says: one of several, names that are taken."""
    found = []
    for number, audio in enumerate(document.get("audio", ())):
        if sum(name in audio for name in ("cid", "url", "data")) != 1:
            found.append(Problem(f"audio[{number}]", "has not exactly one of 'cid', 'url' and 'data'"))
    for number, source in enumerate(document.get("provenance", {}).get("derivedFrom", ())):
        if not {"cid", "url", "title"} & source.keys():
            found.append(Problem(f"provenance.derivedFrom[{number}]", "has none of 'cid', 'url' and 'title'"))
    for name in ("performances", "audio"):
        ids = Counter(item["id"] for item in document.get(name, ()))
        found += [Problem(name, f"{times} have the id {item[:40]!r}") for item, times in ids.items() if times > 1]
    return found


def _loose_ends(document: Json) -> list[Problem]:
    """Names that lead nowhere."""
    found = []
    recordings = {item["id"] for item in document.get("audio", ())}
    bars = len(document["score"]["global"]["measures"]) if "score" in document else 0
    for number, performance in enumerate(document.get("performances", ())):
        if performance.get("audio", None) not in recordings | {None}:
            found.append(Problem(f"performances[{number}].audio", "names a recording that is not there"))
        count = len(performance["notes"])
        for place, mark in enumerate(performance.get("marks", ())):
            if any(index >= count for index in mark.get("notes", ())):
                found.append(Problem(f"performances[{number}].marks[{place}]", "marks a note that is not there"))
    learning = document.get("learning", {})
    for name in ("points", "annotations", "steps"):
        for number, item in enumerate(learning.get(name, ())):
            if bars and max(item.get("bar", 1), item.get("toBar", 1)) > bars:
                found.append(Problem(f"learning.{name}[{number}]", f"speaks of a bar after the last, {bars}"))
    return found[:50]


def _strange_notes(document: Json) -> list[Problem]:
    """Names of notes that the score does not have; each place once."""
    learning = document.get("learning", {})
    named: list[tuple[str, list[str]]] = []
    for number, performance in enumerate(document.get("performances", ())):
        place = f"performances[{number}]"
        named.append((f"{place}.notes", [note["score"] for note in performance["notes"] if "score" in note]))
        named.append(
            (f"{place}.marks", [name for mark in performance.get("marks", ()) for name in mark.get("score", ())])
        )
    for room in ("points", "annotations"):
        named.append((f"learning.{room}", [name for row in learning.get(room, ()) for name in row.get("notes", ())]))
    if not any(names for _, names in named):
        return []
    try:
        known = _note_names(document.get("score"))
    except BadInput:  # a good score, yet more than is played: who lists its notes is told
        return []
    strange = ((place, next((name for name in names if name not in known), None)) for place, names in named)
    return [Problem(place, f"names a note that is not there: {name[:40]!r}") for place, name in strange if name]


def _note_names(score: Json | None) -> set[str]:
    """What the notes of a good score are called."""
    if score is None:
        return set()
    return {head.id for bar in page_of(score).heads for head in bar}


def _fits(scalar: Scalar) -> Callable[[Any], bool]:
    """A check of the part of JSON Schema that our scalars use."""
    schema = scalar.schema
    if schema["type"] == "string":
        pattern = re.compile(schema.get("pattern", ".*"), re.DOTALL)
        low, high = schema.get("minLength", 0), schema.get("maxLength", 1 << 31)
        return lambda value: type(value) is str and low <= len(value) <= high and bool(pattern.fullmatch(value))
    kinds = (int,) if schema["type"] == "integer" else (int, float)
    least, most = schema["minimum"], schema["maximum"]
    return lambda value: type(value) in kinds and least <= value <= most


def _extensions(value: Any, path: Path, findings: Findings) -> None:
    """`extensions`: anything, by the reverse domain name of whoever defines it."""
    if type(value) is not dict:
        findings.error(path, f"is {told(value)}, not an object")
        return
    for name in value:
        if not _DOMAIN.fullmatch(name):
            findings.error((path, name), "is no reverse domain name such as org.example.thing")


def _special(_: str, kind: str) -> Check | None:
    return _extensions if kind == "extensions" else None


_SHAPES: Final = Shapes(
    "UMF " + VERSION,
    OBJECTS,
    {},
    {**{kind: (row.wanted, _fits(row)) for kind, row in SCALARS.items()}, "mnx": ("", lambda _: True)},
    {},
    _special,
)
