"""The engine's process: everything that sound needs is opened, loaded and locked here, then the loop begins.

Order matters: what is slow to load is loaded in the nursery; the MIDI reader comes before real time (its thread
inherits what its creator is), memory is locked after all is loaded, the device is last. It starts before the network
and sounds without the hub.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Final

import numpy as np

from drivers import locked_memory, realtime
from drivers.fluidsynth import FluidSynth
from drivers.sample_cache import read_ahead
from drivers.soundfont import ready as ready_soundfont
from mos_appliance.app.engine_devices import Inputs, SoundChoice
from mos_appliance.app.engine_link import HubLink
from mos_appliance.app.engine_loop import Loop
from mos_appliance.app.engine_rings import make_talk_ring
from mos_appliance.app.nursery import fork_worker
from mos_appliance.app.settings import cache_directory, parse_process
from mos_appliance.engine.costs import OFFLINE, Probe, calibrate
from mos_appliance.engine.instrument import RELEASE_PANIC, Engine
from mos_appliance.engine.mixer import Mixer
from mos_appliance.engine.panel import Panel
from mos_appliance.engine.talk import Talk
from mos_appliance.errors import MosError, Unavailable
from mos_appliance.units import GRID_FRAMES
from mos_appliance.wire.files import DataFile, Remembered, decode_file
from mos_appliance.wire.records import Source

RETRY_S: Final = 0.25


def main(argv: Sequence[str]) -> int:
    """Run until SIGTERM or SIGINT. Errors: `Unavailable` when there is no synthesiser or no soundfont."""
    args = parse_process("engine", argv)
    soundfont = ready_soundfont(cache_directory())
    with locked_memory.read_only_from_now_on():
        synth = FluidSynth(soundfont)
    code = fork_worker()
    return _work(args, synth, soundfont) if code is None else code


def _work(args: argparse.Namespace, synth: FluidSynth, soundfont: Path) -> int:
    """The engine that sounds."""
    remembered = _remembered(args.data / DataFile.ENGINE)
    choice = SoundChoice(args.sound, args.run, remembered.periods)
    inputs = Inputs(args, choice)
    talk = Talk(make_talk_ring(args.run), GRID_FRAMES)
    _read_samples(soundfont, remembered.controls)
    engine = _prepared(synth, Panel(remembered.controls), talk)
    link = HubLink(args.run)
    loop = Loop(engine, link, args.run, inputs.keyboards, os.getpid(), inputs.open, inputs.come_back)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: setattr(loop, "stopping", True))
    granted = {grant.name for grant in realtime.enter() if grant.ok}
    realtime.hurry(inputs.reader_threads)
    loop.patient = {"scheduler", "processor"} <= granted
    loop.hello()
    _play_on(loop, choice)
    return 0


def _play_on(loop: Loop, choice: SoundChoice) -> None:
    """Play on whatever device there is, again and again, until told to stop."""
    told = ""
    while not loop.stopping:
        try:
            pcm, state = choice.open()
        except Unavailable as error:
            if error.what != told:
                print(f"no sound device: {error.what}", file=sys.stderr, flush=True)
                told = error.what
            _wait(loop, error.retry_s or RETRY_S)
            continue
        told = ""
        print(f"sound: {pcm.name}, {pcm.period} frames × {pcm.periods}, {pcm.bits} bits", file=sys.stderr, flush=True)
        loop.play(pcm, state)
        loop.reopened += 1


def _wait(loop: Loop, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not loop.stopping:
        loop.attend()
        time.sleep(0.01)


def _remembered(path: Path) -> Remembered:
    """What the hub wrote down; a file that is missing or damaged means the defaults, and is told."""
    try:
        return decode_file(path.read_bytes(), Remembered, path.name)
    except FileNotFoundError:
        return Remembered()
    except (OSError, MosError) as error:
        print(f"{path}: {error}; playing with the defaults", file=sys.stderr, flush=True)
        return Remembered()


def _read_samples(soundfont: Path, controls: Mapping[str, Sequence[float]]) -> None:
    """Of the chosen instruments, so that no key waits for the card; the others follow later (the image's `warm`)."""
    programs, banks = controls.get("program", ()) or (0,), controls.get("bank", ())
    chosen = zip_longest(banks[: len(programs)], programs, fillvalue=0)
    try:
        read_ahead(soundfont, ((int(bank), int(program)) for bank, program in chosen))
    except MosError as error:
        print(f"samples could not be read in advance: {error}", file=sys.stderr, flush=True)


def _prepared(synth: FluidSynth, panel: Panel, talk: Talk) -> Engine:
    """The instrument, with a cost table measured on this machine."""
    engine = Engine(synth, panel, OFFLINE, talk)
    probe = Probe(_render_chunk(synth), _held_down_chunk(), partial(_strike, engine), time.monotonic_ns)
    engine.set_costs(calibrate(synth, probe))
    engine.release(Source.HUB, RELEASE_PANIC)
    engine.keyboard.shed = 0
    engine.outbox.clear()
    engine.keyboard.prepare()
    engine.settings.apply_all()
    return engine


def _strike(engine: Engine, key: int) -> None:
    """As soft as can be, on MIDI channel 2, whose synth channel calibration has taken off reverb and chorus."""
    engine.sound(Source.HUB, 0x91, key, 1, 0)


def _render_chunk(synth: FluidSynth) -> Callable[[], None]:
    mixer = Mixer(GRID_FRAMES, 2)

    def work() -> None:
        synth.render(*mixer.next_bed(), GRID_FRAMES)

    return work


def _held_down_chunk() -> Callable[[], None]:
    """The mixer with its limiter at work: what a chunk costs beside the synthesiser while all of it is too loud."""
    mixer = Mixer(GRID_FRAMES, 2)
    mixer.gain = mixer.target = 1.0
    out = np.zeros(2 * GRID_FRAMES, np.int16)
    loud = np.random.default_rng(2).normal(0, 2, (GRID_FRAMES, 2)).astype(np.float32)

    def work() -> None:
        mixer.next_bed()
        mixer.stereo()[...] = loud
        mixer.finish(out)

    return work
