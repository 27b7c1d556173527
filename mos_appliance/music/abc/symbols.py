"""Decorations and chord symbols of ABC, and what they are in MNX."""

from __future__ import annotations

import re
from typing import Final

MARKINGS: Final[dict[str, str]] = {
    ".": "staccato", "staccato": "staccato", "wedge": "staccatissimo", "tenuto": "tenuto", "accent": "accent",
    ">": "accent", "emphasis": "accent", "L": "accent", "marcato": "strongAccent", "^": "strongAccent",
    "breath": "breath",
}  # fmt: skip
"""Decoration → member of an event's `markings`."""
ORNAMENTS: Final[dict[str, str]] = {
    "trill": "trill", "tr": "trill", "turn": "turn", "invertedturn": "invertedTurn", "lowermordent": "mordent",
    "mordent": "mordent", "uppermordent": "invertedMordent", "pralltriller": "invertedMordent",
}  # fmt: skip
FERMATAS: Final = {"fermata": "", "invertedfermata": "inverted"}
DYNAMICS: Final = frozenset({
    "pppp", "ppp", "pp", "p", "mp", "mf", "f", "ff", "fff", "ffff", "sf", "sfz", "sffz", "fz", "fp", "sfp", "rf", "rfz",
})  # fmt: skip
HAIRPINS: Final[dict[str, tuple[str, bool]]] = {
    "crescendo(": ("crescendo", True), "<(": ("crescendo", True), "crescendo)": ("crescendo", False),
    "<)": ("crescendo", False), "diminuendo(": ("diminuendo", True), ">(": ("diminuendo", True),
    "diminuendo)": ("diminuendo", False), ">)": ("diminuendo", False),
}  # fmt: skip
"""Decoration → type of hairpin, and whether it begins."""
JUMPS: Final[dict[str, str]] = {
    "D.S.": "segno", "dalsegno": "segno", "D.C.": "dacapo", "dacapo": "dacapo", "D.C.alfine": "dcalfine",
    "D.C.alcoda": "dcalcoda", "D.S.alfine": "dsalfine", "D.S.alcoda": "dsalcoda",
}  # fmt: skip
SIGNS: Final[dict[str, str]] = {
    "segno": "segno", "S": "segno", "coda": "coda", "O": "coda", "dacoda": "toCoda", "fine": "fine",
}  # fmt: skip
USER: Final[dict[str, str]] = {
    "~": "roll", "H": "fermata", "L": "accent", "M": "lowermordent", "O": "coda", "P": "uppermordent", "S": "segno",
    "T": "trill", "u": "upbow", "v": "downbow", "J": "slide", "R": "roll",
}  # fmt: skip
"""What the letters mean that a U: field may redefine."""

_CHORD: Final = re.compile(r"([A-G])([#b♯♭]?)([^/()]*)(?:\(([^)]*)\))?(?:/([A-Ga-g])([#b♯♭]?))?")
_KINDS: Final[dict[str, str]] = {
    "": "maj", "maj": "maj", "M": "maj", "m": "min", "min": "min", "-": "min", "dim": "dim", "o": "dim", "°": "dim",
    "aug": "aug", "+": "aug", "7": "7", "m7": "min7", "min7": "min7", "-7": "min7", "maj7": "maj7", "M7": "maj7",
    "Maj7": "maj7", "dim7": "dim7", "o7": "dim7", "°7": "dim7", "m7b5": "hdim7", "ø": "hdim7", "ø7": "hdim7",
    "6": "maj6", "m6": "min6", "min6": "min6", "9": "9", "m9": "min9", "maj9": "maj9", "11": "11", "13": "13",
    "m11": "min11", "sus": "sus4", "sus4": "sus4", "sus2": "sus2", "5": "(5)", "mmaj7": "minmaj7", "mM7": "minmaj7",
    "7sus4": "sus4(b7)", "7sus": "sus4(b7)", "aug7": "aug(b7)", "+7": "aug(b7)", "add9": "maj(9)", "7b9": "7(b9)",
}  # fmt: skip
_STEPS: Final = "CDEFGAB"
_HEIGHTS: Final = (0, 2, 4, 5, 7, 9, 11)


def label_of(text: str) -> str | None:
    """The chord symbol in Harte's syntax; None when it is no chord that we know."""
    text = text.strip()
    match = _CHORD.fullmatch(text[1:-1] if text.startswith("(") and text.endswith(")") else text)
    if match is None or match[3].strip() not in _KINDS:
        return "N" if text in ("N.C.", "NC", "N") else None
    step, sign, kind, _, bass, bass_sign = match.groups()
    below = f"/{_degree(step, _alter(sign), bass.upper(), _alter(bass_sign))}" if bass else ""
    return f"{step}{_signs(_alter(sign))}:{_KINDS[kind.strip()]}{'' if below == '/1' else below}"


def _alter(sign: str | None) -> int:
    return {"#": 1, "♯": 1, "b": -1, "♭": -1}.get(sign or "", 0)


def _signs(alter: int) -> str:
    return "#" * alter if alter > 0 else "b" * -alter


def _degree(step: str, alter: int, bass: str, bass_alter: int) -> str:
    """The bass as a degree above the root."""
    low, high = _STEPS.index(step), _STEPS.index(bass)
    half_steps = (_HEIGHTS[high] + bass_alter - _HEIGHTS[low] - alter) % 12
    degree = (high - low) % 7
    return f"{_signs((half_steps - _HEIGHTS[degree] + 6) % 12 - 6)}{degree + 1}"
