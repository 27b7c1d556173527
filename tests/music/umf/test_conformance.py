"""The conformance suite of `docs/umf/` against our own reader."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mos_appliance.errors import BadInput
from mos_appliance.music.formats import format_of
from mos_appliance.music.json_text import read_json
from mos_appliance.music.umf.canonical import canonical
from mos_appliance.music.umf.document import read_umf, write_umf

SUITE = Path(__file__).parents[3] / "docs" / "umf"
EXPECTED: dict[str, dict[str, Any]] = json.loads((SUITE / "expected.json").read_text())["files"]
VALID = [name for name, verdict in EXPECTED.items() if verdict["valid"]]
INVALID = [name for name, verdict in EXPECTED.items() if not verdict["valid"]]


def test_every_file_has_its_verdict_and_every_verdict_its_file() -> None:
    files = {f"{path.parent.name}/{path.name}" for path in SUITE.glob("*valid/*")}
    assert files == set(EXPECTED)
    assert len(INVALID) > len(VALID) > 10


@pytest.mark.parametrize("name", VALID)
def test_a_valid_file_is_good_and_survives_with_everything_in_it(name: str) -> None:
    data = (SUITE / name).read_bytes()
    assert format_of(name).judge(data).errors == ()
    document = read_umf(data)
    assert read_umf(write_umf(document)) == json.loads(data)
    assert hashlib.sha256(canonical(document)).hexdigest() == EXPECTED[name]["canonical_sha256"]


@pytest.mark.parametrize("name", INVALID)
def test_an_invalid_file_is_refused_at_its_place(name: str) -> None:
    data = (SUITE / name).read_bytes()
    with pytest.raises(BadInput) as caught:
        format_of(name).load(data)
    assert caught.value.where == EXPECTED[name]["where"]


@pytest.mark.parametrize("name", INVALID)
def test_an_invalid_file_has_a_valid_twin(name: str) -> None:
    stem = Path(name).stem
    assert any(stem.startswith(Path(valid).stem + "_") for valid in VALID)


def test_the_schema_is_the_one_of_the_tables_and_refuses_what_it_can_say() -> None:

    schema = json.loads((SUITE / "schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for name in VALID:
        assert validator.is_valid(read_json((SUITE / name).read_bytes())), name
