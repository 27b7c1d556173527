"""The part of libasound that plays and records, by ctypes: opening a PCM and agreeing on its parameters.

`docs/adr/0002-pcm-by-ctypes.md` says why not through pyalsaaudio, which keeps the mixers (`alsa_mixer`).
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from mos_appliance.errors import Unavailable
from mos_appliance.units import SAMPLE_RATE

PLAYBACK: Final = 0
CAPTURE: Final = 1
_NONBLOCK: Final = 1
_RW_INTERLEAVED: Final = 3
_USEFUL_BITS: Final = 24
"""No converter resolves more; beyond it formats are judged by what they cost."""


class SampleFormat(NamedTuple):
    """A PCM sample format: its name and number in ALSA, significant bits, and bytes a sample on the device."""

    name: str
    number: int
    width: int
    device_bytes: int


S16_LE: Final = SampleFormat("S16_LE", 2, 16, 2)
S24_LE: Final = SampleFormat("S24_LE", 6, 24, 4)
S32_LE: Final = SampleFormat("S32_LE", 10, 32, 4)
S24_3LE: Final = SampleFormat("S24_3LE", 32, 24, 3)
FORMATS: Final = (S32_LE, S24_3LE, S24_LE, S16_LE)
"""Formats that we play, the cheapest first among those that carry the same bits: S32 needs no repacking."""

_P = ctypes.c_void_p
_INT = ctypes.c_int
_UINT = ctypes.c_uint
_FRAMES = ctypes.c_ulong
_SIGNED = ctypes.c_long
_OUT_FRAMES = ctypes.POINTER(ctypes.c_ulong)

_PROTOTYPES: Final[dict[str, tuple[Any, tuple[Any, ...]]]] = {
    "snd_pcm_open": (_INT, (ctypes.POINTER(_P), ctypes.c_char_p, _INT, _INT)),
    "snd_pcm_close": (_INT, (_P,)),
    "snd_pcm_writei": (_SIGNED, (_P, _P, _FRAMES)),
    "snd_pcm_readi": (_SIGNED, (_P, _P, _FRAMES)),
    "snd_pcm_avail_update": (_SIGNED, (_P,)),
    "snd_pcm_delay": (_INT, (_P, ctypes.POINTER(_SIGNED))),
    "snd_pcm_prepare": (_INT, (_P,)),
    "snd_pcm_start": (_INT, (_P,)),
    "snd_pcm_drop": (_INT, (_P,)),
    "snd_pcm_hw_params_malloc": (_INT, (ctypes.POINTER(_P),)),
    "snd_pcm_hw_params_free": (None, (_P,)),
    "snd_pcm_hw_params_any": (_INT, (_P, _P)),
    "snd_pcm_hw_params_set_access": (_INT, (_P, _P, _INT)),
    "snd_pcm_hw_params_set_format": (_INT, (_P, _P, _INT)),
    "snd_pcm_hw_params_set_channels": (_INT, (_P, _P, _UINT)),
    "snd_pcm_hw_params_set_rate": (_INT, (_P, _P, _UINT, _INT)),
    "snd_pcm_hw_params_set_period_size_near": (_INT, (_P, _P, _OUT_FRAMES, _P)),
    "snd_pcm_hw_params_set_buffer_size_near": (_INT, (_P, _P, _OUT_FRAMES)),
    "snd_pcm_hw_params": (_INT, (_P, _P)),
    "snd_pcm_hw_params_get_period_size": (_INT, (_P, _OUT_FRAMES, _P)),
    "snd_pcm_hw_params_get_buffer_size": (_INT, (_P, _OUT_FRAMES)),
    "snd_pcm_hw_params_get_sbits": (_INT, (_P,)),
    "snd_pcm_sw_params_malloc": (_INT, (ctypes.POINTER(_P),)),
    "snd_pcm_sw_params_free": (None, (_P,)),
    "snd_pcm_sw_params_current": (_INT, (_P, _P)),
    "snd_pcm_sw_params_get_boundary": (_INT, (_P, _OUT_FRAMES)),
    "snd_pcm_sw_params_set_avail_min": (_INT, (_P, _P, _FRAMES)),
    "snd_pcm_sw_params_set_start_threshold": (_INT, (_P, _P, _FRAMES)),
    "snd_pcm_sw_params_set_stop_threshold": (_INT, (_P, _P, _FRAMES)),
    "snd_pcm_sw_params_set_silence_threshold": (_INT, (_P, _P, _FRAMES)),
    "snd_pcm_sw_params_set_silence_size": (_INT, (_P, _P, _FRAMES)),
    "snd_pcm_sw_params": (_INT, (_P, _P)),
}

_REASONS: Final = {
    errno.EBUSY: "another program has it",
    errno.ENOENT: "there is no such device",
    errno.ENODEV: "it is not there, or nothing is plugged into it",
    errno.EACCES: "this user may not open it (group audio?)",
}

_ErrorHandler = ctypes.CFUNCTYPE(None, ctypes.c_char_p, _INT, ctypes.c_char_p, _INT, ctypes.c_char_p)


def _say_nothing(_file: bytes, _line: int, _function: bytes, _error: int, _text: bytes) -> None:
    """ALSA tells standard error of each failed attempt; ours come back as results, with a reason."""


_HUSH: Final = _ErrorHandler(_say_nothing)


@functools.cache
def libasound() -> Any:
    """The library, its functions declared. Errors: `Unavailable` when it is not installed."""
    try:
        library = ctypes.CDLL("libasound.so.2")
    except OSError as error:
        raise Unavailable(
            "libasound.so.2 is missing: apt install libasound2t64 (libasound2 before Debian 13)"
        ) from error
    for name, (result, arguments) in _PROTOTYPES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    library.snd_lib_error_set_handler(_HUSH)
    return library


@dataclass(frozen=True, slots=True)
class Granted:
    """What a device gave, which may differ from what was asked."""

    format: SampleFormat
    bits: int
    """Bits of a sample that reach (or come from) the converter, as the driver says."""
    channels: int
    period: int
    buffer: int


def reason(code: int) -> str:
    """A negative ALSA result in words."""
    return _REASONS.get(-code) or os.strerror(-code)


def open_handle(name: str, direction: int) -> ctypes.c_void_p:
    """Open to write with waiting, or to read without. Errors: `Unavailable` with the reason.

    A device in use is not waited for (ALSA's own configuration sees to that). Opened as non-blocking a device stays so:
    under Linux 6.12 `snd_pcm_nonblock(handle, 0)` reports success, and `snd_pcm_writei` returns EAGAIN all the same.
    """
    handle = ctypes.c_void_p()
    mode = _NONBLOCK if direction == CAPTURE else 0
    code = libasound().snd_pcm_open(ctypes.byref(handle), name.encode(), direction, mode)
    if code < 0:
        raise Unavailable(f"{name}: {reason(code)}", retry_s=1.0)
    return handle


def agree(
    handle: ctypes.c_void_p, name: str, *, channels: int, period: int, periods: int, formats: Sequence[SampleFormat]
) -> Granted:
    """Set 48 kHz, interleaved, the best of `formats`, and period and buffer as near as the device can.

    Errors: `Unavailable` naming what the device cannot do.
    """
    library = libasound()
    with _parameters(library, "hw") as params:
        offers = [
            (min(bits, _USEFUL_BITS), -place, bits, sample)
            for place, sample in enumerate(formats)
            if (bits := _bits_offered(library, handle, params, sample, channels)) > 0
        ]
        if not offers:
            wanted = ", ".join(sample.name for sample in formats)
            raise Unavailable(f"{name}: cannot do {channels} channels at {SAMPLE_RATE} Hz in any of {wanted}")
        _, _, bits, sample = max(offers)
        _restrict(library, handle, params, sample, channels)
        size, buffer = ctypes.c_ulong(period), ctypes.c_ulong(period * periods)
        library.snd_pcm_hw_params_set_period_size_near(handle, params, ctypes.byref(size), None)
        library.snd_pcm_hw_params_set_buffer_size_near(handle, params, ctypes.byref(buffer))
        code = library.snd_pcm_hw_params(handle, params)
        if code < 0:
            raise Unavailable(f"{name}: refused a period of {period} frames: {reason(code)}")
        library.snd_pcm_hw_params_get_period_size(params, ctypes.byref(size), None)
        library.snd_pcm_hw_params_get_buffer_size(params, ctypes.byref(buffer))
    return Granted(sample, bits, channels, size.value, buffer.value)


def set_playback_thresholds(handle: ctypes.c_void_p, name: str, *, block: int, start: int, buffer: int) -> None:
    """Start when `start` frames are in, wake for a block, stop when dry, and keep what was played silenced.

    The last makes the device, for the moment until it is stopped, play silence and not blocks of long ago.
    Errors: `Unavailable`.
    """
    library = libasound()
    with _parameters(library, "sw") as params:
        boundary = ctypes.c_ulong()
        library.snd_pcm_sw_params_current(handle, params)
        library.snd_pcm_sw_params_get_boundary(params, ctypes.byref(boundary))
        steps = (
            library.snd_pcm_sw_params_set_avail_min(handle, params, block),
            library.snd_pcm_sw_params_set_start_threshold(handle, params, start),
            library.snd_pcm_sw_params_set_stop_threshold(handle, params, buffer),
            library.snd_pcm_sw_params_set_silence_threshold(handle, params, 0),
            library.snd_pcm_sw_params_set_silence_size(handle, params, boundary.value),
            library.snd_pcm_sw_params(handle, params),
        )
    if min(steps) < 0:
        raise Unavailable(f"{name}: refused its thresholds: {reason(min(steps))}")


@contextlib.contextmanager
def _parameters(library: Any, which: str) -> Iterator[ctypes.c_void_p]:
    params = ctypes.c_void_p()
    if getattr(library, f"snd_pcm_{which}_params_malloc")(ctypes.byref(params)) < 0:
        raise MemoryError
    try:
        yield params
    finally:
        getattr(library, f"snd_pcm_{which}_params_free")(params)


def _restrict(
    library: Any, handle: ctypes.c_void_p, params: ctypes.c_void_p, sample: SampleFormat, channels: int
) -> bool:
    """Whether the device can do this; `params` is narrowed to it."""
    if library.snd_pcm_hw_params_any(handle, params) < 0:
        return False
    steps = (
        library.snd_pcm_hw_params_set_access(handle, params, _RW_INTERLEAVED),
        library.snd_pcm_hw_params_set_format(handle, params, sample.number),
        library.snd_pcm_hw_params_set_channels(handle, params, channels),
        library.snd_pcm_hw_params_set_rate(handle, params, SAMPLE_RATE, 0),
    )
    return bool(min(steps) >= 0)


def _bits_offered(
    library: Any,
    handle: ctypes.c_void_p,
    params: ctypes.c_void_p,
    sample: SampleFormat,
    channels: int,
) -> int:
    """Bits that would reach the converter in this format; 0 when the device cannot do it."""
    if not _restrict(library, handle, params, sample, channels):
        return 0
    significant = int(library.snd_pcm_hw_params_get_sbits(params))
    return min(sample.width, significant) if significant > 0 else sample.width
