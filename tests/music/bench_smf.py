"""How fast MIDI files are read, side by side with mido; `python -m tests.music.bench_smf` prints one JSON object.

Figures are CPU time, the least of several runs, in the form of build/bench.json.
"""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import mido
import numpy as np

from mos_appliance.music.midi import StreamParser
from mos_appliance.music.notes import read_notes
from mos_appliance.music.smf import EVENT, FILE_BYTES, Smf, Track, read_smf
from mos_appliance.music.smf_write import write_smf
from mos_appliance.wire.song_from_smf import read_song, song_from
from tests.music.files import real_files


def cheapest_us(work: Callable[[], Any], runs: int = 5) -> float:
    """The least CPU time of several runs."""
    times = []
    for _ in range(runs):
        began = time.process_time_ns()
        work()
        times.append(time.process_time_ns() - began)
    return min(times) / 1000


def large_file(notes: int = 50_000) -> bytes:
    """A piece of that many notes in four tracks."""
    rng = np.random.default_rng(1)
    parts = []
    for track in range(4):
        onsets = np.sort(rng.integers(0, 480 * notes // 8, notes // 4))
        pitches = rng.integers(36, 96, len(onsets))
        ons, offs = np.zeros(len(onsets), EVENT), np.zeros(len(onsets), EVENT)
        ons["tick"], ons["status"], ons["data2"] = onsets, 0x90 | track, 64
        offs["tick"], offs["status"] = onsets + rng.integers(30, 900, len(onsets)), 0x80 | track
        for rows in (ons, offs):
            rows["data1"], rows["track"] = pitches, track
        both = np.concatenate((ons, offs))
        parts.append(both[np.argsort(both["tick"], kind="stable")])
    tracks = tuple(Track((), int(rows["tick"][-1])) for rows in parts)
    return write_smf(Smf(1, 480, tracks, np.concatenate(parts)))


def figures() -> list[dict[str, Any]]:
    """All figures."""
    found: list[dict[str, Any]] = []

    def add(name: str, work: Callable[[], Any], peer: Callable[[], Any] | None = None) -> None:
        row: dict[str, Any] = {"name": name, "value": round(cheapest_us(work), 1), "unit": "us"}
        found.append(row | ({"peer": "mido", "peer_value": round(cheapest_us(peer), 1)} if peer else {}))

    pieces = {"100,000 events": large_file()}
    files = real_files()
    if files:
        name = max(files, key=lambda key: len(files[key]))
        pieces[name] = files[name]
    for name, data in pieces.items():
        add(f"read {name}", lambda data=data: read_smf(data), lambda data=data: mido.MidiFile(file=io.BytesIO(data)))
        add(f"read {name} as notes", lambda data=data: read_notes(read_smf(data)))
        add(f"read {name} as a song", lambda data=data: song_from(read_song(data, "", FILE_BYTES)))
    stream = b"".join(bytes((0x90, 40 + key % 50, 64)) for key in range(10_000))

    def feed_mido() -> None:
        parser = mido.Parser()
        parser.feed(stream)
        list(parser)

    add("parse 10,000 live messages", lambda: StreamParser().feed(stream), feed_mido)
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(figures(), indent=1) + "\n")
