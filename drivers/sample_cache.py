"""Samples of the chosen instruments, read before anybody plays them.

Where FluidSynth maps the soundfont (the image's does), a sample that nobody has read would come from the card in the
middle of a block: 12 dropouts, when 300 strings were played at once just after the start.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from drivers import locked_memory
from drivers.soundfont_file import FRAME_BYTES, keep_presets, parse_soundfont
from mos_appliance.errors import Corrupt, Unavailable

_AT_ONCE: Final = 1 << 17


def spans(path: Path, presets: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Where the samples of these presets (bank, program) lie in an uncompressed soundfont: first byte, and length.

    A bank that lacks the program is bank 0, as the synthesiser has it. Errors: `Unavailable`, `Corrupt`.
    """
    try:
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise Unavailable(f"soundfont {path} ({error})") from error
    return _spans(memoryview(mapped), path, set(presets))  # unmapped with the last view of it


def _spans(block: memoryview, path: Path, wanted: set[tuple[int, int]]) -> list[tuple[int, int]]:
    font = parse_soundfont(block, path)
    try:
        there = {(preset.bank, preset.program) for preset in font.presets()}
        chosen = [(bank if (bank, program) in there else 0, program) for bank, program in wanted]
        _, samples = keep_presets(font, chosen)
        start = bytes(block[:4096]).find(b"smpl") + 8
        rows = font.tables["shdr"][samples]
        return sorted(
            (start + FRAME_BYTES * int(row["start"]), FRAME_BYTES * int(row["end"] - row["start"])) for row in rows
        )
    except IndexError as error:
        raise Corrupt(str(path), "its tables point beyond themselves") from error


def read_ahead(path: Path, presets: Iterable[tuple[int, int]]) -> int:
    """Have these samples read, and where the soundfont is mapped make them this process's. Returns how many bytes.

    Errors: `Unavailable`, `Corrupt`.
    """
    buffer = memoryview(bytearray(_AT_ONCE))
    read = 0
    found = spans(path, presets)
    try:
        with path.open("rb", buffering=0) as file:
            for start, length in found:
                file.seek(start)
                until = read + length
                while read < until:
                    got = file.readinto(buffer[: min(until - read, _AT_ONCE)])
                    if not got:
                        raise Corrupt(str(path), "ends within a sample")
                    read += got
    except OSError as error:
        raise Unavailable(f"soundfont {path} ({error.strerror})") from error
    locked_memory.populate(path, found)
    return read
