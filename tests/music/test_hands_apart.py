"""A piece for two hands becomes a song in which either can be silent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mos_appliance.music.arrangement import arrange
from mos_appliance.music.formats import format_of_bytes
from mos_appliance.music.hands_apart import hands_apart
from mos_appliance.music.umf.files import notes_of, smf_of

SHELF = Path(__file__).parents[2] / "mos_appliance" / "shelf" / "pieces"


@pytest.mark.parametrize("name", ["ode-to-joy", "petzold-minuet", "mozart-minuet-k2"])
def test_each_hand_sounds_its_own_notes_and_all_together_are_as_before(name: str) -> None:
    document = format_of_bytes((SHELF / f"{name}.umf").read_bytes()).load((SHELF / f"{name}.umf").read_bytes()).document
    whole, unfolded = arrange(smf_of(document)), notes_of(document, True)
    apart = hands_apart(whole, unfolded)
    events = apart.events
    is_on = (events["status"] == 0x90) & (events["data2"] > 0)
    for hand in (0, 1):
        mine = unfolded.notes[unfolded.notes["staff"] == hand + 1]
        assert sorted(events["data1"][is_on & (events["part"] == hand)]) == sorted(mine["pitch"])
        assert apart.note_counts[hand] == len(mine)
    notes = np.isin(events["status"], (0x80, 0x90))
    assert sorted(events[["tick", "status", "data1"]][notes].tolist()) == sorted(
        whole.events[["tick", "status", "data1"]][np.isin(whole.events["status"], (0x80, 0x90))].tolist()
    )
    assert bool(np.all(np.diff(events["tick"]) >= 0))


def test_every_note_that_begins_in_a_part_ends_in_it() -> None:
    data = (SHELF / "bach-prelude-c.umf").read_bytes()
    document = format_of_bytes(data).load(data).document
    apart = hands_apart(arrange(smf_of(document)), notes_of(document, True))
    held: dict[tuple[int, int], int] = {}
    for _, part, status, pitch, velocity in apart.events.tolist():
        if status in (0x80, 0x90):
            on = status == 0x90 and velocity > 0
            held[part, pitch] = held.get((part, pitch), 0) + (1 if on else -1)
            assert held[part, pitch] >= 0
    assert set(held.values()) == {0}
