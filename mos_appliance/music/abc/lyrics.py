"""Words under the notes: `w:` lines."""

from __future__ import annotations

import re
from typing import Final

from mos_appliance.music.abc.events import Report
from mos_appliance.music.abc.text import Line, plain
from mos_appliance.music.abc.voice import Voice

_SYLLABLE: Final = re.compile(r"\s+|\||\*|_|-|((?:\\-|\\[^-]|[^\s|*_\\-])+)")
MAX_VERSES: Final = 30


def sing(voice: Voice, line: Line, report: Report) -> None:
    """Put a line of words under the line of music that stands before it."""
    voice.verses += 1
    if voice.verses > MAX_VERSES:
        report.add(f"line {line.number}", f"more than {MAX_VERSES} verses")
        return
    verse = str(voice.verses)
    notes = voice.line
    place = 0
    last: tuple[int, str] | None = None
    joined = False
    for match in _SYLLABLE.finditer(line.value):
        sign = match[0]
        if match[1]:
            if place >= len(notes):
                report.add(f"line {line.number}", "more syllables than notes")
                return
            _put(voice, place, verse, match[1], joined)
            last, joined = (place, match[1]), False
            place += 1
        elif sign == "-" and last is not None:
            if joined:
                place += 1  # a second hyphen: the syllable lasts for one note more
            joined = True
            _continue(voice, last[0], verse)
        elif sign in ("_", "*"):
            place += 1
        elif sign == "|":
            place = _next_bar(voice, place, last)


def _next_bar(voice: Voice, place: int, last: tuple[int, str] | None) -> int:
    """The first note of the bar after that of the note before."""
    notes = voice.line
    if not notes:
        return place
    bar = notes[min(place, len(notes)) - 1][0] if place else notes[0][0] - (last is not None)
    if place == 0:
        bar = notes[0][0]
    return next((number for number in range(place, len(notes)) if notes[number][0] > bar), len(notes))


def _put(voice: Voice, place: int, verse: str, text: str, joined: bool) -> None:
    event = voice.line[place][1]
    said = plain(text.replace(r"\-", "‑").replace("~", " ")).replace("‑", "-")
    lines = event.members.setdefault("lyrics", {}).setdefault("lines", {})
    lines[verse] = {"text": said, **({"type": "end"} if joined else {})}


def _continue(voice: Voice, place: int, verse: str) -> None:
    """The word goes on after this syllable."""
    syllable = voice.line[place][1].members["lyrics"]["lines"][verse]
    syllable["type"] = "middle" if syllable.get("type") in ("end", "middle") else "start"
