"""Chord symbols: MusicXML's `harmony` and labels in Harte's syntax (`C:maj`, `D:min7/b3`, `N`).

Source: C. Harte et al., "Symbolic representation of musical chords", ISMIR 2005.
"""

from __future__ import annotations

import re
from typing import Final

from mos_appliance.music.musicxml.tree import Element, new, text_of

KINDS: Final[dict[str, str]] = {
    "major": "maj",
    "minor": "min",
    "augmented": "aug",
    "diminished": "dim",
    "dominant": "7",
    "major-seventh": "maj7",
    "minor-seventh": "min7",
    "diminished-seventh": "dim7",
    "half-diminished": "hdim7",
    "augmented-seventh": "aug(b7)",
    "major-minor": "minmaj7",
    "major-sixth": "maj6",
    "minor-sixth": "min6",
    "dominant-ninth": "9",
    "major-ninth": "maj9",
    "minor-ninth": "min9",
    "dominant-11th": "11",
    "major-11th": "maj11",
    "minor-11th": "min11",
    "dominant-13th": "13",
    "major-13th": "maj13",
    "minor-13th": "min13",
    "suspended-second": "sus2",
    "suspended-fourth": "sus4",
    "power": "(5)",
}
_KIND_OF: Final = {word: kind for kind, word in KINDS.items()}
_LABEL: Final = re.compile(r"([A-G])([#b]{0,3})(?::([a-z0-9]*)(\(([^()]*)\))?)?(?:/([#b]{0,3})(\d{1,2}))?")
_DEGREE: Final = re.compile(r"(\*?)([#b]{0,3})(\d{1,2})")
_STEPS: Final = "CDEFGAB"
_HEIGHTS: Final = (0, 2, 4, 5, 7, 9, 11)


def label_of(harmony: Element) -> str | None:
    """The label of a `harmony`; None where Harte has none for it."""
    kind = text_of(harmony.find("kind"))
    if kind == "none":
        return "N"
    root = _tone(harmony, "root")
    word = KINDS.get(kind)
    if root is None or word is None or len(harmony.findall("kind")) != 1:
        return None
    degrees = _degrees(harmony)
    if degrees is None:
        return None
    short, _, inside = word.partition("(")
    listed = [part for part in (inside.rstrip(")"), *degrees) if part]
    bass = _tone(harmony, "bass")
    below = f"/{_interval(root, bass)}" if bass is not None else ""
    return f"{root[0]}{_signs(root[1])}:{short}{'(' + ','.join(listed) + ')' if listed else ''}{below}"


def _tone(harmony: Element, name: str) -> tuple[str, int] | None:
    step = text_of(harmony.find(f"{name}/{name}-step"))
    alter = text_of(harmony.find(f"{name}/{name}-alter")) or "0"
    if step not in _STEPS or len(step) != 1 or alter not in ("0", "1", "-1", "2", "-2"):
        return None
    return step, int(alter)


def _signs(alter: int) -> str:
    return "#" * alter if alter > 0 else "b" * -alter


def _degrees(harmony: Element) -> list[str] | None:
    """Added and altered degrees, `*` before one that is left out; None where one is no degree."""
    found = []
    for degree in harmony.findall("degree"):
        value, alter = text_of(degree.find("degree-value")), text_of(degree.find("degree-alter")) or "0"
        if not (value.isascii() and value.isdigit() and 0 < int(value[:3]) < 16) or alter not in ("0", "1", "-1"):
            return None
        left_out = "*" if text_of(degree.find("degree-type")) == "subtract" else ""
        found.append(f"{left_out}{_signs(int(alter))}{value}")
    return found


def _interval(root: tuple[str, int], bass: tuple[str, int]) -> str:
    """The bass as a degree above the root."""
    low, high = _STEPS.index(root[0]), _STEPS.index(bass[0])
    steps = (high - low) % 7
    half_steps = (_HEIGHTS[high] + bass[1] - _HEIGHTS[low] - root[1]) % 12
    alter = (half_steps - _HEIGHTS[steps] + 6) % 12 - 6
    return f"{_signs(alter)}{steps + 1}"


def harmony_of(label: str) -> Element | None:
    """The `harmony` for a label; None for one that is not known."""
    if label == "N":
        return new("harmony", None, _rooted("root", "C", 0), new("kind", "none"))
    match = _LABEL.fullmatch(label)
    if match is None:
        return None
    step, signs, word, brackets, inside, bass_signs, bass = match.groups()
    word, degrees = word or ("" if brackets else "maj"), inside.split(",") if inside else []
    kind = _KIND_OF.get(word)
    if degrees and f"{word}({degrees[0]})" in _KIND_OF:
        kind = _KIND_OF[f"{word}({degrees[0]})"]
        degrees = degrees[1:]
    if kind is None:
        return None
    root = step, len(signs) * (1 if "#" in signs else -1)
    element = new("harmony", None, _rooted("root", *root), new("kind", kind))
    if bass:
        element.append(_bass(root, int(bass), len(bass_signs) * (1 if "#" in bass_signs else -1)))
    for degree in degrees:
        made = _degree(degree.strip())
        if made is None:
            return None
        element.append(made)
    return element


def _rooted(name: str, step: str, alter: int) -> Element:
    element = new(name, None, new(f"{name}-step", step))
    if alter:
        element.append(new(f"{name}-alter", alter))
    return element


def _bass(root: tuple[str, int], degree: int, alter: int) -> Element:
    low = _STEPS.index(root[0])
    step = (low + degree - 1) % 7
    half_steps = _HEIGHTS[low] + root[1] + _HEIGHTS[(degree - 1) % 7] + alter
    return _rooted("bass", _STEPS[step], (half_steps - _HEIGHTS[step] + 6) % 12 - 6)


def _degree(text: str) -> Element | None:
    match = _DEGREE.fullmatch(text)
    if match is None:
        return None
    alter = len(match[2]) * (1 if "#" in match[2] else -1)
    kind = "subtract" if match[1] else "add"
    return new("degree", None, new("degree-value", match[3]), new("degree-alter", alter), new("degree-type", kind))
