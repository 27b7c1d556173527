"""The JSON Schema (2020-12) of UMF, made from the tables, with the part of MNX that stands in `score`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mos_appliance.music.mnx import check as mnx_check
from mos_appliance.music.mnx import grammar as mnx
from mos_appliance.music.shapes import Member
from mos_appliance.music.umf import grammar as umf

Schema = dict[str, Any]

_COMMON_SCALARS: Final[dict[str, Schema]] = {
    "int": {"type": "integer"},
    "number": {"type": "number"},
    "bool": {"type": "boolean"},
    "any": {},
}
_SCALARS: Final[dict[str, dict[str, Schema]]] = {
    "mnx.": {
        **_COMMON_SCALARS,
        "count": {"type": "integer", "minimum": 0},
        "str": {"type": "string"},
        "colour": {"type": "string", "pattern": "^#[0-9a-f]{6}$"},
    },
    "umf.": {
        **_COMMON_SCALARS,
        "mnx": {"$ref": "#/$defs/mnx.root"},
        "extensions": {"type": "object", "propertyNames": {"pattern": umf.DOMAIN}},
        **{kind: row.schema for kind, row in umf.SCALARS.items()},
    },
}
_FRACTION: Final[Schema] = {
    "type": "array",
    "prefixItems": [{"type": "integer", "minimum": 0}, {"type": "integer", "minimum": 1}],
    "items": False,
    "minItems": 2,
}
_ONE_OF_THREE: Final[Schema] = {"oneOf": [{"required": [name]} for name in ("cid", "url", "data")]}
_ANY_OF_THREE: Final[Schema] = {"anyOf": [{"required": [name]} for name in ("cid", "url", "title")]}
_MORE: Final[Mapping[str, Schema]] = {"audio": _ONE_OF_THREE, "source": _ANY_OF_THREE}
_COMMON: Final[Schema] = {
    "id": {"type": "string"},
    "_c": {"type": "string"},
    "_x": {"type": "object", "additionalProperties": {"type": "object"}},
}


def schema() -> Schema:
    """The whole schema. It says less than `docs/umf.md`, which prevails: no schema can say that a name is unique."""
    definitions: Schema = {
        f"umf.{name}": _object("umf.", rows, {}, _MORE.get(name)) for name, rows in umf.OBJECTS.items()
    }
    definitions |= {f"mnx.{name}": _object("mnx.", rows, _COMMON, None) for name, rows in mnx.OBJECTS.items()}
    definitions |= {f"mnx.{name}": _union(kinds) for name, kinds in mnx.UNIONS.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"UMF {umf.VERSION}",
        "description": f"A UMF document; its score is MNX as in {mnx.SCHEMA_ID}.",
        "$ref": "#/$defs/umf.umf",
        "$defs": definitions,
    }


def _object(prefix: str, rows: tuple[Member, ...], common: Schema, more: Schema | None) -> Schema:
    """Members that are not known are allowed everywhere: they are kept."""
    properties = {row.name: _kind(prefix, row.name, row.kind) for row in rows}
    required = [row.name for row in rows if row.required]
    made: Schema = {"type": "object", "properties": {**common, **properties}}
    if required:
        made["required"] = required
    return made | (more or {})


def _kind(prefix: str, name: str, kind: str) -> Schema:
    if prefix == "mnx." and kind == "int" and name in mnx_check.RANGES:
        low, high = mnx_check.RANGES[name]
        return {"type": "integer", "minimum": low, "maximum": high}
    inner = kind[1:-1]
    match kind[0]:
        case "[" if inner == "count":
            return _FRACTION
        case "[":
            return {"type": "array", "items": _kind(prefix, "", inner)}
        case "{":
            return {"type": "object", "additionalProperties": _kind(prefix, "", inner)}
    if "|" in kind or kind[0] == "=":
        words = kind.removeprefix("=").split("|")
        return {"enum": [int(word) if word.lstrip("-").isdigit() else word for word in words]}
    return _SCALARS[prefix].get(kind, {"$ref": f"#/$defs/{prefix}{kind}"})


def _union(kinds: Mapping[str, str]) -> Schema:
    """One of several objects by their `type`; without one, an event."""
    rules: list[Schema] = []
    for word, kind in kinds.items():
        told: Schema = {"properties": {"type": {"const": word}}}
        if word != "event":
            told["required"] = ["type"]
        rules.append({"if": told, "then": {"$ref": f"#/$defs/mnx.{kind}"}})
    named: Schema = {"properties": {"type": {"enum": list(kinds)}}}
    return {"type": "object", **named, **({} if "event" in kinds else {"required": ["type"]}), "allOf": rules}
