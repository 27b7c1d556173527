"""Writes the pages of docs/ that are made from tables; with --check only says which of them are stale."""

from __future__ import annotations

import argparse
import inspect
import json
import re
import struct
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final, get_args

import msgspec

from docs import shelf_pictures
from mos_appliance.app import card_settings
from mos_appliance.app.settings import SETTINGS, VARIABLES
from mos_appliance.music.mnx import check, extensions
from mos_appliance.music.umf import grammar
from mos_appliance.music.umf.schema import schema
from mos_appliance.wire import controls, faults, files, keeper, live, records, rings, students
from tests.tutor import examples

DOCS: Final = Path(__file__).parent
_MADE_FROM: Final = "<!-- Made by `make docs` from {}: change that, not this. -->"


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A Markdown table."""
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for row in rows:
        cells = (str(cell).replace("|", "\\|") for cell in row)
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def code(text: object) -> str:
    """Text as code, nothing when there is none."""
    return f"`{text}`" if str(text) else ""


def settings_page() -> list[str]:
    """`docs/settings.md`."""
    return [
        "# Settings",
        "",
        _MADE_FROM.format("mos_appliance/app/settings.py, app/card_settings.py and wire/controls.py"),
        "",
        "## Of `mos run`",
        "",
        *table(
            ("option", "default", "told to", "meaning"),
            (
                (code(f"{row.option} {row.metavar}"), code(row.default or ""), ", ".join(row.processes), row.doc)
                for row in SETTINGS
            ),
        ),
        "## Environment variables",
        "",
        *table(("variable", "meaning"), ((code(row.name), row.doc) for row in VARIABLES)),
        *_card(),
        *_controls(),
    ]


def _card() -> list[str]:
    rows = ((code(row.name), code(row.default), " ".join(row.doc)) for row in card_settings.SETTINGS)
    return [
        "## Of a box: `mos.toml` on the card",
        "",
        "`image/card/mos.toml` is made from the same table. A wrong line costs that line alone, and is told.",
        "",
        *table(("setting", "default", "meaning"), rows),
    ]


_BLINKS: Final = {".": "short", "-": "long"}


def faults_page() -> list[str]:
    """`docs/faults.md`."""
    rows = [
        (
            " ".join(_BLINKS[symbol] for symbol in row.light),
            *map(_filled, row.texts["en"]),
            row.seen_by,
            _told_after(row.after_s),
        )
        for row in faults.FAULTS
    ]
    silent = " ".join(_BLINKS[symbol] for symbol in keeper.SILENT_HUB)
    rows.append(
        (
            silent,
            "The page does not answer.",
            "Wait a minute; if it goes on, switch the box off and on.",
            "keeper: the hub has not asked for a minute",
            "after 60 s",
        )
    )
    return [
        "# What the light and the voice of a box say",
        "",
        _MADE_FROM.format("mos_appliance/wire/faults.py"),
        "",
        "The light is on while all is well. When something is wrong it blinks, pauses, and begins again; of",
        "several faults it shows the worst, the first of these. The box also says it aloud, once, and again when it",
        f"comes back after ten minutes, in the language of its settings file ({', '.join(faults.LANGUAGES)}); its page",
        "shows it as long as it lasts.",
        "",
        *table(("light", "what is wrong", "what to do", "how it is seen", "told"), rows),
    ]


def _filled(text: str) -> str:
    return re.sub(r"{\w+}", "…", text)


def _told_after(seconds: float) -> str:
    return f"after {seconds:g} s" if seconds else "at once"


def _controls() -> list[str]:
    lines = ["## Controls of the instrument", "", "Set on the page, or by `set` on `/api/v1/live`.", ""]
    for scope, title in (
        (controls.Scope.ENGINE, "The whole instrument"),
        (controls.Scope.LAYER, f"Each of the {controls.LAYERS} layers"),
        (controls.Scope.PART, f"Each of a song's parts, up to {controls.PARTS}"),
    ):
        rows = [row for row in controls.CONTROLS if row.scope is scope]
        lines += [f"### {title}", "", *table(("number", "control", "range", "default", "meaning"), map(_control, rows))]
    return lines


def _control(row: controls.Control) -> tuple[object, ...]:
    notes = [row.doc]
    if row.choices:
        notes.append(", ".join(f"{number} {choice}" for number, choice in enumerate(row.choices)) + ".")
    notes += ["Only the owner."] * row.owner_only + ["Not remembered."] * (not row.remembered)
    reach = f"{row.minimum:g} to {row.maximum:g} {row.unit}".rstrip() + ("" if row.whole else ", fractions too")
    return row.number, code(row.name), reach, f"{row.default:g}", " ".join(notes)


def wire_page() -> list[str]:
    """`docs/wire.md`."""
    return [
        "# The wire",
        "",
        _MADE_FROM.format("mos_appliance/wire/"),
        "",
        f"Version {records.WIRE_VERSION}. Unknown kinds are skipped; kinds are appended, never renumbered.",
        "",
        *_records(),
        *_rings(),
        *_files(),
        *_live(),
        *_students(),
    ]


def _records() -> list[str]:
    lines = ["## Records between engine and hub", "", _doc(records), ""]
    for row in records.RECORDS:
        lines += [f"### {row.kind.value} {row.kind.name}", "", row.doc, ""]
        fields = [("`flags` (u8)", "", row.flags)] * bool(row.flags) + [("`index` (u16)", "", row.index)] * bool(
            row.index
        )
        offset = 16
        for field in row.fields:
            fields.append((f"{code(field.name)} ({_TYPES[field.code]} at {offset})", field.unit, field.doc))
            offset += struct.calcsize("<" + field.code)
        lines += table(("field", "unit", "meaning"), fields) if fields else []
    for values in (
        records.Source,
        records.TransportState,
        records.TransportVerb,
        records.DoneResult,
        records.DeviceState,
    ):
        lines += [f"### {values.__name__}", "", _doc(values), ""]
        lines += table(("value", "name"), ((value.value, value.name) for value in values))
    return lines


_TYPES: Final = {
    "B": "u8", "b": "i8", "H": "u16", "h": "i16", "I": "u32", "i": "i32", "Q": "u64", "q": "i64", "f": "f32", "d": "f64"
}  # fmt: skip


def _rings() -> list[str]:
    words = ((8 * word.value, code(word.name)) for word in rings.Word)
    names = ((code(name.value), name.name) for name in rings.RingName)
    return [
        "## Rings of sound",
        "",
        _doc(rings),
        "",
        f"The header takes {rings.HEADER_BYTES} bytes; its first word is `{rings.RING_MAGIC:#x}`.",
        "",
        *table(("byte", "word"), words),
        *table(("file", "name"), names),
    ]


def _files() -> list[str]:
    lines = ["## Files of the run and data directories", "", _doc(files), ""]
    for kind in (files.RunFile, files.DataFile):
        lines += [_doc(kind), "", *table(("file", "name"), ((code(entry.value), entry.name) for entry in kind))]
    for struct_type in (files.Process, files.Sound, files.Keyboards, files.Remembered):
        lines += _struct(struct_type, struct_type.__name__)
    return lines


def _live() -> list[str]:
    lines = ["## Messages of the WebSocket `/api/v1/live`", "", _doc(live), ""]
    for title, union in (("From the page", live.FromPage), ("To the page", live.ToPage)):
        lines += [f"### {title}", ""]
        for message in get_args(union):
            lines += _struct(message, code(message.__struct_config__.tag))
    return lines


def _students() -> list[str]:
    lines = ["## Events of students", "", _doc(students), ""]
    lines += ["Each is MessagePack; objects are arrays of their fields in this order.", ""]
    lines += _struct(students.Envelope, "Envelope")
    for name, kind in students.KINDS.items():
        lines += _struct(kind, code(name))
    for part in (students.BarTally, students.Point):
        lines += _struct(part, part.__name__)
    return lines


def _struct(kind: Any, title: str) -> list[str]:
    hints = inspect.get_annotations(kind)
    rows = []
    for field in msgspec.structs.fields(kind):
        default = "" if field.default is msgspec.NODEFAULT else f"`{msgspec.json.encode(field.default).decode()}`"
        rows.append((code(field.encode_name), code(hints[field.name]), default))
    return [f"#### {title}", "", _doc(kind), "", *(table(("field", "type", "default"), rows) if rows else [])]


def _doc(thing: ModuleType | type) -> str:
    return inspect.getdoc(thing) or ""


LIMITS: Final = (
    ("bytes of a file", "32 MiB"),
    ("nesting of objects and lists", "100"),
    ("values in a file", "1,000,000"),
    ("tuplets in each other", check.MAX_NESTING),
    ("bytes of one embedded recording", f"{grammar.MAX_EMBEDDED:,}"),
)


def members_page() -> list[str]:
    """`docs/umf/members.md`."""
    out = [
        "# UMF: objects and members",
        "",
        _MADE_FROM.format("the tables of mos_appliance/music/umf/grammar.py, mnx/check.py and mnx/extensions.py"),
        "",
        "`!` stands behind members that MUST be there, `[kind]` is a list, `{kind}` an object whose names are free, "
        "`mnx` a whole MNX document. Every object MAY hold other members; readers keep them.",
        "",
    ]
    for name, row in grammar.ROWS.items():
        members = [(f"`{item.name}{'!' if item.required else ''}`", f"`{item.kind}`") for item in grammar.OBJECTS[name]]
        out += [f"## {name}", "", row.doc, "", *table(("member", "kind"), members)]
    kinds = [(f"`{kind}`", row.wanted, f"`{json.dumps(row.schema)}`") for kind, row in grammar.SCALARS.items()]
    out += ["## Kinds that hold no others", "", *table(("kind", "is", "JSON Schema"), kinds)]
    out += ["## Kinds of marks", "", ", ".join(f"`{kind}`" for kind in grammar.MARK_KINDS), ""]
    out += ["## Limits", "", *table(("of", "at most"), LIMITS)]
    ranges = [(f"`{name}`", low, high) for name, (low, high) in check.RANGES.items()]
    out += ["Integers of the score, by the name of the member:", "", *table(("name", "from", "to"), ranges)]
    rows = [(f"`{row.owner}`", f"`{row.name}`", f"`{row.kind}`", row.doc) for row in extensions.EXTENSIONS]
    out += [
        "## What MNX has no word for",
        "",
        f'These members stand in `_x["{extensions.VENDOR}"]` of the MNX object that they speak about (our names of the '
        "objects: `mos_appliance/music/mnx/grammar.py`).",
        "",
        *table(("object", "member", "kind", "meaning"), rows),
    ]
    return out


def schema_page() -> list[str]:
    """`docs/umf/schema.json`."""
    return [json.dumps(schema(), indent=1, ensure_ascii=False)]


PAGES: Final[dict[str, Callable[[], list[str]]]] = {
    "faults.md": faults_page,
    "settings.md": settings_page,
    "tutor-examples.md": examples.page,
    "wire.md": wire_page,
    "umf/members.md": members_page,
    "umf/schema.json": schema_page,
    shelf_pictures.PAGE: shelf_pictures.page,
}


def stale(docs: Path = DOCS) -> list[str]:
    """Names of the pages that differ from what their tables say."""
    return [name for name, text in pages().items() if not _same(docs / name, text)] + shelf_pictures.stale()


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def pages() -> dict[str, str]:
    """The generated pages by name."""
    return {name: "\n".join(make()).rstrip("\n") + "\n" for name, make in PAGES.items()}


def main(argv: Sequence[str]) -> int:
    """Write them, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit code 1 when one is stale")
    if parser.parse_args(argv).check:
        for name in stale():
            sys.stderr.write(f"docs/{name}: is stale; make docs writes it anew\n")
        return int(bool(stale()))
    for name, text in pages().items():
        (DOCS / name).parent.mkdir(exist_ok=True)
        (DOCS / name).write_text(text, encoding="utf-8")
    shelf_pictures.write()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
