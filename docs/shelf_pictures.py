"""The page of pictures of the first shelf: every piece engraved by Verovio, slimmed to what is seen."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as Xml

from drivers.engraver import MARGIN_ABOVE, MARGIN_BELOW, fingers_below
from mos_appliance.music.cid import cid_of
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.timeline import bars_of
from mos_appliance.music.musicxml.score_out import write_musicxml

DOCS: Final = Path(__file__).parent
PIECES: Final = DOCS.parent / "mos_appliance" / "shelf" / "pieces"
PAGE: Final = "shelf.md"
FOLDER: Final = "shelf"
_ENGRAVING: Final = 8
"""Counted up when the pictures are to be made anew though the pieces are the same."""
_SVG: Final = "{http://www.w3.org/2000/svg}"
_LINK: Final = "{http://www.w3.org/1999/xlink}href"
_OPTIONS: Final = {
    "pageWidth": 2100, "pageHeight": 60000, "adjustPageHeight": True, "scale": 40, "header": "none", "footer": "none",
    "breaks": "encoded", "svgViewBox": True, "smuflTextFont": "none", "xmlIdSeed": 1,
    "defaultTopMargin": MARGIN_ABOVE, "defaultBottomMargin": MARGIN_BELOW,
    "pageMarginTop": 40, "pageMarginBottom": 40, "pageMarginLeft": 30, "pageMarginRight": 30,
}  # fmt: skip
_TEXT_GLYPHS: Final = str.maketrans({
    "\ueca3": "𝅗𝅥", "\ueca5": "♩", "\ueca7": "♪", "\uecb7": ".", "\ue262": "♯", "\ue260": "♭", "\ue261": "♮",
    "\uea66": "♯", "\uea64": "♭", "\uea65": "♮",
})  # fmt: skip
_KEPT_NAMES: Final = (
    "d transform x y x1 y1 x2 y2 width height rx ry cx cy points viewBox fill stroke stroke-width stroke-linecap "
    "font-size text-anchor"
)
_KEPT: Final = frozenset(_KEPT_NAMES.split())
_SEEN_NAMES: Final = "svg defs g path use rect polygon polyline ellipse circle line text tspan symbol"
_SEEN: Final = frozenset(_SVG + tag for tag in _SEEN_NAMES.split())
_CLASSES: Final = {"fing": "b", "tempo": "b", "mNum": "i", "dir": "i", "dynam": "i"}
"""Kinds of texts that are bold or italic."""
_DENSE: Final = 9
"""A bar with more events in one hand than that counts for two."""


def documents() -> list[tuple[str, bytes, Json]]:
    """Name, bytes and document of every piece, by grade."""
    found = [(path.stem, path.read_bytes()) for path in sorted(PIECES.glob("*.umf"))]
    read = [(name, data, json.loads(data)) for name, data in found]
    return sorted(read, key=lambda row: row[2]["metadata"]["difficulty"])


def stale() -> list[str]:
    """The pictures that are missing, of another version of their piece, or of no piece. Engraves nothing."""
    wanted = {f"{name}.svg": _mark(data) for name, data, _ in documents()}
    there = {path.name: path for path in (DOCS / FOLDER).glob("*.svg")}
    old = [name for name, mark in wanted.items() if name not in there or mark not in there[name].read_text("utf-8")]
    return sorted(f"{FOLDER}/{name}" for name in {*old, *(there.keys() - wanted.keys())})


def write() -> None:
    """Engrave what is stale."""
    wanted = set(stale())
    (DOCS / FOLDER).mkdir(exist_ok=True)
    for name, data, document in documents():
        path = f"{FOLDER}/{name}.svg"
        if path in wanted:
            (DOCS / path).write_text(f"<!-- {_mark(data)} -->\n{_engraved(document)}\n", "utf-8")
            wanted.remove(path)
    for path in wanted:
        (DOCS / path).unlink()


def _mark(data: bytes) -> str:
    return f"{cid_of(data)} engraving {_ENGRAVING}"


def page() -> list[str]:
    """`docs/shelf.md`."""
    lines = [
        "# The first shelf, engraved",
        "",
        "<!-- Made by `make docs` from mos_appliance/shelf/pieces: change shelf/pieces, not this. -->",
        "",
    ]
    for name, _, document in documents():
        lines += _piece(name, document)
    return lines


def _piece(name: str, document: Json) -> list[str]:
    metadata, learning = document["metadata"], document["learning"]
    english = metadata.get("titles", {}).get("en", "")
    told = [metadata["composer"], metadata["tradition"], str(metadata.get("year", ""))]
    reading = document["extensions"]["org.mos.shelf"]["reading"]
    grade = f"`{name}`, grade {metadata['difficulty']}, reading: {reading}"
    skills = ", ".join(learning["skills"])
    points = [f"- bar {point['bar']}: {point['text']}" for point in learning["points"]]
    return [
        f"## {metadata['title']}" + (f" ({english})" if english else ""),
        "",
        f"{grade}. {'; '.join(filter(None, told))}. Skills: {skills}.",
        "",
        f"![{metadata['title']}]({FOLDER}/{name}.svg)",
        "",
        *points,
        "",
    ]


def _engraved(document: Json) -> str:
    """One tall picture."""
    import verovio  # noqa: PLC0415  # large, and only needed to engrave

    verovio.enableLog(verovio.LOG_OFF)
    toolkit: Any = verovio.toolkit()
    music, last_bars, per_line = _laid_out(document["score"])
    sung = any("lyrics" in event for event in _events(document["score"]))
    # a line that is not half full is not stretched; words would run into each other then
    toolkit.setOptions({**_OPTIONS, "minLastJustification": 0 if sung or 2 * last_bars > per_line else 1})
    toolkit.loadData(music)
    return _slim(toolkit.renderToSVG(1))


def _laid_out(score: Json) -> tuple[str, int, int]:
    """MusicXML with four bars to a line, two of dense ones, and the left hand's fingers under its notes.

    Returns it, how many bars its last line has, and how many a line has.
    """
    root = Xml.fromstring(write_musicxml(score).data)
    for name in root.iter("part-name"):
        name.text = ""
    bars = list(root.iter("measure"))
    per_line = 2 if max(_density(bar) for bar in score["parts"][0]["measures"]) > _DENSE else 4
    first = bars_of(score)[0]
    upbeat = first.length < Fraction(first.measure["time"]["count"], first.measure["time"]["unit"])
    for number, bar in enumerate(bars):
        at = number - upbeat
        if at > 0 and at % per_line == 0:
            bar.insert(0, Xml.Element("print", {"new-system": "yes"}))
    fingers_below(root)
    last_bars = (len(bars) // len(score["parts"]) - upbeat - 1) % per_line + 1
    return Xml.tostring(root, "unicode"), last_bars, per_line


def _events(score: Json) -> Iterator[Json]:
    for part in score["parts"]:
        for bar in part["measures"]:
            for sequence in bar["sequences"]:
                yield from sequence["content"]


def _density(bar: Json) -> int:
    return max(len(sequence["content"]) for sequence in bar["sequences"])


def _slim(svg: str) -> str:
    """The picture without what nobody sees: names of things, groups of one, figures behind the decimal point."""
    root = Xml.fromstring(svg)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag not in _SEEN or "placeholder" in child.get("class", ""):
                parent.remove(child)
    names = {name: f"g{number}" for number, name in enumerate(dict.fromkeys(_links(root)))}
    for element in root.iter():
        _strip(element, names)
    _flatten(root)
    style = Xml.Element(f"{_SVG}style")
    style.text = "path{stroke:#000}text{font-family:serif}.b{font-weight:bold}.i{font-style:italic}"
    root.insert(0, style)
    Xml.register_namespace("", _SVG[1:-1])
    text = Xml.tostring(root, "unicode")
    return re.sub(r"(\d+\.\d)\d+", r"\1", re.sub(r">\s+<", "><", text).replace(" />", "/>"))


def _links(root: Xml.Element) -> Iterator[str]:
    return (use.get(_LINK, "")[1:] for use in root.iter(f"{_SVG}use"))


def _strip(element: Xml.Element, names: dict[str, str]) -> None:
    """Keep the attributes that are seen; what links to each other gets short names."""
    kind = _CLASSES.get(element.attrib.pop("class", ""))
    name = names.get(element.get("id", ""))
    link = element.get(_LINK)
    for attribute in list(element.attrib):
        if attribute not in _KEPT:
            del element.attrib[attribute]
    if kind:
        element.set("class", kind)
    if name:
        element.set("id", name)
    if link:
        element.set("href", f"#{names[link[1:]]}")
    if element.tag == f"{_SVG}text":
        _plain_text(element)


def _plain_text(element: Xml.Element) -> None:
    """One run of letters instead of runs in runs."""
    sizes = [int(one.get("font-size", "0px").removesuffix("px")) for one in element.iter()]
    sizes = [size for size in sizes if size]
    words = " ".join("".join(element.itertext()).translate(_TEXT_GLYPHS).split())
    words = re.sub(r" (?=[♯♭♮])", "", words)
    for child in list(element):
        element.remove(child)
    element.text = words
    if sizes:
        element.set("font-size", f"{min(sizes)}px")  # signs of the music font are larger than the letters


def _flatten(element: Xml.Element) -> None:
    """Groups that say nothing give way to what is in them; lines of one width become one path."""
    children: list[Xml.Element] = []
    for child in list(element):
        _flatten(child)
        children += list(child) if child.tag == f"{_SVG}g" and not child.attrib else [child]
    for child in list(element):
        element.remove(child)
    lines: dict[str, Xml.Element] = {}
    for child in children:
        width = child.get("stroke-width", "")
        if child.tag == f"{_SVG}path" and set(child.attrib) == {"d", "stroke-width"} and width in lines:
            lines[width].set("d", lines[width].get("d", "") + _short(child))
            continue
        if child.tag == f"{_SVG}path" and set(child.attrib) == {"d", "stroke-width"}:
            lines[width] = child
            child.set("d", _short(child))
        element.append(child)


def _short(path: Xml.Element) -> str:
    """A straight line in fewer letters."""
    line = re.sub(r"M(\S+) (\S+) L\1 (\S+)$", r"M\1 \2V\3", path.get("d", ""))
    return re.sub(r"M(\S+) (\S+) L(\S+) \2$", r"M\1 \2H\3", line)
