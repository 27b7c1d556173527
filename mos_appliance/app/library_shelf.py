"""The shelf that ships: put into the library at the first start, renewed when the package brings newer pieces.

What a person did with a piece of the shelf stays: a newer version of it takes over how often it was opened, and the
older one can be restored for a day.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from mos_appliance.app.library_import import Import, Progress, Source, Summary
from mos_appliance.app.library_pages import engrave, kept
from mos_appliance.errors import BadInput
from mos_appliance.library.layouts import LAYOUTS
from mos_appliance.library.piece import Facts
from mos_appliance.music.cid import cid_of
from mos_appliance.store.library import Library

SHELF: Final = Path(__file__).parents[1] / "shelf"
_ENDING: Final = ".umf"


def renew(library: Library, folder: Path = SHELF, progress: Progress | None = None) -> Summary:
    """Bring the library's shelf to what the folder holds; `engrave_shelf` makes its pages, later and slower.

    Errors: `Unavailable`, `OSError`.
    """
    files = {str(file.relative_to(folder)): file for file in sorted(folder.rglob(f"*{_ENDING}"))}
    before = library.shelf()
    sources = [
        Source(file, Facts(source="shelf"), shelf=name)
        for name, file in files.items()
        if before.get(name) != cid_of(file.read_bytes())
    ]
    if not sources:
        return Summary(known=list(before.values()))
    summary = Import(library, (), progress).run(sources)
    after = library.shelf()
    for name, old in before.items():
        if name not in files or after.get(name, old) != old:
            library.succeed(old, after.get(name) if name in files else None)
    return summary


def engrave_shelf(library: Library) -> list[str]:
    """Engrave what of the shelf has not been; returns the CIDs of what could not be. Errors: `Unavailable`."""
    failed = []
    for cid in library.shelf().values():
        missing = [layout for layout in LAYOUTS if not kept(library, cid, layout)]
        if not missing or library.find(cid).facts.form != "score":
            continue
        try:
            engrave(library, cid, missing)
        except BadInput:  # it is told when somebody asks for the pages
            failed.append(cid)
    return failed
