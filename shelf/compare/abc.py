"""ABC: one voice of one tune, as far as dance tunes and songs need it. Repeats are not written out."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from shelf.compare.line import Note, top
from shelf.notation import key_signs

_STEPS: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_KEYS: Final = {name: number - 7 for number, name in enumerate(
    ("Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#")
)}  # fmt: skip
_MODES: Final = {"": 0, "maj": 0, "m": -3, "min": -3, "dor": -2, "phr": -4, "lyd": 1, "mix": -1, "aeo": -3, "ion": 0}
_TOKEN: Final = re.compile(
    r'"[^"]*"|\{[^}]*\}|![^!]*!|\[[A-Za-z]:[^\]]*\]|(?P<bar>:?\|+:?\]?|::|\[\d)|\((?P<tuplet>\d)|(?P<broken>[<>]+)|'
    r"(?P<note>\[[^\]]+\]|[_^=]*[A-Ga-g][,']*|[zx])(?P<length>\d*/*\d*)(?P<tie>-?)"
)
_PITCH: Final = re.compile(r"([_^=]*)([A-Ga-g])([,']*)")
_TUPLETS: Final = {2: Fraction(3, 2), 3: Fraction(2, 3), 4: Fraction(3, 4), 6: Fraction(1, 3)}


def read_abc(text: str, tune: str) -> list[Note]:
    """The tune whose `T:` or `X:` line is `tune`. Errors: `ValueError` when there is none."""
    body = _tune(text, tune)
    fields = dict(re.findall(r"^([A-Z]):\s*(.*?)\s*$", body, re.MULTILINE)[::-1])
    metre = fields.get("M", "4/4").replace("C|", "2/2").replace("C", "4/4")
    small = "/" in metre and Fraction(metre) < Fraction(3, 4)
    unit = Fraction(fields["L"]) if "L" in fields else Fraction(1, 16 if small else 8)
    music = "\n".join(line for line in body.splitlines() if not re.match(r"[A-Za-z]:|%", line))
    return _Reader(unit, _fifths(fields.get("K", "C"))).read(music)


def _tune(text: str, tune: str) -> str:
    for body in re.split(r"(?m)^(?=X:)", text):
        if re.search(rf"(?m)^[TX]:\s*{re.escape(tune)}\s*$", body):
            return body
    raise ValueError(f"no tune {tune}")


def _fifths(key: str) -> int:
    found = re.match(r"([A-G][#b]?)\s*([A-Za-z]*)", key)
    return _KEYS[found[1]] + _MODES.get(found[2][:3].lower(), 0) if found else 0


class _Reader:
    def __init__(self, unit: Fraction, fifths: int) -> None:
        self._unit, self._key = unit, key_signs(fifths)
        self._alter: dict[str, int] = {}
        self._notes: list[tuple[list[int], Fraction, bool]] = []
        self._factor = Fraction(1)

    def read(self, music: str) -> list[Note]:
        left, ratio = 0, Fraction(1)
        for found in _TOKEN.finditer(music):
            if found["bar"]:
                self._alter = {}
            elif found["tuplet"]:
                left, ratio = int(found["tuplet"]), _TUPLETS[int(found["tuplet"])]
            elif found["broken"]:
                self._break(found["broken"])
            elif found["note"]:
                self._note(found, ratio if left else Fraction(1))
                left -= left > 0
        return self._line()

    def _note(self, found: re.Match[str], ratio: Fraction) -> None:
        over, slash, under = found["length"].partition("/")
        below = int(under) if under.isdigit() else 2 ** (1 + under.count("/")) if slash else 1
        length = Fraction(int(over or 1), below) * self._unit * ratio * self._factor
        self._factor = Fraction(1)
        pitches = [self._pitch(*one) for one in _PITCH.findall(found["note"])]
        self._notes.append((pitches, length, bool(found["tie"])))

    def _break(self, signs: str) -> None:
        less = Fraction(1, 2 ** len(signs))
        pitches, length, tie = self._notes[-1]
        first, second = (2 - less, less) if signs[0] == ">" else (less, 2 - less)
        self._notes[-1] = pitches, length * first, tie
        self._factor = second

    def _pitch(self, sign: str, letter: str, octave: str) -> int:
        if sign:
            self._alter[letter] = sign.count("^") - sign.count("_")
        alter = self._alter.get(letter, self._key.get(letter.upper(), 0))
        height = (5 if letter.islower() else 4) + octave.count("'") - octave.count(",")
        return 12 * (height + 1) + _STEPS[letter.upper()] + alter

    def _line(self) -> list[Note]:
        at, tied, line = Fraction(0), False, []
        for pitches, length, tie in self._notes:
            if not tied:
                line += [Note(at, pitch) for pitch in pitches]
            tied = tie
            at += length
        return top(line)
