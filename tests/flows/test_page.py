"""What is played on the page is what the engine's WAV holds: the right notes, at the right frames."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.flows import listening
from tests.flows.appliance import Appliance
from tests.flows.browser import PHONE, Companion, Message, assert_beats, open_page

ATTACK_FRAMES = 480
"""A sampled string needs some milliseconds until it can be told from silence."""
GRID_FRAMES = 64


def assert_sounds(companion: Companion, note: Message, pitch: int) -> None:
    """The WAV holds `pitch` from the frame on that the engine told."""
    frame = note["frame"]
    companion.wait_for_frame(frame + 12_000)
    began = listening.onset(companion.appliance.sound, frame)
    assert began is not None
    assert -GRID_FRAMES <= began - frame <= ATTACK_FRAMES
    heard = listening.read(companion.appliance.sound, frame, 12_000)
    assert listening.pitch_of(heard) == pitch


@pytest.mark.parametrize("pitch", [45, 60, 61, 76])
def test_a_key_clicked_with_the_mouse_sounds_at_its_pitch_and_frame(companion: Companion, pitch: int) -> None:
    companion.pump(300)
    note = companion.click_key(pitch, depth=0.5)
    assert note["pitch"] == pitch
    assert_sounds(companion, note, pitch)


@pytest.mark.parametrize(("letter", "pitch"), [("z", 48), ("s", 49), ("q", 60), ("0", 75)])
def test_a_key_of_the_computer_sounds_at_its_pitch_and_frame(companion: Companion, letter: str, pitch: int) -> None:
    companion.pump(300)
    companion.forget()
    companion.page.keyboard.down(letter)
    note = companion.wait_for_notes(1)[0]
    companion.pump(250)
    companion.page.keyboard.up(letter)
    assert companion.wait_for_notes(1, on=False)[0]["pitch"] == pitch
    assert_sounds(companion, note, pitch)


def test_arrows_move_the_letters_by_an_octave(companion: Companion) -> None:
    companion.page.keyboard.press("ArrowRight")
    companion.forget()
    companion.page.keyboard.press("z")
    assert companion.wait_for_notes(1)[0]["pitch"] == 60
    companion.page.keyboard.press("ArrowLeft")


def test_letters_that_are_typed_into_the_search_play_nothing(companion: Companion) -> None:
    companion.page.get_by_role("combobox", name="Search instruments").fill("")
    companion.forget()
    companion.page.keyboard.type("zither")
    companion.pump(300)
    assert companion.notes() == []


def test_fingers_play_a_chord_and_slide(appliance: Appliance, browser: Browser) -> None:
    with open_page(browser, appliance, PHONE, touch=True) as companion:
        touches = companion.page.context.new_cdp_session(companion.page)

        def put(kind: str, *pitches: int) -> None:
            places = [companion.place_on_key(pitch) for pitch in pitches]
            points = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(places)]
            touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        companion.pump(1500)
        companion.forget()
        put("touchStart", 60, 64, 67)
        chord = companion.wait_for_notes(3)
        assert sorted(note["pitch"] for note in chord) == [60, 64, 67]
        companion.wait_for_frame(chord[-1]["frame"] + 24_000)
        heard = listening.read(appliance.sound, chord[-1]["frame"], 24_000)
        assert [pitch for pitch in range(58, 70) if listening.holds(heard, pitch)] == [60, 64, 67]
        put("touchEnd")
        companion.wait_for_notes(3, on=False)

        companion.forget()
        put("touchStart", 60)
        for pitch in (62, 64, 65):
            put("touchMove", pitch)
        put("touchEnd")
        assert [note["pitch"] for note in companion.wait_for_notes(4)] == [60, 62, 64, 65]
        assert [note["pitch"] for note in companion.wait_for_notes(4, on=False)] == [60, 62, 64, 65]
        companion.silence()


def test_a_key_touched_near_the_player_is_louder(companion: Companion) -> None:
    loudness = []
    for depth in (0.15, 0.95):
        companion.silence()
        note = companion.click_key(69, depth)
        companion.wait_for_frame(note["frame"] + 9600)
        loudness.append(listening.loudness(listening.read(companion.appliance.sound, note["frame"], 9600)))
    assert loudness[1] > 2 * loudness[0]


@pytest.mark.parametrize("foot", [" ", "Shift"])
def test_the_pedal_holds_notes_until_it_is_let_go(companion: Companion, foot: str) -> None:
    companion.pump(500)
    companion.page.keyboard.down(foot)
    note = companion.click_key(48)
    companion.pump(600)
    companion.page.keyboard.up(foot)
    companion.pump(1200)
    up = next(message for message in companion.messages if message["kind"] == "pedal" and message["value"] == 0)
    companion.wait_for_frame(up["frame"] + 48_000)
    sound = companion.appliance.sound
    held = listening.loudness(listening.read(sound, up["frame"] - 9600, 9600))
    ended = listening.loudness(listening.read(sound, up["frame"] + 38_400, 9600))
    assert up["frame"] > note["frame"]
    assert held > 10 * ended


@pytest.mark.parametrize("away", ["blur", "pagehide"])
def test_no_note_stays_when_the_window_loses_the_keyboard(companion: Companion, away: str) -> None:
    companion.forget()
    companion.page.keyboard.down("q")
    companion.page.keyboard.down("e")
    companion.wait_for_notes(2)
    companion.page.evaluate(f"dispatchEvent(new Event('{away}'))")
    assert sorted(note["pitch"] for note in companion.wait_for_notes(2, on=False)) == [60, 64]
    companion.page.keyboard.up("q")
    companion.page.keyboard.up("e")


def test_no_note_stays_when_the_page_is_closed(appliance: Appliance, browser: Browser, companion: Companion) -> None:
    with open_page(browser, appliance) as other:
        companion.forget()
        other.page.keyboard.down("q")
        other.page.keyboard.down(" ")
        companion.wait_for_notes(1)
    assert companion.wait_for_notes(1, on=False)[0]["pitch"] == 60


def test_the_keyboard_alone_reaches_and_plays_the_piano(companion: Companion) -> None:
    companion.key(60).focus()
    companion.forget()
    companion.page.keyboard.press("ArrowRight")
    companion.page.keyboard.press("ArrowRight")
    companion.page.keyboard.press("Enter")
    assert companion.wait_for_notes(1)[0]["pitch"] == 62
    assert companion.wait_for_notes(1, on=False)[0]["pitch"] == 62


def test_an_instrument_is_found_by_typing_and_sounds(companion: Companion) -> None:
    search = companion.page.get_by_role("combobox", name="Search instruments")
    search.fill("pan fl")
    search.press("Enter")
    companion.wait_for_control("program", 75)
    search.press("Escape")
    search.press("Escape")
    companion.silence()
    note = companion.click_key(72, hold_ms=500)
    companion.wait_for_frame(note["frame"] + 24_000)
    assert listening.pitch_of(listening.read(companion.appliance.sound, note["frame"] + 6000, 12_000)) == 72
    search.fill("grand")
    search.press("Enter")
    companion.wait_for_control("program", 0)


def test_hands_are_split_between_two_sounds_and_joined_again(companion: Companion) -> None:
    companion.page.get_by_role("radio", name="Split").click()
    companion.wait_for_control("lowest_key", 60)
    companion.wait_for_control("highest_key", 59, 1)
    companion.page.get_by_label("Right hand from").select_option("55")
    companion.wait_for_control("highest_key", 54, 1)
    companion.page.get_by_role("radio", name="One sound").click()
    companion.wait_for_control("layer_on", 0, 1)
    companion.wait_for_control("lowest_key", 0)


def test_transpose_shifts_what_sounds(companion: Companion) -> None:
    companion.page.get_by_role("button", name="More: Transpose").click()
    companion.wait_for_control("transpose", 1)
    companion.silence()
    note = companion.click_key(60)
    companion.wait_for_frame(note["frame"] + 12_000)
    assert listening.pitch_of(listening.read(companion.appliance.sound, note["frame"], 12_000)) == 61
    companion.page.get_by_role("button", name="Less: Transpose").click()
    companion.wait_for_control("transpose", 0)


def test_silence_ends_every_sound(companion: Companion) -> None:
    companion.page.keyboard.down("Shift")
    note = companion.click_key(36)
    companion.page.locator("button.silence").click()
    companion.page.keyboard.up("Shift")
    companion.pump(1500)
    frames = listening.frames_in(companion.appliance.sound)
    assert listening.loudness(listening.read(companion.appliance.sound, note["frame"], 9600)) > 1e-4
    assert listening.loudness(listening.read(companion.appliance.sound, frames - 9600, 9600)) < 1e-5


def test_the_volume_slider_is_the_volume(companion: Companion) -> None:
    volume = companion.page.get_by_role("slider", name="Volume", exact=True)
    volume.fill("0")
    companion.wait_for_control("volume", 0)
    companion.pump(600)
    note = companion.click_key(60)
    companion.wait_for_frame(note["frame"] + 9600)
    assert listening.loudness(listening.read(companion.appliance.sound, note["frame"], 9600)) < 1e-5
    volume.fill("70")
    companion.wait_for_control("volume", 70)


def test_the_metronome_alone_clicks_and_lights_the_beat(companion: Companion) -> None:
    companion.page.get_by_role("slider", name="Tempo", exact=True).fill("120")
    companion.wait_for_control("tempo", 120)
    companion.page.get_by_role("button", name="Metronome").click()
    companion.wait_for_control("metronome", 1)
    assert_beats(companion.watch_beats(4000), beat_ms=60_000 / 120, beats=4)
    frames = listening.frames_in(companion.appliance.sound)
    assert listening.loudness(listening.read(companion.appliance.sound, frames - 48_000, 48_000)) > 1e-4
    companion.page.get_by_role("button", name="Metronome").click()
    companion.wait_for_control("metronome", 0)


def test_the_tempo_is_tapped(companion: Companion) -> None:
    tap = companion.page.get_by_role("button", name="Tap")
    for _ in range(5):
        tap.dispatch_event("pointerdown")
        companion.pump(400)
    told = [m["value"] for m in companion.messages if m["kind"] == "control" and m["control"] == "tempo"]
    assert told
    assert 60 < told[-1] <= 150
