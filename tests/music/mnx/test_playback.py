from __future__ import annotations

from fractions import Fraction

import pytest

from mos_appliance.errors import BadInput
from mos_appliance.music.arrangement import arrange
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.build import event, grace, position, quantity
from mos_appliance.music.mnx.document import errors_of
from mos_appliance.music.mnx.extensions import set_own
from mos_appliance.music.mnx.playback import score_smf
from mos_appliance.music.notes import read_notes
from mos_appliance.music.smf import LYRIC, Smf, read_smf
from mos_appliance.music.smf_text import text_of
from mos_appliance.music.smf_write import write_smf
from tests.music.mnx.scores import QUARTER, quarter, scale_bar, score, tone


def played(tree: Json) -> list[tuple[float, float, int, int]]:
    """Onset and duration in quarters, pitch, velocity of every stroke, through a real MIDI file."""
    assert errors_of(tree) == ()
    smf = read_smf(write_smf(score_smf(tree)))
    notes = read_notes(smf).notes
    return [
        (row["onset"] / smf.division, row["duration"] / smf.division, int(row["pitch"]), int(row["velocity"]))
        for row in notes
    ]


def marked(**markings: Json) -> Json:
    return quarter("C4", markings=markings)


def controls(smf: Smf, controller: int) -> list[tuple[float, int]]:
    chosen = smf.events[(smf.events["status"] & 0xF0 == 0xB0) & (smf.events["data1"] == controller)]
    return [(row["tick"] / smf.division, int(row["data2"])) for row in chosen]


def test_notes_sound_where_they_are_written_and_repeats_are_played() -> None:
    tree = score(scale_bar("C4", "D4"), measures=[{"repeatEnd": {}}])
    assert [row[0:3] for row in played(tree)] == [(0, 1, 60), (1, 1, 62), (2, 1, 60), (3, 1, 62)]


def test_dynamics_hold_until_the_next_and_an_accent_is_for_one_note() -> None:
    bar = [marked(), marked(accent={}), marked(), marked()]
    tree = score(bar, scale_bar("C4"))
    first, second = tree["parts"][0]["measures"]
    first["dynamics"] = [{"value": "p", "position": position(Fraction(0))}]
    first["dynamics"].append({"value": "sfz", "position": position(QUARTER * 3)})
    second["dynamics"] = [{"value": "ff", "position": position(Fraction(0))}]
    assert [row[3] for row in played(tree)] == [48, 62, 48, 70, 108]


def test_a_dynamic_of_one_staff_leaves_the_other_alone() -> None:
    tree = score([quarter("C5")], staves=2)
    measure = tree["parts"][0]["measures"][0]
    measure["sequences"].append({"staff": 2, "content": [quarter("C3")]})
    measure["dynamics"] = [{"value": "ppp", "staff": 2, "position": position(Fraction(0))}]
    assert [(row[2], row[3]) for row in played(tree)] == [(48, 22), (72, 76)]


def test_a_hairpin_leads_from_one_dynamic_to_the_next() -> None:
    tree = score(scale_bar("C4", "C4", "C4", "C4"), scale_bar("C4"), measures=[{"id": "m1"}, {"id": "m2"}])
    first, second = tree["parts"][0]["measures"]
    first["dynamics"] = [{"value": "p", "position": position(Fraction(0))}]
    second["dynamics"] = [{"value": "f", "position": position(Fraction(0))}]
    end = {"measure": "m2", "position": position(Fraction(0))}
    set_own(first, "hairpins", [{"type": "crescendo", "position": position(Fraction(0)), "end": end}])
    assert [row[3] for row in played(tree)] == [48, 59, 70, 81, 92]


def test_staccato_is_half_as_long_and_the_next_note_where_it_was() -> None:
    assert [row[:2] for row in played(score([marked(staccato={}), marked(tenuto={})]))] == [(0, 0.5), (1, 1)]


def test_grace_notes_steal_from_before_except_at_the_beginning() -> None:
    small = grace([quarter("D4")])
    tree = score([quarter("C4"), small, quarter("C4")])
    assert [row[:3] for row in played(tree)] == [(0, 1, 60), (0.875, 0.125, 62), (1, 1, 60)]
    tree = score([grace([quarter("D4")]), quarter("C4")])
    assert [row[:3] for row in played(tree)] == [(0, 0.125, 62), (0.125, 0.875, 60)]


def test_a_tremolo_is_played_stroke_by_stroke() -> None:
    rows = played(score([quarter("C4", markings={"tremolo": {"marks": 2}})]))
    assert [row[:2] for row in rows] == [(0, 0.25), (0.25, 0.25), (0.5, 0.25), (0.75, 0.25)]
    turns = {"type": "tremolo", "marks": 1, "outer": quantity(2, QUARTER)}
    both = [event(QUARTER * 2, [tone("C4")]), event(QUARTER * 2, [tone("E4")])]
    rows = played(score([{**turns, "content": both}]))
    assert [row[:3] for row in rows] == [(0, 0.5, 60), (0.5, 0.5, 64), (1, 0.5, 60), (1.5, 0.5, 64)]


def test_a_broken_chord_is_rolled_from_below() -> None:
    chord = event(QUARTER, [tone("C4"), tone("E4")])
    set_own(chord, "arpeggio", {})
    (first, second) = played(score([chord]))
    assert first[0] == 0
    assert 0 < second[0] < 0.2
    assert second[0] + second[1] == 1


def test_tempi_are_exact_and_come_again_where_a_repeat_leads() -> None:
    slow = {"bpm": 61, "value": {"base": "quarter"}}
    set_own(slow, "bpm", 60.5)
    fast = {"bpm": 60, "value": {"base": "half"}, "location": position(QUARTER)}
    tree = score([quarter("C4"), quarter("C4")], measures=[{"tempos": [slow, fast], "repeatEnd": {}}])
    tempi = score_smf(tree).tempo_map()
    assert tempi.us_per_quarter.tolist() == [991_736, 500_000, 991_736, 500_000]
    assert tempi.ticks.tolist() == [0, 480, 960, 1440]


def test_a_pick_up_is_a_bar_of_its_own_for_the_page() -> None:
    tree = score([quarter("G3")], scale_bar("C4", "C4", "C4", "C4"), [quarter("C4")])
    assert arrange(score_smf(tree)).bars() == [0, 960, 4800]


def test_pedals_and_programs_are_sent_and_words_are_kept() -> None:
    sung = [quarter("C4", lyrics={"lines": {"1": {"text": "Sol", "type": "start"}, "2": {"text": "La"}}})]
    tree = score(sung, measures=[{"repeatEnd": {}}])
    part = tree["parts"][0]
    set_own(part, "program", 40)
    moves = [
        {"type": "start", "position": position(Fraction(0))},
        {"type": "change", "position": position(QUARTER / 2)},
    ]
    set_own(part["measures"][0], "pedals", moves)
    smf = score_smf(tree)
    assert controls(smf, 64) == [(0, 127), (0.5, 0), (0.5, 127), (1, 127), (1.5, 0), (1.5, 127)]
    assert smf.events["data1"][smf.events["status"] & 0xF0 == 0xC0].tolist() == [40]
    assert [text_of(meta.data) for meta in smf.metas(LYRIC)] == ["Sol-", "La"]


def test_rhythms_that_no_midi_file_holds_are_rounded_and_told() -> None:
    odd = [
        {"type": "tuplet", "inner": quantity(count, QUARTER / 4), "outer": quantity(8, QUARTER / 4), "content": [
            event(QUARTER / 4, [tone("C4")]) for _ in range(count)
        ]}
        for count in (11, 13)
    ]  # fmt: skip
    smf = score_smf(score(odd))
    assert smf.warnings == ("rhythms that a MIDI file cannot hold exactly were rounded",)
    assert len(read_notes(smf).notes) == 24


def test_a_score_that_is_too_long_is_refused() -> None:
    bars: list[list[Json]] = [[{"type": "space", "duration": [100_000, 1]}] for _ in range(1_000)]
    with pytest.raises(BadInput, match="longer than a day"):
        score_smf(score(*bars))
