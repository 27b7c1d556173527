"""What may go when the library's share of the card is full, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

UNDO_S: Final = 24 * 3600
"""How long what was removed can be brought back."""
SHARE_PERCENT: Final = 20.0
LEAST_SHARE_BYTES: Final = 128 << 20
LEFT_FREE_BYTES: Final = 64 << 20
"""What the library never takes of the disk's last bytes."""


class Kept(NamedTuple):
    """Something on the disk: a piece's file, pages that were engraved of it, or a file that was removed."""

    kind: Literal["pages", "removed", "piece"]
    cid: str
    layout: str
    bytes: int
    pinned: bool
    used: int
    """Number of its last use: the smallest is the longest ago."""


_ORDER: Final = {"removed": 0, "pages": 1, "piece": 2}


def to_evict(kept: Iterable[Kept], bytes_over: int) -> Iterator[Kept]:
    """What goes so that `bytes_over` bytes become free: the longest unused first, of each kind in turn.

    What was removed goes first, then pages (they can be made again), then pieces that nobody pinned. What is pinned
    stays; when that is not enough, all that may go has gone, and the caller refuses what is to come.
    """
    for item in sorted(kept, key=lambda item: (_ORDER[item.kind], item.used)):
        if bytes_over <= 0:
            return
        if not item.pinned:
            bytes_over -= item.bytes
            yield item


def share_bytes(disk_bytes: int, free_bytes: int, used_bytes: int, percent: float = SHARE_PERCENT) -> int:
    """Bytes that the library's files may have: its share of the disk, 128 MiB at least, and never what is not there."""
    share = max(LEAST_SHARE_BYTES, int(disk_bytes * percent / 100))
    return min(share, used_bytes + max(0, free_bytes - LEFT_FREE_BYTES))
