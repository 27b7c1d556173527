from __future__ import annotations

from tests.music.conftest import courses

__all__ = ["courses"]
