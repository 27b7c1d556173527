"""Lyrics of a MIDI file at the notes that they are sung to."""

from __future__ import annotations

from typing import Final

import numpy as np

from mos_appliance.music.json_text import Json
from mos_appliance.music.notation.grid import to_units
from mos_appliance.music.notation.tones import Voice
from mos_appliance.music.notation.units import QUARTER
from mos_appliance.music.smf import LYRIC, Smf
from mos_appliance.music.smf_text import text_of

_NEAR: Final = QUARTER // 16


def add_words(smf: Smf, track: int, voices: list[Voice], on_grid: bool) -> None:
    """Put the lyrics of a track, or of a file that has them in one other track, at the chords of the first voice."""
    metas = [meta for meta in smf.tracks[track].metas if meta.kind == LYRIC]
    if not on_grid or not metas or not voices:
        return
    chords = {chord.onset: chord for voice in reversed(voices) for chord in voice}
    joined = False
    for meta in metas:
        place = int(to_units(np.array([meta.tick]), smf.division)[0])
        near = min(chords, key=lambda onset: abs(onset - place)) if place not in chords else place
        text = text_of(meta.data)
        if not text or abs(near - place) > _NEAR:
            continue
        goes_on = text.endswith("-") and len(text) > 1
        syllable: Json = {"text": text[:-1] if goes_on else text}
        kind = {(True, True): "middle", (True, False): "end", (False, True): "start"}.get((joined, goes_on))
        if kind:
            syllable["type"] = kind
        chords[near].lyrics = {"lines": {"1": syllable}}
        joined = goes_on
