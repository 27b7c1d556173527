"""MIDI files as UMF documents: written down as a score, with the performance where one was played."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from mos_appliance.errors import BadInput
from mos_appliance.music.midi import CONTROL_CHANGE, POLY_PRESSURE, PROGRAM_CHANGE
from mos_appliance.music.mnx.document import judge
from mos_appliance.music.notation.pedals import SUSTAIN
from mos_appliance.music.notation.score import Notation, notate
from mos_appliance.music.notes import read_notes
from mos_appliance.music.smf import (
    END_OF_TRACK,
    FILE_BYTES,
    INSTRUMENT_NAME,
    KEY_SIGNATURE,
    LYRIC,
    PORT,
    SEQUENCE_NAME,
    SET_TEMPO,
    TIME_SIGNATURE,
    Smf,
    read_smf,
)
from mos_appliance.music.umf.document import new_umf
from mos_appliance.music.umf.losses import Loaded, Loss
from mos_appliance.music.umf.performances import performance_from
from mos_appliance.music.wishes import NONE, Wishes

_READ: Final = (SEQUENCE_NAME, INSTRUMENT_NAME, SET_TEMPO, PORT, END_OF_TRACK)
_WRITTEN: Final = (*_READ, LYRIC, TIME_SIGNATURE, KEY_SIGNATURE)
_META_NAMES: Final = {1: "text", 2: "copyright", 5: "lyric", 6: "marker", 7: "cue point", 0x58: "metre", 0x59: "key"}
_EVENT_NAMES: Final = {POLY_PRESSURE: "key pressure", 0xD0: "channel pressure", 0xE0: "pitch bend"}


def load_midi(data: bytes, wishes: Wishes = NONE) -> Loaded:
    """A MIDI file written down; one that was played keeps its performance, bound note by note. Errors: `BadInput`."""
    smf = read_smf(data, most_bytes=FILE_BYTES)
    title = smf.tracks[0].name if smf.tracks else ""
    piece = read_notes(smf)
    if not wishes.scored or not len(piece.notes):
        document = new_umf(title, performances=[performance_from(smf)])
        return Loaded(document, tuple(_unread(smf, _READ)))
    notation = notate(smf, piece, wishes)
    document = new_umf(title, notation.score)
    document["metadata"].update(notation.metadata)
    if not notation.on_grid:
        document["performances"] = [_bound(smf, notation)]
    verdict = judge(notation.score)
    if verdict.errors:
        raise BadInput(*verdict.errors[0])
    of_bars = (*_READ, TIME_SIGNATURE, KEY_SIGNATURE) if notation.metred else _READ
    unread = tuple(_unread(smf, _WRITTEN if notation.on_grid else of_bars))
    return Loaded(document, unread, tuple(_lost(smf, notation)), tuple(notation.guesses))


def _bound(smf: Smf, notation: Notation) -> dict[str, object]:
    """The performance, each note with the note of the score that it plays."""
    performance = {**performance_from(smf), "kind": "played"}
    for note, name in zip(performance["notes"], notation.names, strict=True):
        note["score"] = name
    return performance


def _unread(smf: Smf, read: tuple[int, ...]) -> Iterator[Loss]:
    """What of the file was not understood."""
    for number, track in enumerate(smf.tracks, 1):
        for kind in sorted({meta.kind for meta in track.metas if meta.kind not in read}):
            yield Loss(f"track {number}", _META_NAMES.get(kind, f"meta event {kind:#04x}"))
    if smf.sysex:
        yield Loss("file", f"{smf.sysex} × system exclusive message")
    yield from (Loss("file", warning) for warning in smf.warnings)


def _lost(smf: Smf, notation: Notation) -> Iterator[Loss]:
    """What was understood and does not stand in the score, nor in a performance."""
    if notation.doubled:
        yield Loss("file", f"{notation.doubled} × note struck together with another of its pitch")
    if notation.shortened:
        yield Loss("file", f"{notation.shortened} × note shortened, for want of voices")
    if notation.silence_s:
        yield Loss("file", f"{notation.silence_s:.0f} s of silence, in the score")
    if not notation.on_grid:
        return
    kind, first = smf.events["status"] & 0xF0, smf.events["data1"]
    controls = first[(kind == CONTROL_CHANGE) & (first != SUSTAIN)]
    for controller, times in zip(*np.unique(controls, return_counts=True), strict=True):
        yield Loss("file", f"{times} × controller {controller}")
    for status, name in _EVENT_NAMES.items():
        times = int(np.count_nonzero(kind == status))
        if times:
            yield Loss("file", f"{times} × {name}")
    changes = int(np.count_nonzero(kind == PROGRAM_CHANGE)) - len(notation.score["parts"])
    if changes > 0:
        yield Loss("file", f"{changes} × program change")
