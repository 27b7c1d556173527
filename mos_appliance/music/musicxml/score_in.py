"""A whole MusicXML file into an MNX document."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final, NamedTuple

from mos_appliance.errors import BadInput
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.build import document
from mos_appliance.music.mnx.extensions import own, set_own
from mos_appliance.music.mnx.rhythm import as_pair
from mos_appliance.music.mnx.sense import MAX_BARS, MAX_PARTS
from mos_appliance.music.mnx.timeline import bars_of
from mos_appliance.music.musicxml.archive import is_archive, read_archive
from mos_appliance.music.musicxml.attributes_in import read_attributes
from mos_appliance.music.musicxml.barlines import LEFT, RIGHT, put_barlines, read_barline
from mos_appliance.music.musicxml.directions_in import close_rows, read_direction, read_harmony, read_sound
from mos_appliance.music.musicxml.kept import keep, keep_attributes
from mos_appliance.music.musicxml.note_in import named
from mos_appliance.music.musicxml.part_in import Hooks, PartReader
from mos_appliance.music.musicxml.report import Loss, Report
from mos_appliance.music.musicxml.spans import identify
from mos_appliance.music.musicxml.tempo_in import put_globals
from mos_appliance.music.musicxml.tree import Element, read_tree, text_of

MAX_MEASURES: Final = 200_000
"""Bars of all parts together."""

HOOKS: Final[Hooks] = {
    "attributes": read_attributes,
    "barline": read_barline,
    "direction": read_direction,
    "harmony": read_harmony,
    "sound": read_sound,
}
_GLOBAL: Final = ("key", "time", f"barline-{LEFT}", f"barline-{RIGHT}")


class Reading(NamedTuple):
    """An MNX document, and what of the file is not in it."""

    document: Json
    unread: tuple[Loss, ...]
    lost: tuple[Loss, ...]


def root_of(data: bytes) -> Element:
    """The root of a MusicXML file, plain or .mxl. Errors: `BadInput`."""
    root = read_tree(read_archive(data) if is_archive(data) else data)
    if root.tag not in ("score-partwise", "score-timewise"):
        raise BadInput("root", f"is {root.tag[:40]!r}, neither score-partwise nor score-timewise")
    return root


def read_musicxml(data: bytes) -> Reading:
    """The score in a MusicXML file, plain or .mxl. Errors: `BadInput`."""
    return read_root(root_of(data))


def read_root(root: Element) -> Reading:
    """The score in a tree, which is changed on the way. Errors: `BadInput`."""
    report = Report()
    reader = _ScoreReader(root, report)
    return Reading(reader.read(), report.unread_rows, report.lost_rows)


class _ScoreReader:
    """What the parts share: bars, names, and who said what of a bar."""

    def __init__(self, root: Element, report: Report) -> None:
        self.root = root
        self.report = report
        self.ids: set[str] = set()
        self.measures: list[Json] = []
        self.document = document(self.measures, [])
        self.said: dict[tuple[int, str], tuple[Any, set[str]]] = {}

    def read(self) -> Json:
        """The document."""
        self._header()
        parts = list(self._parts())
        names = self._part_list(len(parts))
        if sum(len(bars) for _, bars in parts) > MAX_MEASURES:
            raise BadInput("score", f"has more than {MAX_MEASURES:,} bars in all parts together")
        lengths: list[Fraction] = []
        readers: list[PartReader] = []
        for name, bars in parts:
            reader = PartReader(self._part(name, names), name, self.report, self.ids, self.claim, HOOKS)
            reader.bar_id = self._bar_id
            readers.append(reader)
            self._read_part(reader, bars)
            for bar, length in enumerate(reader.lengths):
                if bar == len(lengths):
                    lengths.append(length)
                lengths[bar] = max(lengths[bar], length)
        self._settle(readers)
        self._lengths(lengths)
        return self.document

    def claim(self, bar: int, member: str, value: Any, part: str) -> bool:
        """A part says something of a bar; false where one before it said something else."""
        said, parts = self.said.setdefault((bar, member), (value, set()))
        if said != value or part in parts:
            return False
        parts.add(part)
        return True

    def _header(self) -> None:
        kept = []
        found = keep_attributes(self.root, self.report, "score", ("version",))
        if found:
            set_own(self.document, "attributes", found)
        for child in self.root:
            if child.tag not in ("part-list", "part", "measure"):
                row = keep(child, self.report, "score")
                if row is not None:
                    kept.append(row)
        if kept:
            set_own(self.document, "musicxml", kept)

    def _part_list(self, parts: int) -> dict[str, Element]:
        found: dict[str, Element] = {}
        groups = []
        for child in self.root.find("part-list") or ():
            if child.tag == "score-part":
                found.setdefault(child.get("id", ""), child)
            else:
                kept = keep(child, self.report, "part-list")
                if kept is not None:
                    groups.append({"before": min(len(found), parts), "element": kept})
        if groups:
            set_own(self.document, "partGroups", groups)
        return found

    def _parts(self) -> Iterator[tuple[str, list[Element]]]:
        """Each part's name and measures, in the order of the file."""
        if self.root.tag == "score-partwise":
            for part in self.root.findall("part"):
                for child in part:
                    if child.tag != "measure":
                        self.report.unread(f"part {part.get('id', '')[:40]}", child.tag)
                yield part.get("id", "")[:80], part.findall("measure")
            return
        found: dict[str, list[Element]] = {}
        bars = self.root.findall("measure")
        for number, bar in enumerate(bars):
            for part in bar.findall("part"):
                rows = found.setdefault(part.get("id", "")[:80], [])
                rows += [Element("measure", bar.attrib) for _ in range(number - len(rows))]
                part.attrib = bar.attrib
                rows.append(part)
        yield from found.items()

    def _part(self, name: str, names: dict[str, Element]) -> Json:
        if len(self.document["parts"]) >= MAX_PARTS:
            raise BadInput("score", f"has more than {MAX_PARTS:,} parts")
        part: Json = {"measures": []}
        entry = names.get(name)
        if name and name not in self.ids:
            part["id"] = name
            self.ids.add(name)
        if entry is not None:
            self._describe(part, entry, f"part {name}")
        else:
            self.report.unread(f"part {name}", "part that the part-list does not name")
        self.document["parts"].append(part)
        return part

    def _describe(self, part: Json, entry: Element, where: str) -> None:
        """Names and instrument of a part."""
        kept, attributes = [], {}
        for child in entry:
            member = {"part-name": "name", "part-abbreviation": "shortName"}.get(child.tag)
            if member is not None:
                if child.text:
                    part[member] = child.text
                found = keep_attributes(child, self.report, where)
                if found:
                    attributes[child.tag] = found
                if child.tag == "part-abbreviation" and not child.text:
                    kept.append([child.tag])
                continue
            row = keep(child, self.report, where)
            if row is not None:
                kept.append(row)
        for name, value in (("musicxml", kept), ("attributes", attributes)):
            if value:
                set_own(part, name, value)
        program, drums = instrument_of(entry)
        if program is not None:
            set_own(part, "program", program)
        if drums:
            set_own(part, "drums", True)

    def _read_part(self, reader: PartReader, bars: list[Element]) -> None:
        if len(bars) > MAX_BARS:
            raise BadInput(f"part {reader.name}", f"has more than {MAX_BARS:,} bars")
        for number, bar in enumerate(bars):
            if number == len(self.measures):
                self.measures.append(self._measure(bar, number, reader.name))
            else:
                self._compare(bar, self.measures[number], number, reader.name)
            reader.read_measure(bar, number)
        reader.spans.resolve(reader.lengths, self.ids)
        close_rows(reader)

    def _bar_id(self, number: int) -> str:
        return identify(self.measures[number], "m", self.ids)

    def _measure(self, element: Element, number: int, part: str) -> Json:
        """The bar in `global`."""
        measure: Json = {}
        text = element.get("number", str(number + 1))
        if text.isascii() and text.isdigit() and len(text) < 9 and text == str(int(text)):
            if int(text) != number + 1:
                measure["number"] = int(text)
        else:
            set_own(measure, "label", text[:80])
        where = f"part {part}, bar {number + 1}"
        found = keep_attributes(element, self.report, where, ("number", "id"))
        name = named(element, self.ids)
        if name is not None:
            measure["id"] = name
        elif element.get("id") is not None:
            self.report.lost(where, "measure@id")
        if found:
            set_own(measure, "attributes", found)
        return measure

    def _compare(self, element: Element, measure: Json, number: int, part: str) -> None:
        """A bar has one number and one set of attributes; what another part says otherwise is told."""
        label = own(measure).get("label", str(measure.get("number", number + 1)))
        where = f"part {part}, bar {number + 1}"
        if element.get("number", label) != label:
            self.report.lost(where, "measure@number")
        kept = own(measure).get("attributes", {})
        for name, value in keep_attributes(element, self.report, where, ("number",)).items():
            if kept.get(name) != value:
                self.report.lost(where, f"measure@{name}")

    def _settle(self, readers: list[PartReader]) -> None:
        """Put what the parts said into the bars; note which parts did not say it."""
        lines: dict[int, dict[str, Any]] = {}
        for (bar, member), (value, parts) in self.said.items():
            if member in ("key", "time"):
                self.measures[bar][member] = value
            elif member.startswith("barline-"):
                lines.setdefault(bar, {})[member.removeprefix("barline-")] = value
            if member not in _GLOBAL:
                continue
            for reader in readers:
                if reader.name not in parts and bar < len(reader.part["measures"]):
                    measure = reader.part["measures"][bar]
                    set_own(measure, "without", [*own(measure).get("without", []), member])
        put_barlines(self.measures, lines)
        put_globals(self.measures, self.said)

    def _lengths(self, lengths: list[Fraction]) -> None:
        """Write the length of a bar where its contents would tell another one."""
        for bar, length in zip(bars_of(self.document), lengths, strict=True):
            if length and bar.length != length:
                set_own(bar.measure, "length", as_pair(length))


def instrument_of(entry: Element) -> tuple[int | None, bool]:
    """The General MIDI instrument of a `score-part`, None where it has none, and whether it is percussion."""
    element = entry.find("midi-instrument")
    if element is None:
        return None, False
    program = text_of(element.find("midi-program"))
    given = program.isascii() and program.isdigit() and 0 < int(program[:4]) <= 128
    return int(program) - 1 if given else None, text_of(element.find("midi-channel")) == "10"
