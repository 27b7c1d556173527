"""Real performances as sound: the beginning of each, through the engine, dry and in a noisy room."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mos_appliance.app.offline import render
from mos_appliance.app.recording_file import read_wav
from mos_appliance.music.arrangement import arrange
from mos_appliance.music.notes import read_notes
from mos_appliance.music.smf import FILE_BYTES, Smf, Track, read_smf
from mos_appliance.tutor.hearing.resampling import HEARING_RATE, Resampler
from mos_appliance.wire.song_from_smf import song_from
from tests.tutor.hearing.room import noisy

SECONDS = 45.0


class Recorded(NamedTuple):
    """Shapes: `clean`, `noisy` (n,) at `HEARING_RATE`; `played` pairs (ms, pitch)."""

    clean: NDArray[np.float32]
    noisy: NDArray[np.float32]
    played: list[tuple[float, int]]


def beginning(smf: Smf) -> Smf:
    """The first `SECONDS` of a performance; what sounds on is cut off."""
    tempi = smf.tempo_map()
    end = int(np.searchsorted(tempi.milliseconds(np.arange(0, smf.end_tick + 2)), SECONDS * 1000.0))
    events = smf.events[smf.events["tick"] < end]
    tracks = tuple(
        Track(tuple(m for m in track.metas if m.tick < end), min(track.end_tick, end)) for track in smf.tracks
    )
    return Smf(smf.kind, smf.division, tracks, events)


def recorded(midi: Path, kept: Path, seed: int) -> Recorded:
    """A performance's beginning, rendered once and then kept."""
    smf = beginning(read_smf(midi.read_bytes(), most_bytes=FILE_BYTES))
    notes = read_notes(smf).notes
    if not kept.exists():
        wav = kept.with_suffix(".wav")
        render(song_from(arrange(smf)), wav, block=64, bits=24)
        sound = read_wav(wav.read_bytes())
        resampler = Resampler(sound.rate)
        clean = np.concatenate([resampler.push(block) for block in sound.blocks()])
        assert sound.rate // HEARING_RATE == 3
        np.save(kept, np.stack((clean, noisy(clean, seed))).astype(np.float32))
        wav.unlink()
    clean, room = np.load(kept)
    played = list(zip(notes["onset_ms"].tolist(), notes["pitch"].tolist(), strict=True))
    return Recorded(clean, room, played)
