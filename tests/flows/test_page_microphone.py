"""A student at an instrument without MIDI: a microphone hears it, the page follows, and says only what is sure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser

from mos_appliance.app.command_line import main
from mos_appliance.music.smf_write import write_smf
from tests.app.scores import QUARTER, smf_of
from tests.flows.appliance import Appliance, wait_for
from tests.flows.browser import Companion, open_page
from tests.flows.test_page_practice import RIGHT_HAND, choose, place, stand_before, start


@pytest.fixture(scope="module")
def appliance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    folder = tmp_path_factory.mktemp("appliance")
    running = Appliance(folder, "--microphone", f"wav:{folder / 'heard.wav'}")
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture
def student(appliance: Appliance, browser: Browser) -> Iterator[Companion]:
    with open_page(browser, appliance) as companion:
        stand_before(companion)
        yield companion


def play_aloud(appliance: Appliance, *pitches: int) -> None:
    """A piano plays these, two a second, in the microphone's room."""
    folder = appliance.sound.parent
    notes = [((place + 2) * QUARTER, QUARTER * 7 // 8, pitch, 80) for place, pitch in enumerate(pitches)]
    (folder / "played.mid").write_bytes(write_smf(smf_of(notes)))
    assert main(["render", str(folder / "played.mid"), "-o", str(folder / "new.wav")]) == 0
    (folder / "new.wav").replace(folder / "heard.wav")


def take_of(appliance: Appliance, take: str) -> Path:
    path = appliance.sound.parent / "take.mid"
    with urlopen(f"{appliance.url}api/v1/takes/{take}.mid", timeout=10) as answer:
        path.write_bytes(answer.read())
    return path


def test_wait_mode_goes_on_by_what_the_microphone_hears(student: Companion, appliance: Appliance) -> None:
    choose(student, "Wait for me", last_bar=2)
    student.page.get_by_role("combobox", name="Follow").select_option("What the microphone hears")
    start(student)
    first = place(student)
    play_aloud(appliance, 66, *RIGHT_HAND[:8])
    wait_for("the line moves on", lambda: place(student) not in ("", first))
    result = student.page.locator(".result")
    result.wait_for()
    assert result.locator(".one").inner_text() == "I heard 8 of the 8 notes in bars 1 to 2."
    assert student.page.locator(".leaf .head.wrong").count() == 0
    notes = [message for message in student.messages if message["kind"] == "note" and message["on"]]
    assert {note["source"] for note in notes} == {"microphone"}
    take = student.last("practice")["take"]
    assert take
    assert main(["notes", str(take_of(appliance, take))]) == 0


def test_flow_mode_follows_what_the_microphone_hears_and_grades_nothing(
    student: Companion, appliance: Appliance
) -> None:
    choose(student, "Follow me")
    student.page.get_by_role("combobox", name="Follow").select_option("What the microphone hears")
    start(student)
    play_aloud(appliance, *RIGHT_HAND)
    wait_for("the third bar", lambda: "Bar 3" in student.page.locator(".progress .where").inner_text())
    student.pump(4000)
    student.page.get_by_role("button", name="Stop", exact=True).last.click()
    result = student.page.locator(".result")
    result.wait_for()
    assert "I heard" in result.inner_text()
    take = student.last("practice")["take"]
    with urlopen(f"{appliance.url}api/v1/takes/{take}/judgement", timeout=10) as answer:
        judgement = json.load(answer)
    assert {mark["verdict"] for mark in judgement["marks"]} <= {"right", "early", "late"}
    assert judgement["right"] >= 10


def test_without_a_microphone_it_is_not_offered_and_cannot_be_asked_for(tmp_path: Path, browser: Browser) -> None:
    running = Appliance(tmp_path)
    running.start()
    try:
        with open_page(browser, running) as companion:
            stand_before(companion)
            assert companion.page.get_by_role("combobox", name="Follow").count() == 0
        with urlopen(f"{running.url}api/v1/library?q=freude", timeout=10) as answer:
            piece = json.load(answer)["hits"][0]["cid"]
        wish = json.dumps({"piece": piece, "listen": "microphone"}).encode()
        request = Request(f"{running.url}api/v1/practice", wish, {"Content-Type": "application/json"})
        with pytest.raises(HTTPError) as refused:
            urlopen(request, timeout=10)
        assert refused.value.code == 503
        assert "no microphone is open" in refused.value.read().decode()
    finally:
        running.stop()
