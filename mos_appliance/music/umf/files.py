"""Files of three formats and the UMF document between them: MIDI, MNX and UMF itself."""

from __future__ import annotations

from typing import Final

import numpy as np

from mos_appliance.errors import BadInput
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.document import read_mnx, write_mnx
from mos_appliance.music.mnx.notes import score_notes
from mos_appliance.music.mnx.playback import score_smf
from mos_appliance.music.notes import NoteList, read_notes
from mos_appliance.music.smf import Smf
from mos_appliance.music.smf_write import write_smf
from mos_appliance.music.umf.document import new_umf, read_umf, write_umf
from mos_appliance.music.umf.losses import Loaded, Loss, Saved, besides_score, counted
from mos_appliance.music.umf.performances import performance_smf
from mos_appliance.music.wishes import NONE, Wishes

_KEPT_BY_MIDI: Final = frozenset({
    "_c", "accent", "alter", "arpeggio", "bank", "base", "bpm", "coda", "content", "count", "dots", "drums",
    "duration", "dynamics", "end", "ending", "fifths", "fine", "fraction", "fullMeasure", "global", "grace",
    "graceType", "hairpins", "id", "inner", "jump", "key", "kit", "kitComponent", "kitNotes", "length", "lineOrder",
    "lines", "location", "lyrics", "markings", "marks", "measure", "measures", "midiNumber", "mnx", "mode", "multiple",
    "name", "notes", "numbers", "octave", "outer", "parts", "pedals", "pitch", "position", "program", "repeatEnd",
    "repeatStart", "rest", "segno", "sequences", "slash", "softAccent", "sound", "sounds", "spiccato",
    "staccatissimo", "staccato", "staff", "staves", "step", "stress", "strongAccent", "target", "targetType",
    "tempos", "text", "ties", "time", "times", "toCoda", "tremolo", "type", "unit", "unstress", "value", "velocity",
    "version", "voice",
})  # fmt: skip
"""What is heard in a MIDI file, by the names of members; the others are told as lost."""
_REPEATING: Final = frozenset({
    "coda", "ending", "fine", "jump", "numbers", "repeatEnd", "repeatStart", "segno", "times", "toCoda",
})  # fmt: skip
"""What is heard only where repeats are taken."""


def smf_of(document: Json) -> Smf:
    """What of a document can be heard: its score, else its first performance. Errors: `BadInput`."""
    title: str = document["metadata"]["title"]
    if "score" in document:
        return score_smf(document["score"], title)
    if document.get("performances"):
        return performance_smf(document["performances"][0], title)
    raise BadInput("score", "is missing, and there is no performance: nothing to play")


def notes_of(document: Json, unfold: bool) -> NoteList:
    """The notes of the score, else of the first performance."""
    if "score" in document:
        return score_notes(document["score"], unfold)
    piece = read_notes(smf_of(document))
    notes = piece.notes.copy()
    notes["bar"] = np.minimum(notes["bar"], 1)  # nobody has said where the bars are
    return NoteList(notes, piece.division, tuple(piece.parts), piece.warnings)


def load_umf(data: bytes) -> Loaded:
    """A UMF file: everything is kept."""
    return Loaded(read_umf(data), ())


def save_umf(document: Json) -> Saved:
    """A UMF file: everything has its place."""
    return Saved(write_umf(document), ())


def load_mnx(data: bytes) -> Loaded:
    """A MNX file as a document around it: everything is kept."""
    score = read_mnx(data)
    names = [item["name"] for item in score.get("scores", ()) if item["name"]]
    return Loaded(new_umf(names[0] if names else "", score), ())


def save_mnx(document: Json) -> Saved:
    """The score of a document as it stands there. Errors: `BadInput` when there is none."""
    if "score" not in document:
        raise BadInput("score", "there is none to write as MNX")
    return Saved(write_mnx(document["score"]), tuple(besides_score(document)))


def save_midi(document: Json, wishes: Wishes = NONE) -> Saved:
    """What can be heard of a document: its score, else its first performance, or the one that is wished for."""
    title: str = document["metadata"]["title"]
    lost = [loss for loss in besides_score(document) if loss.where != "metadata.title"]
    performances = document.get("performances", [])
    chosen = _chosen(performances, wishes.performance)
    if "score" in document and wishes.performance is None:
        smf = score_smf(document["score"], title, unfold=wishes.unfold)
        kept = _KEPT_BY_MIDI if wishes.unfold else _KEPT_BY_MIDI - _REPEATING
        lost += counted(document["score"], kept, "score")
    elif chosen is not None:
        smf = performance_smf(performances[chosen], title)
        lost = [loss for loss in lost if loss.where != "performances"]
        lost += [Loss(f"performances[{place}]", "performance") for place in range(len(performances)) if place != chosen]
        lost += [Loss("score", "score")] if "score" in document else []
    else:
        smf = smf_of(document)
    return Saved(write_smf(smf), (*lost, *(Loss("score", warning) for warning in smf.warnings)))


def _chosen(performances: list[Json], wanted: str | None) -> int | None:
    """Which performance. Errors: `BadInput` when none has that id."""
    if wanted is None:
        return 0 if performances else None
    for place, performance in enumerate(performances):
        if performance["id"] == wanted:
            return place
    known = ", ".join(performance["id"][:40] for performance in performances[:10]) or "none"
    raise BadInput("performances", f"there is none with the id {wanted[:40]!r}; there are: {known}")
