from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mos_appliance.app.command_line import main
from mos_appliance.music.notes import read_notes
from mos_appliance.music.smf import read_smf
from mos_appliance.music.smf_write import write_smf
from tests.app.scores import QUARTER, smf_of
from tests.fuzz.recording import wav
from tests.tutor.hearing.scoring import compare

NOTES = [
    (beat * QUARTER, QUARTER * 7 // 8, pitch, 80)
    for beat, tones in enumerate(
        ((48, 60, 64), (67,), (65, 53), (64,), (62, 55, 59), (60,), (67,), (48, 55, 64, 72), (71,), (69, 77))
    )
    for pitch in tones
]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A small piece as a MIDI file, and as the engine plays it."""
    folder = tmp_path_factory.mktemp("recorded")
    score, sound = folder / "score.mid", folder / "sound.wav"
    score.write_bytes(write_smf(smf_of(NOTES)))
    assert main(["render", str(score), "-o", str(sound)]) == 0
    return score, sound


def transcribed(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["transcribe", *words, "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


@pytest.mark.parametrize("with_score", [False, True])
def test_what_the_engine_plays_is_heard(
    recorded: tuple[Path, Path], with_score: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    score, sound = recorded
    told = transcribed(capsys, str(sound), *(["--score", str(score)] if with_score else []))
    played = [(start / QUARTER * 500.0, pitch) for start, _, pitch, _ in NOTES]
    count = compare([(note["onset_ms"], note["pitch"]) for note in told["notes"]], played)
    assert count.f >= (0.9 if with_score else 0.85)
    assert told["took_ms"] > 0
    for note in told["notes"]:
        assert set(note) == {"onset_ms", "duration_ms", "pitch", "velocity", "confidence"}
        assert 0.0 < note["confidence"] <= 1.0
        assert 1 <= note["velocity"] <= 127
    onsets = [note["onset_ms"] for note in told["notes"]]
    assert onsets == sorted(onsets)


def test_the_same_sound_gives_the_same_notes(recorded: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    first, again = (transcribed(capsys, str(recorded[1]))["notes"] for _ in range(2))
    assert first == again


def test_the_notes_are_written_as_a_midi_file_and_as_a_document(
    recorded: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "heard.mid"
    told = transcribed(capsys, str(recorded[1]), "-o", str(out))
    notes = read_notes(read_smf(out.read_bytes())).notes
    assert sorted(notes["pitch"].tolist()) == sorted(note["pitch"] for note in told["notes"])
    document = tmp_path / "heard.umf"
    transcribed(capsys, str(recorded[1]), "-o", str(document))
    assert main(["validate", str(document)]) == 0


def test_one_voice_is_heard_with_its_cents_and_how_it_is_transposed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pitches, rate = (60, 62, 64, 65, 67, 65, 64, 62, 60), 22_050
    time = np.arange(int(rate * 0.4)) / rate
    shape = np.minimum(1.0, np.minimum(time, 0.4 - time) / 0.03)
    tones = [
        shape * sum(np.sin(2 * np.pi * k * 440 * 2 ** ((pitch - 2.2 - 69) / 12) * time) / k for k in range(1, 6))
        for pitch in pitches
    ]
    sound, score = tmp_path / "clarinet.wav", tmp_path / "score.mid"
    sound.write_bytes(wav((np.concatenate(tones) * 6000).astype("<i2").tobytes(), 1, 1, rate, 16))
    score.write_bytes(write_smf(smf_of([(n * QUARTER, QUARTER, p, 80) for n, p in enumerate(pitches)])))
    told = transcribed(capsys, str(sound), "--melody", "--score", str(score))
    assert [note["pitch"] for note in told["notes"]] == [pitch - 2 for pitch in pitches]
    assert all(note["cents"] == pytest.approx(-20, abs=4) for note in told["notes"])
    assert told["transposition"] == -2


def test_silence_has_no_notes_and_no_file_of_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    silent = tmp_path / "silent.wav"
    silent.write_bytes(wav(bytes(96_000), 1, 1, 48_000, 16))
    assert transcribed(capsys, str(silent))["notes"] == []
    assert main(["transcribe", str(silent), "-o", str(tmp_path / "none.mid")]) == 1
    assert "no note was heard" in capsys.readouterr().err


def test_what_is_no_recording_is_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "no.wav"
    path.write_bytes(b"nonsense")
    assert main(["transcribe", str(path)]) == 1
    assert capsys.readouterr().err == f"{path}: byte 0: no WAV file: RIFF and WAVE are missing\n"


def test_without_litert_it_says_how_to_get_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sound.wav"
    path.write_bytes(wav(bytes(9600), 1, 1, 48_000, 16))
    monkeypatch.setattr("drivers.model_runtime._PACKAGES", ())
    assert main(["transcribe", str(path)]) == 3
    assert "pip install ai-edge-litert" in capsys.readouterr().err
