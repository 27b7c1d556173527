"""LilyPond: one voice of a variable, as far as our sources need it."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from shelf.compare.line import Note, top

_TOKEN: Final = re.compile(
    r'%\{.*?%\}|%[^\n]*|"[^"]*"|#\([^)]*\)|#\S+|\\[A-Za-z]+|\\.|<<|>>|[<>{}~|]|'
    r"[a-z]+[',]*[!?]?(?:=[',]*)?(?:\d+\.*(?:\*\d+(?:/\d+)?)?)?|\d+/\d+|\d+|\S",
    re.DOTALL,
)
_NOTE: Final = re.compile(r"([a-z]+)([',]*)[!?]?(?:=[',]*)?(\d+\.*(?:\*\d+(?:/\d+)?)?)?$")
_STEPS: Final = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_ITALIAN: Final = {"do": "c", "re": "d", "mi": "e", "fa": "f", "sol": "g", "la": "a", "si": "b"}
_SKIPPED: Final = {
    "\\time": 1, "\\clef": 1, "\\key": 2, "\\partial": 1, "\\bar": 1, "\\mark": 1, "\\barNumberCheck": 1,
    "\\language": 1, "\\include": 1, "\\transpose": 2,
}  # fmt: skip
_SPELLING: Final = {
    "nederlands": {"is": 1, "es": -1, "s": -1, "isis": 2, "eses": -2},
    "english": {"s": 1, "f": -1, "sharp": 1, "flat": -1, "ss": 2, "ff": -2},
    "italiano": {"d": 1, "b": -1},
}


def read_lily(text: str, name: str, language: str = "nederlands", voice: int = 0) -> list[Note]:
    """What stands behind `name =`; where voices run side by side, that one, from 0. Errors: `ValueError`."""
    found = re.search(rf"(?m)^\s*{re.escape(name)}\s*=\s*", text)
    if not found:
        raise ValueError(f"no variable {name}")
    return _Reader(text[found.end() :], language, voice).read()


class _Reader:
    def __init__(self, text: str, language: str, voice: int) -> None:
        self._voice = voice
        self._tokens = [one for one in _TOKEN.findall(text) if not one.startswith("%")]
        self._language = language
        self._place = 0
        self._at = Fraction(0)
        self._length = Fraction(1, 4)
        self._ratio = Fraction(1)
        self._relative: int | None = None
        """Steps above C0 of the note before, in relative mode."""
        self._tie = False
        self._grace = False
        self._notes: list[Note] = []

    def read(self) -> list[Note]:
        """The notes of the first block."""
        while self._peek() != "{":
            self._head()
        self._block()
        return top(self._notes)

    def _peek(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else "}"

    def _next(self) -> str:
        token = self._peek()
        self._place += 1
        return token

    def _head(self) -> None:
        if self._next() == "\\relative":
            self._relative = 7 * 4 if self._peek() == "{" else self._start(self._next())

    def _start(self, token: str) -> int:
        pitch = _NOTE.match(token)
        assert pitch
        return "cdefgab".index(self._spell(pitch[1])[0]) + 7 * (3 + pitch[2].count("'") - pitch[2].count(","))

    def _block(self) -> None:
        self._next()
        while self._peek() != "}" and self._place < len(self._tokens):
            self._item()
        self._next()

    def _item(self) -> None:
        token = self._peek()
        if token == "{":
            self._block()
        elif token == "<<":
            self._voices()
        elif token == "<":
            self._chord()
        elif token.startswith("\\"):
            self._command()
        elif token == "~":
            self._next()
            self._tie = True
        else:
            self._word(self._next())

    def _voices(self) -> None:
        """Of voices side by side the wanted one is read, or the last there is."""
        self._next()
        before, begun, tie = self._at, list(self._notes), self._tie
        kept = begun, before, self._relative
        number = 0
        while self._peek() != ">>":
            if self._peek() == "\\\\":
                self._next()
                continue
            self._at, self._notes, self._tie = before, list(begun), tie
            self._item()
            if number <= self._voice and self._at > before:
                kept = self._notes, self._at, self._relative
            number += self._at > before
        self._next()
        self._notes, self._at, self._relative = kept

    def _command(self) -> None:
        command = self._next()
        if command in {"\\times", "\\tuplet"}:
            over, under = self._next().split("/")
            ratio = Fraction(int(over), int(under))
            self._scaled(ratio if command == "\\times" else 1 / ratio)
        elif command == "\\repeat":
            self._next()
            self._next()
        elif command in {"\\grace", "\\appoggiatura", "\\acciaccatura"}:
            self._grace = True
            self._item()
            self._grace = False
        elif command == "\\relative":
            self._place -= 1
            self._head()
        elif command == "\\markup":
            while self._peek().startswith("\\"):
                self._next()
            if self._next() == "{":
                self._skip_block()
        elif command in {"\\set", "\\override", "\\tempo"}:
            self._assignment()
        else:
            self._place += _SKIPPED.get(command, 0)

    def _assignment(self) -> None:
        """A property or a tempo: to the value behind its `=`, where it has one nearby."""
        ahead = self._tokens[self._place : self._place + 8]
        if "=" in ahead:
            self._place += ahead.index("=") + 2

    def _skip_block(self) -> None:
        depth = 1
        while depth and self._place < len(self._tokens):
            token = self._next()
            depth += (token == "{") - (token == "}")

    def _scaled(self, ratio: Fraction) -> None:
        self._ratio *= ratio
        self._item()
        self._ratio /= ratio

    def _chord(self) -> None:
        self._next()
        pitches = []
        outer = None
        while self._peek() != ">":
            found = _NOTE.match(self._next())
            if found and found[1][0] in "abcdefghrslm":
                pitches.append(self._pitch(found[1], found[2]))
                outer = self._relative if outer is None else outer
        self._next()
        self._relative = outer if self._relative is not None else None
        if re.match(r"\d", self._peek()):
            self._value(self._next())
        self._sound(pitches)

    def _word(self, token: str) -> None:
        found = _NOTE.match(token)
        if not found or (found[1] not in {"r", "s", "R"} and not self._named(found[1])):
            return
        if found[3]:
            self._value(found[3])
        elif re.fullmatch(r"\d+", self._peek()):
            self._value(self._next())
        if found[1] in {"r", "s"} or self._peek() == "\\rest":
            if found[1] not in {"r", "s"}:
                self._pitch(found[1], found[2])
            self._at += Fraction(0) if self._grace else self._length * self._ratio
            self._tie = False
            return
        self._sound([self._pitch(found[1], found[2])])

    def _value(self, text: str) -> None:
        found = re.match(r"(\d+)(\.*)(?:\*(\d+)(?:/(\d+))?)?", text)
        assert found
        dots = len(found[2])
        self._length = Fraction(1, int(found[1])) * (2 - Fraction(1, 2**dots))
        self._length *= Fraction(int(found[3] or 1), int(found[4] or 1))

    def _sound(self, pitches: list[int]) -> None:
        if not self._tie and not self._grace:
            self._notes += [Note(self._at, pitch) for pitch in pitches]
        if not self._grace:
            self._tie = False
            self._at += self._length * self._ratio

    def _named(self, word: str) -> bool:
        try:
            self._spell(word)
        except (KeyError, IndexError):
            return False
        return True

    def _spell(self, word: str) -> tuple[str, int]:
        """The step and how it is altered. Errors: `KeyError` when it is no note."""
        signs = _SPELLING["nederlands" if self._language == "deutsch" else self._language]
        if self._language == "italiano":
            step = next((one for one in sorted(_ITALIAN, key=len, reverse=True) if word.startswith(one)), "")
            return _ITALIAN[step], signs[word[len(step) :]] if word[len(step) :] else 0
        if self._language == "deutsch" and word in {"h", "b"}:
            return "b", -(word == "b")
        if word[0] not in _STEPS:
            raise KeyError(word)
        return word[0], signs[word[1:]] if word[1:] else 0

    def _pitch(self, word: str, octave: str) -> int:
        step, alter = self._spell(word)
        number = "cdefgab".index(step)
        shift = octave.count("'") - octave.count(",")
        if self._relative is None:
            line = number + 7 * (3 + shift)
        else:
            near = self._relative - (self._relative - number + 3) % 7 + 3
            line = near + 7 * shift
            self._relative = line
        return 12 * (line // 7 + 1) + _STEPS[step] + alter
