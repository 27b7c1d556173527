"""What the transport costs, counted in bytecodes: they are the same on every machine, unlike time."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest

from mos_appliance.engine.chase import SCAN_EVENTS
from mos_appliance.engine.transport import Transport
from tests.engine.songs import CHUNK, Audience, make_song, settle


def bytecodes(transport: Transport, frame: int, chunks: int) -> list[int]:
    """Bytecodes of each of the next chunks."""
    counts = []
    count = 0

    def trace(python_frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal count
        python_frame.f_trace_opcodes = True
        count += event == "opcode"
        return trace

    for at in range(frame, frame + chunks * CHUNK, CHUNK):
        count = 0
        before = sys.gettrace()
        sys.settrace(trace)
        transport.advance(at, CHUNK)
        sys.settrace(before)
        counts.append(count)
    return counts


def ready(events=(), tempi=((0, 500_000),), end_tick=400_000):
    transport = Transport()
    transport.load(0, make_song(events, tempi, end_tick=end_tick))
    return transport, settle(transport, Audience(), 0)


def test_a_chunk_with_nothing_due_costs_a_comparison():
    transport, frame = ready([(100_000, 0, 0x90, 60, 1)])
    transport.set_metronome(frame, True)
    transport.play(frame)
    counts = bytecodes(transport, frame, 300)
    assert max(counts[1:]) <= 12


def test_a_stopped_transport_costs_a_comparison():
    transport, frame = ready([(0, 0, 0x90, 60, 1)])
    assert max(bytecodes(transport, frame, 10)) <= 12


@pytest.mark.parametrize(
    "message", [(0x90, 60, 100), (0x90, 60, 0), (0x80, 60, 64), (0xB0, 11, 5), (0xE0, 1, 2), (0xC0, 1, 0)]
)
def test_an_event_costs_at_most_150_bytecodes(message):
    costs = []
    for number in (2, 32):
        transport, frame = ready([(100, part, *message) for part in range(number)])
        transport.play(frame)
        costs.append(sum(bytecodes(transport, frame, 60)))
    assert (costs[1] - costs[0]) / 30 <= 150


def test_a_click_costs_at_most_250_bytecodes_and_its_chunk_at_most_700():
    transport, frame = ready()
    transport.set_metronome(frame, True)
    transport.set_subdivision(4)
    transport.play(frame)
    counts = bytecodes(transport, frame, 2000)[1:]
    assert max(counts) <= 700


def test_a_change_of_tempo_costs_no_walk_through_the_tempo_map():
    few = [(0, 500_000), (1000, 400_000)]
    many = [(0, 500_000), *((number // 20 + 1, 300_000 + number) for number in range(19_000)), (1000, 400_000)]
    costs = []
    for tempi in (few, many):
        transport, frame = ready([(0, 0, 0x90, 60, 1), (1100, 0, 0x80, 60, 1)], tempi)
        transport.play(frame)
        costs.append(max(bytecodes(transport, frame, 500)[1:]))
    assert abs(costs[0] - costs[1]) <= 30


def test_loading_indexing_and_seeking_a_long_song_stay_within_a_budget_a_chunk():
    events = [(number, number % 32, 0xB0 if number % 3 else 0x90, number % 97, 1) for number in range(60_000)]
    transport = Transport()
    transport.load(0, make_song(events))
    frame = 0
    most_of_one_event = 150
    budget = SCAN_EVENTS * most_of_one_event
    assert max(bytecodes(transport, frame, 100)) <= budget
    frame = settle(transport, Audience(), 100 * CHUNK)
    transport.seek(frame, 30_500)
    assert max(bytecodes(transport, frame, 60)) <= budget
    frame += 60 * CHUNK
    transport.play(frame, 45_900)
    most = max(bytecodes(transport, frame, 60))
    assert most <= 64 * 200 + 1000
