from __future__ import annotations

import pytest

from mos_appliance.errors import BadInput
from mos_appliance.music.json_text import Json, read_json, write_json
from mos_appliance.music.mnx.document import judge, read_mnx, write_mnx
from tests.music.mnx.scores import quarter, scale_bar, score


def damaged(path: str, value: object) -> Json:
    """A good score with one member replaced, `path` being its names with dots."""
    tree: Json = read_json(write_json(score(scale_bar("C4", "D4", "E4", "F4"))))
    *names, last = path.split(".")
    place: object = tree
    for name in names:
        place = place[int(name)] if isinstance(place, list) else place[name]  # type: ignore[index]
    if isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value  # type: ignore[index]
    return tree


NOTE = "parts.0.measures.0.sequences.0.content.0"


def test_a_document_comes_back_as_it_was_with_vendors_comments_and_members_from_the_future() -> None:
    tree = score(scale_bar("C4", "D4"))
    tree["_c"] = "a comment"
    tree["parts"][0]["_x"] = {"com.example": {"anything": [1, {"deep": None}]}}
    tree["parts"][0]["fromMnx2"] = {"new": True}
    assert read_mnx(write_mnx(tree)) == tree


@pytest.mark.parametrize(
    ("path", "value", "where", "why"),
    [
        ("mnx", {}, "mnx", "lacks 'version'"),
        (f"{NOTE}.notes.0.pitch.step", "H", "content[0].notes[0].pitch.step", "is 'H', not one of A, B, C"),
        (f"{NOTE}.notes.0.pitch.octave", 4.5, "pitch.octave", "is 4.5, not an integer"),
        (f"{NOTE}.notes.0.pitch.octave", True, "pitch.octave", "is true, not an integer"),
        (f"{NOTE}.duration.base", "crotchet", "duration.base", "is 'crotchet', not one of"),
        (f"{NOTE}.duration.dots", 90, "duration.dots", "is 90, not 0 to 8"),
        (f"{NOTE}.type", "rhubarb", "content[0].type", "not one of event, grace, tuplet, space, tremolo"),
        (f"{NOTE}.notes", {}, "content[0].notes", "is an object, not a list"),
        ("parts.0._x", {"com.example": 3}, "parts[0]._x.com.example", "is 3, not an object"),
        ("global.measures.0.time.unit", 3, "time.unit", "is 3, not one of 1, 2, 4"),
        ("global.measures", [], "parts[0].measures", "has 1 bars where `global` has 0"),
        ("global.measures.0.tempos", [{"bpm": 0, "value": {"base": "half"}}], "tempos[0].bpm", "is 0, not 1 to 10000"),
        ("global.measures.0.fine", {"location": {"fraction": [1, 0]}}, "fine.location.fraction", "is no fraction"),
    ],
)
def test_what_breaks_the_rules_is_refused_with_its_place(path: str, value: object, where: str, why: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_mnx(write_json(damaged(path, value)))
    assert where in caught.value.where
    assert why in caught.value.why


def test_all_errors_are_told_at_once_when_a_file_is_judged() -> None:
    tree = damaged(f"{NOTE}.notes.0.pitch", {"step": 3})
    assert [problem.why for problem in judge(tree).errors] == ["lacks 'octave'", "is 3, not one of A, B, C, D, E, F, G"]


def test_a_name_that_two_things_have_is_refused() -> None:
    tree = score([quarter("C4", id="a"), quarter("D4", id="a")])
    assert [problem.why for problem in judge(tree).errors] == ["'a' names something else too"]


def test_an_unknown_member_is_an_error_of_the_pinned_version_only_when_asked() -> None:
    tree = damaged("parts.0.flavour", "sweet")
    assert judge(tree).errors == ()
    assert judge(tree, strict=True).errors == (("parts[0].flavour", "is not known to MNX"),)
    tree["mnx"]["version"] = 2
    assert judge(tree, strict=True).errors == ()


def test_a_tie_that_leads_nowhere_is_odd_but_good() -> None:
    tree = damaged(f"{NOTE}.notes.0.ties", [{"target": "gone"}])
    assert judge(tree) == ((), (("document", "a target names 'gone', which is not there"),))


def test_ten_thousand_tuplets_in_each_other_are_refused_in_one_line() -> None:
    opening = b'{"type":"tuplet","inner":{},"outer":{},"content":['
    deep = b'{"mnx":{"version":1},"global":{"measures":[{}]},"parts":[{"measures":[{"sequences":[{"content":['
    text = deep + opening * 10_000 + b"]}" * 10_000 + b"]}]}]}]}"
    with pytest.raises(BadInput, match="nested deeper than 100 levels"):
        read_mnx(text)


def test_thirteen_tuplets_in_each_other_are_one_too_many() -> None:
    pair = {"multiple": 3, "duration": {"base": "eighth"}}
    content = [quarter("C4")]
    for _ in range(13):
        content = [{"type": "tuplet", "inner": pair, "outer": pair, "content": content}]
    assert "nested deeper than 12 tuplets" in judge(score(content)).errors[0].why
    assert judge(score(content[0]["content"])).errors == ()
