"""Clips to learn from: made-up music through the very engine, dry and in a drawn room, as frames with their truth.

Run again it makes the same clips; those that are there already are kept.
`python -m training.hearing.recordings DIR A B` makes clips A up to B.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.app.offline import render
from mos_appliance.app.recording_file import read_wav
from mos_appliance.music.arrangement import arrange
from mos_appliance.tutor.hearing.level import gain_for
from mos_appliance.tutor.hearing.resampling import HEARING_RATE, Resampler
from mos_appliance.tutor.hearing.spectrum import HOP, LOWEST_PITCH, PITCHES, Spectrum
from mos_appliance.wire.song_from_smf import song_from
from training.hearing.compositions import Played, as_smf, improvise, sounding
from training.hearing.rooms import draw_room, in_room

CLIP_S: Final = 50.0
VALIDATION_EVERY: Final = 10
"""Each tenth clip is kept for choosing thresholds and when to stop."""
_PIANO: Final = 0
_OTHERS: Final = (1, 1, 1, 2, 3, 4, 5, 6, 11, 19, 24, 25, 32, 40, 42, 52, 68, 71, 73, 74)
_OTHER_SHARE: Final = 0.3
_RENDER_RATE: Final = 48_000


def make_clip(folder: Path, number: int) -> None:
    """One clip in both forms."""
    out = folder / f"clip-{number:04d}.npz"
    if out.exists():
        return
    random = np.random.default_rng([20261127, number])
    notes, pedals = improvise(random, CLIP_S)
    validation = number % VALIDATION_EVERY == 0
    other = random.random() < _OTHER_SHARE and not validation
    program = int(random.choice(_OTHERS)) if other else _PIANO
    wav = folder / f"clip-{number:04d}.wav"
    render(song_from(arrange(as_smf(notes, pedals, program))), wav, block=64, bits=16)
    rate = 10 * round(_RENDER_RATE / 10 * 2.0 ** (random.uniform(-25, 25) / 1200.0))
    stretch = rate / _RENDER_RATE
    sound = _mono(wav.read_bytes(), rate)
    wav.unlink()
    heard = sounding(notes, pedals)
    forms = [sound, in_room(sound, draw_room(random), random)]
    frames = [Spectrum().push(np.concatenate((_levelled(form, random), np.zeros(2048, np.float32)))) for form in forms]
    count = min(map(len, frames))
    onset, held, velocity = _truth(heard, count, stretch)
    np.savez_compressed(
        out,
        frames=(np.stack([form[:count] for form in frames]) * 200).round().clip(0, 255).astype(np.uint8),
        onset=onset,
        held=held,
        velocity=velocity,
        notes=np.array([(note.start_s / stretch, note.end_s / stretch, note.pitch, note.velocity) for note in heard]),
    )


def _mono(data: bytes, rate: int) -> NDArray[np.float32]:
    """Both channels as one, at the rate of hearing, as if played at `rate`: a little fast or slow, and out of tune."""
    sound = read_wav(data)
    resampler = Resampler(rate)
    return np.concatenate([resampler.push(block) for block in sound.blocks()])


def _levelled(sound: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """At a level near that at which recordings are brought to."""
    return (sound * gain_for(sound) * 10.0 ** (random.uniform(-6, 6) / 20.0)).astype(np.float32)


def _truth(
    notes: list[Played], count: int, stretch: float
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """Which frame and pitch is an onset, is held, how loud it was struck. Shapes: all (count, PITCHES)."""
    onset, held, velocity = (np.zeros((count, PITCHES), np.uint8) for _ in range(3))
    for note in notes:
        key = note.pitch - LOWEST_PITCH
        begin = note.start_s / stretch * HEARING_RATE / HOP
        first, last = int(np.floor(begin)), int(note.end_s / stretch * HEARING_RATE / HOP)
        held[max(0, round(begin)) : last + 1, key] = 1
        onset[max(0, first) : first + 2, key] = 1
        velocity[max(0, first - 1) : first + 4, key] = note.velocity
    return onset, held, velocity


def main(folder: Path, first: int, last: int) -> int:
    """Make clips `first` up to `last`."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, last):
        make_clip(folder, number)
        sys.stderr.write(f"clip {number}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
