"""Engraved pages of a piece: those that are kept, else engraved now by the import's worker."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from mos_appliance.app.library_worker import Job
from mos_appliance.app.library_workshop import Workshop
from mos_appliance.app.output_file import write_output
from mos_appliance.errors import Unavailable
from mos_appliance.library.engraved import Engraved, decode, unpacked
from mos_appliance.music.formats import FORMATS
from mos_appliance.store.library import Library


def pages_of(library: Library, cid: str, layout: str) -> Engraved:
    """The pages. Errors: `BadInput`, `Corrupt`, `Unavailable`."""
    library.find(cid)
    for _ in range(2):
        found = kept(library, cid, layout)
        if found is not None:
            return found
        engrave(library, cid, (layout,))
    raise Unavailable("the pages were engraved, and are gone already: the disk is full or failing")


def kept(library: Library, cid: str, layout: str) -> Engraved | None:
    """The pages that are kept, if they are good."""
    data = library.keeper.pages(cid, layout)
    return None if data is None else decode(data)


def engrave(library: Library, cid: str, layouts: Sequence[str]) -> None:
    """Engrave a piece anew and keep its pages. Errors: `BadInput`, `Corrupt`, `Unavailable`."""
    suffix = suffix_of(library.find(cid).facts.format)
    workshop = Workshop()
    try:
        job = Job(f"{cid}{suffix}", library.read(cid, opening=False), layouts=tuple(layouts))
        answer = workshop.ask(job)
    finally:
        workshop.close()
    if not answer.pages:
        raise Unavailable(answer.unengraved or "this piece has no score that could be engraved")
    for layout, data in answer.pages.items():
        library.keeper.keep_pages(cid, layout, data)


def suffix_of(format_name: str) -> str:
    """The usual suffix of a format."""
    return next(row.suffixes[0] for row in FORMATS if row.name == format_name)


def write_pages(library: Library, cid: str, layout: str, folder: Path) -> int:
    """Write `page-1.svg` … and `map.json`; returns how many pages."""
    engraved = pages_of(library, cid, layout)
    folder.mkdir(parents=True, exist_ok=True)
    for number, page in enumerate(engraved.pages, 1):
        write_output(folder / f"page-{number}.svg", unpacked(page))
    write_output(folder / "map.json", msgspec.json.encode(engraved.map) + b"\n")
    return len(engraved.pages)
