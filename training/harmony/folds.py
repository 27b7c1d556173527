"""Which of the ten groups of tunes are not learnt from."""

from __future__ import annotations

from typing import Final

TEST_FOLD: Final = 0
"""For the table in docs/evidence; its figures were seen while recipes were tried, but never learnt from."""
CHOOSING_FOLD: Final = 1
