"""Which sound device, keyboards and microphone the engine uses, from its arguments."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from drivers import alsa_pcm, simulated
from drivers.sound_devices import PROC_ASOUND, DeviceWatch
from mos_appliance.engine.ports import DeviceLost, Microphone, MidiSource, Pcm
from mos_appliance.errors import Unavailable
from mos_appliance.wire.files import RunFile, Sound, encode_file
from mos_appliance.wire.records import DeviceState, Source

PROBE_S: Final = 0.3
SIMULATED_PERIOD: Final = 256
SIMULATED_PERIODS: Final = 8
"""A simulated device lives on a computer that does other things too: a buffer that forgives them."""
_LOOK_BLOCKS: Final = 94
"""Half a second between two looks for a device while there is none."""
_LOOKS: Final = 10
"""Attempts after something was plugged in."""


class _SilenceForNow(simulated.SilentSink):
    """Silence that ends like a device that is pulled out, as soon as it is worth looking for a real one."""

    def __init__(self, worth_looking: Callable[[], bool]) -> None:
        super().__init__(period=SIMULATED_PERIOD, periods=SIMULATED_PERIODS, bits=16)
        self._worth_looking = worth_looking
        self._left = _LOOK_BLOCKS

    def write(self, address: int) -> int:
        """See `Pcm.write`; nobody hears what a look costs."""
        self._left -= 1
        if not self._left:
            self._left = _LOOK_BLOCKS
            if self._worth_looking():
                raise DeviceLost("a sound device has come")
        return super().write(address)


class SoundChoice:
    """Opens the device that was asked for, at the smallest period that it holds."""

    def __init__(self, sound: str, run: Path, periods: dict[str, int], proc: Path = PROC_ASOUND) -> None:
        self._kind, _, self._rest = sound.partition(":")
        self._run = run
        self._periods = dict(periods)
        self._opened = 0
        self._heard = False
        self._watch = DeviceWatch(proc)
        self._looks = 0

    def open(self) -> tuple[Pcm, DeviceState]:
        """An open device, told in `sound.json`. Errors: `Unavailable` when there is none now."""
        pcm, state = self._open()
        self._opened += 1
        heard, settled = state == DeviceState.PLAYING, self._periods.get(pcm.name) == pcm.period
        self._tell(Sound(pcm.name, pcm.period, pcm.periods, pcm.bits, heard, settled))
        return pcm, state

    def _open(self) -> tuple[Pcm, DeviceState]:
        if self._kind == "wav":
            if self._opened:
                raise Unavailable(f"{self._rest}: was closed")
            # An engine that was killed goes on in the file of the one before: nothing of a run is lost.
            path, go_on = Path(self._rest), (self._run / RunFile.SOUND).exists()
            file = simulated.WavSink(path, period=SIMULATED_PERIOD, periods=SIMULATED_PERIODS, bits=24, go_on=go_on)
            return file, DeviceState.SIMULATED
        if self._kind == "silent":
            sink = simulated.SilentSink(period=SIMULATED_PERIOD, periods=SIMULATED_PERIODS, bits=16)
            return sink, DeviceState.SIMULATED
        try:
            pcm = self._open_alsa()
        except Unavailable:
            if self._kind == "alsa" or self._heard:
                raise
            return _SilenceForNow(self._worth_looking), DeviceState.SIMULATED
        self._heard = True
        return pcm, DeviceState.PLAYING

    def _worth_looking(self) -> bool:
        """Whether devices came or went a moment ago: one that came may take a while until it can be opened."""
        if self._watch.changed():
            self._looks = _LOOKS
        self._looks -= self._looks > 0
        return self._looks > 0

    def _open_alsa(self) -> Pcm:
        wanted, _, period = self._rest.partition("@")
        if period:
            return alsa_pcm.open_best(int(period), wanted)
        pcm = alsa_pcm.open_settled(wanted, self._periods, PROBE_S)
        if pcm.periods == alsa_pcm.BUFFER_PERIODS:  # what had to be opened as a last resort is probed again next time
            self._periods[pcm.name] = pcm.period
        return pcm

    def _tell(self, sound: Sound) -> None:
        new = self._run / f"{RunFile.SOUND}.new"
        new.write_bytes(encode_file(sound))
        new.rename(self._run / RunFile.SOUND)


def keyboards(args: argparse.Namespace) -> list[tuple[Source, MidiSource]]:
    """Where MIDI comes from: the sequencer's port, the UART if one is named, and a file in the keyboard's place."""
    found: list[tuple[Source, MidiSource]] = []
    with contextlib.suppress(Unavailable):  # whoever would connect keyboards to it says so: supervisor or patchbay
        from drivers.midi_in import MidiIn

        found.append((Source.KEYBOARD, MidiIn()))
    if args.din is not None:
        from drivers.serial_midi import SerialMidi

        found.append((Source.DIN, SerialMidi(args.din)))
    if args.midi is not None:
        from mos_appliance.app.played_file import played_messages

        found.append((Source.KEYBOARD, simulated.ScriptedKeyboard(played_messages(Path(args.midi)))))
    return found


def open_microphone(name: str | None, period: int) -> Microphone | None:
    """The microphone that was named, in blocks of `period`; one that is not there is told, and costs no sound."""
    if name is None:
        return None
    from drivers.microphone import open_microphone as open_alsa

    try:
        return open_alsa(name, period)
    except Unavailable as error:
        print(f"no microphone: {error.what}", file=sys.stderr, flush=True)
        return None
