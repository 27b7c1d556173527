"""The doors of the models: recordings to be heard, and melodies and chords to be looked at."""

from __future__ import annotations

import struct
from itertools import pairwise

import numpy as np

from mos_appliance.app.recording_file import read_wav
from mos_appliance.music.notes import read_notes
from mos_appliance.music.smf import read_smf
from mos_appliance.tutor.harmony.features import FEATURES, features_of
from mos_appliance.tutor.harmony.labels import label_of
from mos_appliance.tutor.harmony.segments import chords_of
from mos_appliance.tutor.harmony.tune import tune_of_smf
from mos_appliance.tutor.hearing.resampling import Resampler
from mos_appliance.tutor.hearing.spectrum import Spectrum


def fuzz_recording(data: bytes) -> None:
    """Read a WAV file, bring it to the rate of hearing, look at its frequencies."""
    recording = read_wav(data)
    resampler, spectrum = Resampler(recording.rate), Spectrum()
    heard = 0
    for block in recording.blocks():
        assert np.isfinite(block).all()
        heard += len(block)
        frames = spectrum.push(resampler.push(block))
        assert np.isfinite(frames).all()
    assert heard == recording.frames


def recordings() -> list[bytes]:
    """WAVs of each kind that is read."""
    noise = np.random.default_rng(1).integers(0, 256, 960, np.uint8).tobytes()
    kinds = ((1, 1, 8_000, 8), (1, 2, 44_100, 16), (1, 1, 48_000, 24), (1, 2, 22_050, 32), (3, 1, 16_000, 32))
    made = [wav(noise, *kind) for kind in kinds]
    return [*made, wav(noise, 0xFFFE, 2, 96_000, 16, b"\x16\x00\x10\x00\x03\x00\x00\x00\x01\x00" + bytes(14))]


def wav(sound: bytes, kind: int, channels: int, rate: int, bits: int, more: bytes = b"") -> bytes:
    """A WAV file."""
    size = channels * bits // 8
    shape = struct.pack("<HHIIHH", kind, channels, rate, rate * size, size, bits) + more
    chunks = b"fmt " + struct.pack("<I", len(shape)) + shape + b"data" + struct.pack("<I", len(sound)) + sound
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def fuzz_harmony(data: bytes) -> None:
    """Name the chords of a MIDI file, and make its melody ready for the network."""
    smf = read_smf(data)
    piece = read_notes(smf)
    heard = chords_of(piece, 0)
    assert all(label_of(chord.chord) for chord in heard if chord.chord)
    assert all(one.onset < other.onset for one, other in pairwise(heard))
    tune = tune_of_smf(smf)
    features = features_of(tune)
    assert features.shape == (len(tune.beats), FEATURES)
    assert np.isfinite(features).all()
