"""Scores written as MIDI and read by mido, which shares nothing with our writer."""

from __future__ import annotations

import io
from collections import defaultdict, deque
from fractions import Fraction
from typing import Any

import mido
import pytest
from hypothesis import HealthCheck, given, settings

from mos_appliance.errors import BadInput
from mos_appliance.music.formats import format_of
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.build import position
from mos_appliance.music.mnx.document import write_mnx
from mos_appliance.music.mnx.extensions import set_own
from mos_appliance.music.umf.document import new_umf
from mos_appliance.music.wishes import Wishes
from tests.music.mnx.scores import QUARTER, quarter, scale_bar, score
from tests.music.umf.test_files import scores

MIDI, MNX, UMF = format_of("a.mid"), format_of("a.mnx"), format_of("a.umf")


def by_mido(data: bytes) -> tuple[mido.MidiFile, list[tuple[int, int, int, int, int]]]:
    """The file, and its notes: onset, duration, channel, pitch, velocity; first in, first out on each key."""
    file = mido.MidiFile(file=io.BytesIO(data))
    notes = []
    for track in file.tracks:
        now = 0
        sounding: dict[tuple[int, int], deque[tuple[int, int]]] = defaultdict(deque)
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity:
                sounding[message.channel, message.note].append((now, message.velocity))
            elif message.type in ("note_on", "note_off"):
                begin, velocity = sounding[message.channel, message.note].popleft()
                notes.append((begin, now - begin, message.channel, message.note, velocity))
        assert not any(sounding.values())
    return file, sorted(notes)


def metas(file: mido.MidiFile, kind: str) -> list[tuple[int, Any]]:
    """All of one kind with their ticks."""
    found = []
    for track in file.tracks:
        now = 0
        for message in track:
            now += message.time
            if message.type == kind:
                found.append((now, message))
    return found


def rich() -> Json:
    measures: list[Json] = [
        {"key": {"fifths": -3}, "tempos": [{"bpm": 90, "value": {"base": "quarter"}}]},
        {"time": {"count": 3, "unit": 4}, "repeatStart": {}},
        {"repeatEnd": {}, "tempos": [{"bpm": 60, "value": {"base": "half"}, "location": position(QUARTER)}]},
    ]
    set_own(measures[0]["key"], "mode", "minor")
    sung = quarter("C4", lyrics={"lines": {"1": {"text": "Ah"}}})
    bars = [[quarter("G4")], [sung, quarter("D4"), quarter("E4")], scale_bar("F4", "G4", "A4")]
    tree = score(*bars, measures=measures, name="Flute")
    set_own(tree["parts"][0], "program", 73)
    return tree


def test_an_independent_reader_finds_tempi_metres_key_words_and_names() -> None:
    file, notes = by_mido(MIDI.save(new_umf("Air", rich())).data)
    quarter_ticks = file.ticks_per_beat
    assert (file.type, [track.name for track in file.tracks]) == (1, ["Air", "Flute"])
    assert [note[0] // quarter_ticks for note in notes] == list(range(13))
    tempi = [(tick // quarter_ticks, message.tempo) for tick, message in metas(file, "set_tempo")]
    assert tempi == [(0, 666_667), (5, 500_000), (7, 666_667), (11, 500_000)]
    assert [(tick, message.key) for tick, message in metas(file, "key_signature")] == [(0, "Cm")]
    signatures = [(tick // quarter_ticks, message.numerator) for tick, message in metas(file, "time_signature")]
    assert signatures == [(0, 4), (1, 3)]
    assert [message.text.strip() for _, message in metas(file, "lyrics")] == ["Ah", "Ah"]
    assert [message.program for _, message in metas(file, "program_change")] == [73]


def test_repeats_are_left_alone_when_asked_and_then_told_as_lost() -> None:
    saved = MIDI.save(new_umf("Air", rich()), Wishes(unfold=False))
    assert len(by_mido(saved.data)[1]) == 7
    assert {loss.what for loss in saved.lost} == {"repeatStart", "repeatEnd"}
    assert MIDI.save(new_umf("Air", rich())).lost == ()


def test_a_key_that_is_struck_while_it_sounds_is_told() -> None:
    tree = score([quarter("C4"), quarter("C4")])
    whole = {"duration": {"base": "half"}, "notes": [{"pitch": {"step": "C", "octave": 4}}]}
    tree["parts"][0]["measures"][0]["sequences"].append({"content": [whole]})
    lost = MIDI.save(new_umf("x", tree)).lost
    assert lost == (("score", "2 notes struck on a key that sounds already"),)


def test_a_performance_is_written_by_its_id() -> None:
    notes = [{"startMs": 250, "durationMs": 500, "pitch": 60}]
    document = new_umf("x", score([quarter("C4")]), performances=[{"id": "one", "notes": notes}])
    saved = MIDI.save(document, Wishes(performance="one"))
    assert by_mido(saved.data)[1] == [(5000, 10_000, 0, 60, 76)]
    assert saved.lost == (("score", "score"),)
    with pytest.raises(BadInput, match="there are: one"):
        MIDI.save(document, Wishes(performance="two"))


@given(scores)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
def test_an_independent_reader_finds_the_same_notes_in_any_score(tree: Json) -> None:
    data = write_mnx(tree)
    piece = MNX.notes(data, True)
    saved = MIDI.save(new_umf("x", tree))
    file, found = by_mido(saved.data)
    if any("exactly" in loss.what or "already" in loss.what for loss in saved.lost):
        return
    if any(row["grace"] for row in piece.notes):
        assert len(found) == len(piece.notes)
        return
    wanted = sorted(
        (Fraction(int(row["onset"]), piece.division), Fraction(int(row["duration"]), piece.division), int(row["pitch"]))
        for row in piece.notes
    )
    ticks = file.ticks_per_beat
    assert sorted((Fraction(note[0], ticks), Fraction(note[1], ticks), note[3]) for note in found) == wanted
