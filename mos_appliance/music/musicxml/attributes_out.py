"""`clef`, `key`, `time` and `transpose` from MNX."""

from __future__ import annotations

from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.extensions import own
from mos_appliance.music.musicxml.kept import restore
from mos_appliance.music.musicxml.tree import Element, new


def clef_element(row: Json) -> Element:
    """The element for a `positionedClef`."""
    clef = row["clef"]
    staff = row.get("staff", 1)
    element = new("clef", None, new("sign", clef["sign"]), new("line", clef["staffPosition"] // 2 + 3))
    if staff != 1:
        element.set("number", str(staff))
    if clef.get("octave"):
        element.append(new("clef-octave-change", clef["octave"]))
    return element


def key_element(key: Json, shift: tuple[int, int]) -> Element:
    """The element for a `key`, as it is written where the part transposes by `shift` from written to sounding."""
    written = key["fifths"] - (7 * shift[0] - 12 * shift[1])
    element = new("key", None, new("fifths", written))
    mode = own(key).get("mode")
    if type(mode) is str:
        element.append(new("mode", mode))
    return element


def time_element(time: Json) -> Element:
    """The element for a `time`."""
    element = new("time", None, new("beats", time["count"]), new("beat-type", time["unit"]))
    if "display" in time:
        element.set("symbol", time["display"])
    return element


def transpose_element(interval: Json) -> Element:
    """The element for an interval from sounding to written pitch."""
    half_steps, steps = -interval["halfSteps"], -interval["staffDistance"]
    octaves = int(steps / 7)
    element = new("transpose", None, new("diatonic", steps - 7 * octaves), new("chromatic", half_steps - 12 * octaves))
    if octaves:
        element.append(new("octave-change", octaves))
    return element


def kept_or(item: Json, made: Element) -> Element:
    """The element that was kept with an object, where it is of the same kind; else the one that was made."""
    kept = restore(own(item).get("musicxml"))
    return kept if kept is not None and kept.tag == made.tag else made
