"""What matters to the notes of a plain MusicXML text as one flat list of texts; no tree is made of it.

Whether the text is sound XML is expat's business; here its tags are counted to know how deep each stands, so that
what looks like a note is one. What would need more (`NotPlainError`) is left to the tree.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from mos_appliance.errors import BadInput
from mos_appliance.music.musicxml.tree import MAX_DEPTH, Element, check_xml, read_tree

_DEPTHS: Final = {"part": 1, "measure": 2, "attributes": 3, "backup": 3, "forward": 3, "note": 3}
_STEP: Final = re.compile(rf"<({'|'.join(_DEPTHS)})((?:[\s/][^>]*)?)>")
_FIRST_PART: Final = re.compile(rb"<part[\s>]")
_COMMENT: Final = re.compile(rb"<!--[^-]*(?:-(?!->)[^-]*)*-->")
_ATTRIBUTE: Final = r"""\s{}\s*=\s*(?:"([^"]*)"|'([^']*)')"""


class NotPlainError(Exception):
    """The file needs the way through MNX."""


Step = tuple[str, str, str]
"""What stands in a bar: tag, attributes as they are written, the text inside."""


class Part(NamedTuple):
    """A part: the steps of each of its bars."""

    attributes: str
    bars: list[list[Step]]


def scan(data: bytes) -> tuple[Element, list[Part]]:
    """What stands before the first part, as a tree; and the parts.

    Errors: `BadInput` for no sound XML; `NotPlainError`.
    """
    check_xml(data)
    if b"<!--" in data:
        data = _COMMENT.sub(b"", data)
    first = _FIRST_PART.search(data)
    if first is None:
        raise NotPlainError
    head, body = data[: first.start()], data[first.start() :]
    begin = head.find(b"<score-partwise")
    odd = begin < 0 or b"[" in head[:begin] or b"<![" in head
    if odd or any(mark in body and b"<" + mark in body for mark in (b"!", b"?")):  # to look for one letter is quick
        raise NotPlainError
    try:
        tree = read_tree(head + b"</score-partwise>")
    except BadInput:  # the part stands deeper
        raise NotPlainError from None
    return tree, _parts(body)


def _parts(body: bytes) -> list[Part]:
    # Only ASCII is looked at. Latin-1 has a character for each byte, so that places are those of the bytes.
    pieces = _STEP.split(body.decode("latin-1"))
    _check_depths(body, pieces)
    parts: list[Part] = []
    bar: list[Step] = []
    for tag, attributes, text in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        if tag == "note":
            end = text.find("</note>")
            bar.append((tag, attributes, text[:end] if end >= 0 else text))
        elif tag == "measure":
            bar = []
            parts[-1].bars.append(bar)
        elif tag == "part":
            parts.append(Part(attributes, []))
        else:
            bar.append((tag, attributes, text.partition(f"</{tag}>")[0]))
    return parts


def _check_depths(body: bytes, pieces: list[str]) -> None:
    """Errors: `NotPlainError` unless each step stands as deep as it must, and all that so deep are parts and bars.

    `pieces`: the text in front of a tag, the tag's name, its attributes; again and again, and the text behind the last.
    """
    letters = np.frombuffer(body, np.uint8)
    begins, ends = np.flatnonzero(letters == ord("<")), np.flatnonzero(letters == ord(">"))
    if len(begins) != len(ends) or np.any(begins[1:] < ends[:-1]):  # a ">" stands in a text
        raise NotPlainError
    closing, alone = letters[begins + 1] == ord("/"), letters[ends - 1] == ord("/")
    deep = np.cumsum(1 - 2 * closing - alone) + alone
    read = np.cumsum(np.fromiter(map(len, pieces), np.int64, len(pieces)))[:-1:3]
    steps = np.searchsorted(begins, read + len("<>") * np.arange(len(read)))
    depths = list(map(_DEPTHS.__getitem__, pieces[1::3]))
    right = deep[steps].tolist() == depths and 1 + deep.max() <= MAX_DEPTH and not alone[steps].any()
    if not right or any(np.count_nonzero(~closing & (deep == depth)) > depths.count(depth) for depth in (1, 2)):
        raise NotPlainError


def attribute_of(name: str) -> Callable[[str], str | None]:
    """What finds an attribute in a tag; None where it is not there."""
    search = re.compile(_ATTRIBUTE.format(re.escape(name))).search

    def find(attributes: str) -> str | None:
        found = search(attributes)
        return None if found is None else found[1] or found[2] or ""

    return find
