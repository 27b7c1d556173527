"""Engraved pages of a piece: those that are kept, else engraved now by the import's worker."""

from __future__ import annotations

from pathlib import Path

import msgspec

from mos_appliance.app.library_import import Worker
from mos_appliance.app.library_worker import Job
from mos_appliance.app.output_file import write_output
from mos_appliance.errors import BadInput, Unavailable
from mos_appliance.library.layouts import LAYOUTS
from mos_appliance.library.pages import Engraved, decode, unpacked
from mos_appliance.store.library import Library


def pages_of(library: Library, cid: str, layout: str) -> Engraved:
    """The pages. Errors: `BadInput`, `Corrupt`, `Unavailable`."""
    if layout not in LAYOUTS:
        raise BadInput("layout", f"there is no layout {layout[:40]!r}; there are {', '.join(LAYOUTS)}")
    piece = library.find(cid)
    kept = library.keeper.pages(cid, layout)
    found = decode(kept) if kept is not None else None
    return found or _engrave(library, cid, layout, piece.facts.format)


def _engrave(library: Library, cid: str, layout: str, format_name: str) -> Engraved:
    worker = Worker()
    try:
        answer = worker.ask(Job(f"{cid}{suffix_of(format_name)}", library.read(cid, opening=False), layouts=(layout,)))
    finally:
        worker.close()
    data = answer.pages.get(layout)
    if data is None:
        raise Unavailable(answer.unengraved or "this piece has no score that could be engraved")
    library.keeper.keep_pages(cid, layout, data)
    engraved = decode(data)
    assert engraved is not None
    return engraved


def suffix_of(format_name: str) -> str:
    """The usual suffix of a format."""
    from mos_appliance.music.formats import FORMATS

    return next(row.suffixes[0] for row in FORMATS if row.name == format_name)


def write_pages(library: Library, cid: str, layout: str, folder: Path) -> int:
    """Write `page-1.svg` … and `map.json`; returns how many pages."""
    engraved = pages_of(library, cid, layout)
    folder.mkdir(parents=True, exist_ok=True)
    for number, page in enumerate(engraved.pages, 1):
        write_output(folder / f"page-{number}.svg", unpacked(page))
    write_output(folder / "map.json", msgspec.json.encode(engraved.map) + b"\n")
    return len(engraved.pages)
