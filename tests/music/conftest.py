from __future__ import annotations

import pytest

from tests.music.files import real_files


@pytest.fixture(scope="session")
def courses() -> dict[str, bytes]:
    """Real MIDI files by name."""
    files = real_files()
    if not files:
        pytest.skip("Debian's packages pianobooster and openttd-openmsx are neither installed nor to be had by apt-get")
    return files
