"""Which soundfont sounds, where it is, and how it is made ready: decompressed, without drum kits that nothing asks for.

A compressed soundfont costs its decompression at every start (seconds on a computer, half a minute on a small board),
so it is done once and the result is kept. Why this soundfont: docs/adr/0003-soundfont.md.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.errors import Corrupt, Unavailable

if TYPE_CHECKING:
    from drivers.soundfont_file import Preset, SoundFont

ENVIRONMENT: Final = "MOS_SOUNDFONT"
LIBRARY: Final = "libsndfile.so.1"
FOLDERS: Final = (Path("/usr/share/sounds/sf2"), Path("/usr/share/sounds/sf3"), Path("/usr/share/soundfonts"))
NAMES: Final = (
    "MOS_GM.sf2",
    "FluidR3Mono_GM.sf3",
    "MuseScore_General_Lite.sf3",
    "MuseScore_General.sf3",
    "FluidR3_GM.sf2",
    "default-GM.sf2",
    "default-GM.sf3",
    "TimGM6mb.sf2",
)
"""In the order of preference: what the image carries, then what Debian's packages call theirs."""
HOW_TO_GET: Final = "Debian: apt install fluidr3mono-gm-soundfont"

DRUM_BANK: Final = 128
DRUM_KITS: Final = (0, 8, 16, 24, 25, 32, 40, 48)
"""The kits of General MIDI 2 but its effects: standard, room, power, electronic, analogue, jazz, brush, orchestra."""
_FORMAT: Final = 1
"""Part of the name of what is kept: raise it when the conversion changes."""

Progress = Callable[[float], None]
"""Told how much is done, 0 to 1."""


def find(chosen: str = "", folders: Sequence[Path] = FOLDERS) -> Path:
    """The soundfont to use: `chosen` (a setting), else the environment's MOS_SOUNDFONT, else an installed one.

    Errors: `Unavailable`, with the way to get one.
    """
    asked = chosen or os.environ.get(ENVIRONMENT, "")
    if asked:
        path = Path(asked).expanduser()
        if not path.is_file():
            raise Unavailable(f"soundfont {path} (there is no such file)")
        return path
    for name in NAMES:
        for folder in folders:
            if (folder / name).is_file():
                return (folder / name).resolve()
    raise Unavailable(f"a General MIDI soundfont ({HOW_TO_GET})")


def ready(cache: Path, chosen: str = "", progress: Progress | None = None) -> Path:
    """The soundfont to load: the one that `find` finds, or its copy in `cache`, made now if it is not there yet.

    Errors: `Unavailable`, `Corrupt`.
    """
    source = find(chosen)
    if source.suffix != ".sf3":
        return source
    target = prepared(source, cache)
    if not target.is_file():
        prepare(source, target, progress)
        _forget_others(target)
    return target


def prepared(source: Path, cache: Path) -> Path:
    """Where the copy of `source` is kept; the name changes with the file."""
    state = source.stat()
    return cache / f"{source.stem}-{state.st_size:x}-{int(state.st_mtime):x}-{_FORMAT}.sf2"


def _forget_others(target: Path) -> None:
    stem = target.name.rsplit("-", 3)[0]
    for other in target.parent.glob(f"{stem}-*-*-*.sf2"):
        if other != target:
            other.unlink(missing_ok=True)


def prepare(source: Path, target: Path, progress: Progress | None = None) -> None:
    """Write the instruments of `source` and General MIDI's drum kits, decompressed, to `target`: whole or not at all.

    Errors: `Unavailable` (no libsndfile, no room), `Corrupt` when `source` is.
    """
    # Imported when it is needed, once in the life of a soundfont.
    from drivers.soundfont_file import keep_presets, read_soundfont, write_soundfont  # noqa: PLC0415

    font = read_soundfont(source)
    wanted = [each for each in font.presets() if each.bank < DRUM_BANK or each.program in DRUM_KITS]
    tables, samples = keep_presets(font, [(each.bank, each.program) for each in wanted])
    if len(tables["phdr"]) < 2:
        raise Corrupt(str(source), "holds no instrument")
    part = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            write_soundfont(file, font.info, tables, _decoded(font, samples, source, progress))
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
    except OSError as error:
        raise Unavailable(f"soundfont {target} ({error.strerror})") from error
    finally:
        part.unlink(missing_ok=True)


def presets(path: Path) -> list[Preset]:
    """What can be played with the soundfont at `path`. Errors: `Unavailable`, `Corrupt`."""
    from drivers.soundfont_file import read_soundfont  # noqa: PLC0415 - as in `prepare`

    return read_soundfont(path).presets()


def _decoded(
    font: SoundFont, samples: Sequence[int], source: Path, progress: Progress | None
) -> Iterator[NDArray[np.int16]]:
    from drivers.soundfont_file import COMPRESSED  # noqa: PLC0415 - as in `prepare`

    headers = font.tables["shdr"]
    with contextlib.ExitStack() as stack:
        decoder = stack.enter_context(_VorbisDecoder()) if font.compressed else None
        for done, index in enumerate(samples):
            row = headers[index]
            start, end = int(row["start"]), int(row["end"])
            if decoder and row["type"] & COMPRESSED:
                frames = decoder.decode(font.samples[start:end])
            else:
                frames = np.frombuffer(font.samples[2 * start : 2 * end], "<i2")
            if not len(frames):
                raise Corrupt(str(source), f"sample {index} cannot be decoded")
            if progress:
                progress((done + 1) / len(samples))
            yield frames


_READ: Final = 0x10


class _SndfileInfo(ctypes.Structure):
    """libsndfile's SF_INFO."""

    _fields_ = (
        ("frames", ctypes.c_int64),
        ("samplerate", ctypes.c_int),
        ("channels", ctypes.c_int),
        ("format", ctypes.c_int),
        ("sections", ctypes.c_int),
        ("seekable", ctypes.c_int),
    )


class _VorbisDecoder:
    """Ogg Vorbis streams to frames by libsndfile, which FluidSynth itself uses: the same bits come out."""

    def __init__(self) -> None:
        try:
            library: Any = ctypes.CDLL(LIBRARY)
        except OSError as error:
            raise Unavailable(f"{LIBRARY} (Debian: apt install libsndfile1)") from error
        library.sf_open_fd.restype = ctypes.c_void_p
        library.sf_open_fd.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.POINTER(_SndfileInfo), ctypes.c_int]
        library.sf_readf_short.restype = ctypes.c_int64
        library.sf_readf_short.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]
        library.sf_close.argtypes = [ctypes.c_void_p]
        self._library = library

    def __enter__(self) -> _VorbisDecoder:
        self._file = os.memfd_create("sample")
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def decode(self, stream: memoryview) -> NDArray[np.int16]:
        """The frames of a mono stream, none when it is not one."""
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, stream, 0)
        os.lseek(self._file, 0, os.SEEK_SET)
        info = _SndfileInfo()
        # Its own descriptor to close: libsndfile closes it when it fails, whatever it was told.
        handle = self._library.sf_open_fd(os.dup(self._file), _READ, ctypes.byref(info), 1)
        if not handle:
            return np.zeros(0, np.int16)
        try:
            if info.channels != 1 or info.frames <= 0:
                return np.zeros(0, np.int16)
            frames = np.zeros(info.frames, np.int16)
            got = self._library.sf_readf_short(handle, frames.ctypes.data, info.frames)
            return frames[:got]
        finally:
            self._library.sf_close(handle)
