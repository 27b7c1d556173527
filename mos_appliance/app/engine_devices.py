"""Which sound device, keyboards and microphone the engine uses, from its arguments."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

from drivers import alsa_pcm, simulated
from drivers.sound_devices import PROC_ASOUND, DeviceWatch
from mos_appliance.engine.ports import DeviceLost, Microphone, MidiSource, Pcm
from mos_appliance.errors import Unavailable
from mos_appliance.wire.files import RunFile, Sound, encode_file
from mos_appliance.wire.records import DeviceState, Source

SOUND_NODES: Final = Path("/dev/snd")
_WAV: Final = "wav:"
_SETTLING_LOOKS: Final = 10
"""A tenth of a second each: a device that was plugged in cannot be opened at once."""
PROBE_S: Final = 0.3
SIMULATED_PERIOD: Final = 256
SIMULATED_PERIODS: Final = 8
"""A simulated device lives on a computer that does other things too: a buffer that forgives them."""
_LOOK_BLOCKS: Final = 94
"""Half a second between two looks for a device while there is none."""
_LOOKS: Final = 10
"""Attempts after something was plugged in."""


@runtime_checkable
class _Reopening(Protocol):
    """A source that may be lost and opened again."""

    def reopen(self) -> bool:
        """Open it again if it was lost; whether it is there."""

    def back(self) -> bool:
        """Whether it was lost and may be there again."""

    @property
    def reader_threads(self) -> frozenset[int]:
        """Threads that wait for its bytes."""


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
        self.interrupted = False
        """Whether the device was given back in order to be opened again."""

    def open(self) -> tuple[Pcm, DeviceState]:
        """An open device, told in `sound.json`. Errors: `Unavailable` when there is none now."""
        pcm, state = self._open()
        self._opened += 1
        heard, settled = state == DeviceState.PLAYING, self._periods.get(pcm.name) == pcm.period
        self._tell(Sound(pcm.name, pcm.period, pcm.periods, pcm.bits, heard, settled))
        return pcm, state

    def _open(self) -> tuple[Pcm, DeviceState]:
        if self._kind == "wav":
            if self._opened and not self.interrupted:
                raise Unavailable(f"{self._rest}: was closed")
            # An engine that was killed goes on in the file of the one before: nothing of a run is lost.
            path, go_on = Path(self._rest), (self._run / RunFile.SOUND).exists()
            self.interrupted = False
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

        socket = SerialMidi(args.din, patient=True)
        if socket.lost:
            print(f"no DIN MIDI for now: {args.din} cannot be opened", file=sys.stderr, flush=True)
        found.append((Source.DIN, socket))
    if args.midi is not None:
        from mos_appliance.app.played_file import played_messages

        found.append((Source.KEYBOARD, simulated.ScriptedKeyboard(played_messages(Path(args.midi)))))
    return found


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


class Inputs:
    """What was named on the command line and may come late, or go and come back: DIN socket and microphone.

    They are opened beside each sound device; for one that comes back the device is given back and opened again.
    """

    def __init__(self, args: argparse.Namespace, choice: SoundChoice, nodes: Path = SOUND_NODES) -> None:
        self.keyboards = keyboards(args)
        self._sockets = [source for _, source in self.keyboards if isinstance(source, _Reopening)]
        self._name: str | None = args.microphone
        self._choice = choice
        self._nodes = nodes
        self._microphone: Microphone | None = None
        self._stamp = 0
        self._there = self._captures()
        self._patience = 0
        self._said = ""

    @property
    def reader_threads(self) -> frozenset[int]:
        """Threads that wait for bytes of sockets: they carry little, and what they carry is waited for."""
        return frozenset().union(*(source.reader_threads for source in self._sockets))

    def open(self, period: int) -> Microphone | None:
        """The microphone in blocks of `period`; what is not there is told once, and costs no sound."""
        for source in self._sockets:
            source.reopen()
        self._there = self._captures()
        self._microphone = self._open_microphone(period)
        return self._microphone

    def come_back(self) -> bool:
        """Whether something that was lost can be had again. For the block: a stat or two, while something is lost."""
        found = any(source.back() for source in self._sockets) or self._microphone_is_back()
        self._choice.interrupted = found
        return found

    def _open_microphone(self, period: int) -> Microphone | None:
        if self._name is None:
            return None
        if self._name.startswith(_WAV):
            from mos_appliance.app.recording_file import samples_of

            return simulated.AwaitedMicrophone(Path(self._name.removeprefix(_WAV)), period, samples_of, _say)
        from drivers.microphone import open_microphone

        try:
            microphone = open_microphone(self._name, period)
        except Unavailable as error:
            if error.what != self._said:
                print(f"no microphone for now: {error.what}", file=sys.stderr, flush=True)
            self._said = error.what
            return None
        self._said = ""
        return microphone

    def _microphone_is_back(self) -> bool:
        """Whether, while there is no microphone, something that records was plugged in a second ago."""
        if (
            self._name is None
            or self._name.startswith(_WAV)
            or (self._microphone is not None and not self._microphone.lost)
        ):
            return False
        stamp = self._nodes.stat().st_mtime_ns if self._nodes.exists() else 0
        if stamp != self._stamp:
            self._stamp = stamp
            now = self._captures()
            self._patience = _SETTLING_LOOKS if now - self._there else self._patience
            self._there = now
        self._patience = max(0, self._patience - 1)
        return self._patience == 1

    def _captures(self) -> frozenset[str]:
        """The nodes of devices that record."""
        return frozenset(path.name for path in self._nodes.glob("pcm*c"))
