from __future__ import annotations

from xml.etree import ElementTree as Xml

import pytest

from drivers.engraver import fingers_below
from mos_appliance.errors import BadInput
from mos_appliance.library.engraved import unpacked
from mos_appliance.library.layouts import LAYOUTS, layouts_named
from mos_appliance.library.pages import Scribe

PAGE = """<svg viewBox="0 0 390 100" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">
<desc>Engraver</desc><style>path {{stroke:red}}</style>
<defs><g id="E0A4-x"><path d="M0 0"/></g></defs>
<svg viewBox="0 0 9750 2500"><g class="page-margin" transform="translate(500, 300)">
<g id="bar-1" class="measure"><g class="staff"><path d="M0 996 L7000 996"/><path d="M0 1716 L7000 1716"/>
<g id="n0" class="note"><g class="notehead"><use xlink:href="#E0A4-x" transform="translate(1000, 1200)"/></g></g>
</g></g>{}</g></svg></svg>"""


def taken(more: str = "", names: dict[str, str] | None = None) -> tuple[Scribe, str]:
    scribe = Scribe({"bar-1": 1}, names or {})
    scribe.take(PAGE.format(more))
    return scribe, unpacked(scribe.pages[0]).decode()


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "<foreignObject><p>x</p></foreignObject>",
        '<a href="https://example.org">x</a>',
        '<image href="https://example.org/x.png"/>',
        '<use xlink:href="https://example.org/x.svg#a"/>',
        '<g onclick="alert(1)"/>',
        '<path fill="url(https://example.org)"/>',
        '<rect style="background:url(https://example.org)"/>',
        "<animate attributeName='href' to='javascript:alert(1)'/>",
    ],
)
def test_nothing_in_a_page_runs_or_leads_out_of_it(evil: str) -> None:
    _, page = taken(evil)
    for word in ("script", "foreign", "example.org", "onclick", "url(", "<a ", "image", "animate", "style"):
        assert word not in page


def test_text_stays_text() -> None:
    _, page = taken("<text>&lt;script&gt; Tempo \ueca5 = 90</text>")
    assert "&lt;script&gt; Tempo ♩ = 90" in page


def test_notes_and_bars_have_their_places_in_the_page() -> None:
    scribe, page = taken()
    (note,), (bar,) = scribe.notes, scribe.placed_bars
    assert (note.id, note.page, note.x, note.y) == ("n0", 1, 1606, 1500)
    assert (bar.bar, bar.x, bar.y, bar.width, bar.height) == (1, 500, 1296, 7000, 720)
    assert 'id="n0"' in page and 'id="E0A4-x"' in page
    assert (scribe.sizes[0].width, scribe.sizes[0].units_wide) == (390, 9750)


def test_names_stand_in_the_heads() -> None:
    _, page = taken(names={"n0": "C♯"})
    assert ">C♯</text>" in page


def test_what_is_no_page_is_refused() -> None:
    with pytest.raises(BadInput, match="none"):
        Scribe({}, {}).take('<svg xmlns="http://www.w3.org/2000/svg"/>')


def test_layouts_are_asked_for_by_name() -> None:
    assert layouts_named("phone, large,phone") == ("phone", "large")
    assert layouts_named("none") == ()
    with pytest.raises(BadInput, match=", ".join(LAYOUTS)):
        layouts_named("wall")


def test_the_left_hand_has_its_fingers_under_its_notes_and_the_right_above() -> None:
    note = (
        "<note><pitch/><staff>{}</staff><notations><technical><fingering>5</fingering></technical></notations></note>"
    )
    root = Xml.fromstring(f"<measure>{note.format(1)}{note.format(2)}</measure>")
    fingers_below(root)
    assert [finger.get("placement") for finger in root.iter("fingering")] == [None, "below"]


def test_the_name_stands_in_the_middle_of_a_head_also_of_a_wide_one() -> None:
    whole = (
        '<g id="n1" class="note"><g class="notehead"><use xlink:href="#E0A2-x" transform="translate(500, 0)"/></g></g>'
    )
    scribe, page = taken(whole, {"n0": "C", "n1": "D"})
    assert [note.x - 500 for note in scribe.notes if note.id == "n1"] == [500 + 152]
    assert 'x="652"' in page
    assert 'x="1106"' in page
