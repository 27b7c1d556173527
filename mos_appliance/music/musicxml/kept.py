"""Elements that MNX has no word for, as JSON: `[tag, {attributes}, child or text, ...]`; and back."""

from __future__ import annotations

from typing import Any

from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.extensions import own
from mos_appliance.music.musicxml.report import Report
from mos_appliance.music.musicxml.tree import Element
from mos_appliance.music.musicxml.vocabulary import ATTRIBUTES, ELEMENTS, LAYOUT

Kept = list[Any]


def keep(element: Element, report: Report, where: str) -> Kept | None:
    """The element as JSON; None when it is no element of MusicXML. What stays out is told."""
    tag = element.tag
    if tag not in ELEMENTS:
        report.unread(where, tag)
        return None
    kept: Kept = [tag]
    if element.keys():
        attributes = keep_attributes(element, report, where)
        if attributes:
            kept.append(attributes)
    if not len(element):
        if element.text:
            kept.append(element.text)
        return kept
    if element.text and element.text.strip():
        report.unread(where, f"text in {tag}")
    for child in element:
        inside = keep(child, report, where)
        if inside is not None:
            kept.append(inside)
        if child.tail and child.tail.strip():
            report.unread(where, f"text in {tag}")
    return kept


def keep_attributes(element: Element, report: Report, where: str, known: tuple[str, ...] = ()) -> dict[str, str]:
    """The attributes that are not `known` and may be kept; the others are told."""
    found: dict[str, str] = {}
    for name, value in element.items():
        if name in known:
            continue
        if name in LAYOUT:
            report.lost(where, f"{element.tag}@{name}")
        elif name in ATTRIBUTES:
            found[name] = value
        else:
            report.unread(where, f"{element.tag}@{name}")
    return found


def restore(kept: Any) -> Element | None:
    """The element; None when the JSON is no kept element, as after an edit by others."""
    if type(kept) is not list or not kept or kept[0] not in ELEMENTS:
        return None
    element = Element(kept[0])
    for item in kept[1:]:
        if type(item) is dict:
            dress(element, item)
        elif type(item) is str:
            element.text = _legal(item)
        else:
            child = restore(item)
            if child is not None:
                element.append(child)
    return element


def tidy(element: Element) -> Kept:
    """For comparison: the element as JSON without layout, in silence."""
    return keep(element, Report(), "") or []


def own_rows(item: Json, name: str, *texts: str) -> list[Json]:
    """The rows of one of our lists; those that lack one of the `texts` are no rows of ours."""
    rows = own(item).get(name)
    found = [row for row in rows if type(row) is dict] if type(rows) is list else []
    return [row for row in found if all(type(row.get(text)) is str for text in texts)]


def own_table(item: Json, name: str) -> Json:
    """One of our members that is an object."""
    table = own(item).get(name)
    return table if type(table) is dict else {}


def own_list(item: Json, name: str) -> list[Any]:
    """One of our members that is a list."""
    rows = own(item).get(name)
    return rows if type(rows) is list else []


def dress(element: Element, attributes: Any) -> None:
    """Give back attributes that were kept."""
    if type(attributes) is dict:
        kept = {name: _legal(value) for name, value in attributes.items() if name in ATTRIBUTES and type(value) is str}
        element.attrib.update(kept)


def _legal(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return "".join(c for c in text if c >= " " or c in "\t\n\r") if not text.isprintable() else text
