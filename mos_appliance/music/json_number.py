"""Numbers of JSON: doubles, and integers that every reader knows. Source: RFC 7493, 2.2; RFC 8785, 3.2.2."""

from __future__ import annotations

import math
from typing import Final

from mos_appliance.errors import BadInput

LARGEST_INTEGER: Final = 2**53 - 1
"""Integers beyond are not the same in every reader, unless they are a double written out."""


def as_double(value: int) -> float | None:
    """The double that a large integer is, None when it is none and a reader would change it."""
    if abs(value) >= 10**21:
        return None
    double = float(value)
    return double if int(double) == value or number_text(double) == str(value) else None


def number_text(value: float) -> str:
    """A double as ECMAScript writes it: the fewest digits that read back the same."""
    if not math.isfinite(value):
        raise BadInput("number", f"{value} is no JSON")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, part = mantissa.partition(".")
    part = "" if part == "0" else part
    point = len(whole) + int(exponent or 0)
    digits = (whole + part).lstrip("0")
    point -= len(whole + part) - len(digits)
    digits = digits.rstrip("0")
    return sign + _placed(digits, point)


def _placed(digits: str, point: int) -> str:
    """The digits with the point after the `point`th, as ECMAScript's Number::toString places it."""
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    exponent = f"e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return (f"{digits[0]}.{digits[1:]}" if count > 1 else digits) + exponent
