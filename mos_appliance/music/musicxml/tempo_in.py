"""Tempo and jumps: what `metronome`, `sound`, `segno` and `coda` mean for the whole score.

The elements themselves stay in the part where they stood; what they mean is marked `shown`, so that it is not written
twice.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from mos_appliance.errors import BadInput
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.build import position
from mos_appliance.music.mnx.extensions import set_own
from mos_appliance.music.mnx.rhythm import MAX_DOTS
from mos_appliance.music.musicxml.note_in import decimal
from mos_appliance.music.musicxml.part_in import PartReader
from mos_appliance.music.musicxml.tree import Element, text_of
from mos_appliance.music.musicxml.words import BASES

FASTEST_BPM = 10_000


def read_globals(reader: PartReader, element: Element) -> None:
    """Understand the tempo, signs and jumps of a `direction` or `sound`; the element is kept all the same."""
    sound = element if element.tag == "sound" else element.find("sound")
    tempo = _metronome(reader, element.find("direction-type/metronome")) or _sound_tempo(reader, sound)
    if tempo is not None:
        _say(reader, "tempo", tempo)
    for tag in ("segno", "coda"):
        if element.find(f"direction-type/{tag}") is not None:
            _say(reader, tag, {})
    if sound is None:
        return
    for attribute in ("dacapo", "dalsegno", "fine", "tocoda"):
        if sound.get(attribute) not in (None, "no"):
            _say(reader, attribute, {})


def _say(reader: PartReader, what: str, row: Json) -> None:
    place = position(reader.cursor)
    reader.claim(reader.bar.number, f"{what} {place['fraction']}", {"location": place, **row}, reader.name)


def _metronome(reader: PartReader, element: Element | None) -> Json | None:
    """A metronome mark of one note value and a number."""
    if element is None or len(element.findall("beat-unit")) != 1:
        return None
    base = BASES.get(text_of(element.find("beat-unit")))
    text = text_of(element.find("per-minute"))
    number = "".join(character for character in text if character.isdecimal() or character == ".")
    if base is None or not text or not number.strip(".") or number.count(".") > 1 or len(number) > 9:
        return None
    value: Json = {"base": base}
    dots = min(len(element.findall("beat-unit-dot")), MAX_DOTS)
    if dots:
        value["dots"] = dots
    return _tempo(reader, decimal(number, reader.where), value)


def _sound_tempo(reader: PartReader, sound: Element | None) -> Json | None:
    text = sound.get("tempo") if sound is not None else None
    return None if not text else _tempo(reader, decimal(text.strip(), reader.where), {"base": "quarter"})


def _tempo(reader: PartReader, bpm: Fraction, value: Json) -> Json | None:
    if bpm == 0:
        return None
    if not 0 < bpm <= FASTEST_BPM:
        raise BadInput(reader.where, f"a tempo of {float(bpm):g} is none from 1 to {FASTEST_BPM:,}")
    row: Json = {"bpm": max(round(bpm), 1), "value": value}
    if row["bpm"] != bpm:
        set_own(row, "bpm", float(bpm))
    return row


def put_globals(measures: list[Json], said: dict[tuple[int, str], tuple[Any, set[str]]]) -> None:
    """Write what was said into the bars."""
    words = {member.partition(" ")[0] for _, member in said}
    tail = "alcoda" if "tocoda" in words else "alfine" if "fine" in words else ""
    for (bar, member), (row, _) in sorted(said.items()):
        what, measure = member.partition(" ")[0], measures[bar]
        if what == "tempo":
            tempo = dict(row)
            tempo["_x"] = {"org.mos": {**tempo.get("_x", {}).get("org.mos", {}), "shown": True}}
            measure.setdefault("tempos", []).append(tempo)
        elif what in ("segno", "fine"):
            measure[what] = _shown(row)
        elif what in ("coda", "tocoda"):
            set_own(measure, "coda" if what == "coda" else "toCoda", {**row, "shown": True})
        elif what in ("dacapo", "dalsegno"):
            _put_jump(measure, what, tail, row)


def _shown(row: Json) -> Json:
    return {**row, "_x": {"org.mos": {"shown": True}}}


def _put_jump(measure: Json, what: str, tail: str, row: Json) -> None:
    kind = {"dacapo": "dc", "dalsegno": "ds"}[what] + tail
    kind = {"dc": "dacapo", "ds": "segno"}.get(kind, kind)
    if kind in ("segno", "dsalfine"):
        measure["jump"] = _shown({"type": kind, **row})
    else:
        set_own(measure, "jump", {"type": kind, **row, "shown": True})
