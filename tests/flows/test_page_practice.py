"""A student with a MIDI keyboard and the page: a piece is opened, waited for, followed, judged, and what comes next."""

from __future__ import annotations

import io
import json
import wave
from collections.abc import Iterator
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser

from tests.flows.appliance import Appliance, wait_for
from tests.flows.browser import PHONE, Companion, open_page
from tests.flows.midi_cable import MidiCable, midi_cable
from tests.flows.test_page_layout import CONTRAST, FINGER_PX, NAMELESS, NARROWER, VISIBLE

PIECE = "An die Freude"
RIGHT_HAND = (64, 64, 65, 67, 67, 65, 64, 62, 60, 60, 62, 64)
"""The first three bars."""


@pytest.fixture(scope="module")
def cable() -> Iterator[MidiCable]:
    with midi_cable() as made:
        yield made


@pytest.fixture(scope="module")
def appliance(tmp_path_factory: pytest.TempPathFactory, cable: MidiCable) -> Iterator[Appliance]:
    running = Appliance(tmp_path_factory.mktemp("appliance"), "--din", cable.device)
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture
def student(appliance: Appliance, browser: Browser) -> Iterator[Companion]:
    """Somebody in front of the piece's pages."""
    with open_page(browser, appliance) as companion:
        stand_before(companion)
        yield companion


def stand_before(companion: Companion) -> None:
    page = companion.page
    page.get_by_role("link", name="Practise").click()
    page.locator(".choose-piece, .stand").first.wait_for()
    if page.locator(".stand.going").count():  # a test before this one has failed
        page.get_by_role("button", name="Stop", exact=True).last.click()
        page.locator(".stand:not(.going)").wait_for()
    if page.locator(".stand").count():
        page.get_by_role("button", name="Another piece").first.click()
    page.get_by_role("searchbox", name="Search the shelf").fill("freude beethoven")
    page.get_by_role("button", name=PIECE).first.click(timeout=90_000)
    page.locator(".leaf img").first.wait_for(timeout=90_000)


def choose(companion: Companion, mode: str, hand: str = "Right hand", last_bar: int = 0) -> None:
    page = companion.page
    page.get_by_role("radio", name=mode).check()
    page.get_by_role("combobox", name="I play").select_option(hand)
    if last_bar:
        page.locator(".choices summary").click()
        page.get_by_label("to bar").fill(str(last_bar))
        page.get_by_label("to bar").press("Tab")


def start(companion: Companion) -> None:
    companion.forget()
    companion.page.get_by_role("button", name="Start").click()
    wait_for("the tutor tells the place", lambda: companion.pump() and companion.last("place"))
    companion.page.locator(".leaf .line").wait_for()


def place(companion: Companion) -> str:
    """The note at which the line on the page stands."""
    companion.pump(60)
    return companion.page.locator(".leaf .line").get_attribute("data-note") or ""


def strike_until_told(companion: Companion, cable: MidiCable, *pitches: int) -> None:
    """Strike keys; return when the tutor's answers to them have come."""
    before = len(marks(companion))
    cable.strike(*pitches)
    wait_for("the tutor answers", lambda: companion.pump() and len(marks(companion)) >= before + len(pitches))


def marks(companion: Companion) -> list[dict[str, object]]:
    return [message for message in companion.messages if message["kind"] == "mark"]


def test_wait_mode_refuses_a_wrong_note_and_goes_on_at_the_right_one(student: Companion, cable: MidiCable) -> None:
    choose(student, "Wait for me", last_bar=2)
    start(student)
    first = place(student)
    strike_until_told(student, cable, 66)
    assert place(student) == first
    assert "Not F♯4" in student.page.locator(".progress .answer").inner_text()
    strike_until_told(student, cable, 65)
    assert place(student) == first, "a later note of the score is refused as well"
    student.page.locator('.key[data-next][data-pitch="64"]').wait_for()
    strike_until_told(student, cable, 64)
    wait_for("the line moves on", lambda: place(student) not in ("", first))
    for pitch in RIGHT_HAND[1:8]:
        strike_until_told(student, cable, pitch)
    result = student.page.locator(".result")
    result.wait_for()
    told = result.locator(".one").inner_text()
    assert told == "Bar 1: 2 other keys came before E4. Find that one first, then play the bar."
    assert student.page.locator(".leaf .head.wrong").count() == 1


def test_the_next_lesson_is_on_the_page_with_its_reasons_and_knows_the_take(
    student: Companion, cable: MidiCable
) -> None:
    page = student.page
    page.get_by_role("button", name="Another piece").click()
    page.get_by_role("combobox", name="Who plays").select_option("New student…")
    page.get_by_role("textbox", name="A nick name").fill("Ada")
    page.get_by_role("button", name="That is me").click()
    first = page.locator(".steps li").first
    first.locator(".reasons li").first.wait_for()
    assert "Nothing has been played yet" in page.locator(".steps").inner_text()
    page.get_by_role("button", name=PIECE).first.click()
    choose(student, "Wait for me", last_bar=2)
    start(student)
    for pitch in RIGHT_HAND[:8]:
        strike_until_told(student, cable, pitch)
    page.locator(".result .steps .reasons li").first.wait_for()
    assert "Nothing has been played yet" not in page.locator(".result .steps").inner_text()
    step = page.locator(".result .steps .piece").first
    title = step.locator("b").inner_text()
    step.click()
    page.locator(".stand h2", has_text=title).wait_for()
    page.locator(".leaf img").first.wait_for(timeout=90_000)


def test_flow_mode_goes_through_a_stop_and_a_restart_and_says_so_after_the_take(
    student: Companion, cable: MidiCable
) -> None:
    choose(student, "Follow me")
    start(student)
    for pitch in RIGHT_HAND[:11]:
        cable.strike(pitch)
    student.pump(2500)  # the student stops, and begins the bar again
    for pitch in RIGHT_HAND[8:12]:
        cable.strike(pitch)
    for pitch, quarters in ((64, 1.5), (62, 0.5), (62, 2.0)):
        cable.strike(pitch, wait_s=0.3 * quarters - 0.18 if quarters > 1 else 0.0)
    wait_for(
        "the place is that of bar 4",
        lambda: student.pump() and student.page.locator(".progress .where").inner_text() == "Bar 4",
    )
    assert not (student.last("place") or {"lost": True})["lost"]
    assert not marks(student), "marks wait until after the take"
    student.page.get_by_role("button", name="Stop", exact=True).last.click()
    result = student.page.locator(".result")
    result.wait_for()
    assert "bar 3" in result.locator(".one").inner_text()


def test_the_take_is_kept_with_its_sound_and_what_was_said_of_it(student: Companion, cable: MidiCable) -> None:
    choose(student, "Wait for me", last_bar=1)
    start(student)
    for pitch in RIGHT_HAND[:4]:
        strike_until_told(student, cable, pitch)
    student.page.locator(".result").wait_for()
    take = (student.last("judged") or {})["take"]
    api = f"{student.appliance.url}api/v1/takes"
    with urlopen(f"{api}/{take}/judgement") as answer:
        judgement = json.load(answer)
    assert (judgement["right"], judgement["title"], judgement["grade"]) == (4, PIECE, None)
    assert student.page.locator(".result .one").inner_text() == judgement["told"][0]["text"]
    with urlopen(f"{api}/{take}.mid") as answer:
        assert answer.read(4) == b"MThd"
    with urlopen(f"{api}/{take}.wav") as answer, wave.open(io.BytesIO(answer.read())) as sound:
        assert sound.getnframes() > sound.getframerate()
        assert any(sound.readframes(sound.getframerate()))


def test_the_machine_plays_the_other_hand_with_the_student(student: Companion, cable: MidiCable) -> None:
    choose(student, "Play with me")
    start(student)
    for pitch in RIGHT_HAND:
        cable.strike(pitch, hold_s=0.3, wait_s=0.2)
    student.pump(300)
    notes = student.notes(source="song")
    assert [note["pitch"] for note in notes][:2] == [48, 55]
    student.page.get_by_role("button", name="Stop", exact=True).last.click()
    student.page.locator(".result").wait_for()
    wait_for("the transport stops", lambda: student.pump() and (student.last("transport") or {})["state"] == "stopped")


def test_the_machine_plays_two_bars_and_the_student_plays_them_back(student: Companion, cable: MidiCable) -> None:
    choose(student, "Play it back", last_bar=2)
    start(student)
    where = student.page.locator(".progress .where")
    assert where.inner_text() == "Listen…"
    wait_for("it is the student's turn", lambda: student.pump() and where.inner_text().startswith("Your turn"))
    heard = [note["pitch"] for note in student.notes(source="song")]
    assert heard[:8] == list(RIGHT_HAND[:8])
    assert len(heard) <= 9, "on a busy machine the stop may come a note late"
    for pitch in RIGHT_HAND[:8]:
        cable.strike(pitch, hold_s=0.3, wait_s=0.2)
    student.page.locator(".result").wait_for()
    assert student.page.get_by_text("8 of 8 notes as written.").count() == 1


def test_the_machine_keeps_the_tempo_after_a_count_in(student: Companion, cable: MidiCable) -> None:
    choose(student, "Keep the tempo")
    start(student)
    wait_for("it counts in", lambda: student.pump() and (student.last("transport") or {})["state"] == "counting_in")
    assert [note["pitch"] for note in student.wait_for_notes(2, source="song")] == [48, 55], "the left hand alone"
    cable.strike(64)
    student.page.get_by_role("button", name="Stop", exact=True).last.click()
    student.page.locator(".result").wait_for()
    student.wait_for_control("count_in", 0)


def test_a_tutor_that_is_killed_comes_back_while_the_sound_goes_on(student: Companion, cable: MidiCable) -> None:
    choose(student, "Wait for me", last_bar=2)
    start(student)
    strike_until_told(student, cable, 64)
    student.appliance.kill("tutor")
    student.forget()
    cable.strike(72)
    student.wait_for_notes(1, source="din")
    wait_for("the tutor is back", lambda: student.pump() and student.last("place"), 30)
    student.pump(300)
    strike_until_told(student, cable, 64)
    assert marks(student)[-1]["verdict"] == "right"
    student.page.get_by_role("button", name="Stop", exact=True).last.click()
    student.page.locator(".result").wait_for()


def test_the_room_can_be_used_without_eyes_and_with_a_finger(appliance: Appliance, browser: Browser) -> None:
    with open_page(browser, appliance, PHONE, touch=True) as companion:
        stand_before(companion)
        for summary in companion.page.locator(".choices summary").all():
            summary.click()
        assert companion.page.evaluate(NAMELESS) == []
        assert companion.page.evaluate(CONTRAST) == []
        small = [
            one
            for one in companion.page.evaluate(VISIBLE, NARROWER)
            if one["height"] < FINGER_PX - 2 or one["width"] < FINGER_PX - 2
        ]
        assert not small
        wide = companion.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide[0] == wide[1]
