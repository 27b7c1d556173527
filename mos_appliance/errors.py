"""Whose fault it was: every error that crosses a layer is one of these."""

from __future__ import annotations


def in_one_line(text: str) -> str:
    """The text with what breaks lines or cannot be shown (a name from a damaged archive, say) written as escapes."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


class MosError(Exception):
    """Root of everything that MOS raises on purpose."""


class BadInput(MosError):
    """The sender's fault: `where` names the place, `why` what is wrong with it, in one line whatever was sent."""

    def __init__(self, where: str, why: str) -> None:
        where, why = in_one_line(where), in_one_line(why)
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why


class Denied(MosError):
    """The caller may not do this."""


class Unavailable(MosError):
    """The world's fault: `what` is missing now; trying again after `retry_s` may help."""

    def __init__(self, what: str, retry_s: float | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.retry_s = retry_s


class Corrupt(MosError):
    """What was stored is damaged: it is put aside, never deleted."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


class Bug(MosError):
    """Our fault: the process ends and is respawned."""
