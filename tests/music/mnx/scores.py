"""Small scores for the tests."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.build import document, event, note, pitch

QUARTER = Fraction(1, 4)


def tone(name: str, **members: Any) -> Json:
    """A note such as C4 or F#5."""
    return note(pitch(name[0], int(name[-1]), name.count("#") - name.count("b")), **members)


def quarter(name: str, **members: Any) -> Json:
    """A quarter note."""
    return event(QUARTER, [tone(name)], **members)


def score(*bars: list[Json], measures: list[Json] | None = None, **part: Any) -> Json:
    """One part with one sequence a bar; `measures` are those of `global`."""
    common = measures or [{} for _ in bars]
    common[0].setdefault("time", {"count": 4, "unit": 4})
    return document(common, [{"measures": [{"sequences": [{"content": bar}]} for bar in bars], **part}])


def scale_bar(*names: str) -> list[Json]:
    """A bar of quarter notes."""
    return [quarter(name) for name in names]
