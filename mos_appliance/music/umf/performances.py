"""Performances in a document and MIDI files, one into the other."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from mos_appliance.music.json_text import Json
from mos_appliance.music.midi import CONTROL_CHANGE, NOTE_OFF, NOTE_ON, PROGRAM_CHANGE
from mos_appliance.music.notes import Part, read_notes
from mos_appliance.music.smf import EVENT, PORT, Meta, Smf, Track
from mos_appliance.music.smf_write import name_meta, tempo_meta

QUARTER_MS: Final = 500
DIVISION: Final = 10_000
"""Ticks to the quarter note: 20 to the millisecond."""
_VELOCITY: Final = 76
_CONTROLLERS: Final = (1, 7, 10, 11, 64, 66, 67)
"""What is kept of a MIDI file: modulation, volume, pan, expression, the pedals."""


def performance_from(smf: Smf) -> Json:
    """A MIDI file as a performance; its times are rounded to a thousandth of a millisecond."""
    piece = read_notes(smf)
    notes = []
    names = ("onset_ms", "duration_ms", "pitch", "velocity", "part")
    for onset, duration, pitch, velocity, part in zip(*(piece.notes[name].tolist() for name in names), strict=True):
        times = {"startMs": _tidy(onset), "durationMs": _tidy(duration)}
        notes.append({**times, "pitch": pitch, "velocity": velocity, "part": part})
    parts = [_part(part) for part in piece.parts]
    controls = _controls(smf, piece.parts)
    return {"id": "midi", "parts": parts, "notes": notes, **({"controls": controls} if controls else {})}


def _part(part: Part) -> Json:
    return {"name": part.name, "program": part.program, **({"drums": True} if part.drums else {})}


def _tidy(milliseconds: float) -> float:
    rounded = round(milliseconds, 3)
    return int(rounded) if rounded == int(rounded) else rounded


def _controls(smf: Smf, parts: tuple[Part, ...]) -> list[Json]:
    """The controllers that are kept, each for the part on its channel."""
    events = smf.events
    chosen = events[(events["status"] & 0xF0 == CONTROL_CHANGE) & np.isin(events["data1"], _CONTROLLERS)]
    times = smf.tempo_map().milliseconds(chosen["tick"])
    by_channel = {part.channel: number for number, part in reversed(list(enumerate(parts)))}
    found = []
    for time, event in sorted(zip(times.tolist(), chosen.tolist(), strict=True), key=lambda row: row[0]):
        _, _, status, controller, value, _ = event
        if status & 15 in by_channel:
            move = {"atMs": _tidy(time), "controller": controller, "value": value}
            found.append({**move, "part": by_channel[status & 15]})
    return found


def excerpt(performance: Json, from_ms: float, to_ms: float) -> Json:
    """What begins within it, at the times where it is; pedals moved before are set at its beginning."""
    notes = [note for note in performance["notes"] if from_ms <= note["startMs"] < to_ms]
    held: dict[tuple[int, int], Json] = {}
    moves = []
    for move in sorted(performance.get("controls", ()), key=lambda move: move["atMs"]):
        if move["atMs"] < from_ms:
            held[move.get("part", 0), move["controller"]] = {**move, "atMs": from_ms}
        elif move["atMs"] < to_ms:
            moves.append(move)
    return {**performance, "notes": notes, "controls": [*held.values(), *moves]}


def performance_smf(performance: Json, title: str) -> Smf:
    """A performance as a MIDI file of type 1 at 120 quarter notes a minute, in ticks of 1/20 ms."""
    told = performance.get("parts") or [{}]
    count = 1 + max([note.get("part", 0) for note in performance["notes"]], default=0)
    parts = [*told, *({} for _ in range(min(count, 1_000) - len(told)))]
    rows: list[list[tuple[int, int, int, int, int]]] = [[] for _ in parts]
    channels = [9 if part.get("drums") else number % 15 + (number % 15 >= 9) for number, part in enumerate(parts)]
    for number, (part, channel) in enumerate(zip(parts, channels, strict=True)):
        rows[number].append((0, 0, PROGRAM_CHANGE | channel, part.get("program", 0), 0))
    for note in performance["notes"]:
        part = min(note.get("part", 0), len(parts) - 1)
        begin, end = tick_of(note["startMs"]), tick_of(note["startMs"] + note["durationMs"])
        rows[part].append((begin, 3, NOTE_ON | channels[part], note["pitch"], note.get("velocity", _VELOCITY)))
        rows[part].append((max(end, begin + 1), 2, NOTE_OFF | channels[part], note["pitch"], 64))
    for move in performance.get("controls", ()):
        part = min(move.get("part", 0), len(parts) - 1)
        rows[part].append(
            (tick_of(move["atMs"]), 1, CONTROL_CHANGE | channels[part], move["controller"], move["value"])
        )
    return _file(rows, [part.get("name", "") for part in parts], title)


def tick_of(milliseconds: float) -> int:
    """Where in the file that is."""
    return round(milliseconds * DIVISION / QUARTER_MS)


def _file(rows: list[list[tuple[int, int, int, int, int]]], names: list[str], title: str) -> Smf:
    tracks = [Track((name_meta(title), tempo_meta(0, QUARTER_MS * 1_000)), 0)]
    blocks: list[np.ndarray[Any, np.dtype[np.void]]] = [np.zeros(0, EVENT)]
    for number, (row, name) in enumerate(zip(rows, names, strict=True)):
        table = np.array(sorted(row), np.int64)
        block = np.zeros(len(row), EVENT)
        block["tick"], block["status"], block["track"] = table[:, 0], table[:, 2], number + 1
        block["data1"], block["data2"] = table[:, 3], table[:, 4]
        port = (Meta(0, PORT, bytes((min(number // 15, 127),))),) if number >= 15 else ()
        tracks.append(Track((name_meta(name), *port), int(table[-1, 0])))
        blocks.append(block)
    return Smf(1, DIVISION, tuple(tracks), np.concatenate(blocks))
