"""What the tutor has said of takes, one file each, kept as long as the take."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from mos_appliance.errors import Corrupt, Unavailable
from mos_appliance.store.document import read_document, write_document
from mos_appliance.wire.practice import Judgement

MOST_BYTES: Final = 8 << 20


class Judgements:
    """The judgements in a folder. `has_take` tells whether a take is there, `may_return` whether its file still is.

    `refused` hears of a disk that does not take them.
    """

    def __init__(
        self,
        folder: Path,
        has_take: Callable[[str], bool],
        may_return: Callable[[str], bool],
        refused: Callable[[OSError], None] = lambda _: None,
    ) -> None:
        self._folder = folder
        self._has_take = has_take
        self._may_return = may_return
        self._refused = refused

    async def open(self) -> None:
        """Let go of those whose takes are gone for good."""
        await asyncio.to_thread(self._clear)

    async def read(self, take: str) -> Judgement | None:
        """That of a take; None when it has none. Errors: `Corrupt`."""
        if not self._has_take(take):
            return None
        return await asyncio.to_thread(self._read, take)

    async def write(self, judgement: Judgement) -> None:
        """Keep it. Errors: `Unavailable` when the disk refuses."""
        content = msgspec.json.format(msgspec.json.encode(judgement), indent=1)
        try:
            await asyncio.to_thread(self._write, judgement.take, content)
        except OSError as error:
            self._refused(error)
            raise Unavailable(error.strerror or "the disk failed") from error

    def _path(self, take: str) -> Path:
        return self._folder / f"{take}.json"

    def _read(self, take: str) -> Judgement | None:
        path = self._path(take)
        content = read_document(path, MOST_BYTES)
        if content is None:
            return None
        try:
            return msgspec.json.decode(content, type=Judgement)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            path.replace(path.with_suffix(".damaged"))
            raise Corrupt(str(path), str(error)) from error

    def _write(self, take: str, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        write_document(self._path(take), content)

    def _clear(self) -> None:
        if self._folder.is_dir():
            for path in self._folder.glob("*.json"):
                if not self._may_return(path.stem):
                    path.unlink()
