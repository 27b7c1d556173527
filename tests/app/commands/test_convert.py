from __future__ import annotations

import json
from pathlib import Path

import pytest

from mos_appliance.app.command_line import main
from mos_appliance.music.smf import read_smf
from tests.music.golden_files import FOLDER

SUITE = Path(__file__).parents[3] / "docs" / "umf" / "valid"


def test_a_score_goes_to_mnx_and_back_and_losses_are_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mnx = tmp_path / "score.mnx"
    assert main(["convert", str(SUITE / "score.umf"), str(mnx), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report == {"lost": [{"where": "metadata.title", "what": "title"}], "unread": []}
    assert json.loads(mnx.read_bytes()) == json.loads((SUITE / "score.umf").read_bytes())["score"]
    assert main(["convert", str(mnx), str(tmp_path / "again.umf")]) == 0
    assert json.loads((tmp_path / "again.umf").read_bytes())["score"] == json.loads(mnx.read_bytes())


def test_a_score_becomes_a_midi_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    midi = tmp_path / "score.mid"
    assert main(["convert", str(SUITE / "score.umf"), str(midi)]) == 0
    assert "has no place there: clefs (score.parts[0].measures[0].clefs)" in capsys.readouterr().out
    assert read_smf(midi.read_bytes()).tracks[0].name == "A little of everything"


def test_a_midi_file_becomes_a_performance(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    umf = tmp_path / "take.umf"
    assert main(["convert", str(FOLDER / "two_hands.mid"), str(umf), "--no-score"]) == 0
    assert main(["validate", str(umf)]) == 0
    assert main(["convert", str(umf), str(tmp_path / "no.mnx")]) == 1
    assert "there is none to write as MNX" in capsys.readouterr().err
    assert not (tmp_path / "no.mnx").exists()


def test_a_midi_file_becomes_a_score_and_what_was_guessed_can_be_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    umf, take = tmp_path / "take.umf", str(FOLDER / "two_hands.mid")
    assert main(["convert", take, str(umf), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [guess["what"] for guess in report["guessed"]] == ["key"]
    words = ["--metre", "3/4", "--pickup", "1/4", "--key", "Em", "--split", "C4", "--grid", "1/8", "--tempo", "90"]
    assert main(["convert", take, str(umf), *words, "--no-tuplets", "--json"]) == 0
    assert "guessed" not in json.loads(capsys.readouterr().out)
    document = json.loads(umf.read_bytes())
    assert document["metadata"]["metre"] == "3/4"
    assert document["metadata"]["key"] == "E minor"
    assert main(["convert", take, str(umf), "--metre", "3/5"]) == 2
    assert "'3/5' is no metre such as 3/4" in capsys.readouterr().err


def test_one_tune_of_an_abc_file_is_chosen(tmp_path: Path) -> None:
    book, umf = tmp_path / "book.abc", tmp_path / "two.umf"
    book.write_text("X:1\nT:One\nK:C\nA4\n\nX:2\nT:Two\nK:G\nB4\n")
    assert main(["convert", str(book), str(umf), "--tune", "2"]) == 0
    assert json.loads(umf.read_bytes())["metadata"]["title"] == "Two"
    assert main(["convert", str(umf), str(tmp_path / "no.abc")]) == 1


def test_what_cannot_be_read_or_written_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", str(SUITE / "hello.umf"), str(tmp_path / "x.doc")]) == 1
    assert main(["convert", str(SUITE / "hello.umf"), str(tmp_path / "none" / "x.mnx")]) == 1
    assert main(["convert", str(SUITE.parent / "invalid" / "score_step.umf"), str(tmp_path / "x.mnx")]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(": ", 1)[1].split(",")[0] for line in lines] == [
        "name: .doc is not read; what is: MIDI (.mid .midi .kar .smf .rmi)",
        "file: No such file or directory",
        "score.parts[0].measures[0].sequences[0].content[0].content[0].notes[0].pitch.step: is 'H'",
    ]


def test_a_document_that_was_changed_after_it_was_signed_is_called_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(SUITE / "signed.umf"), "--json"]) == 0
    assert main(["validate", str(SUITE / "signed_changed.umf"), "--json"]) == 1
    good, bad = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert good["ok"] is True
    assert [error["where"] for error in bad["errors"]] == ["provenance.signatures[0]"]


def test_all_errors_of_a_score_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.mnx"
    path.write_text('{"mnx":{"version":"1"},"global":{"measures":[]},"parts":[{"measures":[],"wrong":1}]}')
    assert main(["validate", str(path), "--json"]) == 1
    out, err = capsys.readouterr()
    assert [error["where"] for error in json.loads(out)["errors"]] == ["mnx.version"]
    assert err == f"{path}: mnx.version: is '1', not an integer\n"


def test_a_cid_is_printed_alone_or_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "empty"
    path.touch()
    assert main(["cid", str(path)]) == 0
    assert main(["cid", str(path), "--json"]) == 0
    cid = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
    assert capsys.readouterr().out.splitlines() == [cid, f'{{"cid":"{cid}"}}']
