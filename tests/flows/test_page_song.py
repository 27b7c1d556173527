"""A MIDI file is opened, played, moved through, looped, slowed down and muted on the page."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.flows import listening
from tests.flows.appliance import Appliance, wait_for
from tests.flows.browser import Companion, assert_beats, open_page

FILES = Path(__file__).parent.parent / "data" / "midi"
LOW, HIGH = 48, 73
"""The high one is no partial of the low one."""
QUARTER = 96


def _variable(number: int) -> bytes:
    text = bytes([number & 127])
    while number := number >> 7:
        text = bytes([number & 127 | 128]) + text
    return text


def _track(events: list[tuple[int, bytes]]) -> bytes:
    body = b"".join(_variable(wait) + event for wait, event in [*events, (0, b"\xff\x2f\x00")])
    return b"MTrk" + len(body).to_bytes(4, "big") + body


def two_voices(bars: int = 8) -> bytes:
    """A file of two parts, a high and a low one, one quarter after the other, in 3/4 at 120 a minute."""
    head = b"MThd" + (6).to_bytes(4, "big") + b"\x00\x01\x00\x03" + QUARTER.to_bytes(2, "big")
    rules = _track([(0, b"\xff\x51\x03\x07\xa1\x20"), (0, b"\xff\x58\x04\x03\x02\x18\x08")])
    parts = []
    for channel, (name, pitch) in enumerate((("High", HIGH), ("Low", LOW))):
        notes = [(0, b"\xff\x03" + bytes([len(name)]) + name.encode())]
        for _ in range(3 * bars):
            notes.append((0, bytes([0x90 | channel, pitch, 90])))
            notes.append((QUARTER, bytes([0x80 | channel, pitch, 0])))
        parts.append(_track(notes))
    return head + rules + b"".join(parts)


@pytest.fixture
def song(companion: Companion, tmp_path: Path) -> Iterator[Companion]:
    file = tmp_path / "Two voices.mid"
    file.write_bytes(two_voices())
    companion.page.locator("#song-file").set_input_files(file)
    companion.page.get_by_role("heading", name="Two voices").wait_for()
    yield companion
    companion.page.get_by_role("button", name="Close the song").click()
    companion.page.get_by_role("heading", name="Two voices").wait_for(state="detached")


def play(companion: Companion) -> None:
    companion.forget()
    companion.page.locator("header").get_by_role("button", name="Play", exact=True).click()


def heard_from(companion: Companion, frame: int, frames: int = 20_000) -> list[int]:
    companion.wait_for_frame(frame + frames)
    samples = listening.read(companion.appliance.sound, frame, frames)
    return [pitch for pitch in (LOW, HIGH) if listening.holds(samples, pitch)]


def test_its_parts_are_listed_and_sound_at_their_frames(song: Companion) -> None:
    parts = song.page.locator(".parts li b")
    assert parts.all_inner_texts() == ["High", "Low"]
    play(song)
    notes = song.wait_for_notes(6, source="song")
    assert {note["pitch"] for note in notes} == {LOW, HIGH}
    beats = sorted({note["frame"] for note in notes})
    # Half a second apart, each on FluidSynth's grid.
    assert all(abs(later - earlier - 24_000) <= 64 for earlier, later in pairwise(beats))
    assert heard_from(song, beats[0]) == [LOW, HIGH]
    song.page.locator("header").get_by_role("button", name="Stop", exact=True).click()
    wait_for("it stops", lambda: song.pump() and (song.last("transport") or {}).get("state") == "stopped")


def test_a_muted_part_is_not_in_the_sound(song: Companion) -> None:
    song.page.get_by_role("button", name="Mute High").click()
    song.wait_for_control("muted", 1, 0)
    play(song)
    first = song.wait_for_notes(2, source="song")[0]
    assert {note["pitch"] for note in song.notes(source="song")} == {LOW}
    assert heard_from(song, first["frame"]) == [LOW]
    song.page.get_by_role("button", name="Mute High").click()
    song.wait_for_control("muted", 0, 0)
    song.page.get_by_role("button", name="Solo High").click()
    song.wait_for_control("solo", 1, 0)
    song.forget()
    note = song.wait_for_notes(3, source="song")[-1]
    assert note["pitch"] == HIGH
    song.page.get_by_role("button", name="Solo High").click()
    song.wait_for_control("solo", 0, 0)


def test_half_the_speed_takes_twice_the_time(song: Companion) -> None:
    song.page.get_by_role("slider", name="Speed").fill("50")
    song.wait_for_control("tempo_scale", 50)
    play(song)
    beats = sorted({note["frame"] for note in song.wait_for_notes(4, source="song")})
    assert abs(beats[1] - beats[0] - 48_000) <= 64
    song.page.get_by_role("button", name="Reset Speed").click()
    song.wait_for_control("tempo_scale", 100)


def test_a_loop_over_bars_goes_round(song: Companion) -> None:
    song.page.get_by_label("From bar").fill("3")
    song.page.get_by_label("to bar").fill("3")
    song.page.get_by_role("button", name="Loop", exact=True).click()
    wait_for("the loop is told", lambda: song.pump() and (song.last("transport") or {}).get("loop") == [5760, 8640])
    song.page.get_by_role("slider", name="Position").press("ArrowRight")
    song.page.get_by_role("slider", name="Position").press("ArrowRight")
    play(song)
    song.wait_for_notes(9, source="song")
    bars = [message["bar"] for message in song.messages if message["kind"] == "statistics"]
    assert set(bars[bars.index(3) :]) == {3}
    song.page.get_by_role("button", name="Loop", exact=True).click()
    wait_for("the loop ends", lambda: song.pump() and (song.last("transport") or {"loop": 1})["loop"] is None)


def test_the_beat_light_shows_the_engines_beat(song: Companion) -> None:
    play(song)
    song.wait_for_notes(4, source="song")
    assert_beats(song.watch_beats(4000), beat_ms=500, beats=3)


def test_a_file_is_opened_by_dropping_it(companion: Companion) -> None:
    companion.page.evaluate(
        """bytes => { const files = new DataTransfer();
            files.items.add(new File([new Uint8Array(bytes)], 'Dropped.mid'));
            dispatchEvent(new DragEvent('drop', {dataTransfer: files, cancelable: true})); }""",
        list(two_voices(2)),
    )
    companion.page.get_by_role("heading", name="Dropped").wait_for()
    companion.page.get_by_role("button", name="Close the song").click()


@pytest.mark.parametrize("name", ["two_hands_truncated.mid", "two_hands_invalid.mid"])
def test_a_bad_file_is_refused_in_a_sentence(companion: Companion, name: str) -> None:
    companion.page.locator("#song-file").set_input_files(FILES / name)
    notice = companion.page.locator(".notice.error")
    notice.wait_for()
    assert notice.inner_text().startswith(f"{name}: ")
    companion.page.get_by_role("button", name="Dismiss").click()


def test_a_file_that_is_no_midi_is_not_even_sent(companion: Companion, tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear teacher")
    companion.page.locator("#song-file").set_input_files(file)
    assert companion.page.locator(".notice.error").inner_text().startswith("letter.txt: is not a MIDI file")


def test_another_page_sees_the_same_song(song: Companion, appliance: Appliance, browser: Browser) -> None:
    with open_page(browser, appliance) as other:
        other.page.get_by_role("heading", name="Two voices").wait_for()
        assert other.page.locator(".parts li b").all_inner_texts() == ["High", "Low"]
