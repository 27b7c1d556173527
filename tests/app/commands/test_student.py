"""`mos student` as somebody types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mos_appliance.app.command_line import main
from mos_appliance.store.students import hold
from tests.tutor.knowledge.shelf import SHELF


def mos(capsys: pytest.CaptureFixture[str], data: Path, *words: str, code: int = 0) -> str:
    assert main(["student", "--data", str(data), *words]) == code
    told = capsys.readouterr()
    return told.err if code else told.out


@pytest.fixture
def passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("mos_appliance.store.student_file.PASS_OPERATIONS", 1)
    monkeypatch.setattr("mos_appliance.store.student_file.PASS_MEMORY", 8 << 20)
    (tmp_path / "phrase").write_text("seven black cats\n")
    return str(tmp_path / "phrase")


def test_a_student_is_made_played_for_carried_and_erased(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, passphrase: str
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    name = mos(capsys, here, "make", "Mo").strip()
    assert "Bells on Black Keys" in mos(capsys, here, "lesson", name[:8])
    take = tmp_path / "take.mid"
    assert main(["convert", str(SHELF / "pieces" / "black-key-bells.umf"), str(take)]) == 0
    capsys.readouterr()
    played = ("take", name, "--piece", "black-key-bells", "--performance", str(take))
    told = json.loads(mos(capsys, here, *played, "--json"))
    assert told["kept"]
    assert told["right"] == 1.0
    wrong = ("take", name, "--piece", "musette-d", "--performance", str(take))
    assert json.loads(mos(capsys, here, *wrong, "--json")) == {"kept": False}
    assert "keys.black" in mos(capsys, here, "show", name)
    file = tmp_path / "mo.student"
    mos(capsys, here, "export", name, "-o", str(file), "--passphrase-file", passphrase)
    assert "2 events were new" in mos(capsys, there, "import", str(file), "--passphrase-file", passphrase)
    assert json.loads(mos(capsys, there, "list", "--json"))["students"][0]["nickname"] == "Mo"
    assert "--yes" in mos(capsys, here, "erase", name, code=1)
    mos(capsys, here, "erase", name, "--yes")
    assert mos(capsys, here, "list") == ""
    assert "was erased here" in mos(capsys, here, "import", str(file), "--passphrase-file", passphrase, code=1)


def test_who_is_not_there_and_what_is_no_file_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, passphrase: str
) -> None:
    assert mos(capsys, tmp_path, "show", "beef", code=1).count("\n") == 1
    (tmp_path / "x").write_bytes(b"nonsense")
    told = mos(capsys, tmp_path, "import", str(tmp_path / "x"), "--passphrase-file", passphrase, code=1)
    assert told.count("\n") == 1
    assert "is no student's file" in told
    mos(capsys, tmp_path, "make", "x" * 41, code=1)


def test_while_the_appliance_has_the_students_nobody_else_appends(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with hold(tmp_path / "students"):
        assert "in use by another mos" in mos(capsys, tmp_path, "make", "Mo", code=3)
    mos(capsys, tmp_path, "make", "Mo")
