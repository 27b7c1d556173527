"""Texts in MIDI files. Source: Standard MIDI Files 1.0, with RP-019 and RP-026."""

from __future__ import annotations


def text_of(data: bytes) -> str:
    """A text as people typed it: tagged `{@LATIN}` or `{@JP}`, else UTF-8, else Windows' Latin; without controls."""
    if data.startswith(b"{@JP}"):
        text = data[5:].decode("shift_jis", "replace")
    elif data.startswith(b"{@LATIN}"):
        text = data[8:].decode("cp1252", "replace")
    else:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = data.decode("cp1252", "replace")
    return "".join(char if char.isprintable() else " " for char in text).strip()
