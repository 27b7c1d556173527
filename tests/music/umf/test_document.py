from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mos_appliance.errors import BadInput
from mos_appliance.music.json_text import Json, write_json
from mos_appliance.music.umf.document import judge, judge_all, migrated, new_umf, read_umf, write_umf
from tests.music.mnx.scores import scale_bar, score
from tests.music.test_json_text import trees


def whole() -> Json:
    """A document with something in every room."""
    note = {"startMs": 0, "durationMs": 480.5, "pitch": 60, "velocity": 70, "score": "n0"}
    mark = {"by": "teacher", "kind": "late", "notes": [0], "text": "breathe", "confidence": 0.5}
    return new_umf(
        "Scale",
        score(scale_bar("C4", "D4", "E4", "F4")),
        performances=[{"id": "p1", "notes": [note], "marks": [mark], "audio": "a1"}],
        audio=[{"id": "a1", "data": b64encode(b"sound").decode(), "mediaType": "audio/flac"}],
        learning={"points": [{"bar": 1, "text": "even eighths"}], "steps": [{"title": "slowly", "tempo": 0.5}]},
        provenance={"creators": [{"name": "MOS"}], "derivedFrom": [{"title": "scale"}], "licence": "CC0-1.0"},
        extensions={"org.example.colour": "blue"},
    )


def changed(path: str, value: object) -> Json:
    document = whole()
    *names, last = path.split(".")
    place: Json = document
    for name in names:
        place = place[int(name)] if isinstance(place, list) else place[name]
    place[last] = value
    return document


def test_a_document_with_everything_in_it_is_good_and_comes_back_equal() -> None:
    assert judge(whole()) == ((), ())
    assert read_umf(write_umf(whole())) == whole()


@given(
    st.sampled_from(
        ["fresh", "metadata.fresh", "score.fresh", "score.parts.0.fresh", "performances.0.fresh", "audio.0.fresh"]
    ),
    trees,
)
def test_what_a_reader_does_not_know_it_keeps(path: str, value: object) -> None:
    document = changed(path, value)
    again = read_umf(write_umf(document))
    assert again == document
    assert [problem.where for problem in judge(again).odd] == [path.replace(".0", "[0]")]


@pytest.mark.parametrize(
    ("path", "value", "where", "why"),
    [
        ("metadata", {}, "metadata", "lacks 'title'"),
        ("metadata.key", "H major", "metadata.key", "is 'H major', not a key such as F# minor"),
        ("metadata.language", "english please", "metadata.language", "not a language tag"),
        ("metadata.title", "a\n" * 30, "", ""),
        ("metadata.licence", "CC0-1.0\n", "metadata.licence", "not an SPDX expression"),
        ("score.mnx", 1, "score.mnx", "is 1, not an object"),
        ("performances.0.notes.0.pitch", 128, "performances[0].notes[0].pitch", "not a MIDI number"),
        ("performances.0.notes.0.startMs", -1, "performances[0].notes[0].startMs", "not milliseconds"),
        ("performances.0.marks.0.by", "ghost", "performances[0].marks[0].by", "not one of machine, teacher"),
        ("audio.0.url", "https://example.org/a.flac", "audio[0]", "has not exactly one of 'cid', 'url' and 'data'"),
        ("audio.0.data", "A" * 1_398_108, "audio[0].data", "not at most 1 MiB in base64"),
        ("provenance.derivedFrom", [{}], "provenance.derivedFrom[0]", "has none of 'cid', 'url' and 'title'"),
        ("extensions", {"colour": 1}, "extensions.colour", "is no reverse domain name"),
    ],
)
def test_what_breaks_the_rules_is_told_with_its_place(path: str, value: object, where: str, why: str) -> None:
    errors = judge(changed(path, value)).errors
    if not why:
        assert errors == ()
        return
    assert errors[0].where == where
    assert why in errors[0].why


def test_two_performances_of_one_name_are_refused() -> None:
    document = whole()
    document["performances"] *= 2
    assert judge(document).errors == (("performances", "2 have the id 'p1'"),)


def test_what_leads_nowhere_is_odd() -> None:
    document = changed("performances.0.audio", "gone")
    document["learning"]["points"][0]["bar"] = 9
    document["performances"][0]["marks"][0]["notes"] = [7]
    assert [problem.where for problem in judge(document).odd] == [
        "performances[0].audio",
        "performances[0].marks[0]",
        "learning.points[0]",
    ]


def test_names_of_notes_that_the_score_does_not_have_are_odd() -> None:
    document = whole()
    assert judge_all(document).odd == ()
    document["performances"][0]["notes"][0]["score"] = "n77"
    document["learning"]["points"][0]["notes"] = ["n78"]
    told = {problem.where: problem.why for problem in judge_all(document).odd}
    assert "'n77'" in told["performances[0].notes"]
    assert "'n78'" in told["learning.points"]
    del document["score"]
    assert "performances[0].notes" in {problem.where for problem in judge_all(document).odd}


@pytest.mark.parametrize(("version", "good"), [("1.0", True), ("1.7", True), ("2.0", False), ("0.9", False)])
def test_a_reader_of_1_0_reads_1_x(version: str, good: bool) -> None:
    data = write_json({"umf": version, "metadata": {"title": ""}})
    if good:
        assert read_umf(data)["umf"] == version
    else:
        with pytest.raises(BadInput, match=rf"umf: is version {version}; what is read is 1.x"):
            read_umf(data)


@pytest.mark.parametrize("version", [None, 1, "one", "1.0.0", ""])
def test_what_has_no_version_is_no_umf(version: object) -> None:
    with pytest.raises(BadInput, match="this is no UMF document"):
        read_umf(write_json({"umf": version}))


def test_migrations_are_taken_one_after_another() -> None:
    steps = (
        ("0.8", "0.9", lambda document: {**document, "umf": "0.9", "b": 1}),
        ("0.9", "1.0", lambda document: {**document, "umf": "1.0", "c": document["b"] + 1}),
    )
    assert migrated({"umf": "0.8"}, steps) == {"umf": "1.0", "b": 1, "c": 2}
