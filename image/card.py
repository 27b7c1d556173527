"""Writes `card/mos.toml`, the settings file as it lies on a new card, from the table of `app/card_settings.py`.

python -m image.card [--check]
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mos_appliance.app.card_settings import text

FILE: Final = Path(__file__).parent / "card" / "mos.toml"


def main(argv: Sequence[str]) -> int:
    """Write it, or with --check say whether it is stale. Returns the exit code."""
    if "--check" in argv:
        stale = not FILE.is_file() or FILE.read_text(encoding="utf-8") != text()
        if stale:
            print(f"{FILE}: is stale: python -m image.card writes it", file=sys.stderr)
        return int(stale)
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
