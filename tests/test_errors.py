from __future__ import annotations

import zlib

import pytest

from mos_appliance.errors import BadInput, in_one_line
from mos_appliance.music.musicxml.archive import CONTAINER, read_archive, write_archive


def test_a_refusal_is_one_line_whatever_the_sender_called_things() -> None:
    error = BadInput("ME\nA-INF/\x1b[2Jcontainer.xml", "is dam\r\naged\u2028")
    assert str(error) == r"ME\nA-INF/\x1b[2Jcontainer.xml: is dam\r\naged\u2028"
    assert error.where.isprintable()
    assert error.why.isprintable()


def test_texts_that_can_be_shown_stay_as_they_are() -> None:
    assert in_one_line("Für Elise, 第1小節: 'a\\b'") == "Für Elise, 第1小節: 'a\\b'"


def test_a_damaged_archive_with_a_line_break_in_a_name_is_refused_in_one_line() -> None:
    """Found by fuzzing: the name of a file in the archive is told as it stands."""
    score = b"<score-partwise/>"
    data = write_archive(score, "sc\nre.musicxml").replace(
        CONTAINER.encode(), CONTAINER.replace(".xml", ".xmk").encode()
    )
    data = data.replace(zlib.crc32(score).to_bytes(4, "little"), bytes(4))
    with pytest.raises(BadInput) as refused:
        read_archive(data)
    assert str(refused.value).startswith(r"sc\nre.musicxml: is damaged")
