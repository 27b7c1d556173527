"""MusicXML's words beside those of MNX: tables for both directions."""

from __future__ import annotations

from typing import Final

BASES: Final[dict[str, str]] = {
    "maxima": "maxima",
    "long": "longa",
    "breve": "breve",
    "whole": "whole",
    "half": "half",
    "quarter": "quarter",
    "eighth": "eighth",
    "16th": "16th",
    "32nd": "32nd",
    "64th": "64th",
    "128th": "128th",
    "256th": "256th",
    "512th": "512th",
    "1024th": "1024th",
}
"""`type` → `base`."""
TYPES: Final = {base: word for word, base in BASES.items()}

ARTICULATIONS: Final[dict[str, str]] = {
    "accent": "accent",
    "strong-accent": "strongAccent",
    "staccato": "staccato",
    "tenuto": "tenuto",
    "staccatissimo": "staccatissimo",
    "spiccato": "spiccato",
    "stress": "stress",
    "unstress": "unstress",
    "soft-accent": "softAccent",
    "breath-mark": "breath",
}
"""`articulations` → `markings`."""

ORNAMENTS: Final[dict[str, str]] = {
    "trill-mark": "trill",
    "turn": "turn",
    "inverted-turn": "invertedTurn",
    "mordent": "mordent",
    "inverted-mordent": "invertedMordent",
}
"""`ornaments` → the extension `ornaments`."""

BARLINES: Final[dict[str, str]] = {
    "regular": "regular",
    "dotted": "dotted",
    "dashed": "dashed",
    "heavy": "heavy",
    "light-light": "double",
    "light-heavy": "final",
    "heavy-light": "heavyLight",
    "heavy-heavy": "heavyHeavy",
    "tick": "tick",
    "short": "short",
    "none": "noBarline",
}
"""`bar-style` → `barline.type`."""
BAR_STYLES: Final = {kind: style for style, kind in BARLINES.items()}

SYLLABICS: Final[dict[str, str]] = {"single": "whole", "begin": "start", "middle": "middle", "end": "end"}
"""`syllabic` → `syllable.type`."""
SYLLABLES: Final = {kind: word for word, kind in SYLLABICS.items()}

CLEF_LINES: Final[dict[str, int]] = {"G": 2, "C": 3, "F": 4}
"""The line on which a clef stands when nothing is said; staff position 0 is line 3."""

WEDGES: Final = ("crescendo", "diminuendo")

_NOTE_ORDER: Final = (
    "grace cue chord pitch unpitched rest duration tie instrument footnote level voice type dot accidental "
    "time-modification stem notehead notehead-text staff beam notations lyric play listen"
)
NOTE_ORDER: Final = tuple(_NOTE_ORDER.split())
_ATTRIBUTES_ORDER: Final = (
    "footnote level divisions key time staves part-symbol instruments clef staff-details transpose for-part directive "
    "measure-style"
)
ATTRIBUTES_ORDER: Final = tuple(_ATTRIBUTES_ORDER.split())
_SCORE_PART_ORDER: Final = (
    "identification part-link part-name part-name-display part-abbreviation part-abbreviation-display group "
    "score-instrument player midi-device midi-instrument"
)
SCORE_PART_ORDER: Final = tuple(_SCORE_PART_ORDER.split())
HEADER_ORDER: Final = (
    "work",
    "movement-number",
    "movement-title",
    "identification",
    "defaults",
    "credit",
    "part-list",
    "part",
)
