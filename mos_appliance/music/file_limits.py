"""Most bytes of a file that are read, by its kind; here, so that a name is looked up without importing readers."""

from __future__ import annotations

from typing import Final

JSON_BYTES: Final = 32 << 20
XML_BYTES: Final = 32 << 20
ABC_BYTES: Final = 16 << 20
