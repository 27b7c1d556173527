"""The sustain pedal of a MIDI file in the bars of a score."""

from __future__ import annotations

from typing import Final

import numpy as np

from mos_appliance.music.json_text import Json
from mos_appliance.music.midi import CONTROL_CHANGE
from mos_appliance.music.mnx.extensions import own_list, set_own
from mos_appliance.music.notation.grid import to_units
from mos_appliance.music.notation.units import QUARTER, BarSpan, as_wholes
from mos_appliance.music.notes import Part
from mos_appliance.music.smf import Smf

SUSTAIN: Final = 64
_DOWN: Final = 64
_FINEST: Final = QUARTER // 96
MAX_MOVES: Final = 20_000


def put_pedals(smf: Smf, part: Part, measures: list[Json], bars: list[BarSpan]) -> None:
    """Write down when the pedal of a part's channel goes down and up."""
    events = smf.events
    chosen = events[(events["status"] == CONTROL_CHANGE | part.channel) & (events["data1"] == SUSTAIN)]
    chosen = chosen[np.argsort(chosen["tick"], kind="stable")][:MAX_MOVES]
    places = to_units(chosen["tick"].astype(np.int64), smf.division)
    starts = np.array([bar.start for bar in bars])
    end = bars[-1].start + bars[-1].length
    held = False
    for place, pressed in zip(places.tolist(), (chosen["data2"] >= _DOWN).tolist(), strict=True):
        if pressed == held or place > end:
            continue
        held = pressed
        number = max(0, int(np.searchsorted(starts, place, "right")) - 1)
        at = as_wholes((place - bars[number].start) // _FINEST * _FINEST)
        row = {"type": "start" if held else "stop", "position": {"fraction": [at.numerator, at.denominator]}}
        set_own(measures[number], "pedals", [*own_list(measures[number], "pedals"), row])
