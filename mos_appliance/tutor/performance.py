"""A take as the tutor reads it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mos_appliance.music.midi import CONTROL_CHANGE
from mos_appliance.music.notes import NoteList, read_notes
from mos_appliance.music.smf import Smf

_SUSTAIN = 64


@dataclass(frozen=True, slots=True)
class Performance:
    """The notes of a take, by onset, then pitch. Shapes: all (n,); `pedal` (m, 2), when it went down and up.

    Units: ms.
    """

    pitch: NDArray[np.int64]
    onset_ms: NDArray[np.float64]
    duration_ms: NDArray[np.float64]
    velocity: NDArray[np.int64]
    pedal: NDArray[np.float64]

    @property
    def has_velocity(self) -> bool:
        """Whether the keyboard told how hard keys were struck."""
        return len(np.unique(self.velocity)) > 2

    def __len__(self) -> int:
        return len(self.pitch)


def performance_of(smf: Smf) -> Performance:
    """The take in a MIDI file; its notes are numbered as the outer contracts number them."""
    return performed(read_notes(smf), _pedal(smf))


def performed(piece: NoteList, pedal: NDArray[np.float64] | None = None) -> Performance:
    """The take whose notes are those."""
    notes = piece.notes
    return Performance(
        notes["pitch"].astype(np.int64),
        notes["onset_ms"].astype(np.float64),
        notes["duration_ms"].astype(np.float64),
        notes["velocity"].astype(np.int64),
        np.zeros((0, 2)) if pedal is None else pedal,
    )


def _pedal(smf: Smf) -> NDArray[np.float64]:
    """When the sustain pedal was down, of all channels together."""
    events = smf.events
    chosen = events[(events["status"] & 0xF0 == CONTROL_CHANGE) & (events["data1"] == _SUSTAIN)]
    chosen = chosen[np.argsort(chosen["tick"], kind="stable")]
    down = np.concatenate(([False], chosen["data2"] >= 64, [False]))
    ticks = np.concatenate(([0], chosen["tick"], [smf.end_tick]))
    change = np.flatnonzero(np.diff(down.astype(np.int8)))
    times = smf.tempo_map().milliseconds(ticks[change + 1])
    return np.asarray(times, np.float64).reshape(-1, 2)
