"""Music that other packages bring, with its licence: what is installed is added, nothing is fetched."""

from __future__ import annotations

import importlib.util
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from mos_appliance.app.library_import import Source
from mos_appliance.errors import BadInput, Unavailable
from mos_appliance.library.piece import Facts

PIANOBOOSTER: Final = Path("/usr/share/games/pianobooster/music/BoosterMusicBooks.zip")
"""Debian's package; its copyright file puts `music/*` under CC-BY and names version 4.0 of the licences."""
_MOST_BYTES: Final = 1 << 20


def pianobooster(archive: Path = PIANOBOOSTER) -> Iterator[Source]:
    """The course of Piano Booster: MIDI files in a zip. Errors: `Unavailable`."""
    if not archive.is_file():
        raise Unavailable(f"{archive} is not there: apt install pianobooster")
    try:
        with zipfile.ZipFile(archive) as books:
            for entry in books.infolist():
                name = Path(entry.filename)
                if name.suffix == ".mid" and entry.file_size <= _MOST_BYTES:
                    tags = ("Piano Booster", name.parent.name)
                    facts = Facts(licence="CC-BY-4.0", source=f"pianobooster: {name.parent.name}", tags=tags)
                    yield Source(name, facts, pinned=False, data=books.read(entry))
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise BadInput(str(archive), f"is no good archive: {error}") from error


def music21(folder: Path | None = None) -> Iterator[Source]:
    """Bach's chorales from music21's corpus: free to use where the corpus's own licence says so.

    Errors: `Unavailable` when it is not installed.
    """
    if folder is None:
        found = importlib.util.find_spec("music21")
        if found is None or not found.submodule_search_locations:
            raise Unavailable("music21 is not installed: pip install music21")
        folder = Path(found.submodule_search_locations[0]) / "corpus" / "bach"
    facts = Facts(licence="LicenseRef-music21-corpus", source="music21: corpus/bach", tags=("chorale",))
    for path in sorted(folder.glob("bwv*.mxl")):
        yield Source(path, facts, pinned=False, composer="Johann Sebastian Bach", title=path.stem.upper())


COLLECTIONS: Final[dict[str, Callable[[], Iterator[Source]]]] = {"music21": music21, "pianobooster": pianobooster}


def collection(name: str) -> list[Source]:
    """The files of a collection. Errors: `BadInput`, `Unavailable`."""
    if name not in COLLECTIONS:
        raise BadInput("--from", f"there is no collection {name[:40]!r}; there are {', '.join(COLLECTIONS)}")
    return list(COLLECTIONS[name]())
