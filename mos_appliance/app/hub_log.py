"""How the hub speaks on stderr: one line a record, also for an error; a traceback only for who asks for it."""

from __future__ import annotations

import logging
import os
import traceback
from pathlib import PurePath
from typing import Final

DEBUG: Final = "MOS_DEBUG"


class OneLine(logging.Formatter):
    """Says of an exception what it is and where it was raised; with `MOS_DEBUG=1` the whole traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter.format`."""
        line = " ".join(record.getMessage().split())
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return line
        if os.environ.get(DEBUG) == "1":
            return f"{line}\n{''.join(traceback.format_exception(error))}"
        frames = traceback.extract_tb(error.__traceback__)
        where = f" ({PurePath(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
        return f"{line}: {type(error).__name__}: {' '.join(str(error).split())}{where}"


def speak_in_lines() -> None:
    """From now on every record of a warning or worse is one line on stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
