"""The kernel's log, as far as it speaks about the card: lines are counted, never kept.

Source: the kernel's Documentation/ABI/testing/dev-kmsg.
"""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path
from typing import Final

KMSG: Final = Path("/dev/kmsg")
_RECORD_BYTES: Final = 8192
_MOST_AT_ONCE: Final = 2000
"""Records looked at in one go: a card that fails all the time must not hold anybody up."""
_CARD_FAILED: Final = re.compile(
    r"I/O error, dev (mmcblk|vd|sd)|Buffer I/O error on dev (mmcblk|vd|sd)|mmc\d+: (error|timeout|card stuck)"
    r"|mmcblk\d+: (error|timed out|recovery failed)|SQUASHFS error:"
    r"|EXT4-fs error \(device|EXT4-fs \(\S+\): Remounting filesystem read-only"
)


def speaks_of_a_bad_card(message: str) -> bool:
    """Whether a line of the kernel says that the card has failed."""
    return _CARD_FAILED.search(message) is not None


class CardErrors:
    """Counts what the kernel says from its start on; `count` reads on from where it stood and never waits."""

    def __init__(self, log: Path = KMSG) -> None:
        self._total = 0
        try:
            self._descriptor = os.open(log, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            self._descriptor = -1

    def count(self) -> int:
        """Failures so far; 0 where the log may not be read."""
        for _ in range(_MOST_AT_ONCE if self._descriptor >= 0 else 0):
            try:
                record = os.read(self._descriptor, _RECORD_BYTES)
            except OSError as error:
                if error.errno in (errno.EPIPE, errno.EINTR):  # lines were lost, or a signal came: go on behind it
                    continue
                break
            if not record:
                break
            _, _, message = record.decode(errors="replace").partition(";")
            self._total += speaks_of_a_bad_card(message.partition("\n")[0])
        return self._total
