"""Syllables, both ways. What a syllable of MNX cannot say stays beside it, as long as the text is still the same."""

from __future__ import annotations

from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.extensions import own, set_own
from mos_appliance.music.musicxml.kept import keep, restore, tidy
from mos_appliance.music.musicxml.report import Report
from mos_appliance.music.musicxml.tree import Element, new, text_of
from mos_appliance.music.musicxml.words import SYLLABICS, SYLLABLES

ELISION = "\u203f"


def read_lyric(element: Element, report: Report, where: str) -> tuple[str, Json] | None:
    """The line and the syllable; None for a lyric without text."""
    if element.find("text") is None:
        return None
    words = []
    for child in element:
        if child.tag == "text":
            words.append(child.text or "")
        elif child.tag == "elision":
            words.append(child.text or ELISION)
    line = (element.get("number") or element.get("name") or "1")[:80]
    syllable: Json = {"text": "".join(words)}
    kind = SYLLABICS.get(text_of(element.find("syllabic")))
    if kind is not None:
        syllable["type"] = kind
    kept = keep(element, report, where)
    if kept != tidy(_plain(line, syllable)):
        set_own(syllable, "musicxml", kept)
    return line, syllable


def _plain(line: str, syllable: Json) -> Element:
    element = new("lyric", None, number=line)
    kind = SYLLABLES.get(syllable.get("type", ""))
    if kind is not None:
        element.append(new("syllabic", kind))
    element.append(new("text", syllable["text"]))
    return element


def write_lyric(line: str, syllable: Json) -> Element:
    """The element as it was read, where it still says the same; else one made from the syllable."""
    kept = restore(own(syllable).get("musicxml"))
    if kept is not None and kept.tag == "lyric":
        again = read_lyric(kept, Report(), "")
        bare = {name: value for name, value in syllable.items() if name in ("text", "type")}
        if again is not None and again[0] == line and bare.items() <= again[1].items():
            return kept
    return _plain(line, syllable)
