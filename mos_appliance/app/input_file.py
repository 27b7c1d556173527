"""Files that a user names on the command line: their size is looked at before they are read."""

from __future__ import annotations

import stat
from pathlib import Path

from mos_appliance.errors import BadInput


def read_input(path: str, most_bytes: int) -> bytes:
    """The bytes of a plain file, or of a pipe. Errors: `BadInput` when it has more than `most_bytes`; `OSError`."""
    with Path(path).open("rb") as file:
        status = Path(path).stat()
        if stat.S_ISREG(status.st_mode) and status.st_size > most_bytes:
            raise BadInput("file", f"has {status.st_size >> 20} MiB; at most {most_bytes >> 20} are read")
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise BadInput("file", f"has more than {most_bytes >> 20} MiB")
    return data
