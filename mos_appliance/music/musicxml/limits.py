"""How much of MusicXML is read; what goes beyond is refused by name. MNX has the same limits."""

from __future__ import annotations

from typing import Final

LONGEST_FRACTION: Final = 1_000_000
"""Numbers above and below the line of a time in whole notes."""
MAX_MULTIPLE: Final = 10_000
"""Notes of a tuplet."""
MAX_REPEATS: Final = 100
