from __future__ import annotations

import json

import pytest

from mos_appliance.app.command_line import main
from tests.music.golden_files import FOLDER, GOLDEN


def test_a_good_file_is_called_good(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(FOLDER / "two_hands.mid")
    assert main(["validate", path]) == 0
    assert capsys.readouterr().out == f"{path}: good MIDI\n"
    assert main(["validate", path, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"ok": True, "errors": [], "warnings": []}


def test_what_is_odd_is_good_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(FOLDER / "odd.mid")]) == 0
    assert "odd: track 1: no end of track" in capsys.readouterr().out


@pytest.mark.parametrize("name", GOLDEN)
@pytest.mark.parametrize("twin", ["invalid", "truncated"])
def test_a_bad_file_is_told_with_place_and_reason(name: str, twin: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(FOLDER / f"{name}_{twin}.mid")
    assert main(["validate", path, "--json"]) == 1
    out, err = capsys.readouterr()
    golden = GOLDEN[name]
    wanted = golden.invalid_error if twin == "invalid" else golden.truncated_error
    verdict = json.loads(out)
    assert verdict["ok"] is False
    assert [f"{error['where']}: {error['why']}" for error in verdict["errors"]] == [wanted]
    assert err == f"{path}: {wanted}\n"
