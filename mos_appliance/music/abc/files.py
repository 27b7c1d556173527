"""ABC files and the UMF document around a tune."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from mos_appliance.errors import BadInput
from mos_appliance.music.abc.score import score_of
from mos_appliance.music.abc.text import Book, Tune, book_of, chosen
from mos_appliance.music.abc.tune import TuneReader
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.document import Problem, Verdict
from mos_appliance.music.mnx.document import judge as judge_mnx
from mos_appliance.music.mnx.notes import score_notes
from mos_appliance.music.notes import NoteList
from mos_appliance.music.umf.document import new_umf
from mos_appliance.music.umf.losses import Loaded, Loss
from mos_appliance.music.wishes import NONE, Wishes

EXTENSION: Final = "org.mos.abc"
"""Where the information fields stand that UMF has no word for, by their letters."""
MAX_TOLD: Final = 50
_URI: Final = re.compile(r"https?://[!-~]{1,2000}")
_KNOWN: Final = frozenset("TCORSZ")


class Head(NamedTuple):
    """A tune of a file."""

    number: int
    title: str
    line: int


def tunes_of(data: bytes) -> tuple[Head, ...]:
    """The tunes of a file, in its order. Errors: `BadInput`."""
    return tuple(Head(tune.number, tune.title, tune.line) for tune in book_of(data).tunes)


def load_abc(data: bytes, wishes: Wishes = NONE) -> Loaded:
    """A tune as a document, its information fields as metadata. Errors: `BadInput` with line and column."""
    book = book_of(data)
    tune = chosen(book, wishes.tune)
    document, reader = _document(book, tune)
    unread = [Loss(*row) for row in reader.report.rows()]
    others = [other for other in book.tunes if other is not tune]
    lost = [Loss(f"line {other.line}", f"tune {other.number}: {other.title[:80]}") for other in others[:MAX_TOLD]]
    if len(others) > MAX_TOLD:
        lost.append(Loss(f"line {others[MAX_TOLD].line}", f"{len(others) - MAX_TOLD} tunes more"))
    return Loaded(document, tuple(unread), tuple(lost))


def abc_notes(data: bytes, unfold: bool) -> NoteList:
    """The notes of the first tune. Errors: `BadInput`."""
    book = book_of(data)
    piece = score_notes(_document(book, book.tunes[0])[0]["score"], unfold)
    more = len(book.tunes) - 1
    told = (f"{more} tune{'s' * (more > 1)} more in the file",) if more else ()
    return NoteList(piece.notes, piece.division, piece.parts, piece.warnings + told, piece.ids, piece.passes)


def abc_score(data: bytes) -> Json:
    """The score of the first tune. Errors: `BadInput`."""
    book = book_of(data)
    score: Json = _document(book, book.tunes[0])[0]["score"]
    return score


def judge_abc(data: bytes) -> Verdict:
    """Every tune of a file: what is wrong, and what was not understood. Errors: `BadInput`."""
    book = book_of(data)
    errors: list[Problem] = []
    odd: list[Problem] = []
    for tune in book.tunes:
        try:
            _, reader = _document(book, tune)
        except BadInput as error:
            errors.append(Problem(error.where, error.why))
        else:
            odd += [Problem(where, f"{what} is not understood") for where, what in reader.report.rows()]
    return Verdict(tuple(errors[:1_000]), tuple(odd[:1_000]))


def _document(book: Book, tune: Tune) -> tuple[Json, TuneReader]:
    """The document of a tune, which is good MNX too. Errors: `BadInput`."""
    reader = TuneReader(book, tune)
    score = score_of(reader)
    verdict = judge_mnx(score)
    if verdict.errors:
        raise BadInput(*verdict.errors[0])
    told = {letter: [text for text in texts if text] for letter, texts in reader.information.items()}
    titles = told.get("T", [])
    document = new_umf(titles[0] if titles else "", score)
    _describe(document["metadata"], told, reader)
    provenance = _provenance(told)
    if provenance:
        document["provenance"] = provenance
    rest: dict[str, Any] = {letter: texts for letter, texts in told.items() if letter not in _KNOWN and texts}
    if len(titles) > 2:
        rest["T"] = titles[2:]
    if rest:
        document["extensions"] = {EXTENSION: rest}
    return document, reader


def _describe(metadata: Json, told: dict[str, list[str]], reader: TuneReader) -> None:
    titles = told.get("T", [])
    found = {
        "subtitle": titles[1] if len(titles) > 1 else "",
        "composer": ", ".join(told.get("C", [])),
        "tradition": ", ".join(told.get("O", [])),
        "key": reader.key.named,
        "metre": f"{reader.metre[0]}/{reader.metre[1]}" if reader.metre else "",
    }
    metadata.update({name: text for name, text in found.items() if text})
    if reader.tempo is not None and reader.tempo.beat:
        quarters = reader.tempo.bpm * reader.tempo.beat * 4
        metadata["tempo"] = int(quarters) if quarters.denominator == 1 else round(float(quarters), 3)
    if told.get("R"):
        metadata["tags"] = told["R"]


def _provenance(told: dict[str, list[str]]) -> Json:
    out: Json = {}
    makers = [{"name": text, "role": "transcriber"} for text in told.get("Z", [])]
    sources = [{"url": text} if _URI.fullmatch(text) else {"title": text} for text in told.get("S", [])]
    out.update({"creators": makers} if makers else {})
    out.update({"derivedFrom": sources} if sources else {})
    return out
