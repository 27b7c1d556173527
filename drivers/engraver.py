"""Verovio: the engraver of scores; this file alone knows it. It runs in the import's worker only.

Source: Verovio 6 reference book (toolkit options). LGPL-3.0: a library of its own that anybody may replace.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, Final
from xml.etree import ElementTree as Xml

import msgspec

from mos_appliance.errors import BadInput, Unavailable
from mos_appliance.library.engraved import VERSION, Engraved, PageMap, PlacedBar, PlacedNote
from mos_appliance.library.layouts import LAYOUTS, Layout
from mos_appliance.library.pages import Scribe
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.notes import Page, page_of
from mos_appliance.music.musicxml.score_out import write_musicxml

MAX_NOTES: Final = 30_000
_SAFE_ID: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}$")
MARGIN_ABOVE: Final = 0.8
MARGIN_BELOW: Final = 1.2
"""Verovio's units around fingers and signs: with its own 0.5 a finger stands in the head of a low note."""
_UNITS: Final = 100
_ALTERED: Final = {-2: "𝄫", -1: "♭", 0: "", 1: "♯", 2: "𝄪"}


def available() -> bool:
    """Whether Verovio is installed."""
    try:
        import verovio  # noqa: F401, PLC0415
    except ImportError:
        return False
    return True


class Engraver:
    """One Verovio. Errors: `Unavailable` when it is not installed."""

    def __init__(self) -> None:
        try:
            import verovio  # noqa: PLC0415  # the library is large and only needed here
        except ImportError as error:
            raise Unavailable("verovio is not installed: pip install verovio") from error
        verovio.enableLog(verovio.LOG_OFF)
        self._toolkit: Any = verovio.toolkit()
        self._version = f"Verovio {self._toolkit.getVersion()}"

    def engrave(self, document: Json, layouts: tuple[str, ...]) -> dict[str, bytes]:
        """The score of a UMF document, which gets ids, in each layout (`Engraved`). Errors: `BadInput`."""
        score = document["score"]
        page = page_of(score)
        if sum(map(len, page.heads)) > MAX_NOTES:
            raise BadInput("score", f"has more than {MAX_NOTES:,} notes: too many to engrave here")
        names = _give_ids(score, page)
        metadata = document["metadata"]
        header = {name: metadata[name] for name in ("title", "composer") if metadata.get(name)}
        root = Xml.fromstring(write_musicxml(score, header=header).data)
        fingers_below(root)
        if len(score["parts"]) == 1:  # who plays is said by the title; a phone has no room for it
            for name in (*root.iter("part-name"), *root.iter("part-abbreviation")):
                name.text = ""
        xml = Xml.tostring(root, "unicode")
        return {name: self._engrave(xml, LAYOUTS[name], page, names, score) for name in layouts}

    def _engrave(self, xml: str, layout: Layout, page: Page, names: dict[str, str], score: Json) -> bytes:
        self._toolkit.setOptions(_options(layout))
        if not self._toolkit.loadData(xml):
            raise BadInput("score", "could not be engraved")
        bars = {measure["id"]: number for number, measure in enumerate(score["global"]["measures"], 1)}
        scribe = Scribe(bars, _note_names(page) if layout.names else {})
        for number in range(self._toolkit.getPageCount()):
            scribe.take(self._toolkit.renderToSVG(number + 1))
        return msgspec.msgpack.encode(
            Engraved(VERSION, scribe.pages, _timed(scribe, layout.name, self._version, page, names))
        )


def fingers_below(root: Xml.Element) -> None:
    """In MusicXML: the left hand's fingers stand under its notes, not between the staves."""
    for note in root.iter("note"):
        if note.findtext("staff") == "2":
            for finger in note.iter("fingering"):
                finger.set("placement", "below")


def _options(layout: Layout) -> dict[str, Any]:
    return {
        "pageWidth": layout.width * _UNITS // layout.scale,
        "pageHeight": layout.height * _UNITS // layout.scale,
        "scale": layout.scale,
        "pageMarginLeft": 30,
        "pageMarginRight": 30,
        "pageMarginTop": 40,
        "pageMarginBottom": 40,
        "adjustPageHeight": True,
        "breaks": "auto",
        "defaultTopMargin": MARGIN_ABOVE,
        "defaultBottomMargin": MARGIN_BELOW,
        "header": "none",
        "footer": "none",
        "svgViewBox": True,
        "svgRemoveXlink": False,
        "smuflTextFont": "none",
        "xmlIdSeed": 1,
    }


def _give_ids(score: Json, page: Page) -> dict[str, str]:
    """Give every note head and every bar an id that an SVG may have. Returns the ids of the score by those."""
    names, taken = {}, {}
    heads = [head for bar in page.heads for head in bar]
    for number, head in enumerate(heads):
        new = head.id if _SAFE_ID.match(head.id) else f"note-{number}"
        names[new], taken[head.id] = head.id, new
        head.note["id"] = new
    for head in heads:
        for tie in head.note.get("ties", ()):
            if tie.get("target") in taken:
                tie["target"] = taken[tie["target"]]
    for number, measure in enumerate(score["global"]["measures"], 1):
        if not _SAFE_ID.match(measure.get("id", "")):
            measure["id"] = f"bar-{number}"
    return names


def _note_names(page: Page) -> dict[str, str]:
    """`C♯` by the id of the note; drums have none."""
    found = {}
    for head in (head for bar in page.heads for head in bar):
        pitch = head.note.get("pitch")
        if pitch is not None:
            found[head.note["id"]] = pitch["step"] + _ALTERED.get(pitch.get("alter", 0), "")
    return found


def _timed(scribe: Scribe, layout: str, engraver: str, page: Page, names: dict[str, str]) -> PageMap:
    """The map with the times of the score; what the engraver drew besides, such as cue notes, is left out."""
    starts = [Fraction(bar.start) * 4 for bar in page.bars]
    heads = {head.note["id"]: head for bar in page.heads for head in bar}
    notes = []
    for placed in scribe.notes:
        head = heads.get(placed.id)
        if head is not None:
            onset = starts[head.bar] + Fraction(head.onset, page.division)
            notes.append(
                PlacedNote(
                    names[placed.id],
                    placed.page,
                    placed.x,
                    placed.y,
                    head.bar + 1,
                    _written(onset),
                    _written(Fraction(head.duration, page.division)),
                )
            )
    bars = [_at(bar, starts[bar.bar - 1]) for bar in scribe.placed_bars]
    return PageMap(layout, engraver, scribe.sizes, bars, notes)


def _at(bar: PlacedBar, onset: Fraction) -> PlacedBar:
    return msgspec.structs.replace(bar, onset_quarters=_written(onset))


def _written(quarters: Fraction) -> str:
    return f"{quarters.numerator}/{quarters.denominator}"
