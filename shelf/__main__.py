"""`python -m shelf`: writes `mos_appliance/shelf` from the sources; `--check` only says whether it is up to date."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from mos_appliance.music.umf.canonical import canonical
from shelf.compiler import SHELF, pieces
from shelf.lessons import lessons
from shelf.notation import Mistake
from shelf.readme import readme


def made() -> dict[str, bytes]:
    """Every file of the shelf that is made, by its path. Errors: `Mistake`."""
    found = pieces()
    taught = lessons(found)
    files = {f"pieces/{piece.name}.umf": canonical(piece.document) for piece in found}
    files |= {f"lessons/{name}.umf": canonical(document) for name, document in taught.items()}
    files["README.md"] = readme(found, taught).encode()
    return files


def main(arguments: Sequence[str]) -> int:
    """Returns 1 when a source is wrong or, with `--check`, a file is stale."""
    try:
        files = made()
    except Mistake as error:
        sys.stderr.write(f"shelf: {error}\n")
        return 1
    old = [path for folder in ("pieces", "lessons") for path in (SHELF / folder).glob("*.umf")]
    gone = [path for path in old if str(path.relative_to(SHELF)) not in files]
    stale = [name for name, data in files.items() if not (SHELF / name).exists() or (SHELF / name).read_bytes() != data]
    if "--check" in arguments:
        for name in [*stale, *map(str, gone)]:
            sys.stderr.write(f"shelf: {name} is not what the sources say: python -m shelf\n")
        return 1 if stale or gone else 0
    for path in gone:
        path.unlink()
    for name in stale:
        (SHELF / name).parent.mkdir(parents=True, exist_ok=True)
        (SHELF / name).write_bytes(files[name])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
