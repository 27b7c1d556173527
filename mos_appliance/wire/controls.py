"""The controls of the instrument: one row each, from which range checks, page, API and `docs/settings.md` come."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from typing import Final

from mos_appliance.errors import BadInput

LAYERS: Final = 4
"""Layers that a keyboard plays at once, or side by side when split."""
PARTS: Final = 32
"""Parts that a song may have."""


class Scope(enum.Enum):
    """What `which` of SET_CONTROL counts."""

    ENGINE = "engine"
    LAYER = "layer"
    PART = "part"


COUNTS: Final = {Scope.ENGINE: 1, Scope.LAYER: LAYERS, Scope.PART: PARTS}


@dataclass(frozen=True, slots=True)
class Control:
    """One control: its number on the wire, its range and what it means."""

    number: int
    name: str
    scope: Scope
    minimum: float
    maximum: float
    default: float
    unit: str
    doc: str
    whole: bool = True
    owner_only: bool = False
    remembered: bool = True
    choices: tuple[str, ...] = ()

    def initial(self, which: int) -> float:
        """Its value on a new appliance: the default, but that the first layer sounds."""
        return 1.0 if self.name == "layer_on" and which == 0 else self.default

    def check(self, value: float, which: int = 0) -> float:
        """The value, rounded when the control takes whole numbers. Errors: `BadInput` when out of range."""
        if not 0 <= which < COUNTS[self.scope]:
            raise BadInput(self.name, f"there is no {self.scope.value} {which}")
        if not math.isfinite(value) or not self.minimum <= value <= self.maximum:
            raise BadInput(self.name, f"must be {self.minimum:g} to {self.maximum:g} {self.unit}".rstrip())
        return float(round(value)) if self.whole else float(value)


_E, _L, _P = Scope.ENGINE, Scope.LAYER, Scope.PART

CONTROLS: Final[tuple[Control, ...]] = (
    Control(1, "volume", _E, 0, 100, 70, "%", "Loudness of all but speech under the cap; 0 is silence."),
    Control(
        2,
        "volume_cap",
        _E,
        -40,
        0,
        -12,
        "dB",
        "What volume 100 % means, and the ceiling of the limiter; only the owner may change it. How loud that is "
        "depends on converter and headphones.",
        whole=False,
        owner_only=True,
    ),
    Control(3, "mono", _E, 0, 1, 0, "", "Both channels on both ears, for a listener with one good ear."),
    Control(4, "reverb", _E, 0, 100, 30, "%", "Level of the reverb."),
    Control(5, "chorus", _E, 0, 100, 0, "%", "Level of the chorus."),
    Control(6, "tuning", _E, 392, 466.2, 440, "Hz", "Pitch of the A above middle C.", whole=False),
    Control(7, "transpose", _E, -24, 24, 0, "semitones", "Shifts everything that the keyboard plays."),
    Control(
        8,
        "velocity_curve",
        _E,
        0,
        3,
        0,
        "",
        "How hard a key must be struck.",
        choices=("as played", "light touch", "heavy touch", "fixed"),
    ),
    Control(9, "fixed_velocity", _E, 1, 127, 90, "", "Velocity of every note when the curve is fixed."),
    Control(10, "local_off", _E, 0, 1, 0, "", "Tells the keyboard not to sound its own speakers."),
    Control(11, "duck", _E, 0, 40, 12, "dB", "How far music steps back while somebody speaks.", whole=False),
    Control(12, "talk_volume", _E, 0, 100, 80, "%", "Loudness of speech and of the teacher's voice."),
    Control(13, "first_key", _E, 0, 127, 0, "MIDI note", "Lowest key that the keyboard has."),
    Control(14, "last_key", _E, 0, 127, 127, "MIDI note", "Highest key that the keyboard has."),
    Control(
        15,
        "touch",
        _E,
        0,
        2,
        0,
        "",
        "Whether the keyboard feels how hard a key is struck; one without sounds every note at the fixed velocity.",
        choices=("found out", "feels", "does not feel"),
    ),
    Control(
        16,
        "pedal",
        _E,
        0,
        3,
        0,
        "",
        "Which sustain pedal is plugged in.",
        choices=("found out", "none", "switch", "continuous"),
    ),
    Control(
        17,
        "speakers",
        _E,
        0,
        1,
        0,
        "",
        "Whether the keyboard has speakers of its own, which then sound as well unless it obeys `local_off`.",
    ),
    Control(20, "metronome", _E, 0, 1, 0, "", "Clicks on every beat.", remembered=False),
    Control(21, "metronome_volume", _E, 0, 100, 60, "%", "Loudness of the click."),
    Control(22, "tempo", _E, 20, 300, 90, "1/min", "Quarter notes a minute without a song.", whole=False),
    Control(23, "beats", _E, 1, 16, 4, "", "Beats in a bar without a song."),
    Control(24, "beat_unit", _E, 1, 32, 4, "", "Note value of a beat without a song: 4 is a quarter."),
    Control(25, "accents", _E, 0, 65535, 1, "bit set", "Beats with an accent; bit 0 is the first beat."),
    Control(26, "subdivision", _E, 1, 6, 1, "", "Clicks a beat."),
    Control(27, "count_in", _E, 0, 4, 0, "bars", "Bars clicked before the transport starts."),
    Control(28, "tempo_scale", _E, 25, 200, 100, "%", "Speed of the song.", whole=False),
    Control(40, "layer_on", _L, 0, 1, 0, "", "Whether the layer sounds; layer 0 starts on.", remembered=True),
    Control(41, "program", _L, 0, 127, 0, "", "General MIDI instrument, counted from 0."),
    Control(42, "bank", _L, 0, 128, 0, "", "Bank of the instrument; 128 is drums."),
    Control(43, "lowest_key", _L, 0, 127, 0, "MIDI note", "Lowest key that plays the layer."),
    Control(44, "highest_key", _L, 0, 127, 127, "MIDI note", "Highest key that plays the layer."),
    Control(45, "layer_transpose", _L, -36, 36, 0, "semitones", "Shifts the layer."),
    Control(46, "layer_volume", _L, 0, 127, 100, "", "Loudness of the layer."),
    Control(47, "layer_pan", _L, 0, 127, 64, "", "Place between the ears; 64 is the middle."),
    Control(60, "muted", _P, 0, 1, 0, "", "The part is silent.", remembered=False),
    Control(61, "solo", _P, 0, 1, 0, "", "Only soloed parts sound.", remembered=False),
)

BY_NUMBER: Final = {control.number: control for control in CONTROLS}
BY_NAME: Final = {control.name: control for control in CONTROLS}
