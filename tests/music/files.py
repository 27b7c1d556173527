"""MIDI files for tests: strategies that make them, mido's view of them, and real ones out of a Debian package."""

from __future__ import annotations

import gzip
import io
import shutil
import subprocess
from collections import defaultdict, deque
from pathlib import Path
from typing import Final, NamedTuple

import mido
import numpy as np
from hypothesis import strategies as st

from mos_appliance.music.smf import EVENT, Meta, Smf, Track
from mos_appliance.music.smf_write import metre_meta, name_meta, tempo_meta

CACHE: Final = Path(__file__).parents[2] / "build" / "cache"
PACKAGES: Final = {
    "pianobooster": Path("usr/share/doc/pianobooster/courses"),  # piano courses, CC-BY
    "openttd-openmsx": Path("usr/share/games/openttd/baseset/openmsx"),  # bands of General MIDI, GPL-2
}


def real_files() -> dict[str, bytes]:
    """MIDI files of Debian packages, by name; downloaded once into build/cache and never committed.

    Empty where neither a package nor `apt-get download` is there.
    """
    files: dict[str, bytes] = {}
    for package, folder in PACKAGES.items():
        files |= _read_all(_unpacked(package, folder) / folder)
    return files


def _unpacked(package: str, folder: Path) -> Path:
    """Where the package lies: installed, or else in the cache."""
    cache = CACHE / package
    if (Path("/") / folder).is_dir():
        return Path("/")
    if (cache / folder).is_dir() or shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        return cache
    cache.mkdir(parents=True, exist_ok=True)
    got = subprocess.run(["apt-get", "download", "-q", package], cwd=cache, check=False, capture_output=True)
    for deb in () if got.returncode else cache.glob("*.deb"):
        subprocess.run(["dpkg", "-x", deb, cache], check=True)
    return cache


def _read_all(folder: Path) -> dict[str, bytes]:
    files = {path.name: path.read_bytes() for path in sorted(folder.rglob("*.mid*")) if path.is_file()}
    return {name: gzip.decompress(data) if name.endswith(".gz") else data for name, data in files.items()}


class Heard(NamedTuple):
    """One note as mido tells it: ticks, pitch, velocity, track, channel."""

    onset: int
    pitch: int
    track: int
    channel: int
    velocity: int
    end: int


def heard_by_mido(data: bytes) -> list[Heard]:
    """The notes, paired first in, first out, in the plainest way."""
    notes = []
    for number, track in enumerate(mido.MidiFile(file=io.BytesIO(data)).tracks):
        sounding: defaultdict[tuple[int, int], deque[tuple[int, int]]] = defaultdict(deque)
        now = 0
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity:
                sounding[message.channel, message.note].append((now, message.velocity))
            elif message.type in {"note_on", "note_off"} and sounding[message.channel, message.note]:
                onset, velocity = sounding[message.channel, message.note].popleft()
                notes.append(Heard(onset, message.note, number, message.channel, velocity, now))
        for (channel, pitch), left in sounding.items():
            notes += [Heard(onset, pitch, number, channel, velocity, now) for onset, velocity in left]
    return sorted(notes)


_STATUS = st.sampled_from((0x80, 0x90, 0x90, 0x91, 0x99, 0xA0, 0xB0, 0xC1, 0xD0, 0xE0))
_EVENTS = st.lists(st.tuples(st.integers(0, 500), _STATUS, st.integers(58, 62), st.integers(0, 127)), max_size=40)
_METAS = st.one_of(
    st.builds(tempo_meta, st.integers(0, 5000), st.integers(6_000, 2**24 - 1)),
    st.builds(metre_meta, st.integers(0, 5000), st.integers(1, 20), st.sampled_from((1, 2, 4, 8, 16, 32, 64))),
    st.builds(name_meta, st.text(max_size=10)),
    st.builds(Meta, st.integers(0, 5000), st.sampled_from((1, 5, 6, 0x7F)), st.binary(max_size=200)),
)


@st.composite
def smfs(draw: st.DrawFn) -> Smf:
    """A file of a few tracks with crowded keys, so that notes overlap, repeat, and lack beginnings and ends."""
    tracks, events = [], []
    count = draw(st.integers(1, 4))
    for number in range(count):
        rows, now = [], 0
        for delta, status, first, second in draw(_EVENTS):
            now += delta
            rows.append((now, number, status, first, 0 if status >> 5 == 6 else second, 0))
        metas = tuple(sorted(draw(st.lists(_METAS, max_size=6)), key=lambda meta: meta.tick))
        end = max([now, *(meta.tick for meta in metas)]) + draw(st.integers(0, 300))
        tracks.append(Track(metas, end))
        events += rows
    kind = draw(st.sampled_from((0, 1))) if count == 1 else 1
    return Smf(kind, draw(st.integers(1, 0x7FFF)), tuple(tracks), np.array(events, EVENT))
