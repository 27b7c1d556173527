"""The short notation of `shelf/pieces`: one line of text a hand.

Bars are parted by `|`, events by spaces, the voices of a bar by `&`. An event is a note, a chord `[CEG]`, a rest `z` or
a silent place `x`, its length in eighths (`C2` a quarter, `C/2` a sixteenth), then what belongs to it:

- `@1` or `@531` fingers, one a note from left to right; `:1` one that is known but not printed; `@-` takes the hand
  away: the next note needs a finger;
- `-` a tie to the next event; `(` before and `)` behind a slur; `{3 … }` three in the time of two;
- `!s` staccato, `!t` tenuto, `!a` accent, `!f` fermata, `!g` a grace note before what follows, `!l` the
  hand lifts behind it (a breath mark);
- between events `<p>` a dynamic, `<cresc>` `<dim>` `<end>`, `<ped>` `<change>` `<*>`, `"Am"` a chord symbol.

Notes are written as in ABC: `C,` the C below middle C, `C` middle C, `c` the one above, `c'` the next; `^` sharp, `_`
flat, `=` natural; else the key signature holds. Between bars `|:` `:|` repeat, `|1` `|2` begin endings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

EIGHTH: Final = Fraction(1, 8)
STEPS: Final = "CDEFGAB"
_SHARPS: Final = "FCGDAEB"
_BAR: Final = re.compile(r"(\|:|:\|[12]?|\|\||\|\]|\|[12]?)")
_EVENT: Final = re.compile(
    r"(?P<slurs>\(*)(?P<what>\[[^\]]+\]|[_^=]*[A-Ga-g][,']*|z|x)(?P<over>\d*)(?P<under>/\d*)?"
    r"(?P<tie>-?)(?:(?P<how>[@:])(?P<fingers>[1-5]+|-))?(?P<marks>(?:![a-z])*)(?P<ends>\)*)"
)
_PITCH: Final = re.compile(r"(?P<sign>[_^=]*)(?P<letter>[A-Ga-g])(?P<octave>[,']*)")
_SIGNS: Final = {"": None, "=": 0, "^": 1, "^^": 2, "_": -1, "__": -2}


class Mistake(ValueError):
    """Something in a source that cannot be understood, with its place."""


@dataclass(frozen=True, slots=True)
class Pitch:
    """A sounding pitch; middle C is C4."""

    step: str
    octave: int
    alter: int = 0

    @property
    def line(self) -> int:
        """Where it stands on the staff: steps above C0, whatever its sign."""
        return 7 * self.octave + STEPS.index(self.step)

    @property
    def midi(self) -> int:
        """The number of its key."""
        return 12 * (self.octave + 1) + (0, 2, 4, 5, 7, 9, 11)[STEPS.index(self.step)] + self.alter


@dataclass(slots=True)
class Event:
    """Notes that begin together, a rest (no pitches) or a silent place. Units: whole notes, within the bar."""

    onset: Fraction
    length: Fraction
    pitches: tuple[Pitch, ...] = ()
    fingers: str = ""
    """One digit a note; empty where nothing is said, `-` where the hand leaves."""
    printed: bool = True
    """Whether the fingers stand in the score."""
    tied: bool = False
    slurs: int = 0
    """How many slurs begin here."""
    slur_ends: int = 0
    marks: str = ""
    silent: bool = False
    written: Fraction = Fraction(0)
    """The note value as it looks: in a triplet longer than `length`."""
    tuplet: int = 0
    """The number of its triplet in the voice, from 1; 0 is none."""


@dataclass(slots=True)
class Sign:
    """Something between events: `kind` is `dynamic`, `hairpin`, `pedal` or `chord`."""

    onset: Fraction
    kind: str
    text: str


@dataclass(slots=True)
class Bar:
    """A bar of one hand."""

    voices: list[list[Event]] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)
    repeat_start: bool = False
    repeat_end: bool = False
    ending: int = 0

    @property
    def length(self) -> Fraction:
        """How long the longest voice lasts."""
        return max((voice[-1].onset + voice[-1].length for voice in self.voices if voice), default=Fraction(0))


def key_signs(fifths: int) -> dict[str, int]:
    """What the key signature does to each step."""
    if fifths >= 0:
        return dict.fromkeys(_SHARPS[:fifths], 1)
    return dict.fromkeys(_SHARPS[fifths:], -1)


def read_hand(text: str, fifths: int) -> list[Bar]:
    """The bars of one hand. Errors: `Mistake` with the number of the bar."""
    bars: list[Bar] = []
    pending = Bar()
    for part in _BAR.split(" ".join(text.split())):
        if not _BAR.fullmatch(part):
            if part.strip():
                _fill(pending, part, fifths, len(bars) + 1)
            continue
        if pending.voices:
            pending.repeat_end = part.startswith(":")
            bars.append(pending)
            pending = Bar()
        pending.repeat_start = pending.repeat_start or part == "|:"
        pending.ending = int(part[-1]) if part[-1] in "12" else pending.ending
    if pending.voices:
        bars.append(pending)
    return bars


def _fill(bar: Bar, text: str, fifths: int, number: int) -> None:
    for voice in text.split("&"):
        try:
            bar.voices.append(_Voice(fifths, bar.signs).read(voice))
        except Mistake as error:
            raise Mistake(f"bar {number}: {error}") from None


class _Voice:
    """Reads one voice of one bar: accidentals hold to its end."""

    def __init__(self, fifths: int, signs: list[Sign]) -> None:
        self._alter: dict[tuple[str, int], int] = {}
        self._key = key_signs(fifths)
        self._signs = signs
        self._at = Fraction(0)
        self._tuplet = 0
        self._triplets = 0

    def read(self, text: str) -> list[Event]:
        """Its events. Errors: `Mistake`."""
        events: list[Event] = []
        for word in text.split():
            if word[0] in '<"':
                self._sign(word)
            elif word == "{3":
                self._triplets += 1
                self._tuplet = self._triplets
            elif word == "}":
                self._tuplet = 0
            else:
                events.append(self._event(word))
        return events

    def _sign(self, word: str) -> None:
        inside = word[1:-1]
        if word[0] == '"':
            kind = "chord"
        elif inside in {"cresc", "dim", "end"}:
            kind = "hairpin"
        else:
            kind = "pedal" if inside in {"ped", "*", "change"} else "dynamic"
        self._signs.append(Sign(self._at, kind, inside))

    def _event(self, word: str) -> Event:
        found = _EVENT.fullmatch(word)
        if not found:
            raise Mistake(f"{word!r} is no event")
        under = found["under"] or ""
        written = Fraction(int(found["over"] or 1), int(under[1:] or 2) if under else 1) * EIGHTH
        grace = "g" in found["marks"]
        length = Fraction(0) if grace else written * Fraction(2, 3) if self._tuplet else written
        event = Event(
            self._at,
            length,
            self._pitches(found["what"]),
            found["fingers"] or "",
            found["how"] != ":",
            bool(found["tie"]),
            len(found["slurs"]),
            len(found["ends"]),
            found["marks"].replace("!", ""),
            found["what"] == "x",
            written,
            self._tuplet,
        )
        self._at += length
        return event

    def _pitches(self, what: str) -> tuple[Pitch, ...]:
        if what in {"z", "x"}:
            return ()
        return tuple(self._pitch(found) for found in _PITCH.finditer(what))

    def _pitch(self, found: re.Match[str]) -> Pitch:
        letter = found["letter"]
        step = letter.upper()
        octave = (5 if letter.islower() else 4) + found["octave"].count("'") - found["octave"].count(",")
        sign = _SIGNS[found["sign"]]
        if sign is not None:
            self._alter[step, octave] = sign
        return Pitch(step, octave, self._alter.get((step, octave), self._key.get(step, 0)))
