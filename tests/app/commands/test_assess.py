from __future__ import annotations

import json
from pathlib import Path

import pytest

from mos_appliance.app.command_line import main
from mos_appliance.music.smf_write import write_smf
from tests.app.scores import QUARTER, smf_of

MELODY = (60, 64, 67, 72, 71, 69, 67, 65, 64, 62, 60, 55)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """A score, and a performance of it in which the seventh note is another."""
    rows = [(number * QUARTER, QUARTER, key, 70 + number) for number, key in enumerate(MELODY)]
    score, played = tmp_path / "score.mid", tmp_path / "played.mid"
    score.write_bytes(write_smf(smf_of(rows)))
    rows[6] = (6 * QUARTER, QUARTER, 68, 60)
    played.write_bytes(write_smf(smf_of(rows)))
    return str(score), str(played)


@pytest.mark.parametrize("way", [[], ["--offline"]])
def test_one_json_object_tells_all_that_the_contract_names(
    files: tuple[str, str], way: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["assess", "--score", files[0], "--performance", files[1], "--json", *way]) == 0
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert err == ""
    assert told["is_this_piece"] is True
    assert [row["performance_index"] for row in told["matches"]] == [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11]
    assert told["matches"][1] == {
        "score_id": "n1",
        "onset_quarters": "1/1",
        "pitch": 64,
        "pass": 1,
        "performance_index": 1,
        "early_ms": 0.0,
    }
    assert told["missed"] == [{"score_id": "n6", "onset_quarters": "6/1", "pitch": 67, "pass": 1}]
    assert told["extra"] == [6]
    assert told["lost"] == []
    assert 1.0 <= told["grade"] <= 5.0
    assert {"bar", "kind", "text", "confidence", "evidence"} <= set(told["feedback"][0])
    assert told["took_ms"] >= 0


def test_people_get_sentences(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assess", "--score", files[0], "--performance", files[1]]) == 0
    out, _ = capsys.readouterr()
    assert "11 notes as written, 1 not played, 1 not written" in out
    assert "bar 2: In bar 2 play G4; it was G#4." in out


def test_a_damaged_performance_is_refused_by_its_name(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path(files[1]).write_bytes(b"MThd")
    assert main(["assess", "--score", files[0], "--performance", files[1]]) == 1
    assert capsys.readouterr().err.startswith(f"{files[1]}: ")


def test_a_score_that_is_none_is_refused_by_its_name(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    score = tmp_path / "score.umf"
    score.write_text("[]")
    assert main(["assess", "--score", str(score), "--performance", files[1]]) == 1
    assert capsys.readouterr().err.startswith(f"{score}: ")
