"""An engraver's SVG: what of it may be shown, and which note and which bar is where.

A page goes into a web page, and what is in it came from a stranger's file: of elements and attributes only those of the
tables below are kept, no link leads out of the page, and text stays text.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Mapping
from typing import Final
from xml.etree.ElementTree import Element, SubElement, XMLParser, register_namespace, tostring

from mos_appliance.errors import BadInput
from mos_appliance.library.engraved import PageSize, PlacedBar, PlacedNote

MAX_PAGES: Final = 400
MAX_SVG_BYTES: Final = 24 << 20
_SVG: Final = "{http://www.w3.org/2000/svg}"
_HREF: Final = "{http://www.w3.org/1999/xlink}href"
_ELEMENT_NAMES: Final = "svg defs g path use rect polygon polyline ellipse circle line text tspan symbol"
_ATTRIBUTE_NAMES: Final = """
id class d transform x y x1 y1 x2 y2 dx dy width height rx ry cx cy r points viewBox fill fill-opacity stroke
stroke-width stroke-opacity stroke-linecap stroke-linejoin stroke-dasharray font-family font-size font-style
font-weight text-anchor opacity overflow version paint-order
"""
_ELEMENTS: Final = frozenset(_ELEMENT_NAMES.split())
_ATTRIBUTES: Final = frozenset(_ATTRIBUTE_NAMES.split())
_UNSAFE: Final = re.compile(r"url\s*\(|javascript:", re.IGNORECASE)
_KEPT_IDS: Final = frozenset(("note", "measure", "rest", "chord"))
"""Classes whose ids are of use; the engraver's own for everything else would only make pages longer."""
_GLYPHS: Final = {
    "\ueca2": "𝅝", "\ueca3": "𝅗𝅥", "\ueca5": "♩", "\ueca7": "♪", "\ueca9": "𝅘𝅥𝅯", "\uecb7": ".",
    "\ue262": "♯", "\ue260": "♭", "\ue261": "♮", "\uea66": "♯", "\uea64": "♭", "\uea65": "♮",
}  # fmt: skip
"""Notes of the music font inside of texts, which no other font has, as Unicode has them."""
_TRANSLATE: Final = re.compile(r"translate\(\s*(-?[\d.]+)[ ,]+(-?[\d.]+)\s*\)")
_STAFF_LINE: Final = re.compile(r"M\s*(-?[\d.]+)[ ,]+(-?[\d.]+)\s*L\s*(-?[\d.]+)[ ,]+(-?[\d.]+)")

register_namespace("", "http://www.w3.org/2000/svg")
register_namespace("xlink", "http://www.w3.org/1999/xlink")


class Scribe:
    """Takes page after page of an engraver. `names`: what to write into a note head, by the note's id."""

    def __init__(self, bars: Mapping[str, int], names: Mapping[str, str]) -> None:
        """`bars`: number of a bar by the id of its measure."""
        self._bars = bars
        self._names = names
        self._used: set[str] = set()
        self.pages: list[bytes] = []
        self.sizes: list[PageSize] = []
        self.notes: list[PlacedNote] = []
        self.placed_bars: list[PlacedBar] = []

    def take(self, svg: str) -> None:
        """A page. Errors: `BadInput` when it is none, or there are too many."""
        if len(self.pages) >= MAX_PAGES or len(svg) > MAX_SVG_BYTES:
            raise BadInput("pages", f"become more than {MAX_PAGES}, or one of them more than {MAX_SVG_BYTES >> 20} MiB")
        parser = XMLParser()
        parser.feed(svg)
        root = parser.close()
        inner = next((child for child in root if child.tag == f"{_SVG}svg"), None)
        if inner is None:
            raise BadInput("pages", "the engraver made a page that is none")
        self._used = {element.get(_HREF, "")[1:] for element in root.iter(f"{_SVG}use")}
        self._measure(root, inner)
        inner.attrib |= {"stroke": "currentColor", "fill": "currentColor"}
        self._clean(root)
        packed = tostring(root, encoding="utf-8").replace(b"\n", b"")
        self.pages.append(gzip.compress(re.sub(rb">\s+<", b"><", packed), 9, mtime=0))

    def _measure(self, root: Element, inner: Element) -> None:
        width, height = (int(float(value)) for value in root.get("viewBox", "0 0 0 0").split()[2:])
        wide, high = (int(float(value)) for value in inner.get("viewBox", "0 0 0 0").split()[2:])
        self.sizes.append(PageSize(width, height, wide, high))
        for margin in inner:
            dx, dy = _moved(margin.get("transform", ""))
            for element in margin.iter(f"{_SVG}g"):
                kind = element.get("class", "").split(" ")[0]
                if kind == "note":
                    self._note(element, dx, dy)
                elif kind == "measure":
                    self._bar(element, dx, dy)

    def _note(self, element: Element, dx: float, dy: float) -> None:
        head = next((use for use in element.iter(f"{_SVG}use")), None)
        name = element.get("id", "")
        if head is None or not name:
            return
        x, y = _moved(head.get("transform", ""))
        middle = round(x) + _half_head(head.get(_HREF, ""))
        self.notes.append(PlacedNote(name, len(self.pages) + 1, round(middle + dx), round(y + dy)))
        if name in self._names:
            _write_name(element, self._names[name], head.get(_HREF, ""), middle, y)

    def _bar(self, element: Element, dx: float, dy: float) -> None:
        lines = [line for path in _staff_paths(element) for line in _STAFF_LINE.findall(path.get("d", ""))]
        number = self._bars.get(element.get("id", ""))
        if number is None or not lines:
            return
        xs = [float(value) for line in lines for value in (line[0], line[2])]
        ys = [float(value) for line in lines for value in (line[1], line[3])]
        box = (round(min(xs) + dx), round(min(ys) + dy), round(max(xs) - min(xs)), round(max(ys) - min(ys)))
        self.placed_bars.append(PlacedBar(number, len(self.pages) + 1, *box))

    def _clean(self, element: Element) -> None:
        """Leave only what may be shown."""
        for child in list(element):
            if child.tag.removeprefix(_SVG) not in _ELEMENTS or "placeholder" in child.get("class", ""):
                element.remove(child)
            else:
                self._clean(child)
        kind = element.get("class", "").split(" ")[0]
        name = element.get("id", "")
        for attribute, value in list(element.attrib.items()):
            kept = attribute in _ATTRIBUTES or (attribute == _HREF and value.startswith("#"))
            if not kept or _UNSAFE.search(value):
                del element.attrib[attribute]
        if kind in _LOOKS:
            element.set(*_LOOKS[kind])
        if name and kind not in _KEPT_IDS and name not in self._used:
            element.attrib.pop("id", None)
        element.text, element.tail = _readable(element.text), None


_LOOKS: Final = {
    **dict.fromkeys(("ending", "fing", "reh", "tempo"), ("font-weight", "bold")),
    **dict.fromkeys(("dir", "dynam", "mNum"), ("font-style", "italic")),
}
"""What the engraver says in a style sheet, which a page with several scores cannot have: by class, as attributes."""
_FILLED_HEAD: Final = "#E0A4"
_WHOLE_HEAD: Final = "#E0A2"
_HALF_HEAD: Final = 106
_HALF_WHOLE: Final = 152
"""Half the width of heads; a whole note's is wider."""


def _staff_paths(measure: Element) -> Iterator[Element]:
    for staff in measure.iter(f"{_SVG}g"):
        if staff.get("class", "").split(" ")[0] == "staff":
            yield from (path for path in staff if path.tag == f"{_SVG}path")


def _moved(transform: str) -> tuple[float, float]:
    found = _TRANSLATE.search(transform)
    return (float(found[1]), float(found[2])) if found else (0.0, 0.0)


def _half_head(head: str) -> int:
    """From the left edge of a note head to its middle."""
    return _HALF_WHOLE if head.startswith(_WHOLE_HEAD) else _HALF_HEAD


def _write_name(note: Element, name: str, head: str, middle: int, y: float) -> None:
    """The name of a note in its head: white in a filled one, dark with a white rim in a hollow one."""
    colours = {"fill": "#fff", "stroke": "none"}
    if not head.startswith(_FILLED_HEAD):
        colours = {"fill": "#000", "stroke": "#fff", "stroke-width": "36", "paint-order": "stroke"}
    text = SubElement(note, f"{_SVG}text", {"class": "name", "text-anchor": "middle", "font-weight": "bold", **colours})
    text.attrib |= {"x": str(middle), "y": str(round(y) + 58)}
    text.attrib |= {"font-size": "165px", "font-family": "sans-serif"}
    text.text = name


def _readable(text: str | None) -> str | None:
    if text is None or not text.strip():
        return None
    return "".join(_GLYPHS.get(char, char) for char in text)
