"""Sound in through ALSA: blocks of S16 mono at 48 kHz, read without waiting."""

from __future__ import annotations

import ctypes
import errno
from pathlib import Path
from typing import Any, Final

from drivers import libasound as alsa
from drivers.sound_devices import PROC_ASOUND, list_inputs
from mos_appliance.errors import Unavailable

_BUFFER_PERIODS: Final = 16
"""The converter's clock is not the loudspeaker's, and a recording may wait: room for a third of a tenth of a second."""
_CHANNELS: Final = 1


class AlsaMicrophone:
    """An open capture device; implements `Microphone`. It starts at the first `read_into`."""

    def __init__(self, library: Any, handle: ctypes.c_void_p, name: str, period: int) -> None:
        self.name = name
        self.period = period
        self.overruns = 0
        """How often sound was lost because it was read too late."""
        self.lost = False
        """The device is gone: nothing comes any more."""
        self._library = library
        self._handle = handle
        self._open = True
        self._available = library.snd_pcm_avail_update
        self._readi = library.snd_pcm_readi
        self._start()

    def read_into(self, address: int) -> bool:
        """See `Microphone.read_into`."""
        if self.lost:
            return False
        available = self._available(self._handle)
        if available >= self.period:
            read = self._readi(self._handle, address, self.period)
            if read == self.period:
                return True
            available = min(read, 0)
        if available < 0:
            self._recover(available)
        return False

    def close(self) -> None:
        """Give the device back."""
        if self._open:
            self._open = False
            self.lost = True
            self._library.snd_pcm_close(self._handle)

    def _recover(self, code: int) -> None:
        if code in {-errno.EAGAIN, -errno.EINTR}:
            return
        if code in {-errno.EPIPE, -errno.ESTRPIPE}:
            self.overruns += 1
            self._start()
        else:
            self.lost = True

    def _start(self) -> None:
        if self._library.snd_pcm_prepare(self._handle) < 0 or self._library.snd_pcm_start(self._handle) < 0:
            self.lost = True


def open_microphone(wanted: str = "", period: int = 64, proc: Path = PROC_ASOUND) -> AlsaMicrophone:
    """Open the capture device that `wanted` names (an ALSA name or a card's id), or else the first on USB.

    What cannot do 48 kHz mono itself is opened through ALSA's converter. Errors: `Unavailable` with each reason.
    """
    devices = [device for device in list_inputs(proc) if not wanted or device.card_id == wanted]
    names = [name for device in devices for name in (device.hardware_name, device.converting_name)]
    reasons: list[str] = []
    for name in names or [wanted or "default"]:
        try:
            return _open(name, period)
        except Unavailable as error:
            reasons.append(error.what)
    raise Unavailable("; ".join(reasons), retry_s=1.0)


def _open(name: str, period: int) -> AlsaMicrophone:
    library = alsa.libasound()
    handle = alsa.open_handle(name, alsa.CAPTURE)
    try:
        alsa.agree(handle, name, channels=_CHANNELS, period=period, periods=_BUFFER_PERIODS, formats=(alsa.S16_LE,))
        microphone = AlsaMicrophone(library, handle, name, period)
        if microphone.lost:
            raise Unavailable(f"{name}: does not start", retry_s=1.0)
    except BaseException:
        library.snd_pcm_close(handle)
        raise
    return microphone
