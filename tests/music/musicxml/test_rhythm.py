"""Whatever the durations, every onset and duration comes back exactly."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mos_appliance.music.mnx.document import judge
from mos_appliance.music.musicxml.score_in import read_musicxml
from mos_appliance.music.musicxml.score_out import write_musicxml
from tests.music.musicxml.oracle import score_of
from tests.music.musicxml.test_score import score

TYPES = ("", "whole", "half", "quarter", "eighth", "16th", "32nd")


@st.composite
def notes(draw: st.DrawFn) -> str:
    """A note of any duration, whatever its note value says; grace notes and chords among them."""
    step, octave = draw(st.sampled_from("CDEFGAB")), draw(st.integers(2, 6))
    grace = draw(st.integers(0, 7)) == 0
    kind = draw(st.sampled_from(TYPES))
    dots = draw(st.sampled_from((0, 0, 0, 1, 2))) if kind else 0
    ratio = draw(st.sampled_from((None, None, (3, 2), (5, 4), (2, 3), (7, 4))))
    marks = draw(st.sampled_from(("", "", "", '<tuplet type="start"/>', '<tuplet type="stop"/>')))
    inside = [
        "<grace/>" if grace else "",
        "<chord/>" if draw(st.integers(0, 5)) == 0 else "",
        f"<pitch><step>{step}</step><octave>{octave}</octave></pitch>",
        "" if grace else f"<duration>{draw(st.integers(1, 30))}</duration>",
        f"<voice>{draw(st.integers(1, 2))}</voice>",
        f"<type>{kind}</type>{'<dot/>' * dots}" if kind else "",
    ]
    if ratio:
        numbers = f"<actual-notes>{ratio[0]}</actual-notes><normal-notes>{ratio[1]}</normal-notes>"
        inside.append(f"<time-modification>{numbers}</time-modification>")
    inside += [f"<staff>{draw(st.integers(1, 2))}</staff>", f"<notations>{marks}</notations>" if marks else ""]
    return f"<note>{''.join(inside)}</note>"


MOVES = st.builds(
    "<{0}><duration>{1}</duration></{0}>".format, st.sampled_from(("backup", "forward")), st.integers(1, 40)
)
BODIES = st.builds(
    "<attributes><divisions>{}</divisions></attributes>{}".format,
    st.sampled_from((1, 2, 3, 4, 5, 12, 480, 1024)),
    st.lists(st.one_of(notes(), notes(), notes(), MOVES), max_size=14).map("".join),
)


@settings(max_examples=150, deadline=None)
@given(BODIES)
def test_every_rhythm_comes_back_exactly(body: str) -> None:
    data = score(body)
    reading = read_musicxml(data)
    assert judge(reading.document).errors == ()
    before, after = score_of(data), score_of(write_musicxml(reading.document).data)
    assert after.notes == before.notes
    assert after.marks == before.marks
    length = before.lengths["P1", 1]
    assert after.lengths["P1", 1] in ((length,) if length else (0, 4)), "a bar in which no time passes lasts its metre"
