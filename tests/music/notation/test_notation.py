from __future__ import annotations

import time
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mos_appliance.errors import BadInput
from mos_appliance.music.formats import format_of
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.build import document, event, note, pitch, rest
from mos_appliance.music.mnx.notes import score_notes
from mos_appliance.music.notation.beats import find_beats, group_onsets
from mos_appliance.music.notation.hands import assign_hands
from mos_appliance.music.notation.keys import key_name, keys_of
from mos_appliance.music.notation.spelling import spelled
from mos_appliance.music.notation.tones import Tone
from mos_appliance.music.notation.units import QUARTER, Metre
from mos_appliance.music.notation.values import pieces, spans
from mos_appliance.music.smf import EVENT, LYRIC, Meta, Smf, Track
from mos_appliance.music.smf_write import metre_meta, name_meta, tempo_meta, write_smf
from mos_appliance.music.umf.document import judge, new_umf
from mos_appliance.music.wishes import Wishes
from tests.music.mnx.scores import scale_bar, score
from tests.music.notation.humanise import Manner, Written, play
from tests.music.notation.measures import compare, found_in

MIDI = format_of("a.mid")
DIVISION = 480


def file_of(notes: Sequence[tuple[float, float, int]], *metas: Meta, channel: int = 0, program: int = 0) -> Smf:
    """Onset and duration in quarters, pitch: one track."""
    rows = [(0, 0, 0xC0 | channel, program, 0)]
    for onset, duration, key in notes:
        rows.append((round(onset * DIVISION), 2, 0x90 | channel, key, 70))
        rows.append((round((onset + duration) * DIVISION), 1, 0x80 | channel, key, 64))
    rows.sort()
    events = np.zeros(len(rows), EVENT)
    for name, column in (("tick", 0), ("status", 2), ("data1", 3), ("data2", 4)):
        events[name] = [row[column] for row in rows]
    return Smf(0, DIVISION, (Track(metas, rows[-1][0]),), events)


def load(smf: Smf, **wishes: Any) -> Json:
    loaded = MIDI.load(write_smf(smf), Wishes(**wishes))
    assert judge(loaded.document).errors == ()
    return loaded.document


def listed(document_: Json) -> list[tuple[str, str, int]]:
    """Onset and duration in quarters, pitch."""
    piece = score_notes(document_["score"])
    return [
        (*(str(Fraction(int(row[name]), piece.division)) for name in ("onset", "duration")), int(row["pitch"]))
        for row in piece.notes
    ]


def test_note_values_show_the_beats() -> None:
    def split(begin: float, end: float, metre: Metre | None = None, rests: bool = False) -> list[float]:
        metre = metre or Metre(4, 4)
        return [length / QUARTER for length in pieces(int(begin * QUARTER), int(end * QUARTER), metre, rests)]

    assert split(0.5, 1.5) == [1]
    assert split(1.5, 2.5) == [0.5, 0.5]
    assert split(0, 2.5) == [2, 0.5]
    assert split(1, 4) == [3]
    assert split(1, 4, rests=True) == [1, 2]
    assert split(1.5, 3, Metre(6, 8)) == [1.5]
    assert split(1, 2, Metre(6, 8)) == [0.5, 0.5]


def test_triplets_are_found_on_one_beat_or_over_two() -> None:
    third = QUARTER // 3
    found = spans(4 * QUARTER, [third, 2 * third, QUARTER, 2 * QUARTER, 2 * QUARTER + 2 * third], Metre(4, 4))
    assert [(span.start // QUARTER, span.end // QUARTER, span.notes, span.usual) for span in found] == [
        (0, 1, 3, 2), (1, 2, 0, 0), (2, 4, 3, 2),
    ]  # fmt: skip
    fifth = QUARTER // 5
    assert spans(QUARTER, [fifth, 3 * fifth], Metre(1, 4))[0][2:] == (5, 4)


def test_notes_are_spelled_as_their_key_asks() -> None:
    def names(pitches: list[int], fifths: int) -> str:
        found = spelled(pitches, fifths)
        return " ".join(name["step"] + "#" * name.get("alter", 0) + "b" * -name.get("alter", 0) for name in found)

    assert names([60, 62, 64, 65, 66, 67, 68, 69], 0) == "C D E F F# G Ab A"
    assert names([61, 63, 65, 66, 68, 70, 72, 73], -5) == "Db Eb F Gb Ab Bb C Db"
    assert names([61, 63, 65, 66, 68, 70, 72, 73], 7) == "C# D# E# F# G# A# B# C#"
    assert names([69, 71, 72, 74, 76, 77, 80, 81], 0) == "A B C D E F G# A"


def test_keys_are_told_from_their_notes() -> None:
    for tonic, fifths in ((0, 0), (7, 1), (5, -1), (2, 2), (10, -2)):
        scale = np.array([60 + tonic + step for step in (0, 2, 4, 5, 7, 9, 11, 12, 7, 4, 0)])
        (found, share), *_ = keys_of(scale, np.ones(len(scale)))
        assert found == (fifths, "major")
        assert share > 0.3
    assert [key_name(*key) for key in ((3, "minor"), (-6, "major"), (2, "dorian"))] == [
        "F# minor",
        "Gb major",
        "D major",
    ]


def test_a_file_on_a_grid_is_written_down_exactly() -> None:
    metas = (name_meta("Air"), tempo_meta(0, 600_000), metre_meta(0, 3, 4), Meta(0, 0x59, bytes((0xFF, 0))))
    notes = [(0, 1, 65), (1, 0.5, 67), (1.5, 0.5, 69), (2, 2, 70), (4, 1 / 3, 72), (4 + 1 / 3, 2 / 3, 74), (5, 1, 65)]
    document_ = load(file_of(notes, *metas, program=73))
    assert listed(document_) == [
        ("0", "1", 65), ("1", "1/2", 67), ("3/2", "1/2", 69), ("2", "2", 70), ("4", "1/3", 72), ("13/3", "2/3", 74),
        ("5", "1", 65),
    ]  # fmt: skip
    assert document_["metadata"] == {"title": "Air", "key": "F major", "metre": "3/4", "tempo": 100}
    assert "performances" not in document_
    first, _ = document_["score"]["global"]["measures"]
    assert (first["time"], first["key"]["fifths"]) == ({"count": 3, "unit": 4}, -1)
    assert document_["score"]["parts"][0]["_x"]["org.mos"]["program"] == 73


def test_words_pedals_and_names_come_along() -> None:
    words = [Meta(tick, LYRIC, text.encode()) for tick, text in ((0, "Sol-"), (480, "fa "), (960, "la"))]
    smf = file_of([(0, 1, 67), (1, 1, 65), (2, 2, 69)], name_meta("x"), metre_meta(0, 4, 4), *words)
    pedal = np.zeros(2, EVENT)
    pedal["tick"], pedal["status"], pedal["data1"], pedal["data2"] = [0, 960], 0xB0, 64, [127, 0]
    both = np.concatenate((smf.events, pedal))
    document_ = load(Smf(0, DIVISION, smf.tracks, both[np.argsort(both["tick"], kind="stable")]))
    (measure,) = document_["score"]["parts"][0]["measures"]
    sung = [item["lyrics"]["lines"]["1"] for item in measure["sequences"][0]["content"]]
    assert sung == [{"text": "Sol", "type": "start"}, {"text": "fa", "type": "end"}, {"text": "la"}]
    assert [(row["type"], row["position"]["fraction"]) for row in measure["_x"]["org.mos"]["pedals"]] == [
        ("start", [0, 1]), ("stop", [1, 2]),
    ]  # fmt: skip


def test_a_part_of_drums_stays_one() -> None:
    part = load(file_of([(0, 1, 36), (1, 1, 38)], channel=9))["score"]["parts"][0]
    assert part["_x"]["org.mos"]["drums"] is True
    assert part["name"] == "Drums"


def test_two_hands_in_one_track_are_parted_by_span_and_by_a_wish() -> None:
    low = [(beat, 1, key) for beat, key in enumerate((48, 43, 48, 43))]
    high = [(beat, 1, key) for beat, key in enumerate((72, 74, 76, 77))]
    (part,) = load(file_of(low + high, metre_meta(0, 4, 4)))["score"]["parts"]
    assert part["staves"] == 2
    assert [row["clef"]["sign"] for row in part["measures"][0]["clefs"]] == ["G", "F"]
    piece = score_notes(load(file_of(low + high, metre_meta(0, 4, 4)))["score"])
    assert [row["staff"] for row in piece.notes if row["pitch"] < 60] == [2] * 4
    piece = score_notes(load(file_of(low + high, metre_meta(0, 4, 4)), split=75)["score"])
    assert [int(row["pitch"]) for row in piece.notes if row["staff"] == 1] == [76, 77]


def test_a_held_note_under_moving_ones_has_a_voice_of_its_own() -> None:
    notes = [(0, 4, 60), (0, 1, 72), (1, 1, 74), (2, 1, 76), (3, 1, 77)]
    piece = score_notes(load(file_of(notes, metre_meta(0, 4, 4), program=40))["score"])
    assert {int(row["voice"]) for row in piece.notes if row["pitch"] > 60} == {1}
    assert {int(row["voice"]) for row in piece.notes if row["pitch"] == 60} == {2}


def tune() -> list[Written]:
    """Eight bars of a five-finger tune in 3/4 with a bass note a bar and two chords."""
    melody = [(67, 1), (67, 1), (69, 1), (67, 2), (64, 1), (65, 1), (64, 1), (62, 1), (60, 3)]
    out, at = [], 0.0
    for _ in range(3):
        for key, length in melody:
            out.append(Written(at, length, key, "right", "1", ("C", 0)))
            at += length
    for bar, root in enumerate([48, 43, 41, 48] * 3):
        out.append(Written(bar * 3, 1, root, "left", "2", ("C", 0)))
        for beat in (1, 2):
            out += [Written(bar * 3 + beat, 1, key, "left", "2", ("C", 0)) for key in (52, 55)]
    return out


def test_a_played_waltz_is_found_with_its_metre_hands_and_values() -> None:
    truth = tune()
    for seed in range(3):
        marks, notation = compare(play(truth, Manner(), seed, 3), truth, (3, 4), 0.0)
        assert (marks.metre, marks.downbeat) == (1, 1)
        assert marks.onsets > 0.93
        assert marks.values > 0.8
        assert marks.hands > 0.95
        assert [guess.what for guess in notation.guesses] == ["metre", "tempo", "key"]
        assert not notation.on_grid


def test_a_played_file_keeps_its_performance_bound_to_the_score() -> None:
    document_ = load(play(tune(), Manner(), 1, 3))
    (performance,) = document_["performances"]
    ids = set(score_notes(document_["score"]).ids)
    assert {played["score"] for played in performance["notes"]} <= ids
    assert len(performance["notes"]) == len(tune())
    assert performance["kind"] == "played"


def test_what_was_guessed_is_corrected_by_what_one_says() -> None:
    smf = play(tune(), Manner(), 2, 3)
    document_ = load(smf, metre=(4, 4), pickup=Fraction(1, 4), key=(2, "major"), split=50)
    measures = document_["score"]["global"]["measures"]
    assert measures[0]["time"] == {"count": 4, "unit": 4}
    assert measures[0]["_x"]["org.mos"]["length"] == [1, 4]
    assert measures[0]["key"]["fifths"] == 2
    piece = score_notes(document_["score"])
    assert all((row["staff"] == 1) == (row["pitch"] >= 50) for row in piece.notes)
    coarse = score_notes(load(smf, grid=Fraction(1, 4), tuplets=False)["score"])
    assert (coarse.notes["onset"] % coarse.division == 0).all()
    loaded = MIDI.load(write_smf(smf), Wishes(tempo=Fraction(92), metre=(3, 4)))
    assert [guess.what for guess in loaded.guessed] == ["key"]


def test_beats_are_found_though_the_tempo_drifts() -> None:
    truth = [Written(at / 2, 0.5, 60 + at % 5, "right", "1", ("C", 0)) for at in range(64)]
    _, found = found_in(play(truth, Manner(noise_ms=15, drift=0.1, bpm=100), 3))
    steps = {float(after.onset - before.onset) for before, after in pairwise(found)}
    assert steps in ({0.5}, {1.0})


def test_one_note_and_one_chord_are_pieces_too() -> None:
    groups = group_onsets(np.array([1.0, 1.01]), np.ones(2))
    assert len(find_beats(groups)[0].times) == 2
    assert len(listed(load(file_of([(0.1, 1, 60)]), played=True))) == 1
    assert len(listed(load(file_of([(0.1, 1, 60), (0.11, 1, 64)]), played=True))) == 2


def test_hostile_files_get_one_line_or_a_score_soon() -> None:
    many = file_of([(1, 1, key % 128) for key in range(60_000)])
    with pytest.raises(BadInput, match="60,000 notes; at most 40,000 are written down"):
        MIDI.load(write_smf(many))
    assert len(listed(load(file_of([(1, 1, key % 128) for key in range(5_000)])))) == 128
    with pytest.raises(BadInput, match="would have more than 5,000 bars"):
        MIDI.load(write_smf(file_of([(0, 1, 60), (100_000, 1, 60)], metre_meta(0, 4, 4))))
    with pytest.raises(BadInput, match="holds no notes") as caught:
        from mos_appliance.music.notation.score import notate  # noqa: PLC0415
        from mos_appliance.music.notes import read_notes  # noqa: PLC0415

        empty = Smf(0, DIVISION, (Track((), 0),), np.zeros(0, EVENT))
        notate(empty, read_notes(empty), Wishes())
    assert "\n" not in str(caught.value)


def test_a_long_silence_is_left_out_of_the_score_and_told() -> None:
    smf = file_of([(0.03, 0.9, 60), (1.02, 0.9, 62), (500.01, 0.9, 64), (501.05, 0.9, 65)])
    loaded = MIDI.load(write_smf(smf), Wishes(played=True))
    assert [loss.what for loss in loaded.lost] == ["241 s of silence, in the score"]


lengths = st.sampled_from([Fraction(1, 4), Fraction(1, 8), Fraction(3, 8), Fraction(1, 2), Fraction(1, 16)])
keys = st.builds(pitch, st.sampled_from("CDEFGAB"), st.integers(3, 5), st.integers(-1, 1))
things = st.builds(lambda length, key: event(length, [note(key)]), lengths, keys) | st.builds(rest, lengths)


def a_bar(content: list[Json]) -> list[Json]:
    """As much as a whole note holds, the rest silent."""
    out, left = [], Fraction(1)
    for item in content:
        base = {"quarter": 4, "eighth": 8, "half": 2, "16th": 16}[item["duration"]["base"]]
        length = Fraction(1, base) * Fraction(3 if item["duration"].get("dots") else 2, 2)
        if length <= left:
            out.append(item)
            left -= length
    while left:
        length = Fraction(1, 1 << (left.denominator.bit_length() - 1))
        out.append(rest(length))
        left -= length
    return out


@given(st.lists(st.lists(things, min_size=1, max_size=10), min_size=1, max_size=5))
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_a_written_line_comes_back_from_midi_note_by_note(bars: list[list[Json]]) -> None:
    tree = score(*[a_bar(content) for content in bars], name="Flute")
    tree["parts"][0]["_x"] = {"org.mos": {"program": 73}}
    before = score_notes(tree)
    if not len(before.notes):
        return
    data = MIDI.save(new_umf("x", tree)).data
    again = score_notes(MIDI.load(data, Wishes(played=False)).document["score"])
    for field in ("onset", "duration"):
        assert (before.notes[field] * again.division == again.notes[field] * before.division).all()
    assert (before.notes["pitch"] == again.notes["pitch"]).all()
    assert MIDI.load(MIDI.save(MIDI.load(data, Wishes(played=False)).document).data, Wishes(played=False)).document == (
        MIDI.load(data, Wishes(played=False)).document
    )


def test_a_pick_up_comes_back_as_one() -> None:
    tree = score([*scale_bar("G4")], scale_bar("C5", "C5", "C5", "C5"), scale_bar("C5", "C5", "C5", "C5"))
    data = MIDI.save(new_umf("x", document(tree["global"]["measures"], tree["parts"]))).data
    measures = MIDI.load(data).document["score"]["global"]["measures"]
    assert [measure.get("_x", {}).get("org.mos", {}).get("length") for measure in measures] == [[1, 4], None, None]


def test_hands_that_never_let_go_cost_no_more_than_others() -> None:
    """Thousands of notes that all sound on: what a hand is remembered to hold has an end. Units: CPU seconds."""
    tones = [Tone(place * QUARTER // 4, 10_000 * QUARTER, 30 + place * 7 % 60, 64, place) for place in range(4_000)]
    began = time.process_time()
    assign_hands(tones)
    assert {tone.staff for tone in tones} == {1, 2}
    assert time.process_time() - began < 8
