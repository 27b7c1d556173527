"""What a block of the product's own loop costs while nothing else runs: the guest's two processors share one clock.

block_cost.py VOICES PROGRAM: prints one JSON line: ns a block (= instructions on the bench), p50 and p99, and voices.
Everything is the product's, hub excepted: MIDI port, talk ring, engine, mixer, limiter, output ring; the device takes
each block at once. As in write_float_loop.c: keys from 30 upwards at velocity 100, GM2's sends, reverb and chorus on.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.sched_setaffinity(0, {1})

from drivers import realtime
from drivers.fluidsynth import FluidSynth
from drivers.midi_in import MidiIn
from drivers.soundfont import find
from mos_appliance.app.engine_link import HubLink
from mos_appliance.app.engine_loop import Loop
from mos_appliance.app.engine_rings import make_talk_ring
from mos_appliance.engine.costs import OFFLINE
from mos_appliance.engine.instrument import Engine
from mos_appliance.engine.panel import Panel
from mos_appliance.engine.statistics import BlockCosts
from mos_appliance.engine.talk import Talk
from mos_appliance.wire.records import DeviceState, Source

BLOCKS = 900
COUNTED = 400
"""The last of them: the volume has come up by then."""


class Taker:
    """A device of 64 frames, 16 bits, that takes each block at once and tells the loop when it has had enough."""

    name, rate, period, periods, sample_bytes, bits = "taker", 48_000, 64, 2, 2, 16
    loop: Loop
    taken = 0

    def write(self, address: int) -> int:
        self.taken += 1
        if self.taken == BLOCKS:
            self.loop.stopping = True
        return 0

    def delay_frames(self) -> int:
        return 0

    def close(self) -> None:
        pass


def main(voices: int, program: int) -> None:
    run = Path(tempfile.mkdtemp())
    keyboard = MidiIn()
    synth = FluidSynth(find())
    panel = Panel({"chorus": [30.0], "reverb": [30.0], "program": [float(program)]})
    engine = Engine(synth, panel, OFFLINE, Talk(make_talk_ring(run), 64))
    for key in range(30, 100):
        if synth.voices() < voices:
            synth.midi(0, 0x90, key, 100)
    link = HubLink(run)
    link.connected = False
    loop = Loop(engine, link, run, [(Source.KEYBOARD, keyboard)], os.getpid())
    loop.costs = BlockCosts(COUNTED)
    taker = Taker()
    taker.loop = loop
    realtime.enter()
    loop.play(taker, DeviceState.SIMULATED)
    p50, p99, _ = loop.costs.quantiles()
    reduction = engine.mixer.take_levels()[1]
    told = {"p50": p50 * 1000, "p99": p99 * 1000, "voices_at_end": synth.voices(), "limiter_gain": reduction}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
