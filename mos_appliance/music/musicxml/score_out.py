"""An MNX document as a MusicXML file."""

from __future__ import annotations

from typing import Final, NamedTuple

from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.extensions import own
from mos_appliance.music.mnx.timeline import bars_of
from mos_appliance.music.musicxml.archive import write_archive
from mos_appliance.music.musicxml.barlines import lines_of
from mos_appliance.music.musicxml.kept import dress, own_list, own_rows, own_table, restore
from mos_appliance.music.musicxml.part_out import PartWriter
from mos_appliance.music.musicxml.report import Loss, Report
from mos_appliance.music.musicxml.tree import Element, new, text_of, write_tree
from mos_appliance.music.musicxml.words import HEADER_ORDER, SCORE_PART_ORDER
from mos_appliance.music.musicxml.written import WHOLE, WRITTEN
from mos_appliance.music.umf.losses import counted

DOCTYPE: Final = (
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">'
)
_PLACE: Final = {tag: place for place, tag in enumerate(HEADER_ORDER)}
_ENTRY_PLACE: Final = {tag: place for place, tag in enumerate(SCORE_PART_ORDER)}


class Writing(NamedTuple):
    """A file, and what of the document is not in it."""

    data: bytes
    lost: tuple[Loss, ...]


def write_musicxml(document: Json, *, compressed: bool = False, header: dict[str, str] | None = None) -> Writing:
    """The document, which must be good MNX, as .musicxml or .mxl.

    `header`: a `title` and `composer` for a document that has not kept its own.
    """
    report = Report()
    root = new("score-partwise", None, version="4.0")
    dress(root, own(document).get("attributes"))
    children = [element for element in map(restore, own_list(document, "musicxml")) if element is not None]
    _head(children, header or {})
    names = _names(document)
    children.append(_part_list(document, names))
    bars = bars_of(document)
    for index, (part, name) in enumerate(zip(document["parts"], names, strict=True)):
        lines = lines_of(document["global"]["measures"])
        writer = PartWriter(part, bars, lines, report, index == 0, name)
        element = new("part", None, id=name)
        element.extend(writer.write(number) for number in range(len(writer.bars)))
        children.append(element)
    children.sort(key=lambda child: _PLACE.get(child.tag, 0))
    root.extend(children)
    data = write_tree(root, DOCTYPE)
    lost = counted(document, WRITTEN, "score", WHOLE)
    rows = (*(Loss(*row) for row in lost), *report.lost_rows)
    return Writing(write_archive(data) if compressed else data, rows)


def _head(children: list[Element], header: dict[str, str]) -> None:
    """Put in title and composer; what was kept stays as it was where it says the same."""
    title, composer = header.get("title"), header.get("composer")
    found = [text_of(child) for child in children if child.tag == "movement-title"]
    found += [text_of(child.find("work-title")) for child in children if child.tag == "work"]
    if title and title not in found:
        children[:] = [child for child in children if child.tag != "movement-title"]
        children.append(new("movement-title", title))
    if not composer:
        return
    identification = next((child for child in children if child.tag == "identification"), None)
    if identification is None:
        identification = new("identification")
        children.append(identification)
    creators = [child for child in identification if child.tag == "creator" and child.get("type") == "composer"]
    if composer not in map(text_of, creators):
        for creator in creators:
            identification.remove(creator)
        identification.insert(0, new("creator", composer, type="composer"))


def _names(document: Json) -> list[str]:
    """A name for each part that no other has."""
    taken = {part["id"] for part in document["parts"] if "id" in part}
    names = []
    for index, part in enumerate(document["parts"], 1):
        name = part.get("id", "")
        number = index
        while not name or (name in taken and "id" not in part):
            name = f"P{number}"
            number += len(document["parts"])
        taken.add(name)
        names.append(name)
    return names


def _part_list(document: Json, names: list[str]) -> Element:
    element = new("part-list")
    groups = own_rows(document, "partGroups")
    for index, (part, name) in enumerate(zip(document["parts"], names, strict=True)):
        element.extend(_groups(groups, index))
        element.append(_entry(part, name))
    element.extend(_groups(groups, len(names)))
    return element


def _groups(rows: list[Json], index: int) -> list[Element]:
    found = [restore(row.get("element")) for row in rows if row.get("before") == index]
    return [element for element in found if element is not None]


def _entry(part: Json, name: str) -> Element:
    """The `score-part`."""
    children = [new("part-name", part.get("name"))]
    if "shortName" in part:
        children.append(new("part-abbreviation", part["shortName"]))
    children += [element for element in map(restore, own_list(part, "musicxml")) if element is not None]
    for child in children:
        dress(child, own_table(part, "attributes").get(child.tag))
    _program(part, name, children)
    children.sort(key=lambda child: _ENTRY_PLACE.get(child.tag, 0))
    element = new("score-part", None, id=name)
    element.extend(children)
    return element


def _program(part: Json, name: str, children: list[Element]) -> None:
    """The General MIDI instrument, where what was kept does not say the same."""
    program = own(part).get("program")
    if type(program) is not int:
        return
    instrument = next((child for child in children if child.tag == "midi-instrument"), None)
    if instrument is None:
        identity = f"{name}-I1"
        if not any(child.tag == "score-instrument" for child in children):
            children.append(new("score-instrument", None, new("instrument-name", part.get("name")), id=identity))
        instrument = new("midi-instrument", None, id=identity)
        children.append(instrument)
    said = instrument.find("midi-program")
    if said is None:
        said = new("midi-program")
        instrument.append(said)
    said.text = str(program + 1)
