"""SoundFont 2 files: read their tables, keep some presets, write them, make small ones for tests and the bench.

Source: SoundFont Technical Specification 2.04, sections 4 to 7. SF3, MuseScore's extension: a sample with
`COMPRESSED` in its type is an Ogg Vorbis stream; its start and end count bytes of the chunk, its loop frames.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.errors import Corrupt, Unavailable

COMPRESSED: Final = 0x10
MONO: Final = 1
FRAME_BYTES: Final = 2
GUARD_FRAMES: Final = 46
"""Frames of silence after every sample (section 6.1)."""

_NAME: Final = "S20"
_BAG: Final = [("generators", "<u2"), ("modulators", "<u2")]
_MODULATOR: Final = [
    ("source", "<u2"),
    ("target", "<u2"),
    ("amount", "<i2"),
    ("amount_source", "<u2"),
    ("transform", "<u2"),
]
_GENERATOR: Final = [("generator", "<u2"), ("amount", "<i2")]
TABLES: Final = {
    "phdr": np.dtype([("name", _NAME), ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("reserved", "<u4", (3,))]),
    "pbag": np.dtype(_BAG),
    "pmod": np.dtype(_MODULATOR),
    "pgen": np.dtype(_GENERATOR),
    "inst": np.dtype([("name", _NAME), ("bag", "<u2")]),
    "ibag": np.dtype(_BAG),
    "imod": np.dtype(_MODULATOR),
    "igen": np.dtype(_GENERATOR),
    "shdr": np.dtype(
        [
            ("name", _NAME),
            ("start", "<u4"),
            ("end", "<u4"),
            ("loop_start", "<u4"),
            ("loop_end", "<u4"),
            ("rate", "<u4"),
            ("pitch", "u1"),
            ("correction", "i1"),
            ("link", "<u2"),
            ("type", "<u2"),
        ]
    ),
}
"""The nine tables; each ends with a terminal record."""

ATTENUATION: Final = 48
RELEASE: Final = 38
KEY_RANGE: Final = 43
SAMPLE_MODES: Final = 54
_INSTRUMENT: Final = 41
_SAMPLE: Final = 53

Table = NDArray[np.void]


@dataclass(frozen=True, slots=True)
class Preset:
    """An instrument to choose: General MIDI's in bank 0, drum kits in bank 128."""

    bank: int
    program: int
    name: str


@dataclass(frozen=True, slots=True)
class SoundFont:
    """What a file holds: its texts, its nine tables (terminal records included), and the sample chunk's bytes."""

    info: dict[str, bytes]
    tables: dict[str, Table]
    samples: memoryview

    def presets(self) -> list[Preset]:
        """All presets, by bank and program."""
        found = [Preset(int(row["bank"]), int(row["program"]), _text(row["name"])) for row in self.tables["phdr"][:-1]]
        return sorted(found, key=lambda preset: (preset.bank, preset.program))

    @property
    def compressed(self) -> bool:
        """Whether any sample is compressed."""
        return bool((self.tables["shdr"]["type"] & COMPRESSED).any())


def _text(name: bytes) -> str:
    return name.split(b"\0")[0].decode("latin-1").strip()


def _chunks(block: memoryview, path: Path) -> Iterator[tuple[str, memoryview]]:
    at = 0
    while at + 8 <= len(block):
        name, length = struct.unpack_from("<4sI", block, at)
        if length > len(block) - at - 8:
            raise Corrupt(str(path), f"chunk {name!r} at {at} is cut off")
        yield name.decode("latin-1"), block[at + 8 : at + 8 + length]
        at += 8 + length
        if length & 1 and at < len(block) and block[at] == 0:
            at += 1  # the pad byte, which MuseScore's files lack


def read_soundfont(path: Path) -> SoundFont:
    """The file at `path`. Errors: `Unavailable` when it cannot be read, `Corrupt` when it is no whole soundfont."""
    try:
        block = memoryview(path.read_bytes())
    except OSError as error:
        raise Unavailable(f"soundfont {path} ({error.strerror})") from error
    return parse_soundfont(block, path)


def parse_soundfont(block: memoryview, path: Path) -> SoundFont:
    """The soundfont in these bytes, of which it keeps the samples as a view. Errors: `Corrupt`."""
    if bytes(block[:4]) != b"RIFF" or bytes(block[8:12]) != b"sfbk":
        raise Corrupt(str(path), "is not a soundfont")
    lists = {bytes(part[:4]): part[4:] for name, part in _chunks(block[12:], path) if name == "LIST"}
    if not {b"INFO", b"sdta", b"pdta"} <= lists.keys():
        raise Corrupt(str(path), "lacks one of its three lists")
    raw = dict(_chunks(lists[b"pdta"], path))
    samples = dict(_chunks(lists[b"sdta"], path)).get("smpl", memoryview(b""))
    tables: dict[str, Table] = {}
    for name, dtype in TABLES.items():
        if name not in raw or len(raw[name]) % dtype.itemsize or not len(raw[name]):
            raise Corrupt(str(path), f"its table {name} is missing or of a wrong length")
        tables[name] = np.frombuffer(raw[name], dtype)
    info = {name: bytes(text) for name, text in _chunks(lists[b"INFO"], path)}
    return SoundFont(info, tables, samples)


@dataclass(frozen=True, slots=True)
class _Level:
    """One of the two levels of zones: presets of instruments, or instruments of samples."""

    heads: str
    bags: str
    generators: str
    modulators: str
    target: int


_PRESETS: Final = _Level("phdr", "pbag", "pgen", "pmod", _INSTRUMENT)
_INSTRUMENTS: Final = _Level("inst", "ibag", "igen", "imod", _SAMPLE)


def _pick(tables: dict[str, Table], level: _Level, chosen: Sequence[int], out: dict[str, Table]) -> list[int]:
    """Copy the heads `chosen` with their zones to `out`, what they point at renumbered; returns what that is."""
    heads, bags = tables[level.heads], tables[level.bags]
    targets: dict[int, int] = {}
    new_heads: list[np.void] = []
    new_bags: list[tuple[int, ...]] = []
    generators, modulators = [], []
    counts = [0, 0]
    for head in chosen:
        row = heads[head].copy()
        row["bag"] = len(new_bags)
        new_heads.append(row)
        for bag in range(int(heads[head]["bag"]), int(heads[head + 1]["bag"])):
            zone, after = bags[bag], bags[bag + 1]
            new_bags.append(tuple(counts))
            own = tables[level.generators][int(zone["generators"]) : int(after["generators"])].copy()
            for row in own:
                if row["generator"] == level.target:
                    row["amount"] = targets.setdefault(int(row["amount"]) & 0xFFFF, len(targets))
            mods = tables[level.modulators][int(zone["modulators"]) : int(after["modulators"])]
            generators.append(own)
            modulators.append(mods)
            counts = [counts[0] + len(own), counts[1] + len(mods)]
    end = heads[-1:].copy()
    end["bag"] = len(new_bags)
    out[level.heads] = np.concatenate([np.array(new_heads, heads.dtype), end])
    out[level.bags] = np.array([*new_bags, tuple(counts)], bags.dtype)
    out[level.generators] = np.concatenate([*generators, tables[level.generators][-1:]])
    out[level.modulators] = np.concatenate([*modulators, tables[level.modulators][-1:]])
    return list(targets)


def keep_presets(font: SoundFont, wanted: Iterable[tuple[int, int]]) -> tuple[dict[str, Table], list[int]]:
    """The tables of those (bank, program) presets only, and the samples they need, in the order of the new `shdr`."""
    chosen = set(wanted)
    heads = font.tables["phdr"][:-1]
    kept = [index for index, row in enumerate(heads) if (int(row["bank"]), int(row["program"])) in chosen]
    out: dict[str, Table] = {}
    instruments = _pick(font.tables, _PRESETS, kept, out)
    samples = _pick(font.tables, _INSTRUMENTS, instruments, out)
    headers = font.tables["shdr"][[*samples, len(font.tables["shdr"]) - 1]].copy()
    headers["link"] = 0
    headers["type"][:-1] = MONO | (headers["type"][:-1] & COMPRESSED)
    out["shdr"] = headers
    return out, samples


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) & 1)


def write_soundfont(
    file: BinaryIO, info: dict[str, bytes], tables: dict[str, Table], samples: Iterable[NDArray[np.int16]]
) -> None:
    """Write an SF2 file of uncompressed samples, one for each row of `shdr` but the last, in that order.

    The loops in `shdr` count frames from the start of their sample. `samples` is drawn one at a time, so that the
    whole need not be in memory. `file` must be seekable.
    """
    texts = {"ifil": struct.pack("<HH", 2, 1), "isng": b"EMU8000\0", "INAM": b"MOS\0"} | info
    texts["ifil"] = struct.pack("<HH", 2, 1)
    file.write(b"RIFF\0\0\0\0sfbk")
    file.write(_chunk(b"LIST", b"INFO" + b"".join(_chunk(name.encode(), text) for name, text in texts.items())))
    start = file.tell()
    file.write(b"LIST\0\0\0\0sdtasmpl\0\0\0\0")
    headers = tables["shdr"].copy()
    frames = 0
    for row, sample in zip(headers[:-1], samples, strict=True):
        file.write(sample.astype("<i2", copy=False).tobytes())
        file.write(bytes(2 * GUARD_FRAMES))
        row["start"], row["end"] = frames, frames + len(sample)
        row["loop_start"] += frames
        row["loop_end"] += frames
        row["type"] &= ~np.uint16(COMPRESSED)
        frames += len(sample) + GUARD_FRAMES
    rows = {**tables, "shdr": headers}
    file.write(_chunk(b"LIST", b"pdta" + b"".join(_chunk(name.encode(), rows[name].tobytes()) for name in TABLES)))
    end = file.tell()
    for at, length in ((4, end - 8), (start + 4, 12 + 2 * frames), (start + 16, 2 * frames)):
        file.seek(at)
        file.write(struct.pack("<I", length))
    file.seek(end)


@dataclass(frozen=True, slots=True)
class Voice:
    """A preset of one sample over all keys.

    Shapes: `sample` (n,) int16 at `rate`. It sounds at its own pitch on `key`; with `loop` (first frame, frame after
    the last) it goes on until the key is let go, and for `release` timecents of 96 dB.
    """

    bank: int
    program: int
    sample: NDArray[np.int16]
    key: int = 60
    rate: int = 48_000
    loop: tuple[int, int] | None = None
    release: int = -12_000


def make_soundfont(path: Path, voices: Sequence[Voice]) -> None:
    """Write a soundfont with one preset for each of `voices`."""
    presets, instruments, headers = [], [], []
    pgens, igens = [], []
    for index, voice in enumerate(voices):
        name = f"{voice.bank}:{voice.program}".encode()
        presets.append((name, voice.program, voice.bank, index, (0, 0, 0)))
        instruments.append((name, index))
        pgens.append((_INSTRUMENT, index))
        igens += [(RELEASE, voice.release), (SAMPLE_MODES, 1 if voice.loop else 0), (_SAMPLE, index)]
        first, last = voice.loop or (0, 0)
        headers.append((name, 0, 0, first, last, voice.rate, voice.key, 0, 0, MONO))
    count = len(voices)
    rows: dict[str, list[tuple[object, ...]]] = {
        "phdr": [*presets, (b"EOP", 0, 0, count, (0, 0, 0))],
        "pbag": [(index, 0) for index in range(count + 1)],
        "pmod": [(0,) * 5],
        "pgen": [*pgens, (0, 0)],
        "inst": [*instruments, (b"EOI", count)],
        "ibag": [(3 * index, 0) for index in range(count + 1)],
        "imod": [(0,) * 5],
        "igen": [*igens, (0, 0)],
        "shdr": [*headers, (b"EOS", *(0,) * 9)],
    }
    tables = {name: np.array(rows[name], dtype) for name, dtype in TABLES.items()}
    with path.open("wb") as file:
        write_soundfont(file, {}, tables, (voice.sample for voice in voices))


def click_voice(bank: int = 0, program: int = 0) -> Voice:
    """Sounds a single step in its first frame, then decays over 10 ms: what latency is measured with."""
    decay = np.exp(-np.arange(960) / 96.0)
    return Voice(bank, program, np.round(30_000 * decay).astype(np.int16))


def sine_voice(bank: int = 0, program: int = 0, release: int = -12_000) -> Voice:
    """Sounds A4 (440 Hz) on key 69, as long as the key is held; 1,200 frames are eleven whole waves."""
    wave = np.sin(2 * np.pi * 440 * np.arange(2400) / 48_000)
    return Voice(bank, program, np.round(20_000 * wave).astype(np.int16), key=69, loop=(600, 1800), release=release)
