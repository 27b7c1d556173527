"""Sound out through ALSA: every xrun is seen; after it comes silence and then the block, never stale sound."""

from __future__ import annotations

import ctypes
import errno
import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from drivers import alsa_mixer
from drivers import libasound as alsa
from drivers.sound_devices import PROC_ASOUND, SoundDevice, list_outputs
from mos_appliance.engine.ports import DeviceLost, Pcm
from mos_appliance.errors import Unavailable
from mos_appliance.units import SAMPLE_RATE

PERIODS: Final = (64, 48, 128, 256)
"""Blocks that the engine can play, in the order in which they are tried (`docs/adr/0002-pcm-by-ctypes.md`)."""
BUFFER_PERIODS: Final = 2
LAST_RESORT: Final = (256, 4)
"""Period and number of periods for a device, or a computer, that holds none of the others."""
_CHANNELS: Final = 2
_MAX_ATTEMPTS: Final = 8
"""A device that after so many recoveries still takes no block is lost."""
_XRUN: Final = frozenset({-errno.EPIPE, -errno.ESTRPIPE})
_UPPER_THREE: Final = np.dtype({"names": ["upper"], "formats": ["V3"], "offsets": [1], "itemsize": 4})
"""A 32-bit sample as what a device of packed 24 bits gets of it: copied so, three bytes cost a third of single ones."""


class AlsaPcm:
    """An open device; implements `Pcm`. It starts to sound when as many blocks are in as its buffer holds."""

    rate: Final = SAMPLE_RATE

    def __init__(
        self, library: Any, handle: ctypes.c_void_p, alsa_name: str, label: str, period: int, granted: alsa.Granted
    ) -> None:
        self.name = f"{label} ({alsa_name})" if label else alsa_name
        self.label = label
        self.alsa_name = alsa_name
        """The name that `open_pcm` takes."""
        self.period = period
        self.periods = max(granted.buffer // period, 1)
        self.device_period = granted.period
        """Frames between the device's interrupts: `period`, but for odd devices opened as a last resort."""
        self.bits = granted.bits
        self.sample_bytes = 2 if granted.format is alsa.S16_LE else 4
        self.format = granted.format.name
        self.xruns = 0
        """Xruns since it was opened."""
        self._library = library
        self._handle = handle
        self._writei: Callable[[ctypes.c_void_p, int, int], int] = library.snd_pcm_writei
        self._frame_bytes = granted.format.device_bytes * _CHANNELS
        self._silent_frames = (self.periods - 1) * period
        self._silence = ctypes.create_string_buffer(max(self._silent_frames * self._frame_bytes, 1))
        self._delay = ctypes.c_long()
        self._delay_ref = ctypes.byref(self._delay)
        self._open = True

    def write(self, address: int) -> int:
        """See `Pcm.write`."""
        written = self._writei(self._handle, address, self.period)
        if written == self.period:
            return 0
        return self._write_on(address, written)

    def _write_on(self, address: int, written: int) -> int:
        """The rare rest of `write`: short writes, signals, xruns, a lost device."""
        xruns = done = 0
        for _ in range(_MAX_ATTEMPTS):
            if written >= 0:
                done += written
                if done >= self.period:
                    return xruns
            elif written in _XRUN:
                xruns += 1
                self.xruns += 1
                self._refill()
            elif written == -errno.EBADFD:  # dropped or drained before: wants preparing, but nothing was late
                self._prepare()
            elif written != -errno.EINTR:
                raise DeviceLost(f"{self.name}: {alsa.reason(written)}")
            written = self._writei(self._handle, address + done * self._frame_bytes, self.period - done)
        raise DeviceLost(f"{self.name}: takes no block any more")

    def _prepare(self) -> None:
        code = self._library.snd_pcm_prepare(self._handle)
        if code < 0:
            raise DeviceLost(f"{self.name}: {alsa.reason(code)}")

    def _refill(self) -> None:
        """Silence up to the last block, so that with it the device starts at once and at its usual latency."""
        self._prepare()
        if self._silent_frames:
            code = self._writei(self._handle, ctypes.addressof(self._silence), self._silent_frames)
            if code < 0:
                raise DeviceLost(f"{self.name}: {alsa.reason(code)}")

    def delay_frames(self) -> int:
        """See `Pcm.delay_frames`; 0 while it does not run."""
        if self._library.snd_pcm_delay(self._handle, self._delay_ref) < 0:
            return 0
        return max(self._delay.value, 0)

    def close(self) -> None:
        """Stop at once and give the device back. To end without a click write a fade-out before."""
        if self._open:
            self._open = False
            self._library.snd_pcm_drop(self._handle)
            self._library.snd_pcm_close(self._handle)


class RepackingAlsaPcm(AlsaPcm):
    """A device of 24-bit samples that takes S32 from the caller: their upper three bytes are what it gets.

    Cost: one memmove and one NumPy call a block, in buffers of its own.
    """

    def __init__(
        self, library: Any, handle: ctypes.c_void_p, alsa_name: str, label: str, period: int, granted: alsa.Granted
    ) -> None:
        super().__init__(library, handle, alsa_name, label, period, granted)
        samples = period * _CHANNELS
        self._taken = np.zeros(samples, dtype="<i4")
        packed = granted.format.device_bytes == 3
        self._repacked: NDArray[Any] = np.zeros(samples, dtype=_UPPER_THREE["upper"] if packed else "<i4")
        self._from: NDArray[Any] = self._taken.view(_UPPER_THREE)["upper"] if packed else self._taken
        self._repack = self._drop_low_bytes if packed else self._shift_right
        self._taken_at = self._taken.ctypes.data
        self._repacked_at = self._repacked.ctypes.data
        self._caller_bytes = samples * 4

    def write(self, address: int) -> int:
        """See `Pcm.write`."""
        ctypes.memmove(self._taken_at, address, self._caller_bytes)
        self._repack()
        return super().write(self._repacked_at)

    def _drop_low_bytes(self) -> None:
        np.copyto(self._repacked, self._from)

    def _shift_right(self) -> None:
        np.right_shift(self._from, 8, out=self._repacked)


def open_pcm(
    name: str,
    period: int,
    *,
    label: str = "",
    formats: Sequence[alsa.SampleFormat] = alsa.FORMATS,
    exactly: bool = True,
    periods: int = BUFFER_PERIODS,
) -> AlsaPcm:
    """Open an ALSA PCM by name (`hw:CARD=Device,DEV=0`, `default`) at 48 kHz stereo, `period` frames × `periods`.

    `label` is told people beside the name. With `exactly` false a device of another period is taken too; it gets
    blocks of `period` all the same. Errors: `Unavailable` with the reason.
    """
    library = alsa.libasound()
    handle = alsa.open_handle(name, alsa.PLAYBACK)
    try:
        granted = alsa.agree(handle, name, channels=_CHANNELS, period=period, periods=periods, formats=formats)
        if granted.buffer < periods * period or (exactly and granted.period != period):
            raise Unavailable(
                f"{name}: has no period of {period} frames (it gave {granted.period}, buffer {granted.buffer})"
            )
        start = granted.buffer // period * period
        alsa.set_playback_thresholds(handle, name, block=period, start=start, buffer=granted.buffer)
    except BaseException:
        library.snd_pcm_close(handle)
        raise
    kind = RepackingAlsaPcm if granted.format in {alsa.S24_3LE, alsa.S24_LE} else AlsaPcm
    return kind(library, handle, name, label, period, granted)


def open_best(
    period: int,
    wanted: str = "",
    *,
    exactly: bool = True,
    proc: Path = PROC_ASOUND,
    opener: Callable[..., AlsaPcm] = open_pcm,
    open_up: Callable[[int], object] = alsa_mixer.open_up,
) -> AlsaPcm:
    """Open the device that `wanted` names (an ALSA name or a card's id), or else the best one there is.

    The order is that of `sound_devices`. A card that cannot do 48 kHz stereo itself is opened through ALSA's
    converter; when other programs hold all cards, their sound server's `default` is tried last. A card's mixer is
    opened up where it would keep us silent.
    Errors: `Unavailable` with each device's reason.
    """
    reasons: list[str] = []
    for name, label, card in _attempts(list_outputs(proc), wanted):
        try:
            pcm = opener(name, period, label=label, exactly=exactly)
        except Unavailable as error:
            reasons.append(error.what)
            continue
        if card is not None:
            open_up(card)
        return pcm
    raise Unavailable("; ".join(reasons) or "there is no sound device", retry_s=1.0)


def _attempts(devices: Sequence[SoundDevice], wanted: str) -> list[tuple[str, str, int | None]]:
    """Names to open, labels for people and numbers of cards, best first."""
    if wanted:
        devices = [device for device in devices if device.card_id == wanted]
        if not devices:
            return [(wanted, "", None)]
    attempts: list[tuple[str, str, int | None]] = []
    for device in devices:
        attempts.append((device.hardware_name, device.label, device.card))
        attempts.append((device.converting_name, f"{device.label}, converted by ALSA", device.card))
    if not wanted:
        attempts.append(("default", "system's sound server", None))
    return attempts


def open_settled(
    wanted: str, known: Mapping[str, int], seconds: float, work: Callable[[int], object] | None = None
) -> AlsaPcm:
    """Open the device that `open_best` chooses at the period that `known` tells by its name, or that is found now.

    A device that holds no period of `PERIODS` is opened as `LAST_RESORT`. Errors: `Unavailable`.
    """
    first = open_best(PERIODS[0], wanted, exactly=False)
    first.close()
    open_at = functools.partial(open_pcm, first.alsa_name, label=first.label)
    try:
        return open_at(known.get(first.name) or smallest_period(open_at, seconds, work))
    except DeviceLost as error:
        raise Unavailable(str(error), retry_s=1.0) from error
    except Unavailable:
        period, periods = LAST_RESORT
        return open_at(period, exactly=False, periods=periods)


def smallest_period(
    open_at: Callable[[int], Pcm],
    seconds: float,
    work: Callable[[int], object] | None = None,
    order: Sequence[int] = PERIODS,
) -> int:
    """The first period of `order` at which the device plays `seconds` of silence without an xrun.

    Shapes: `work(period)` is done before each block, to load the processor as real rendering does.
    Errors: `Unavailable` when it holds none of them; `DeviceLost`.
    """
    reasons: list[str] = []
    for period in order:
        try:
            pcm = open_at(period)
        except Unavailable as error:
            reasons.append(error.what)
            continue
        try:
            if _holds(pcm, seconds, work):
                return period
        finally:
            pcm.close()
        reasons.append(f"xruns at {period} frames")
    raise Unavailable("no period holds: " + "; ".join(reasons), retry_s=1.0)


def _holds(pcm: Pcm, seconds: float, work: Callable[[int], object] | None) -> bool:
    silence = ctypes.create_string_buffer(pcm.period * _CHANNELS * pcm.sample_bytes)
    address = ctypes.addressof(silence)
    for _ in range(pcm.periods + int(seconds * pcm.rate / pcm.period)):
        if work is not None:
            work(pcm.period)
        if pcm.write(address):
            return False
    return True
