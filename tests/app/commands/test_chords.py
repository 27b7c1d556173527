from __future__ import annotations

import json
from pathlib import Path

import pytest

from mos_appliance.app.command_line import main
from mos_appliance.music.smf_write import write_smf
from tests.app.scores import QUARTER, smf_of

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture
def cadence(tmp_path: Path) -> Path:
    rows = [
        (beat * QUARTER, QUARTER, pitch, 80)
        for beat, tones in enumerate(((60, 64, 67), (57, 60, 65), (55, 59, 62, 65), (48, 64, 67)))
        for pitch in tones
    ]
    path = tmp_path / "cadence.mid"
    path.write_bytes(write_smf(smf_of(rows)))
    return path


def test_each_chord_is_told_with_its_place(cadence: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chords", str(cadence), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "chords": [
            {"onset_quarters": "0/1", "label": "C:maj"},
            {"onset_quarters": "1/1", "label": "F:maj/3"},
            {"onset_quarters": "2/1", "label": "G:7"},
            {"onset_quarters": "3/1", "label": "C:maj"},
        ]
    }


def test_people_get_a_line_a_chord(cadence: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chords", str(cadence)]) == 0
    assert capsys.readouterr().out.split() == ["0/1", "C:maj", "1/1", "F:maj/3", "2/1", "G:7", "3/1", "C:maj"]


def test_what_is_no_score_is_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "no.mid"
    path.write_bytes(b"nonsense")
    assert main(["chords", str(path)]) == 1
    assert capsys.readouterr().err.startswith(f"{path}: ")
