from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from mos_appliance.app.command_line import main
from mos_appliance.music.notes import read_notes
from mos_appliance.music.smf import read_smf
from mos_appliance.music.smf_write import write_smf
from tests.app.scores import QUARTER, smf_of
from tests.tutor.harmony.faults import parallels

ODE = (
    64,
    64,
    65,
    67,
    67,
    65,
    64,
    62,
    60,
    60,
    62,
    64,
    64,
    62,
    62,
    62,
    64,
    64,
    65,
    67,
    67,
    65,
    64,
    62,
    60,
    60,
    62,
    64,
    62,
    60,
    60,
    60,
)


@pytest.fixture
def tune(tmp_path: Path) -> Path:
    path = tmp_path / "ode.mid"
    path.write_bytes(write_smf(smf_of([(beat * QUARTER, QUARTER, pitch, 80) for beat, pitch in enumerate(ODE)])))
    return path


def harmonised(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["harmonise", *words, "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_every_beat_has_three_chords_with_their_reasons(tune: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = harmonised(capsys, str(tune))
    assert [row["onset_quarters"] for row in told["chords"]] == [f"{beat}/1" for beat in range(len(ODE))]
    for row in told["chords"]:
        assert row["label"] == row["candidates"][0]["label"]
        assert (
            len(
                {
                    candidate["label"].split(":")[0] + candidate["label"].split(":")[1][:3]
                    for candidate in row["candidates"]
                }
            )
            == 3
        )
        assert 1.0 >= row["candidates"][0]["p"] >= row["candidates"][1]["p"] >= row["candidates"][2]["p"] > 0.0
        assert row["why"] == row["candidates"][0]["why"]
        assert all(candidate["why"] for candidate in row["candidates"])
    assert told["chords"][0]["label"] == told["chords"][-1]["label"] == "C:maj"
    assert "E is its third" in told["chords"][0]["why"]


@pytest.mark.parametrize("kind", ["satb", "left-hand"])
def test_an_arrangement_is_written_that_keeps_the_tune_and_breaks_no_rule(
    tune: Path, tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.mid"
    told = harmonised(capsys, str(tune), "-o", str(out), "--arrangement", kind)
    assert told["arrangement"] == {"kind": kind, "octaves": 0}
    piece = read_notes(read_smf(out.read_bytes()))
    melody = piece.notes[piece.notes["part"] == 0]
    assert tuple(melody["pitch"].tolist()) == ODE
    assert len(piece.parts) == (4 if kind == "satb" else 2)
    if kind == "satb":
        onsets = piece.notes["onset"] / piece.division
        ends = onsets + piece.notes["duration"] / piece.division
        beats = []
        for beat in range(len(ODE)):
            sounding = piece.notes[(onsets <= beat + 0.01) & (ends > beat + 0.01)]
            beats.append([int(sounding["pitch"][sounding["part"] == part][0]) for part in (3, 2, 1, 0)])
        assert [fault for one, other in pairwise(beats) for fault in parallels(one, other)] == []


@pytest.mark.parametrize("name", ["out.umf", "out.musicxml", "out.mnx"])
def test_an_arrangement_may_be_a_score(
    tune: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / name
    harmonised(capsys, str(tune), "-o", str(out))
    assert main(["validate", str(out)]) == 0
    capsys.readouterr()
    assert main(["harmonise", str(out)]) == 0


def test_people_get_the_changes_in_words(tune: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["harmonise", str(tune)]) == 0
    out = capsys.readouterr().out
    assert "C:maj" in out
    assert "is its" in out


def test_what_has_no_melody_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "empty.mid"
    path.write_bytes(write_smf(smf_of([])))
    assert main(["harmonise", str(path)]) == 1
    assert capsys.readouterr().err == f"{path}: notes: there is no melody\n"


def test_without_litert_it_says_how_to_get_it(
    tune: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.model_runtime._PACKAGES", ())
    assert main(["harmonise", str(tune)]) == 3
    assert "pip install ai-edge-litert" in capsys.readouterr().err
