from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mos_appliance.errors import BadInput
from mos_appliance.music.abc.files import load_abc, tunes_of
from mos_appliance.music.formats import format_of, format_of_bytes
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.notes import score_notes
from mos_appliance.music.mnx.playback import score_smf
from mos_appliance.music.pitch import name_of
from mos_appliance.music.umf.document import judge
from mos_appliance.music.wishes import Wishes

ABC = format_of("a.abc")


def tune(*lines: str, key: str = "C", metre: str = "4/4", unit: str = "1/4") -> bytes:
    head = ("X:1", "T:Test", f"M:{metre}", f"L:{unit}", f"K:{key}")
    return "\n".join((*head, *lines, "")).encode()


def document_of(data: bytes, **wishes: Any) -> Json:
    loaded = load_abc(data, Wishes(**wishes))
    assert judge(loaded.document).errors == ()
    return loaded.document


def unread(data: bytes) -> list[str]:
    return [loss.what for loss in load_abc(data).unread]


def notes(data: bytes, unfold: bool = False) -> list[tuple[str, str, str]]:
    """Name, onset and duration in quarters."""
    piece = score_notes(document_of(data)["score"], unfold)
    return [
        (name_of(row["pitch"]), *(str(Fraction(int(row[name]), piece.division)) for name in ("onset", "duration")))
        for row in piece.notes
    ]


def names(data: bytes, unfold: bool = False) -> str:
    return " ".join(name for name, _, _ in notes(data, unfold))


def bars(data: bytes) -> list[Json]:
    measures: list[Json] = document_of(data)["score"]["parts"][0]["measures"]
    return measures


def test_letters_commas_and_apostrophes_are_pitches_and_numbers_lengths() -> None:
    assert notes(tune("C,2 C/ c/2 c'3/2 | z4 | b//")) == [
        ("C3", "0", "2"), ("C4", "2", "1/2"), ("C5", "5/2", "1/2"), ("C6", "3", "3/2"), ("B5", "17/2", "1/4"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "played"),
    [("G", "F#4 C4"), ("Gm", "F4 C4"), ("E mix", "F#4 C#4"), ("D Dorian", "F4 C4"), ("HP", "F4 C4"),
     ("Hp", "F#4 C#4"), ("none", "F4 C4"), ("D exp _b ^f", "F#4 C4"), ("D Phr ^f", "F#4 C4"), ("C#", "F#4 C#4")],
)  # fmt: skip
def test_a_key_alters_its_steps(key: str, played: str) -> None:
    assert names(tune("F C", key=key)) == played


def test_an_accidental_holds_until_the_bar_ends_in_every_octave_unless_told_otherwise() -> None:
    assert names(tune("^F F f | F")) == "F#4 F#4 F#5 F4"
    assert names(tune("I:propagate-accidentals octave", "^F F f | F")) == "F#4 F#4 F5 F4"
    assert names(tune("I:propagate-accidentals not", "^F F f | F")) == "F#4 F4 F5 F4"
    assert names(tune("^^F __B =B", key="Bb")) == "G4 A4 B4"


def test_the_unit_follows_the_metre_when_it_is_not_said() -> None:
    for metre, quarters in (("2/4", "1/4"), ("3/4", "1/2"), ("C|", "1/2")):
        data = f"X:1\nM:{metre}\nK:C\nC\n".encode()
        assert notes(data) == [("C4", "0", quarters)]


def test_broken_rhythm_dots_one_note_and_shortens_the_other() -> None:
    assert [row[2] for row in notes(tune("A>B A<B A>>B"))] == ["3/2", "1/2", "1/2", "3/2", "7/4", "1/4"]


def test_tuplets_take_their_partner_from_the_table_or_say_it() -> None:
    assert [row[2] for row in notes(tune("(3ABc (3:2:2A2B (5ABcde (2AB"))] == [
        "2/3", "2/3", "2/3", "4/3", "2/3", "2/5", "2/5", "2/5", "2/5", "2/5", "3/2", "3/2",
    ]  # fmt: skip
    assert [row[2] for row in notes(tune("(5ABcde", metre="6/8"))] == ["3/5"] * 5


def test_ties_join_and_slurs_do_not() -> None:
    data = tune("(A-A) B-|B [CE]-[CE]")
    assert notes(data) == [
        ("A4", "0", "2"), ("B4", "2", "2"), ("C4", "4", "2"), ("E4", "4", "2"),
    ]  # fmt: skip
    first = bars(data)[0]["sequences"][0]["content"][0]
    assert len(first["slurs"]) == 1
    assert unread(tune("A-B")) == ["tie that leads to no note of its pitch"]
    assert names(tune("^c2-|c2 c")) == "C#5 C5"


def test_a_length_that_no_note_value_has_becomes_tied_notes() -> None:
    assert notes(tune("A5", unit="1/8")) == [("A4", "0", "5/2")]
    assert len(bars(tune("A5", unit="1/8"))[0]["sequences"][0]["content"]) == 2
    with pytest.raises(BadInput, match="line 6, column 2: a length of 1/12 is no sum of note values"):
        load_abc(tune(" A/3"))


def test_chords_last_as_long_as_their_first_note_times_what_follows() -> None:
    assert notes(tune("[C2E2]/ G")) == [("C4", "0", "1"), ("E4", "0", "1"), ("G4", "1", "1")]


def test_grace_notes_take_no_time_and_a_slash_is_kept() -> None:
    assert notes(tune("{/g}A {cd}B"))[:2] == [("G5", "0", "0"), ("A4", "0", "1")]
    content = bars(tune("{/g}A {cd}B"))[0]["sequences"][0]["content"]
    assert [item.get("slash", True) for item in content if item.get("type") == "grace"] == [True, False]


def test_repeats_and_endings_are_played() -> None:
    assert names(tune("|: A4 |1 B4 :|2 c4 |]"), unfold=True) == "A4 B4 A4 C5"
    assert names(tune("A4 :: B4 ::| c4"), unfold=True) == "A4 A4 B4 B4 B4 C5"
    assert names(tune("|: A4 |[1,3 B4 :|[2 c4 :|[4 d4 ||"), unfold=True) == "A4 B4 A4 C5 A4 B4 A4 D5"
    assert names(tune("A4 | B4 !fine!| c4 !D.C.alfine!|"), unfold=True) == "A4 B4 C5 A4 B4"


def test_a_pick_up_bar_is_short_and_lines_may_begin_with_a_bar_line() -> None:
    data = tune("G | c4 |", "| d4 |]")
    assert [row[1] for row in notes(data)] == ["0", "1", "5"]
    assert len(bars(data)) == 3


def test_metre_and_key_may_change_within_the_tune() -> None:
    data = tune("F4 | [M:3/4] F3 |", "K:G", "F3 | [K:F][L:1/8] B6")
    assert names(data) == "F4 F4 F#4 A#4"
    measures = document_of(data)["score"]["global"]["measures"]
    assert [row.get("time", {}).get("count") for row in measures] == [4, 3, None, None]
    assert [row.get("key", {}).get("fifths") for row in measures] == [0, None, 1, -1]


@pytest.mark.parametrize(
    ("field", "us"),
    [("1/4=120", 500_000), ("3/8=80", 500_000), ('"Allegro" 1/2=60', 500_000), ("90", 666_667), ("C2=60", 500_000),
     ("1/4 1/4=30", 1_000_000)],
)  # fmt: skip
def test_tempi_old_and_new(field: str, us: int) -> None:
    data = f"X:1\nQ:{field}\nL:1/4\nK:C\nC4\n".encode()
    assert score_smf(document_of(data)["score"]).tempo_map().us_per_quarter.tolist() == [us]


def test_words_find_their_notes() -> None:
    data = tune("A B c d | e f g a |", r"w: Sol-fa ~x~y * | la_ hy\-phen", "w:2. ver-_se")
    events = [event for bar in bars(data) for event in bar["sequences"][0]["content"]]
    first = [event.get("lyrics", {}).get("lines", {}).get("1", {}) for event in events]
    assert [syllable.get("text") for syllable in first] == ["Sol", "fa", "x y", None, "la", None, "hy-phen", None]
    assert [syllable.get("type") for syllable in first[:2]] == ["start", "end"]
    assert events[0]["lyrics"]["lines"]["2"]["text"] == "2."


def test_chord_symbols_are_in_harte_syntax_and_other_words_stay_words() -> None:
    measure = bars(tune('"Am7"A "D/F#"B "^slow"c "what"d'))[0]["_x"]["org.mos"]
    assert [row["label"] for row in measure["chords"]] == ["A:min7", "D:maj/3"]
    assert [(row["text"], row["position"]["fraction"]) for row in measure["texts"]] == [
        ("slow", [1, 2]), ("what", [3, 4]),
    ]  # fmt: skip


def test_decorations_become_what_mnx_calls_them() -> None:
    (bar,) = bars(tune(".A !trill!B !fermata!c !3!d !mf!e !crescendo(!f g !crescendo)!a"))
    events = bar["sequences"][0]["content"]
    assert events[0]["markings"] == {"staccato": {}}
    assert [event["_x"]["org.mos"] for event in events[1:3]] == [{"ornaments": ["trill"]}, {"fermata": {}}]
    assert events[3]["notes"][0]["_x"]["org.mos"] == {"fingering": ["3"]}
    assert bar["dynamics"][0]["value"] == "mf"
    assert bar["_x"]["org.mos"]["hairpins"][0]["end"]["position"]["fraction"] == [7, 4]
    assert unread(tune("!slide!A Hb U")) == ["decoration slide", "decoration that is not defined"]


def test_voices_become_parts_and_braces_staves() -> None:
    data = tune("V:1 clef=treble", "V:2 clef=bass", "[V:1] c4 | d4 |", "[V:2] C,4 | D,4 |")
    assert len(document_of(data)["score"]["parts"]) == 2
    (part,) = document_of(tune("%%score {1 2}", "V:1", "c4 & e4", "V:2", "C,4"))["score"]["parts"]
    assert part["staves"] == 2
    assert [(row["staff"], row["voice"]) for row in part["measures"][0]["sequences"]] == [(1, "1"), (1, "2"), (2, "5")]
    assert [row["clef"]["sign"] for row in part["measures"][0]["clefs"]] == ["G", "F"]


def test_notes_that_stand_together_share_a_beam() -> None:
    (bar,) = bars(tune("AB cd/e/ f2", unit="1/8"))
    assert [len(beam["events"]) for beam in bar["beams"]] == [2, 3]
    assert [len(beam["events"]) for beam in bar["beams"][1]["beams"]] == [2]


def test_information_fields_become_metadata() -> None:
    lines = ("X:7", r"T:Caf\'e &amp; more % a remark", "T:Second", "C:Trad.", "O:Ireland", "R:jig", "S:a book",
             "Z:someone", "B:page 3", "M:6/8", "Q:3/8=100", "K:Ador", "A3 B3")  # fmt: skip
    document = document_of("\n".join(lines).encode())
    assert document["metadata"] == {
        "title": "Café & more", "subtitle": "Second", "composer": "Trad.", "tradition": "Ireland", "key": "A dorian",
        "metre": "6/8", "tempo": 150, "tags": ["jig"],
    }  # fmt: skip
    assert document["provenance"] == {
        "creators": [{"name": "someone", "role": "transcriber"}], "derivedFrom": [{"title": "a book"}],
    }  # fmt: skip
    assert document["extensions"] == {"org.mos.abc": {"B": ["page 3"]}}


def test_one_tune_of_many_is_read_and_the_others_are_told() -> None:
    data = b"%abc-2.1\nM:3/4\n\nX:1\nT:One\nK:C\nC\n\nsome words\n\nX:5\nT:Five\nK:C\nL:1/4\nD3\n"
    assert [head.number for head in tunes_of(data)] == [1, 5]
    loaded = load_abc(data, Wishes(tune=5))
    assert loaded.document["metadata"] == {"title": "Five", "key": "C major", "metre": "3/4"}
    assert loaded.lost == (("line 4", "tune 1: One"),)
    with pytest.raises(BadInput, match="tune: there is no X:2; there are 1, 5"):
        load_abc(data, Wishes(tune=2))
    assert format_of_bytes(data) is ABC


def test_a_line_may_go_on_in_the_next_and_a_field_too() -> None:
    data = b"X:1\nT:Long\nN:one\n+:two\nK:C\nL:1/4\nA B \\\nc d\nw: a b c d\n"
    assert document_of(data)["extensions"] == {"org.mos.abc": {"N": ["one two"]}}
    last = bars(data)[0]["sequences"][0]["content"][3]
    assert last["lyrics"]["lines"]["1"]["text"] == "d"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("A [CE", "line 6, column 5: a chord without an end"),
        ("A] B", "line 6, column 2: a chord ends that has not begun"),
        ("{A B", "line 6, column 4: grace notes without an end"),
        ("[[A", "line 6, column 2: a chord begins in a chord"),
        ("A/0", "line 6, column 1: '/0' is no length"),
        ("A0", "line 6, column 1: '0' is no length"),
        ("c''''''''", "line 6, column 1: a note that no instrument has"),
        ("Z99999", "line 6, column 1: 9999 bars of rest; at most 2,000 are read"),
        ("K:Q", "line 6: 'Q' is no key"),
        ("M:4/5", "line 6: '4/5' is no metre"),
        ("L:1/7", "line 6: '1/7' is no unit length such as 1/8"),
        ("Q:1/4=99999", "line 6: '1/4=99999' is no tempo such as 1/4=120"),
        ("A999", "line 6, column 1: a note that lasts longer or shorter than is read"),
        ("%only a remark", "line 1: the tune has no notes"),
    ],
)
def test_what_is_wrong_is_told_with_line_and_column(line: str, error: str) -> None:
    with pytest.raises(BadInput) as caught:
        load_abc(tune(line))
    assert str(caught.value) == error


def test_files_that_are_none_or_hostile_get_one_line() -> None:
    for data in (b"", b"X:1", b"X:1\nK:C\n", b"\xff\xfe\x00", b"X:1\nK:C\n" + b"(3" * 5_000 + b"A",
                 b"X:1\nK:C\n" + b"A" * 200_000, b"X:1\nK:C\n" + (b"[ABCDEFG]" * 2_000 + b"\n") * 90,
                 b"X:1\nK:C\n" + b"|" * 19_000 + b"\n" + b"A|" * 9_000 + b"\n" + b"A|" * 9_999 + b"\nA|A|A|A|A|" * 600,
                 b"X:1\nK:C\n" + b"V:%d\nA\n" * 80 % tuple(range(80))):  # fmt: skip
        with pytest.raises(BadInput) as caught:
            load_abc(data)
        assert "\n" not in str(caught.value)


def test_abc_is_read_not_written() -> None:
    with pytest.raises(BadInput, match="ABC is read, not written"):
        ABC.save(document_of(tune("A4")))
    assert ABC.validate(tune("A4")) == ()
    assert ABC.arrange(tune("A4")).end_tick == 4 * 960


lengths = st.sampled_from(["", "2", "3", "/", "3/2", "4", "/4"])
letters = st.builds("{}{}{}{}".format, st.sampled_from(["", "^", "_", "="]), st.sampled_from("ABCDEFGabcdefg"),
                    st.sampled_from(["", ",", "'"]), lengths)  # fmt: skip
pieces = letters | st.sampled_from(
    ["|", " ", ":|", "|:", "z", "(3", "-", "(", ")", "{g}", '"Am"', "[CEG]", ">", "<", "&", "|1", ":|2", "!trill!",
     "Z2", "[K:D]", "[M:3/4]", "[L:1/16]", "x2", "y", "[V:2]", "||"]
)  # fmt: skip


@given(st.lists(pieces, max_size=40))
@settings(deadline=None, max_examples=150)
def test_any_line_of_good_pieces_becomes_a_good_score_or_is_refused_in_one_line(parts: list[str]) -> None:
    try:
        loaded = load_abc(tune("".join(parts), unit="1/8"))
    except BadInput as error:
        assert "\n" not in str(error)
        return
    assert judge(loaded.document).errors == ()
    score_notes(loaded.document["score"], unfold=False)
