"""A MIDI file as if somebody played it on the keyboard."""

from __future__ import annotations

from pathlib import Path

from mos_appliance.app.input_file import read_input
from mos_appliance.engine.ports import MidiMessage
from mos_appliance.music.smf import FILE_BYTES, read_smf


def played_messages(path: Path) -> list[tuple[int, MidiMessage]]:
    """Its channel messages with their times. Units: ns from its beginning. Errors: `BadInput`, `OSError`."""
    smf = read_smf(read_input(str(path), FILE_BYTES), str(path), FILE_BYTES)
    events = smf.events[smf.events["tick"].argsort(kind="stable")]
    times = (smf.tempo_map().milliseconds(events["tick"]) * 1_000_000).astype("int64").tolist()
    messages = zip(events["status"].tolist(), events["data1"].tolist(), events["data2"].tolist(), strict=True)
    return list(zip(times, messages, strict=True))
