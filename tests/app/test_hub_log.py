"""What the hub says of its errors."""

from __future__ import annotations

import logging
import sys

import pytest

from mos_appliance.app.hub_log import OneLine


def told(message: str) -> str:
    try:
        raise KeyError("a\nb")
    except KeyError:
        record = logging.LogRecord("mos.hub", logging.ERROR, __file__, 1, message, (), sys.exc_info())
    return OneLine().format(record)


def test_an_error_is_one_line_that_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MOS_DEBUG", raising=False)
    line = told("Error handling request")
    assert "\n" not in line
    assert line.startswith("Error handling request: KeyError: ")
    assert "(test_hub_log.py:" in line


def test_who_asks_for_it_sees_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOS_DEBUG", "1")
    assert "Traceback" in told("Error handling request")
