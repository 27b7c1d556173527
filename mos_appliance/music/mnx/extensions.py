"""What MNX has no word for: our members of `_x`, one row each.

They stand in `_x["org.mos"]` of the object that they speak about. `docs/umf.md` prints this table.

`element` is an element of MusicXML as JSON: `[tag, {attributes}, child or text, ...]`, what is empty left out. Who
changes what stands beside it in MNX need not mind it: it is written back only while it says the same.
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
    Extension("root", "attributes", "{attribute: text}", "of the root of a MusicXML file"),
    Extension("root", "musicxml", "[element]", "what stood before the parts of a MusicXML file: credits and so on"),
    Extension("root", "partGroups", "[{before, element}]", "a `part-group` of MusicXML before that part, from 0"),
    Extension("globalMeasure", "attributes", "{attribute: text}", "of the `measure` of a MusicXML file"),
    Extension("globalMeasure", "leftLine", "element", "the `barline` of MusicXML, where it says more than MNX"),
    Extension("globalMeasure", "rightLine", "element", "the `barline` of MusicXML, where it says more than MNX"),
    Extension("key", "mode", "text", "`major`, `minor`, `dorian` and so on"),
    Extension("key", "musicxml", "element", "the `key` of MusicXML, where it says more than MNX"),
    Extension("time", "musicxml", "element", "the `time` of MusicXML, where it says more than MNX: 3+2/8"),
    Extension("tempo", "shown", "true", "a part shows it in its `musicxml`; also on `segno`, `fine`, `jump`, `coda`"),
    Extension("part", "attributes", "{element: {attribute: text}}", "of the `score-part` of a MusicXML file"),
    Extension("part", "musicxml", "[element]", "children of the `score-part` that MNX has no word for"),
    Extension("transposition", "musicxml", "element", "the `transpose` of MusicXML"),
    Extension(
        "partMeasure",
        "transpositions",
        "[{position, halfSteps, staffDistance, musicxml?}]",
        "from here on the part is written otherwise: the intervals of `transposition`",
    ),
    Extension(
        "partMeasure",
        "musicxml",
        "[{position, element, within?}]",
        "elements of MusicXML that MNX has no word for; `within` the element that they stood in; times are in quarters",
    ),
    Extension("partMeasure", "without", "[text]", "what the part does not show: `key`, `time`, `barline-left`, …"),
    Extension("kitComponent", "instrument", "text", "the `score-instrument` of MusicXML"),
    Extension("kitComponent", "anywhere", "true", "no place on the staff was said"),
    Extension("positionedClef", "musicxml", "element", "the `clef` of MusicXML, where it says more than MNX"),
    Extension("dynamic", "musicxml", "element", "the `direction` of MusicXML, where it says more than MNX"),
    Extension("ottava", "musicxml", "element", "the `direction` at its beginning; `musicxmlEnd` the one at its end"),
    Extension("ottava", "musicxmlEnd", "element", "see `musicxml`; rows of ours have such members too"),
    Extension("event", "musicxml", "[element]", "children of a rest's `note` that MNX has no word for"),
    Extension("event", "attributes", "{element: {attribute: text}}", "of a rest's `note` and its children"),
    Extension("event", "untyped", "true", "no note value was written; this one follows from the time"),
    Extension("event", "timeless", "true", "a note that was to last no time, in a grace group for want of a place"),
    Extension("event", "wholeBar", "true", "a rest that is printed as one for the whole bar"),
    Extension("event", "timeModification", "[n, m]", "n notes in the time of m was written, which is not its time"),
    Extension("tuplet", "musicxml", "element", "the `tuplet` of MusicXML, where it says more than MNX"),
    Extension("tuplet", "ratio", "[n, m]", "what is written, where it is not what `inner` and `outer` count"),
    Extension("tuplet", "plain", "true", "no tuplet: it makes a time exact that no note value has; never printed"),
    Extension("fullMeasure", "musicxml", "[element]", "children of the rest's `note` that MNX has no word for"),
    Extension("fullMeasure", "attributes", "{element: {attribute: text}}", "of the rest's `note` and its children"),
    Extension("note", "musicxml", "[element]", "children of the `note` that MNX has no word for"),
    Extension("note", "attributes", "{element: {attribute: text}}", "of the `note` of MusicXML and its children"),
    Extension("note", "tieStop", "true", "a tie ends here that begins nowhere"),
    Extension("slur", "attributes", "{start?, stop?}", "attributes of the ends of the `slur` of MusicXML"),
    Extension("syllable", "musicxml", "element", "the `lyric` of MusicXML, where it says more than MNX"),
    Extension("sequence", "hand", "`left` or `right`", "which hand plays it"),
)


def own(item: Json) -> Json:
    """Our members of an object, empty when there are none. Never changed: `set_own` does that."""
    vendors = item.get("_x")
    if type(vendors) is not dict:
        return _NOTHING
    ours = vendors.get(VENDOR, _NOTHING)
    return ours if type(ours) is dict else _NOTHING


def own_list(item: Json, name: str) -> list[Any]:
    """One of our members that is a list; empty when it is missing or something else."""
    found = own(item).get(name)
    return found if isinstance(found, list) else []


def set_own(item: Json, name: str, value: Any) -> None:
    """Put one of our members into an object of a document that is being built."""
    item.setdefault("_x", {}).setdefault(VENDOR, {})[name] = value


_NOTHING: Final[Json] = {}
