"""A line of ABC music as tokens, each with its column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Final, NamedTuple

from mos_appliance.errors import BadInput

LONGEST: Final = 64
"""Whole notes that one note may last."""
_LENGTH: Final = r"\d{0,4}(?:/+\d{0,4})*"
_TOKENS: Final = re.compile(
    rf"""
    (?P<space>[ \t`]+)
  | (?P<inline>\[(?P<letter>[A-Za-z]):(?P<value>[^\]]*)\])
  | (?P<ending>\[(?P<numbers>[1-9][0-9,\-]*))
  | (?P<bar>(?:\.?(?=[|:])|(?=\[\|))(?::*\[?\|[|\]]*(?:\[\|)?:*|::+)(?P<first>[1-9][0-9,\-]*)?)
  | (?P<text>"[^"]*")
  | (?P<decoration>!(?P<name>[^!\s|"]{{1,30}})!|\+(?P<old_name>[A-Za-z0-9.<>()]{{1,30}})\+)
  | (?P<tuplet>\((?P<p>[1-9]\d?)(?::(?P<q>\d{{0,2}}))?(?::(?P<r>\d{{0,2}}))?)
  | (?P<slur>\.?\()
  | (?P<slur_end>\))
  | (?P<grace>\{{/?)
  | (?P<grace_end>\}})
  | (?P<chord>\[)
  | (?P<chord_end>\](?P<chord_length>{_LENGTH}))
  | (?P<note>(?P<sign>\^\^|__|[\^_=])?(?P<micro>(?<=[\^_])\d{{0,2}}/\d{{0,2}})?(?P<step>[A-Ga-g])(?P<octave>[,']*)
      (?P<length>{_LENGTH}))
  | (?P<rest>[zx](?P<rest_length>{_LENGTH}))
  | (?P<bars>[ZX](?P<count>\d{{0,4}}))
  | (?P<spacer>y\d*)
  | (?P<tie>\.?-)
  | (?P<broken>>+|<+)
  | (?P<overlay>&)
  | (?P<user>[.~H-Wh-w])
  | (?P<newline>\\$|\$|\*|!)
    """,
    re.VERBOSE,
)


class Token(NamedTuple):
    """`kind` is a group of the grammar above, `match` what was found."""

    kind: str
    match: re.Match[str]
    line: int
    column: int

    def group(self, name: str) -> str:
        """What a group holds, empty where it holds nothing."""
        return self.match[name] or ""

    @property
    def where(self) -> str:
        """The place for a report."""
        return f"line {self.line}, column {self.column}"


class Stray(NamedTuple):
    """A character that is no token."""

    where: str
    character: str


def tokens_of(text: str, line: int, column: int = 1) -> Iterator[Token | Stray]:
    """The tokens of a line, and what is none."""
    place = 0
    while place < len(text):
        match = _TOKENS.match(text, place)
        if match is None or match.end() == place:
            yield Stray(f"line {line}, column {column + place}", text[place])
            place += 1
            continue
        yield Token(match.lastgroup or "", match, line, column + place)  # the outermost group is the last to close
        place = match.end()


def length_of(text: str, where: str) -> Fraction:
    """`3/2`, `/`, `//` or nothing as so many units. Errors: `BadInput`."""
    over, _, under = text.partition("/")
    value = Fraction(int(over or 1))
    if "/" in text:
        digits = under.strip("/")
        if "/" in digits:
            raise BadInput(where, f"{text[:20]!r} is no length")
        slashes = 1 + under.count("/")
        if digits and slashes > 1:
            raise BadInput(where, f"{text[:20]!r} is no length")
        divisor = int(digits) if digits else 2**slashes
        if not 0 < divisor <= 4096:
            raise BadInput(where, f"{text[:20]!r} is no length")
        value /= divisor
    if not 0 < value <= 4096:
        raise BadInput(where, f"{text[:20]!r} is no length")
    return value
