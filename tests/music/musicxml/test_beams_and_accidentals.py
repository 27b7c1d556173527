from fractions import Fraction

from mos_appliance.music.mnx import build
from mos_appliance.music.musicxml.score_out import write_musicxml


def written(content: list[dict], **measure: object) -> str:
    score = build.document(
        [{"time": {"count": 2, "unit": 4}}], [{"measures": [{"sequences": [{"content": content}], **measure}]}]
    )
    return write_musicxml(score).data.decode()


def eighth(name: str, length: Fraction = Fraction(1, 8), **members: object) -> dict:
    return build.event(length, [build.note(build.pitch("F", 4, 1), **members)], id=name)


def test_beams_are_written_level_by_level_with_hooks() -> None:
    notes = [eighth("a", Fraction(3, 16)), eighth("b", Fraction(1, 16)), eighth("c"), eighth("d")]
    beams = [
        {"events": ["a", "b"], "beams": [{"events": ["b"], "direction": "left"}]},
        {"events": ["c", "d"]},
    ]
    xml = written(notes, beams=beams)
    assert xml.count('<beam number="1">begin</beam>') == xml.count('<beam number="1">end</beam>') == 2
    assert xml.count('<beam number="2">backward hook</beam>') == 1


def test_an_accidental_is_written_where_mnx_shows_one() -> None:
    plain = written([eighth(name) for name in "abcd"])
    shown = written([eighth("a", accidentalDisplay={"show": True}), *(eighth(name) for name in "bcd")])
    assert "<accidental" not in plain
    assert shown.count("<accidental>sharp</accidental>") == 1
