"""What lies in memory before anybody plays: the samples of the chosen instruments, no others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from drivers import sample_cache
from drivers.soundfont_file import Voice, make_soundfont
from mos_appliance.errors import Corrupt, Unavailable

SAMPLES = [np.full(1000 + 300 * place, 100 + place, np.int16) for place in range(3)]


@pytest.fixture
def three(tmp_path: Path) -> Path:
    path = tmp_path / "three.sf2"
    make_soundfont(path, [Voice(0, 0, SAMPLES[0]), Voice(0, 48, SAMPLES[1]), Voice(128, 0, SAMPLES[2])])
    return path


@pytest.mark.parametrize(
    ("presets", "expected"),
    [([(0, 48)], [1]), ([(0, 0), (128, 0)], [0, 2]), ([(9, 48)], [1]), ([(0, 77)], []), ([], [])],
)
def test_the_samples_of_the_chosen_instruments_are_found_and_read(
    three: Path, presets: list[tuple[int, int]], expected: list[int]
) -> None:
    content = three.read_bytes()
    found = [content[start : start + length] for start, length in sample_cache.spans(three, presets)]
    assert found == [SAMPLES[place].tobytes() for place in expected]
    assert sample_cache.read_ahead(three, presets) == sum(len(part) for part in found)


def test_what_is_no_soundfont_is_told(tmp_path: Path, three: Path) -> None:
    with pytest.raises(Unavailable):
        sample_cache.read_ahead(tmp_path / "none.sf2", [(0, 0)])
    (tmp_path / "empty.sf2").touch()
    with pytest.raises(Unavailable):
        sample_cache.read_ahead(tmp_path / "empty.sf2", [(0, 0)])
    for length in range(1, three.stat().st_size, 97):
        (tmp_path / "cut.sf2").write_bytes(three.read_bytes()[:length])
        with pytest.raises(Corrupt):
            sample_cache.read_ahead(tmp_path / "cut.sf2", [(0, 0)])
