"""The settings file as it lies on a new card."""

from __future__ import annotations

from image import card
from mos_appliance.app import card_settings


def test_the_file_in_the_repository_is_the_table_written_out() -> None:
    assert card.FILE.read_text(encoding="utf-8") == card_settings.text(), "python -m image.card writes it"


def test_a_stale_file_is_seen() -> None:
    assert card.main(["--check"]) == 0
