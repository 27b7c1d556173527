"""Information fields of ABC that say how notes are to be read: metre, unit, tempo, key, voice."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, NamedTuple

from mos_appliance.errors import BadInput
from mos_appliance.music.wishes import MAJOR_FIFTHS, MODES

MAX_FRACTION: Final = 1024
_SHARPS: Final = "FCGDAEB"
_SUM: Final = re.compile(r"\(?(\d{1,3}(?:\s*\+\s*\d{1,3})*)\)?\s*/\s*(\d{1,3})")
_UNIT: Final = re.compile(r"(\d{1,3})\s*/\s*(\d{1,4})")
_QUOTED: Final = re.compile(r'"([^"]*)"')
_BEATS: Final = re.compile(r"((?:\d{1,3}/\d{1,3}\s*)+)=\s*(\d{1,4}(?:\.\d{1,4})?)")
_OLD_BEATS: Final = re.compile(r"(?:[A-Ga-g](\d{1,2}(?:/\d{1,2})?)?\s*=\s*)?(\d{1,4}(?:\.\d{1,4})?)")
_TONIC: Final = re.compile(r"([A-G])([#b]?)\s*([A-Za-z]*)")
_GIVEN: Final = re.compile(r"(\^\^|__|[\^_=])([A-Ga-g])")
_PAIR: Final = re.compile(r'([A-Za-z_]+)\s*=\s*("[^"]*"|[^\s"]+)')
_CLEF: Final = re.compile(r"(treble|alto|tenor|bass|perc|none|soprano|mezzosoprano|baritone|G|F|C)([1-5]?)([+-]8)?")
_PAGE_ONLY: Final = ("sname", "snm", "subname", "stem", "stems", "gstem", "dyn", "lyrics")
ALTERS: Final = {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2}


class Clef(NamedTuple):
    """`staff_position` 0 is the middle line; `octave` is the 8 at the clef."""

    sign: str
    staff_position: int
    octave: int = 0


CLEFS: Final[dict[str, Clef]] = {
    "treble": Clef("G", -2), "G": Clef("G", -2), "alto": Clef("C", 0), "C": Clef("C", 0), "tenor": Clef("C", 2),
    "bass": Clef("F", 2), "F": Clef("F", 2), "soprano": Clef("C", -4), "mezzosoprano": Clef("C", -2),
    "baritone": Clef("F", 0),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Key:
    """`alters` is what the signature does to each step; `named` is the key as UMF writes it, empty for none."""

    fifths: int = 0
    mode: str = ""
    alters: dict[str, int] = field(default_factory=dict)
    named: str = ""
    own: bool = False
    """Its accidentals are not those of any number of fifths."""


class Tempo(NamedTuple):
    """`beat` in whole notes, None where only words stand."""

    beat: Fraction | None
    bpm: Fraction
    text: str


@dataclass(slots=True)
class Staffing:
    """What K: and V: say besides the key: clef, octave, names."""

    clef: Clef | None = None
    octave: int = 0
    name: str = ""
    unread: list[str] = field(default_factory=list)


def metre_of(value: str, where: str) -> tuple[int, int] | None:
    """Count and unit; None for free metre. Errors: `BadInput`."""
    value = value.strip()
    if value in ("", "none"):
        return None
    if value in ("C", "C|"):
        return (4, 4) if value == "C" else (2, 2)
    match = _SUM.fullmatch(value)
    if match is None:
        raise BadInput(where, f"{value[:40]!r} is no metre")
    count, unit = sum(int(part) for part in match[1].split("+")), int(match[2])
    if not 1 <= count <= 128 or unit not in (1, 2, 4, 8, 16, 32, 64):
        raise BadInput(where, f"{value[:40]!r} is no metre")
    return count, unit


def default_unit(metre: tuple[int, int] | None) -> Fraction:
    """The unit length that a metre asks for: a sixteenth below 3/4, else an eighth."""
    return Fraction(1, 16) if metre and Fraction(*metre) < Fraction(3, 4) else Fraction(1, 8)


def unit_of(value: str, where: str) -> Fraction:
    """The unit note length. Errors: `BadInput`."""
    if value.strip() == "1":
        return Fraction(1)
    match = _UNIT.fullmatch(value.strip())
    if match is None or not int(match[1]) or int(match[2]) not in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512):
        raise BadInput(where, f"{value[:40]!r} is no unit length such as 1/8")
    return Fraction(int(match[1]), int(match[2]))


def tempo_of(value: str, unit: Fraction, where: str) -> Tempo:
    """A tempo: `1/4=120`, `"Allegro" 3/8=80`, or, as it was written once, `120` and `C3=40`. Errors: `BadInput`."""
    words = " ".join(_QUOTED.findall(value)).strip()
    rest = _QUOTED.sub(" ", value).strip()
    if not rest:
        return Tempo(None, Fraction(0), words)
    match, old = _BEATS.fullmatch(rest), _OLD_BEATS.fullmatch(rest)
    try:
        if match:
            beat, bpm = sum((Fraction(part) for part in match[1].split()), Fraction(0)), Fraction(match[2])
        elif old:
            beat, bpm = unit * Fraction(old[1] or 1), Fraction(old[2])
        else:
            raise BadInput(where, f"{rest[:40]!r} is no tempo such as 1/4=120")
    except ZeroDivisionError:
        raise BadInput(where, f"{rest[:40]!r} divides by zero") from None
    if not (0 < beat <= 8 and beat.denominator <= MAX_FRACTION and 10 <= bpm * beat * 4 <= 10_000):
        raise BadInput(where, f"{rest[:40]!r} is an absurd tempo")
    return Tempo(beat, bpm, words)


def key_of(value: str, where: str) -> tuple[Key | None, Staffing]:
    """A key, None where the field only speaks of the clef, and the clef. Errors: `BadInput`."""
    staffing, words = staffing_of(value)
    rest = " ".join(words)
    if not rest and value.strip():
        return None, staffing
    if rest in ("", "none"):
        return Key(), staffing
    if rest in ("HP", "Hp"):
        pipes = Key(2 if rest == "Hp" else 0, "", {"F": 1, "C": 1} if rest == "Hp" else {}, "")
        return pipes, staffing
    match = _TONIC.match(rest)
    if match is None:
        raise BadInput(where, f"{rest[:40]!r} is no key")
    given = {step.upper(): ALTERS[sign] for sign, step in _GIVEN.findall(rest[match.end() :])}
    leftover = _GIVEN.sub("", rest[match.end() :]).strip()
    if leftover and leftover != "exp":
        staffing.unread.append(f"{leftover[:40]} in a key")
    return _key(match, given, leftover == "exp", where), staffing


def _key(match: re.Match[str], given: dict[str, int], only_given: bool, where: str) -> Key:
    step, sign, word = match.groups()
    if word.lower() == "exp":
        word, only_given = "", True
    mode = _mode(word)
    if mode is None:
        raise BadInput(where, f"{match[0][:40]!r} is no key")
    fifths = MAJOR_FIFTHS[step] + 7 * ((sign == "#") - (sign == "b")) + MODES[mode]
    if not -7 <= fifths <= 7:
        raise BadInput(where, f"{match[0][:40]!r} would need more than seven sharps or flats")
    named = f"{step}{sign} {mode}"
    if only_given:
        return Key(0, "", given, "", True)
    return Key(fifths, mode, signature(fifths) | given, "" if given else named, bool(given))


def signature(fifths: int) -> dict[str, int]:
    """Step → alteration."""
    if fifths >= 0:
        return dict.fromkeys(_SHARPS[:fifths], 1)
    return dict.fromkeys(_SHARPS[::-1][:-fifths], -1)


def _mode(word: str) -> str | None:
    """The mode that a word, of which three letters count, means."""
    word = word.lower()
    if word in ("", "maj") or (word[:3] == "maj") or word[:3] == "ion":
        return "major"
    if word == "m" or word[:3] in ("min", "aeo"):
        return "minor"
    found = [mode for mode in MODES if mode[:3] == word[:3] and len(word) >= 3]
    return found[0] if found else None


def staffing_of(value: str) -> tuple[Staffing, list[str]]:
    """Clef, octave and names in a K: or V: field, and the words that are none of them."""
    staffing = Staffing()
    for name, said in _PAIR.findall(value):
        _pair(staffing, name.lower(), said.strip('"'))
    words = []
    for word in _PAIR.sub(" ", value).split():
        match = _CLEF.fullmatch(word)
        if match and len(word) > 1:
            _clef(staffing, match)
        else:
            words.append(word)
    return staffing, words


def _pair(staffing: Staffing, name: str, said: str) -> None:
    clef = _CLEF.fullmatch(said) if name == "clef" else None
    if clef:
        _clef(staffing, clef)
    elif name == "octave" and re.fullmatch(r"[+-]?\d", said):
        staffing.octave += int(said)
    elif name in ("name", "nm"):
        staffing.name = said
    elif name not in _PAGE_ONLY:
        staffing.unread.append(f"{name[:40]}=")


def _clef(staffing: Staffing, match: re.Match[str]) -> None:
    name, line, eight = match.groups()
    if name in ("perc", "none"):
        staffing.unread.append(f"clef {name}")
        return
    octave = {"+8": 1, "-8": -1}.get(eight or "", 0)
    clef = CLEFS[name]._replace(octave=octave)
    staffing.clef = clef._replace(staff_position=2 * (int(line) - 3)) if line else clef
    staffing.octave += octave
