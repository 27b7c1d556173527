"""`mos render`: the same engine offline, repeatable to the byte, the same at every block size."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mos_appliance.music.smf_write import write_smf
from tests.app.scores import four_notes, read_wav

RATE = 48_000


def mos(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mos_appliance", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def score(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("score") / "four.mid"
    path.write_bytes(write_smf(four_notes()))
    return path


def rendered(score: Path, out: Path, *options: object) -> tuple[dict[str, object], np.ndarray]:
    done = mos("render", score, "-o", out, "--json", *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), read_wav(out)


def test_the_notes_are_in_the_file_at_their_time_and_pitch(score: Path, tmp_path: Path) -> None:
    values, sound = rendered(score, tmp_path / "a.wav")
    assert values["frames"] == len(sound)
    # A quarter at 120 a minute each: C4, E4, G4, C5.
    for number, hertz in enumerate((261.63, 329.63, 392.0, 523.25)):
        piece = sound[RATE // 2 * number + 2400 : RATE // 2 * number + 2400 + 16384, 0]
        spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece)), 1 << 17))
        low, high = (int(edge * (1 << 17) / RATE) for edge in (hertz * 0.94, hertz * 1.06))
        peak = low + int(spectrum[low:high].argmax())
        assert peak * RATE / (1 << 17) == pytest.approx(hertz, rel=0.003)
        before = sound[max(0, RATE // 2 * number - 200) : RATE // 2 * number, 0]
        after = sound[RATE // 2 * number : RATE // 2 * number + 2400, 0]
        assert np.abs(after).max() > 2 * (np.abs(before).max(initial=0.0) + 1e-4)


def test_the_same_file_gives_the_same_bytes_every_time(score: Path, tmp_path: Path) -> None:
    rendered(score, tmp_path / "a.wav")
    rendered(score, tmp_path / "b.wav")
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


@pytest.mark.parametrize("block", [128, 256])
def test_the_block_size_does_not_change_a_single_byte(score: Path, tmp_path: Path, block: int) -> None:
    rendered(score, tmp_path / "a.wav", "--block", 64)
    rendered(score, tmp_path / "b.wav", "--block", block)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


def test_at_48_frames_every_note_begins_within_one_block_of_the_grid_later(score: Path, tmp_path: Path) -> None:
    _, exact = rendered(score, tmp_path / "a.wav", "--block", 64)
    _, grid = rendered(score, tmp_path / "b.wav", "--block", 48)
    for number in range(4):
        onsets = []
        for sound in (exact, grid):
            piece = np.abs(sound[RATE // 2 * number : RATE // 2 * number + 4800, 0])
            onsets.append(int(np.argmax(piece > 0.3 * piece.max())))
        assert 0 <= onsets[1] - onsets[0] <= 64 + 48


def test_16_bits_are_as_loud_as_24(score: Path, tmp_path: Path) -> None:
    fine, _ = rendered(score, tmp_path / "a.wav", "--bits", 24)
    coarse, _ = rendered(score, tmp_path / "b.wav", "--bits", 16)
    assert coarse["peak_dbfs"] == pytest.approx(fine["peak_dbfs"], abs=0.05)


def test_a_file_that_cannot_be_read_leaves_no_output(tmp_path: Path) -> None:
    bad = tmp_path / "bad.mid"
    bad.write_bytes(b"MThd nonsense")
    done = mos("render", bad, "-o", tmp_path / "out.wav")
    assert done.returncode == 1
    assert done.stderr.startswith(str(bad))
    assert len(done.stderr.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.mid"]


def test_a_folder_that_is_not_there_is_said_in_one_line(score: Path, tmp_path: Path) -> None:
    done = mos("render", score, "-o", tmp_path / "nowhere" / "out.wav")
    assert done.returncode in (1, 3)
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_the_score_itself_is_never_overwritten(score: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.wav"
    own.write_bytes(score.read_bytes())
    (tmp_path / "link.mid").symlink_to(own)
    done = mos("render", tmp_path / "link.mid", "-o", own)
    assert done.returncode == 1
    assert "is the file that is to be read" in done.stderr
    assert own.read_bytes() == score.read_bytes()


@pytest.mark.parametrize("name", ["folder.wav", "nowhere/out.wav", "out.mp3"])
def test_an_output_that_cannot_be_is_refused_before_anything_is_rendered(
    score: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "folder.wav").mkdir()
    done = mos("render", score, "-o", tmp_path / name)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert str(tmp_path / name) in done.stderr


@pytest.mark.skipif(shutil.which("sox") is None, reason="an independent reader of WAV files: Debian package sox")
def test_another_program_reads_the_file(score: Path, tmp_path: Path) -> None:
    values, _ = rendered(score, tmp_path / "a.wav")
    told = subprocess.run(["sox", "--i", tmp_path / "a.wav"], capture_output=True, text=True, check=True).stdout
    assert f"{values['frames']} samples" in told
    assert "24-bit" in told
