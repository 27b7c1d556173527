"""Documents made from nothing: each function returns a plain JSON object that is valid by itself."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from mos_appliance.errors import BadInput
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.grammar import FORMAT_VERSION
from mos_appliance.music.mnx.rhythm import as_pair, note_value

STEPS: Final = "CDEFGAB"
SEMITONES: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def document(measures: list[Json], parts: list[Json], **members: Any) -> Json:
    """A whole score; `measures` are those of `global`."""
    return {"mnx": {"version": FORMAT_VERSION}, "global": {"measures": measures}, "parts": parts, **members}


def position(at: Fraction) -> Json:
    """A place in a bar."""
    return {"fraction": as_pair(at)}


def value(length: Fraction) -> Json:
    """The note value that lasts so long. Errors: `BadInput` when there is none."""
    found = note_value(length)
    if found is None:
        raise BadInput("rhythm", f"no note value lasts {length} of a whole note")
    return found


def quantity(multiple: int, length: Fraction) -> Json:
    """So many of a note value, for `inner` and `outer`."""
    return {"multiple": multiple, "duration": value(length)}


def pitch(step: str, octave: int, alter: int = 0) -> Json:
    """A sounding pitch; middle C is C4."""
    return {"step": step, "octave": octave, **({"alter": alter} if alter else {})}


def note(where: Json, **members: Any) -> Json:
    """A note at that `pitch`."""
    return {"pitch": where, **members}


def event(length: Fraction, notes: list[Json], **members: Any) -> Json:
    """Notes that sound together."""
    return {"duration": value(length), "notes": notes, **members}


def rest(length: Fraction, **members: Any) -> Json:
    """A rest."""
    return {"duration": value(length), "rest": {}, **members}


def space(length: Fraction) -> Json:
    """Nothing, for so long."""
    return {"type": "space", "duration": as_pair(length)}


def tuplet(inner: Json, outer: Json, content: list[Json], **members: Any) -> Json:
    """`inner` in the time of `outer`, both of `quantity`."""
    return {"type": "tuplet", "inner": inner, "outer": outer, "content": content, **members}


def grace(content: list[Json], **members: Any) -> Json:
    """Grace notes before what follows."""
    return {"type": "grace", "content": content, **members}


def midi_pitch(where: Json) -> int:
    """The MIDI number of a `pitch` object; it may lie outside 0 to 127."""
    octave: int = where["octave"]
    alter: int = where.get("alter", 0)
    return 12 * (octave + 1) + SEMITONES[where["step"]] + alter
