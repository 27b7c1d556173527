from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mos_appliance.app.command_line import main
from mos_appliance.music.smf import FILE_BYTES
from tests.music.golden_files import FOLDER


def test_notes_are_printed_as_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["notes", str(FOLDER / "two_hands.mid"), "--json", "--unfold"]) == 0
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert [note["pitch"] for note in told["notes"]] == [67, 48, 72, 76, 74]
    assert err == ""


def test_notes_are_printed_as_a_table_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["notes", str(FOLDER / "odd.mid")]) == 0
    out, err = capsys.readouterr()
    assert "C4    Acoustic Grand Piano" in out
    assert "C2    Drums: Bass Drum 1" in out
    assert "1 note without an end" in err


@pytest.mark.parametrize("stem", ["two_hands_truncated", "odd_invalid", "smpte_invalid"])
def test_a_bad_file_is_told_in_one_line_with_its_place(stem: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(FOLDER / f"{stem}.mid")
    assert main(["notes", path, "--json"]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out) == {"ok": False, "error": err.strip()}
    assert err.startswith(f"{path}: ")
    assert err.count("\n") == 1
    assert "byte 0x" in err


def test_a_file_of_an_unknown_kind_is_told_what_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["notes", "song.xyz"]) == 1
    assert capsys.readouterr().err.startswith("song.xyz: name: .xyz is not read; what is: MIDI")


def test_a_file_that_is_too_large_is_refused_by_its_size_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "large.mid"
    with path.open("wb") as file:
        file.truncate(FILE_BYTES + (36 << 20))
    assert main(["notes", str(path)]) == 1
    assert capsys.readouterr().err == f"{path}: file: has 100 MiB; at most 64 are read\n"


def test_an_endless_pipe_is_read_no_further_than_the_limit() -> None:
    script = "from mos_appliance.app.input_file import read_input; read_input('/dev/zero', 1 << 20)"
    ended = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert ended.stderr.strip().endswith("file: has more than 1 MiB")


def test_a_missing_file_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["notes", "nowhere.mid"]) == 1
    assert capsys.readouterr().err.startswith("nowhere.mid: file: ")
