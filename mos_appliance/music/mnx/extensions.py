"""What MNX has no word for: our members of `_x`, one row each.

They stand in `_x["org.mos"]` of the object that they speak about. `docs/umf.md` prints this table.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from mos_appliance.music.json_text import Json

VENDOR: Final = "org.mos"


class Extension(NamedTuple):
    """One row: `owner` is an object of the MNX table, `kind` the JSON that stands there."""

    owner: str
    name: str
    kind: str
    doc: str


EXTENSIONS: Final[tuple[Extension, ...]] = (
    Extension(
        "globalMeasure", "length", "[n, d]", "how long the bar lasts in whole notes, where its contents do not tell"
    ),
    Extension("globalMeasure", "label", "text", "the number of the bar as printed, where it is no integer"),
    Extension("globalMeasure", "coda", "{location}", "the coda begins here"),
    Extension("globalMeasure", "toCoda", "{location}", "from here to the coda, after a jump"),
    Extension(
        "globalMeasure",
        "jump",
        "{type, location}",
        "`dacapo`, `dcalfine`, `dcalcoda` or `dsalcoda`: the jumps that MNX lacks",
    ),
    Extension("globalMeasure", "texts", "[{position, text}]", "words above the score, such as Andante"),
    Extension("tempo", "bpm", "number", "the exact tempo, where it is no integer"),
    Extension("tempo", "text", "text", "the words of the tempo marking"),
    Extension("part", "program", "0–127", "General MIDI instrument"),
    Extension("part", "bank", "integer", "sound bank of the instrument"),
    Extension("part", "drums", "true", "the part plays General MIDI percussion: pitches are its keys"),
    Extension(
        "partMeasure", "chords", "[{position, label, text?, staff?}]", "chord symbols; `label` in Harte's syntax"
    ),
    Extension(
        "partMeasure",
        "pedals",
        "[{position, type, staff?}]",
        "sustain pedal: `start`, `stop`, `change` (up and down at once)",
    ),
    Extension(
        "partMeasure",
        "hairpins",
        "[{type, position, end, staff?, voice?}]",
        "`crescendo` or `diminuendo` to `end`, a position with its measure",
    ),
    Extension("partMeasure", "texts", "[{position, text, staff?}]", "words at the staff, such as dolce"),
    Extension("event", "fermata", "{shape?}", "held longer"),
    Extension("event", "arpeggio", "{direction?}", "chord broken from below, or `down`"),
    Extension("event", "ornaments", "[text]", "`trill`, `turn`, `invertedTurn`, `mordent`, `invertedMordent`"),
    Extension("note", "fingering", "[text]", "fingers, thumb 1; `3-1` for a change of fingers"),
    Extension("note", "hand", "`left` or `right`", "which hand plays it, where the staff does not tell"),
    Extension("note", "cents", "number", "how much higher than its pitch it sounds, in 1/100 semitone"),
    Extension("note", "velocity", "1–127", "how loud it was played"),
    Extension("sequence", "hand", "`left` or `right`", "which hand plays it"),
)


def own(item: Json) -> Json:
    """Our members of an object, empty when there are none. Never changed: `set_own` does that."""
    vendors = item.get("_x")
    if type(vendors) is not dict:
        return _NOTHING
    ours = vendors.get(VENDOR, _NOTHING)
    return ours if type(ours) is dict else _NOTHING


def set_own(item: Json, name: str, value: Any) -> None:
    """Put one of our members into an object of a document that is being built."""
    item.setdefault("_x", {}).setdefault(VENDOR, {})[name] = value


_NOTHING: Final[Json] = {}
