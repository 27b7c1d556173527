from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mos_appliance.errors import BadInput
from mos_appliance.music.formats import FORMATS, format_of, format_of_bytes
from mos_appliance.music.json_text import Json, read_json
from mos_appliance.music.mnx.build import event, grace, note, pitch, quantity, rest, space, tuplet
from mos_appliance.music.mnx.document import write_mnx
from mos_appliance.music.notes import read_notes, rows_of
from mos_appliance.music.smf import read_smf
from mos_appliance.music.umf.document import new_umf, write_umf
from mos_appliance.music.wishes import Wishes
from tests.music.golden_files import GOLDEN
from tests.music.mnx.scores import quarter, scale_bar, score
from tests.music.umf.test_document import whole

MIDI, UMF, MNX = format_of("a.mid"), format_of("a.umf"), format_of("a.mnx")

lengths = st.sampled_from([Fraction(1, 1 << power) for power in range(7)] + [Fraction(3, 8), Fraction(7, 16)])
pitches = st.builds(pitch, st.sampled_from("CDEFGAB"), st.integers(0, 8), st.integers(-2, 2))
chords = st.builds(event, lengths, st.lists(st.builds(note, pitches), min_size=1, max_size=3))
simple = chords | st.builds(rest, lengths) | st.builds(space, lengths) | st.builds(grace, st.lists(chords, max_size=2))
quantities = st.builds(quantity, st.integers(1, 7), lengths)
contents = st.recursive(
    simple, lambda inner: st.builds(tuplet, quantities, quantities, st.lists(inner, max_size=3)), max_leaves=6
)
scores = st.lists(st.lists(contents, max_size=5), min_size=1, max_size=4).map(lambda bars: score(*bars))


@given(scores)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_score_survives_mnx_to_umf_to_mnx_and_sounds_the_same(tree: Json) -> None:
    data = write_mnx(tree)
    umf = UMF.save(MNX.load(data).document).data
    assert read_json(MNX.save(UMF.load(umf).document).data) == tree
    assert UMF.judge(umf).errors == ()
    before, after = MNX.notes(data, False), UMF.notes(umf, False)
    assert before.notes.tobytes() == after.notes.tobytes()
    if len(before.notes):
        played = read_notes(read_smf(MIDI.save(UMF.load(umf).document).data))
        assert len(played.notes) == len(MNX.notes(data, True).notes)


def test_repeats_of_a_umf_file_are_unfolded_when_asked() -> None:
    data = write_umf(new_umf("x", score([quarter("C4")], measures=[{"repeatEnd": {}}])))
    assert [len(UMF.notes(data, unfold).notes) for unfold in (False, True)] == [1, 2]


def test_what_has_no_place_in_the_other_format_is_told_never_silent() -> None:
    document = whole()
    document["score"]["parts"][0]["measures"][0]["clefs"] = [{"clef": {"sign": "G", "staffPosition": -2}}] * 2
    document["score"]["_x"] = {"com.example": {}}
    assert MNX.save(document).lost == (
        ("metadata.title", "title"),
        ("performances", "1 performances"),
        ("audio", "1 audio"),
        ("learning", "learning"),
        ("provenance", "provenance"),
        ("extensions", "extensions"),
    )
    lost = MIDI.save(document).lost
    assert ("score.parts[0].measures[0].clefs", "clefs") in lost
    assert ("score._x.com.example", "_x.com.example") in lost
    assert ("metadata.title", "title") not in lost


def test_a_member_without_a_name_is_told_like_any_other() -> None:
    tree = score(scale_bar("C4"))
    tree[""] = tree["parts"][0]["[0]"] = 1
    lost = MIDI.save(new_umf("x", tree)).lost
    assert lost == (("score.", ""), ("score.parts[0].[0]", "[0]"))


def test_what_nobody_knows_may_hold_anything_where_ours_would_stand() -> None:
    document = new_umf("", score([quarter("C4")]))
    document["score"]["mnx"]["theirs"] = {"_x": {"org.mos": 1}}  # found by fuzzing
    document["score"]["mnx"]["more"] = [{"_x": {"org.mos": [1], "com.example": 2}}]
    lost = {loss.where for loss in MIDI.save(UMF.load(write_umf(document)).document).lost}
    assert {"score.mnx.theirs", "score.mnx.more"} <= lost


def test_a_midi_file_becomes_a_performance_that_sounds_alike() -> None:
    for name in ("two_hands", "tempo_changes") if "tempo_changes" in GOLDEN else ("two_hands",):
        data = GOLDEN[name].data
        document = MIDI.load(data, Wishes(scored=False)).document
        umf = UMF.save(document).data
        assert UMF.judge(umf).errors == ()
        before, after = MIDI.notes(data, False), UMF.notes(umf, False)
        order = [np.lexsort((piece.notes["pitch"], piece.notes["onset_ms"])) for piece in (before, after)]
        for field in ("pitch", "velocity", "part"):
            assert before.notes[field][order[0]].tolist() == after.notes[field][order[1]].tolist()
        for field in ("onset_ms", "duration_ms"):
            assert np.allclose(before.notes[field][order[0]], after.notes[field][order[1]], atol=0.06)


def test_a_document_without_music_is_good_but_cannot_be_played() -> None:
    data = write_umf(new_umf("words only"))
    assert UMF.validate(data) == ("cannot be played: it is missing, and there is no performance: nothing to play",)
    with pytest.raises(BadInput, match="nothing to play"):
        UMF.notes(data, False)
    with pytest.raises(BadInput, match="there is none to write as MNX"):
        MNX.save(new_umf("words only"))


def test_a_file_without_a_name_is_known_by_its_first_bytes() -> None:
    tree = score(scale_bar("C4"))
    assert format_of_bytes(write_mnx(tree)) is MNX
    assert format_of_bytes(b"\xef\xbb\xbf" + write_umf(new_umf("x", tree))) is UMF
    assert format_of_bytes(GOLDEN["two_hands"].data) is MIDI


def test_every_format_says_no_in_one_line_to_what_it_is_not() -> None:
    for row in FORMATS:
        for data in (b"", b"{}", b"MThd", b"[" * 1000, b"\x00" * 100, b'{"umf":'):
            with pytest.raises(BadInput) as caught:
                row.load(data)
            assert "\n" not in str(caught.value)


def test_notes_of_a_score_are_listed_with_their_own_names() -> None:
    row = next(rows_of(UMF.notes(write_umf(new_umf("x", score([quarter("C4")], id="piano"))), False)))
    assert (row["id"], row["part"], row["bar"], row["pitch"]) == ("n0", "piano", 1, 60)
