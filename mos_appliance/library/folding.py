"""Words as they are looked for: without case, accents and points, whatever their script; the same for text and query.

Scripts that part no words (Han, Kana, Thai, Lao, Khmer, Burmese) are cut into overlapping pairs of characters. Korean
syllables are taken apart, so that a syllable that is still being typed finds what begins like it. Simplified and
traditional Han stay different: to join them takes tables that nothing here ships.
Source: Unicode 15.1, chapter 3 (case folding), UAX #15 (normal forms), UAX #24 (scripts).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

FOLDING: Final = f"1 {unicodedata.unidata_version}"
"""What words depend on: an index that was made with another one is made anew. Count it up when this module changes."""
MAX_TEXT: Final = 2_000
"""Characters of a text that are looked at."""
MAX_WORD: Final = 40
"""Characters of a word that count."""

_SPELT: Final = str.maketrans({
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŋ": "n", "ƒ": "f",
    "ə": "e", "ɓ": "b", "ɗ": "d", "ƙ": "k", "ɛ": "e", "ɔ": "o", "ɣ": "g", "ŧ": "t", "ĸ": "k",
    "♯": " sharp ", "♭": " flat ", "№": " no ",
    "ٱ": "ا", "ى": "ي", "ة": "ه", "ک": "ك", "ی": "ي", "ە": "ه", "ہ": "ه", "ے": "ي", "ـ": "",
    "ך": "כ", "ם": "מ", "ן": "נ", "ף": "פ", "ץ": "צ",
    "ς": "σ", "ё": "е", "ґ": "г",
    "\u200c": "", "\u200d": "", "\u00ad": "", "’": "'", "ʼ": "'", "ʻ": "'", "`": "'",
})  # fmt: skip
"""Letters that Unicode does not take apart, after case folding."""

_MARKS: Final = (
    (0x0300, 0x036F), (0x0483, 0x0489), (0x0591, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F), (0x0670, 0x0670),
    (0x06D6, 0x06ED), (0x0711, 0x0711), (0x0730, 0x074A), (0x093C, 0x093C), (0x09BC, 0x09BC), (0x0A3C, 0x0A3C),
    (0x0ABC, 0x0ABC), (0x0B3C, 0x0B3C), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0x3099, 0x309A),
    (0xFE00, 0xFE2F),
)  # fmt: skip
"""Marks that people leave out when they type: accents, Hebrew and Arabic points, nuktas, voicing of Kana. Vowel signs
of Indian scripts are letters and stay."""

_UNPARTED_RANGES: Final = (
    (0x0E01, 0x0E4E), (0x0E81, 0x0EDF), (0x1000, 0x109F), (0x1780, 0x17DD), (0x3005, 0x3007), (0x3041, 0x3096),
    (0x30FC, 0x30FC), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF),
)  # fmt: skip
_SIGN_RANGES: Final = (
    (0x0780, 0x07FF), (0x0900, 0x0963), (0x0971, 0x0DF3), (0x0F18, 0x0F19), (0x0F35, 0x0F39), (0x0F71, 0x0F84),
    (0x0F90, 0x0FBC), (0x1712, 0x1734), (0x1752, 0x1753), (0x1A17, 0x1A1B), (0x1A55, 0x1A7F), (0x1B00, 0x1B44),
    (0x1B80, 0x1BAD), (0x1BE6, 0x1BF3), (0x1C24, 0x1C37), (0xA8B4, 0xA8C5), (0xA980, 0xA9C0), (0xABE3, 0xABED),
)  # fmt: skip
"""Vowel signs that stand inside words."""


def _span(ranges: Iterable[tuple[int, int]]) -> str:
    return "".join(f"{chr(low)}-{chr(high)}" for low, high in ranges)


_MARK: Final = re.compile(f"[{_span(_MARKS)}]")
_UNPARTED: Final = _span(_UNPARTED_RANGES)
_LETTER: Final = rf"(?:(?![{_UNPARTED}0-9_])[\w{_span(_SIGN_RANGES)}])"
_PIECE: Final = re.compile(rf"[{_UNPARTED}]+|[0-9]+|{_LETTER}+(?:'{_LETTER}+)*")
_IS_UNPARTED: Final = re.compile(f"[{_UNPARTED}]")
_SHARP: Final = re.compile(r"(?<![^\W_])([a-h])#(?!\w)")
_KATAKANA: Final = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}


def fold(text: str) -> str:
    """The text as it is compared: what is left out when people type is left out."""
    text = unicodedata.normalize("NFKC", text[:MAX_TEXT]).casefold()
    if text.isascii():
        return _SHARP.sub(r"\1 sharp ", text)
    text = _MARK.sub("", unicodedata.normalize("NFKD", text)).translate(_SPELT).translate(_KATAKANA)
    text = "".join(_digit(char) if char.isdigit() and not char.isascii() else char for char in text)
    return _SHARP.sub(r"\1 sharp ", text)


def _digit(char: str) -> str:
    value = unicodedata.digit(char, None)
    return char if value is None else str(value)


def words(text: str) -> Iterator[str]:
    """The words of a text in order, as an index keeps them; pieces of a script without spaces are pairs.

    Of `l'été` both parts and the whole are kept, for people type it in either way.
    """
    for piece in pieces(text):
        if _IS_UNPARTED.match(piece):
            yield from (first + second for first, second in pairwise(piece))
            yield piece[-1]
        else:
            if "'" in piece:
                yield from piece.split("'")
            yield piece.replace("'", "")[:MAX_WORD]


def pieces(text: str) -> list[str]:
    """What the text consists of: words, numbers, runs of a script without spaces."""
    return [piece[:MAX_WORD] for piece in _PIECE.findall(fold(text))]


def asked_words(text: str) -> list[str]:
    """The words that a query needs, in order; the last may be the beginning of one."""
    found: list[str] = []
    for piece in pieces(text):
        if _IS_UNPARTED.match(piece) and len(piece) > 1:
            found += (first + second for first, second in pairwise(piece))
        else:
            found += (part for part in piece.split("'") if part)
    return found


def bag_of(texts: Iterable[str], most: int) -> list[str]:
    """Each word of the texts once, in order, at most so many."""
    found: dict[str, None] = {}
    for text in texts:
        for word in words(text):
            found.setdefault(word)
            if len(found) >= most:
                return list(found)
    return list(found)
