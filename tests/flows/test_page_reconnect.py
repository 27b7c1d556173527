"""Processes die, the page says so, comes back by itself and shows the state as it is."""

from __future__ import annotations

from tests.flows import listening
from tests.flows.appliance import wait_for
from tests.flows.browser import Companion

NOTE_THAT_IT_IS_TOLD = """() => {
  new MutationObserver(() => {
    if (document.body.textContent.includes("Connection lost")) window.lossWasTold = true;
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""
"""A hub is back in less than a second: the page may have told its loss before anybody looked."""


def test_after_the_hub_was_killed_the_page_is_back_with_everything(companion: Companion) -> None:
    companion.page.get_by_role("slider", name="Reverb").fill("55")
    companion.wait_for_control("reverb", 55)
    companion.page.keyboard.down("q")
    note = companion.wait_for_notes(1)[0]
    companion.page.evaluate(NOTE_THAT_IT_IS_TOLD)
    companion.appliance.kill("hub")
    wait_for("the loss is told", lambda: companion.pump() and companion.page.evaluate("window.lossWasTold === true"))
    assert companion.page.locator(".key[data-source]").count() == 0
    companion.page.keyboard.up("q")
    companion.forget()
    companion.wait_until_connected()
    companion.page.get_by_text("Connection lost").wait_for(state="detached")
    reverb = companion.page.get_by_role("slider", name="Reverb")
    wait_for("the state is shown again", lambda: companion.pump() and reverb.input_value() == "55")
    again = companion.click_key(62)
    assert again["frame"] > note["frame"], "the engine was not the one that was killed"
    companion.wait_for_frame(again["frame"] + 60_000)
    sound = companion.appliance.sound
    assert listening.pitch_of(listening.read(sound, again["frame"], 9600)) == 62
    assert listening.loudness(listening.read(sound, again["frame"] + 48_000, 9600)) < 1e-3, "a note stuck"


def test_after_the_engine_was_killed_the_page_plays_again(companion: Companion) -> None:
    companion.page.get_by_role("slider", name="Reverb").fill("20")
    companion.wait_for_control("reverb", 20)
    companion.forget()
    begin = companion.appliance.kill("engine")
    wait_for("it is told", lambda: companion.pump() and companion.last("engine"))
    companion.page.get_by_text("The sound engine is starting anew").wait_for(state="detached")
    companion.wait_until_connected()
    reverb = companion.page.get_by_role("slider", name="Reverb")
    wait_for("the new engine is set as the old one was", lambda: companion.pump() and reverb.input_value() == "20")
    note = companion.click_key(64)
    companion.wait_for_frame(note["frame"] + 12_000)
    assert listening.pitch_of(listening.read(companion.appliance.sound, begin + note["frame"], 12_000)) == 64


def test_notes_played_while_the_connection_is_lost_do_not_sound_later(companion: Companion) -> None:
    companion.page.context.set_offline(True)
    companion.page.evaluate("dispatchEvent(new Event('offline'))")
    companion.appliance.kill("hub")
    companion.page.get_by_text("Connection lost").wait_for()
    companion.page.keyboard.press("q")
    companion.forget()
    companion.page.context.set_offline(False)
    companion.wait_until_connected()
    companion.pump(500)
    assert companion.notes() == []
