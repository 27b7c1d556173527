"""The settings file on the card."""

from __future__ import annotations

import tomllib

from image import card


def test_the_file_in_the_repository_is_the_table_written_out() -> None:
    assert card.FILE.read_text(encoding="utf-8") == card.text(), "python -m image.card writes it"


def test_the_file_is_toml_and_holds_the_defaults() -> None:
    assert tomllib.loads(card.text()) == {row.name: row.default for row in card.SETTINGS}


def test_a_file_saved_on_windows_is_read() -> None:
    values, told = card.read(b'\xef\xbb\xbf# note\r\n\r\nsound = "alsa:hw:1,0"\r\n')
    assert (values["sound"], told) == ("alsa:hw:1,0", [])


def test_a_wrong_line_costs_that_line_alone_and_is_told() -> None:
    values, told = card.read(b'sound = loud\nvolume = "7"\nsound = 3\nsound = "alsa:;reboot"\nsound = "silent"\n')
    assert values["sound"] == "silent"
    assert [line.split(": ")[1] for line in told] == ["line 1", "line 2", "line 3", "line 4"]


def test_a_file_that_is_no_settings_file_leaves_the_defaults() -> None:
    values, told = card.read(bytes(card.MAX_BYTES + 1))
    assert values == {row.name: row.default for row in card.SETTINGS}
    assert len(told) == 1
