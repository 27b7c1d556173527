"""Soundfonts: found, made ready once, read and written; against the real one, which `make test` installs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from drivers import soundfont
from drivers.fluidsynth import FluidSynth
from drivers.soundfont_file import (
    COMPRESSED,
    Preset,
    Voice,
    click_voice,
    keep_presets,
    make_soundfont,
    read_soundfont,
    sine_voice,
    write_soundfont,
)
from mos_appliance.errors import Corrupt, Unavailable
from tests.drivers.listening import Listener, pitch_hz


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.sf2"
    drum = Voice(128, 0, np.arange(100, dtype=np.int16))
    stray = Voice(128, 99, np.arange(50, dtype=np.int16))
    make_soundfont(path, [sine_voice(), click_voice(program=7), drum, stray])
    return path


@pytest.fixture(scope="module")
def compressed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The compressed soundfont that is installed with the tests' other needs, and its prepared copy."""
    paths = [folder / name for folder in soundfont.FOLDERS for name in soundfont.NAMES if name.endswith(".sf3")]
    source = next(path for path in paths if path.is_file())
    target = soundfont.prepared(source, tmp_path_factory.mktemp("cache"))
    soundfont.prepare(source, target)
    return source, target


def test_what_is_written_is_read(small: Path) -> None:
    font = read_soundfont(small)
    assert font.presets() == [
        Preset(0, 0, "0:0"),
        Preset(0, 7, "0:7"),
        Preset(128, 0, "128:0"),
        Preset(128, 99, "128:99"),
    ]
    assert not font.compressed
    row = font.tables["shdr"][2]
    frames = np.frombuffer(font.samples[2 * int(row["start"]) : 2 * int(row["end"])], "<i2")
    assert (frames == np.arange(100)).all()


def test_presets_that_are_not_kept_leave_with_their_samples(small: Path, tmp_path: Path) -> None:
    font = read_soundfont(small)
    tables, samples = keep_presets(font, [(0, 7), (128, 0)])
    assert samples == [1, 2]
    path = tmp_path / "kept.sf2"
    rows = font.tables["shdr"]
    frames = [np.frombuffer(font.samples[2 * int(rows[i]["start"]) : 2 * int(rows[i]["end"])], "<i2") for i in samples]
    with path.open("wb") as file:
        write_soundfont(file, font.info, tables, frames)
    kept = read_soundfont(path)
    assert [(preset.bank, preset.program) for preset in kept.presets()] == [(0, 7), (128, 0)]
    assert len(kept.tables["shdr"]) == 3


@pytest.mark.parametrize("length", [0, 4, 11, 12, 100, 5_000])
def test_a_truncated_soundfont_is_refused(small: Path, length: int) -> None:
    small.write_bytes(small.read_bytes()[:length])
    with pytest.raises(Corrupt):
        read_soundfont(small)


def test_a_soundfont_without_tables_is_refused(small: Path) -> None:
    small.write_bytes(small.read_bytes().replace(b"phdr", b"xxxx"))
    with pytest.raises(Corrupt, match="phdr"):
        read_soundfont(small)


def test_the_soundfont_of_the_setting_comes_first_then_the_environments(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(soundfont.ENVIRONMENT, str(small))
    other = tmp_path / "other.sf2"
    other.write_bytes(b"")
    assert soundfont.find(str(other)) == other
    assert soundfont.find() == small


def test_a_chosen_soundfont_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no such file"):
        soundfont.find(str(tmp_path / "none.sf2"))


def test_without_any_soundfont_it_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(soundfont.ENVIRONMENT, raising=False)
    with pytest.raises(Unavailable, match="apt install"):
        soundfont.find(folders=[tmp_path])


def test_an_uncompressed_soundfont_is_used_as_it_is(small: Path, tmp_path: Path) -> None:
    assert soundfont.ready(tmp_path / "cache", str(small)) == small
    assert not (tmp_path / "cache").exists()


def test_a_prepared_soundfont_holds_all_instruments_and_the_kits(compressed: tuple[Path, Path]) -> None:
    found = {(preset.bank, preset.program) for preset in soundfont.presets(compressed[1])}
    assert {(0, program) for program in range(128)} <= found
    assert {(128, 0), (128, 40)} <= found
    assert not read_soundfont(compressed[1]).compressed


def test_a_prepared_soundfont_sounds_bit_for_bit_like_its_source(compressed: tuple[Path, Path]) -> None:
    def play(path: Path) -> bytes:
        synth = FluidSynth(path)
        ear = Listener(synth)
        parts = []
        for program in (0, 19, 24, 40, 56, 73, 127):
            ear.program(program, channel=program % 16)
            ear.on(55, channel=program % 16)
            parts.append(ear.hear(60))
        ear.program(0, 9, bank=120)
        for key in (36, 38, 42, 49):
            ear.on(key, channel=9)
        parts.append(ear.hear(100))
        synth.close()
        return np.concatenate(parts).tobytes()

    assert play(compressed[0]) == play(compressed[1])


def test_a_prepared_soundfont_is_kept_and_an_older_one_forgotten(tmp_path: Path, small: Path) -> None:
    source = tmp_path / "font.sf3"
    source.write_bytes(small.read_bytes())
    cache = tmp_path / "cache"
    told: list[float] = []
    first = soundfont.ready(cache, str(source), told.append)
    assert told[-1] == 1
    assert told == sorted(told)
    assert {preset.program for preset in soundfont.presets(first)} == {0, 7}
    told.clear()
    assert soundfont.ready(cache, str(source), told.append) == first
    assert not told
    make_soundfont(source, [sine_voice()])
    second = soundfont.ready(cache, str(source))
    assert list(cache.iterdir()) == [second]


def test_damage_in_a_compressed_sample_leaves_nothing_half_made(small: Path, tmp_path: Path) -> None:
    font = read_soundfont(small)
    raw = bytearray(small.read_bytes())
    at = raw.index(font.tables["shdr"].tobytes()) + 44
    raw[at : at + 2] = (1 | COMPRESSED).to_bytes(2, "little")
    source = tmp_path / "damaged.sf3"
    source.write_bytes(raw)
    with pytest.raises(Corrupt, match="cannot be decoded"):
        soundfont.prepare(source, tmp_path / "cache" / "out.sf2")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_cache_that_cannot_be_written_is_told(small: Path) -> None:
    with pytest.raises(Unavailable):
        soundfont.prepare(small, Path("/proc/none/out.sf2"))


def test_the_real_soundfont_is_in_tune(compressed: tuple[Path, Path]) -> None:
    synth = FluidSynth(compressed[1])
    ear = Listener(synth)
    ear.program(73)
    ear.on(69)
    ear.hear(300)
    assert pitch_hz(ear.hear(750)) == pytest.approx(440, rel=3e-3)
    synth.close()


def test_reading_a_soundfont_needs_no_synthesiser() -> None:
    program = "import sys, drivers.soundfont; print('drivers.fluidsynth' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
