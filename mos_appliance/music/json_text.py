"""JSON from strangers, read once and strictly: I-JSON (RFC 7493) with limits on bytes, depth and number of values.

Nothing is dropped silently: a name that stands twice in one object, a number that a double cannot hold and a lone
surrogate are refused. A number such as `2.0` becomes the integer 2, which it equals.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

import msgspec

from mos_appliance.errors import BadInput
from mos_appliance.music.file_limits import JSON_BYTES
from mos_appliance.music.json_number import LARGEST_INTEGER, as_double

Json = dict[str, Any]
"""An object of a JSON document."""

MAX_BYTES: Final = JSON_BYTES
MAX_VALUES: Final = 1_000_000
MAX_DEPTH: Final = 100
_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_BYTE: Final = re.compile(r"(.*) \(byte (\d+)\)")
_BIG: Final = re.compile(rb"\d{16}")
_BOM: Final = b"\xef\xbb\xbf"


def read_json(data: bytes) -> Json:
    """The object that `data` holds, in UTF-8. Errors: `BadInput` with the byte or the line."""
    if len(data) > MAX_BYTES:
        raise BadInput("file", f"has more than {MAX_BYTES >> 20} MiB")
    data = data.removeprefix(_BOM)
    structure = _structure(data)
    _check_size(structure)
    try:
        tree = _DECODER.decode(data)
        again = msgspec.json.encode(tree)
    except UnicodeDecodeError as error:
        raise BadInput("file", f"is not UTF-8: {error.reason}") from None
    except UnicodeEncodeError:
        raise BadInput("file", "holds half a surrogate pair, which is no character") from None
    except RecursionError:
        raise BadInput("file", f"is nested deeper than {MAX_DEPTH} levels") from None
    except msgspec.MsgspecError as error:
        raise _malformed(str(error)) from None
    if not isinstance(tree, dict):
        raise BadInput("byte 0", "here an object should begin")
    if structure.count(b":") != _structure(again).count(b":"):
        _find_twice(data)
    if _BIG.search(again):
        _settle_large(tree)
    return tree


def write_json(tree: Json, *, pretty: bool = False) -> bytes:
    """The document as UTF-8, its members in the order that they have; `pretty` for people."""
    text = msgspec.json.encode(tree)
    return msgspec.json.format(text, indent=2) + b"\n" if pretty else text


def _float(text: str) -> float | int:
    """A number with a point or an exponent. Errors: `ValueError` when a double cannot hold it."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("Number out of range")
    return int(value) if value.is_integer() and abs(value) <= LARGEST_INTEGER else value


_DECODER: Final = msgspec.json.Decoder(float_hook=_float)


_NO_MARKS: Final = bytes(set(range(256)) - set(b"[]{},:"))


def _structure(data: bytes) -> bytes:
    """The brackets, commas and colons that do not stand between quotation marks. Errors: `BadInput`."""
    if data.count(b'"') > 4 * MAX_VALUES:  # two for each text and for each name
        raise BadInput("file", f"has more than {MAX_VALUES:,} values")
    data = data.translate(None, b" \t\r\n")  # most of what is written for people
    if b"\\" in data:
        return _STRING.sub(b"", data).translate(None, _NO_MARKS)
    import numpy as np  # noqa: PLC0415  (13 MB, which who names documents and reads none does without)

    text = np.frombuffer(data, np.uint8)
    outside = np.bitwise_xor.accumulate((text == ord('"')).view(np.uint8)) == 0
    chosen: bytes = text[outside].tobytes()
    return chosen.translate(None, _NO_MARKS)


def _check_size(structure: bytes) -> None:
    if sum(map(structure.count, (b"[", b"{", b","))) > MAX_VALUES:
        raise BadInput("file", f"has more than {MAX_VALUES:,} values")
    import numpy as np  # noqa: PLC0415  (only who reads a document pays for it, as above)

    marks = np.frombuffer(structure, np.uint8) | 0x20  # [ and { then differ no more, nor do ] and }
    step = (marks == 0x7B).view(np.int8) - (marks == 0x7D).view(np.int8)
    depth = np.cumsum(step, dtype=np.int32)
    if len(depth) and int(depth.max()) > MAX_DEPTH:
        place = int(np.argmax(depth > MAX_DEPTH))
        raise BadInput(f"value {structure.count(b',', 0, place) + 1}", f"is nested deeper than {MAX_DEPTH} levels")


def _malformed(message: str) -> BadInput:
    match = _BYTE.fullmatch(message)
    if match is None:
        return BadInput("file", f"is no JSON: {message}")
    why = match[1].removeprefix("JSON is malformed: ")
    return BadInput(f"byte {match[2]}", f"here it is no JSON any more: {why}")


def _find_twice(data: bytes) -> None:
    """Errors: `BadInput` with the name that stands twice in one object."""

    def members(pairs: list[tuple[str, Any]]) -> Json:
        found: Json = {}
        for name, value in pairs:
            if name in found:
                raise BadInput(name[:80], "stands twice in one object")
            found[name] = value
        return found

    json.loads(data, object_pairs_hook=members)


def _settle_large(tree: Json) -> None:
    """Large integers that are doubles become such. Errors: `BadInput` with the place of one that is none."""
    waiting: list[tuple[str, Any]] = [("", tree)]
    while waiting:
        where, holder = waiting.pop()
        inside = list(holder.items() if isinstance(holder, dict) else enumerate(holder))
        for name, value in inside:
            place = f"{where}[{name}]" if isinstance(name, int) else f"{where}.{name}".removeprefix(".")
            if type(value) is int and abs(value) > LARGEST_INTEGER:
                holder[name] = as_double(value)
                if holder[name] is None:
                    raise BadInput(
                        place, f"{value} is larger than 2^53 - 1, the largest integer that every reader knows"
                    )
            elif isinstance(value, dict | list):
                waiting.append((place, value))
