"""XML from strangers as a tree, and a tree as text. No entity is declared, nothing outside the text is looked at.

The standard library's expat feeds ElementTree's builder directly, so that both run in C and yet a declared entity is
refused where it stands, in whatever encoding.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Final
from xml.parsers import expat

from mos_appliance.errors import BadInput
from mos_appliance.music.file_limits import XML_BYTES

MAX_BYTES: Final = XML_BYTES
MAX_TAGS: Final = 1_000_000
"""Beginnings and ends of elements together."""
MAX_DEPTH: Final = 24
"""MusicXML needs 11."""

Element = ET.Element

_PLAIN: Final = re.compile(
    rb"""(?:\xef\xbb\xbf)?< (?:
        \?xml\s(?:(?!encoding)[^>])*(?:encoding\s*=\s*["'](?i:utf-8|us-ascii|iso-8859-1)["'][^>]*)?>
        | (?!\?xml)[!-~])""",
    re.VERBOSE,
)
"""The beginning of a text in which markup is written in ASCII."""
_TAKEN: Final = (b"<!ENTITY", b"xmlns", b"xml:")
_SPACES: Final = re.compile(r"\s+")


def read_tree(data: bytes) -> Element:
    """The root element. Errors: `BadInput` with the line, for anything but sound XML without entities."""
    root = _quickly(data)
    if root is None:
        builder = ET.TreeBuilder()
        _parse(data, builder)
        root = builder.close()
    _check_depth(root)
    return root


def _quickly(data: bytes) -> Element | None:
    """The root, by ElementTree's own parser in two thirds of the time, where that cannot tell any difference.

    None for what may declare an entity or a name space, which that parser takes, for what is not sound and for what is
    too large: `_parse` says what it is.
    """
    if len(data) > MAX_BYTES or any(word in data for word in _TAKEN) or not _PLAIN.match(data):
        return None
    if len(data) > MAX_TAGS and data.count(b"<") > MAX_TAGS:
        return None
    try:
        return ET.XML(data)
    except ET.ParseError:
        return None


def sound_tree(text: str) -> Element:
    """The root of a part of a sound text. Errors: `ValueError` when the part was cut in a wrong place."""
    try:
        return ET.XML(text)
    except ET.ParseError as error:
        raise ValueError(str(error)) from None


def check_xml(data: bytes) -> None:
    """Errors: those of `read_tree`, but for its depth; in a fifth of the time."""
    _parse(data, None)


def _parse(data: bytes, builder: ET.TreeBuilder | None) -> None:
    if len(data) > MAX_BYTES:
        raise BadInput("file", f"has more than {MAX_BYTES >> 20} MiB")
    if len(data) > MAX_TAGS and data.count(b"<") > MAX_TAGS:
        raise BadInput("file", f"has more than {MAX_TAGS:,} tags")
    parser = expat.ParserCreate()
    if builder is not None:
        parser.buffer_text = True
        parser.StartElementHandler = builder.start
        parser.EndElementHandler = builder.end
        parser.CharacterDataHandler = builder.data

    def refuse_entity(name: str, *_rest: object) -> None:
        raise BadInput(f"line {parser.CurrentLineNumber}", f"declares the entity {name[:40]!r}; entities are refused")

    parser.EntityDeclHandler = refuse_entity
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        why = expat.errors.messages.get(error.code, "it is no XML")
        raise BadInput(f"line {error.lineno}", f"here it is no XML any more: {why}") from None
    except (ValueError, LookupError) as error:
        raise BadInput("file", f"its encoding is not read: {error}") from None


def _check_depth(root: Element) -> None:
    parents, depth = [root], 1
    while parents:
        if not len(parents[0]):
            break
        depth += 1
        if depth > MAX_DEPTH:
            raise BadInput(parents[0][0].tag[:40], f"is nested deeper than {MAX_DEPTH} levels")
        parents = [child for parent in parents for child in parent if len(child)]


def text_of(element: Element | None) -> str:
    """The text of an element without the spaces around it; nothing for None."""
    if element is None:
        return ""
    text = element.text
    return text.strip() if text else ""


def new(tag: str, text: str | int | None = None, *children: Element, **attributes: str) -> Element:
    """An element; `_` in the name of an attribute stands for `-`."""
    element = Element(tag, {name.replace("_", "-"): value for name, value in attributes.items()})
    if text is not None:
        element.text = str(text)
    element.extend(children)
    return element


def write_tree(root: Element, doctype: str) -> bytes:
    """The document as UTF-8 with two spaces for each level."""
    ET.indent(root)
    body = ET.tostring(root, "unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{doctype}\n{body}\n'.encode()
