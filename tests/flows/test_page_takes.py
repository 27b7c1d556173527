"""Takes are kept by themselves, replayed, renamed, downloaded, deleted and brought back on the page."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import mido  # type: ignore[import-untyped]
import pytest
from playwright.sync_api import Browser, Download

from tests.flows import listening
from tests.flows.appliance import Appliance, wait_for
from tests.flows.browser import Companion, open_page

PITCHES = [60, 64, 67]


@pytest.fixture(scope="module")
def played(appliance: Appliance, browser: Browser) -> Iterator[Companion]:
    """A page on which three notes were played and the take has ended, as it does after 20 s of silence."""
    with open_page(browser, appliance) as companion:
        for pitch in PITCHES:
            companion.click_key(pitch, hold_ms=300)
        take = companion.page.locator(".take", has_text="3 notes")
        wait_for("its notes are counted", lambda: companion.pump(200) and take.count() == 1)
        ended = companion.page.locator(".take:not(.recording)", has_text="3 notes")
        wait_for("the take ends", lambda: companion.pump(200) and ended.count() == 1)
        yield companion


def download(companion: Companion, name: str) -> Download:
    with companion.page.expect_download() as begun:
        companion.page.get_by_role("link", name=name).click()
    return begun.value


def test_a_take_holds_what_was_played(played: Companion, tmp_path: Path) -> None:
    file = tmp_path / "take.mid"
    download(played, "as MIDI").save_as(file)
    notes = [
        message.note
        for message in mido.MidiFile(file=io.BytesIO(file.read_bytes()))
        if message.type == "note_on" and message.velocity
    ]
    assert notes == PITCHES


def test_its_sound_is_what_was_heard(played: Companion, tmp_path: Path) -> None:
    file = tmp_path / "take.wav"
    download(played, "as sound").save_as(file)
    samples = listening.read(file, 0, listening.frames_in(file))
    assert listening.loudness(samples) > 1e-4
    assert all(listening.holds(samples, pitch) for pitch in PITCHES)


def test_a_replayed_take_sounds_again(played: Companion) -> None:
    played.forget()
    played.page.get_by_role("button", name="Replay").click()
    notes = played.wait_for_notes(3, source="song")
    assert [note["pitch"] for note in notes] == PITCHES
    played.wait_for_frame(notes[0]["frame"] + 12_000)
    heard = listening.read(played.appliance.sound, notes[0]["frame"], 12_000)
    assert listening.pitch_of(heard) == PITCHES[0]


def test_a_take_is_renamed_by_keyboard(played: Companion) -> None:
    played.page.get_by_role("button", name="Rename").click()
    played.page.keyboard.type("C major, <b>slowly</b>")
    played.page.keyboard.press("Enter")
    played.page.get_by_text("C major, <b>slowly</b>", exact=True).wait_for()


def test_a_take_is_deleted_and_brought_back(played: Companion) -> None:
    takes = played.page.locator(".take")
    before = takes.count()
    played.page.get_by_role("button", name="Delete").first.click()
    played.page.get_by_role("button", name="Undo").wait_for()
    wait_for("it is gone", lambda: played.pump() and takes.count() == before - 1)
    played.page.get_by_role("button", name="Undo").click()
    wait_for("it is back", lambda: played.pump() and takes.count() == before)


def test_takes_are_there_for_the_next_page(played: Companion, appliance: Appliance, browser: Browser) -> None:
    with open_page(browser, appliance) as other:
        other.page.get_by_text("C major, <b>slowly</b>", exact=True).wait_for()
