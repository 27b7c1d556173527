"""MusicXML files and the UMF document around their score."""

from __future__ import annotations

from typing import Final

from mos_appliance.errors import BadInput
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.document import Problem, Verdict, errors_of
from mos_appliance.music.mnx.notes import score_notes
from mos_appliance.music.musicxml.archive import is_archive, read_archive
from mos_appliance.music.musicxml.kept import own_list, restore
from mos_appliance.music.musicxml.notes_in import plain_notes
from mos_appliance.music.musicxml.score_in import Reading, read_musicxml
from mos_appliance.music.musicxml.score_out import write_musicxml
from mos_appliance.music.musicxml.tree import Element, text_of
from mos_appliance.music.notes import NoteList
from mos_appliance.music.umf.document import new_umf
from mos_appliance.music.umf.losses import Loaded, Loss, Saved, besides_score

_HEADED: Final = ("metadata.title", "metadata.composer")


def load_musicxml(data: bytes) -> Loaded:
    """A MusicXML file as a document around its score, with title and composer. Errors: `BadInput`."""
    score, unread, lost = read_checked(data)
    header = header_of(score)
    document = new_umf(header.get("title", ""), score)
    if "composer" in header:
        document["metadata"]["composer"] = header["composer"]
    return Loaded(document, tuple(Loss(*row) for row in unread), tuple(Loss(*row) for row in lost))


def header_of(score: Json) -> dict[str, str]:
    """The `title` and `composer` that a score kept from MusicXML, where it did."""
    found: dict[str, str] = {}
    for element in map(restore, own_list(score, "musicxml")):
        if element is not None:
            _look(element, found)
    return found


def _look(element: Element, found: dict[str, str]) -> None:
    title = text_of(element) if element.tag == "movement-title" else text_of(element.find("work-title"))
    if title:
        found.setdefault("title", title[:1000])
    for creator in element.findall("creator"):
        if creator.get("type") == "composer" and text_of(creator):
            found.setdefault("composer", text_of(creator)[:1000])


def _save(document: Json, compressed: bool) -> Saved:
    if "score" not in document:
        raise BadInput("score", "there is none to write as MusicXML")
    metadata = document["metadata"]
    named = {name: metadata[name] for name in ("title", "composer") if metadata.get(name)}
    data, lost = write_musicxml(document["score"], compressed=compressed, header=named)
    besides = [loss for loss in besides_score(document) if loss.where not in _HEADED]
    return Saved(data, (*besides, *(Loss(*row) for row in lost)))


def save_musicxml(document: Json) -> Saved:
    """The score of a document as .musicxml. Errors: `BadInput` when there is none."""
    return _save(document, compressed=False)


def save_mxl(document: Json) -> Saved:
    """The score of a document as .mxl. Errors: `BadInput` when there is none."""
    return _save(document, compressed=True)


def judge_musicxml(data: bytes) -> Verdict:
    """What of a file was not understood is odd; a file that cannot be read is refused. Errors: `BadInput`."""
    reading = read_checked(data)
    return Verdict((), tuple(Problem(where, f"{what} is not understood") for where, what in reading.unread))


def musicxml_notes(data: bytes, unfold: bool) -> NoteList:
    """The notes of a file: those of a plain one straight from it. Errors: `BadInput`."""
    text = read_archive(data) if is_archive(data) else data
    found = None if unfold else plain_notes(text)
    return found if found is not None else score_notes(read_checked(text).document, unfold)


def read_checked(data: bytes) -> Reading:
    """The score, which is good MNX too. Errors: `BadInput`, also for numbers that MNX refuses."""
    return _checked(read_musicxml(data))


def _checked(reading: Reading) -> Reading:
    errors = errors_of(reading.document)
    if errors:
        raise BadInput(*errors[0])
    return reading
