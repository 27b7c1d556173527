"""The checks of `mos doctor`, in the order in which a player meets what they look at."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivers import fluidsynth_library, model_runtime, realtime, sound_devices, soundfont
from mos_appliance.app import readiness
from mos_appliance.errors import Corrupt, Unavailable
from mos_appliance.store.model_files import read_manifest, read_model

SEQUENCER: Final = Path("/dev/snd/seq")
PYTHONS: Final = ((3, 11), (3, 14))
LITTLE_DISK: Final = 200 << 20
"""Bytes that should be free: some hours of playing, and the decompressed soundfont."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer: `detail` says what was found, or what to do. Without what is `needed` nothing can be played."""

    name: str
    ok: bool
    detail: str
    needed: bool = False

    def told(self) -> dict[str, object]:
        """As `--json` tells it."""
        return {"name": self.name, "ok": self.ok, "detail": self.detail}


def examine(data: str, port: int) -> list[Finding]:
    """All findings."""
    return [
        _python(),
        _fluidsynth(),
        _soundfont(),
        *_sound(),
        _sequencer(),
        _data_directory(Path(data)),
        _disk(Path(data)),
        _port(port),
        *_rights(),
        _asked("models", _models),
    ]


def _python() -> Finding:
    first, last = PYTHONS
    ok = first <= sys.version_info[:2] <= last
    return Finding("Python", ok, f"{platform.python_version()}; 3.{first[1]} to 3.{last[1]} are tested", needed=True)


def _asked(name: str, ask: Callable[[], str], *, needed: bool = False) -> Finding:
    """The answer, or what is in its way."""
    try:
        return Finding(name, True, ask(), needed)
    except (Unavailable, Corrupt) as error:
        return Finding(name, False, str(error), needed)


def _fluidsynth() -> Finding:
    return _asked("FluidSynth", fluidsynth_library.version, needed=True)


def _soundfont() -> Finding:
    return _asked("soundfont", lambda: str(soundfont.find()), needed=True)


def _models() -> str:
    """What is needed to hear a microphone and to find chords; the tutor does the rest without."""
    runtime = model_runtime.package()
    if not runtime:
        raise Unavailable(model_runtime.HOW_TO_GET)
    names = sorted(read_manifest().models)
    sizes = [f"{name} ({len(read_model(name)) >> 10} KiB)" for name in names]
    return f"{', '.join(sizes)}, signed; {runtime}"


def _sound() -> Iterator[Finding]:
    advice = "none: plug one in (modprobe snd-usb-audio), or let the page play the sound"
    outputs = [f"{device.label} ({device.hardware_name})" for device in sound_devices.list_outputs()]
    yield Finding("sound out", bool(outputs), "; ".join(outputs) or advice)
    inputs = [f"{device.label} ({device.hardware_name})" for device in sound_devices.list_inputs()]
    yield Finding("microphone", bool(inputs), "; ".join(inputs) or "none: only needed to be heard")


def _sequencer() -> Finding:
    if os.access(SEQUENCER, os.R_OK | os.W_OK):
        return Finding("MIDI sequencer", True, str(SEQUENCER))
    what = (
        "may not be opened: add yourself to the group audio" if SEQUENCER.exists() else "is not there: modprobe snd-seq"
    )
    return Finding("MIDI sequencer", False, f"{SEQUENCER} {what}; without it no keyboard can be connected")


def _rights() -> Iterator[Finding]:
    """What the engine would be granted. This process has it too from here on, for the moment that it lives."""
    for grant in realtime.enter():
        yield Finding(f"real-time {grant.name}", grant.ok, grant.detail)


def _data_directory(data: Path) -> Finding:
    place = _existing(data)
    ok = place.is_dir() and os.access(place, os.W_OK | os.X_OK)
    return Finding(
        "data directory", ok, str(data) if ok else f"{data}: may not be written; choose one with --data", True
    )


def _disk(data: Path) -> Finding:
    free = shutil.disk_usage(_existing(data)).free
    return Finding("disk", free >= LITTLE_DISK, f"{free >> 20} MiB free at {data}; {LITTLE_DISK >> 20} should be")


def _existing(path: Path) -> Path:
    """The nearest place above that is there."""
    with contextlib.suppress(StopIteration):
        return next(place for place in (path, *path.absolute().parents) if place.exists())
    return Path("/")


def _port(port: int) -> Finding:
    def ask() -> str:
        readiness.check_port("127.0.0.1", port)
        return f"port {port} is free"

    return _asked("network", ask)
