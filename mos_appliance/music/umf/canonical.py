"""The canonical form of JSON: the same document is the same bytes. Source: RFC 8785 (JCS)."""

from __future__ import annotations

from typing import Any

import msgspec

from mos_appliance.errors import BadInput
from mos_appliance.music.json_number import LARGEST_INTEGER, number_text


def canonical(value: Any) -> bytes:
    """The canonical form. Errors: `BadInput` for what is no I-JSON: NaN, integers beyond 2^53 - 1."""
    out: list[bytes] = []
    _write(value, out)
    return b"".join(out)


def _write(value: Any, out: list[bytes]) -> None:
    match value:
        case dict():
            out.append(b"{")
            for number, name in enumerate(sorted(value, key=_utf16)):
                out += (b"," if number else b"", msgspec.json.encode(name), b":")
                _write(value[name], out)
            out.append(b"}")
        case list():
            out.append(b"[")
            for number, item in enumerate(value):
                if number:
                    out.append(b",")
                _write(item, out)
            out.append(b"]")
        case float():
            out.append(number_text(value).encode())
        case int() if not isinstance(value, bool) and abs(value) > LARGEST_INTEGER:
            raise BadInput("number", f"{value} is larger than 2^53 - 1")
        case _:
            out.append(msgspec.json.encode(value))


def _utf16(name: str) -> bytes:
    """Names are ordered by their UTF-16 code units."""
    return name.encode("utf-16-be")
