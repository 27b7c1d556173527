"""A headless Chromium and the companion page in it, with what came over its WebSocket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

from playwright.sync_api import Browser, Locator, Page, WebSocket, sync_playwright

from tests.flows.appliance import Appliance, wait_for

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
LAPTOP = (1366, 768)
PHONE = (390, 780)
PHONE_SIDEWAYS = (780, 360)
FLUSHED_FRAMES = 14_400
"""The file is at most a quarter of a second behind the engine."""
Message = dict[str, Any]


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Companion:
    """The page, opened by somebody."""

    def __init__(self, page: Page, appliance: Appliance) -> None:
        self.page = page
        self.appliance = appliance
        self.messages: list[Message] = []
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("websocket", self._follow)
        page.goto(appliance.url)
        self.wait_until_connected()

    def _follow(self, websocket: WebSocket) -> None:
        websocket.on("framereceived", lambda text: self.messages.append(json.loads(text)))

    def wait_until_connected(self) -> None:
        self.page.locator('.dot[data-connection="open"]').wait_for()
        wait_for("the engine tells its figures", lambda: self.pump() and self.last("statistics"))

    def pump(self, ms: int = 20) -> bool:
        """Let the browser go on: what it says is heard only then."""
        self.page.wait_for_timeout(ms)
        return True

    def last(self, kind: str) -> Message | None:
        return next((message for message in reversed(self.messages) if message["kind"] == kind), None)

    def notes(self, on: bool = True, source: str = "hub") -> list[Message]:
        return [
            message
            for message in self.messages
            if message["kind"] == "note" and message["on"] is on and message["source"] == source
        ]

    def wait_for_notes(self, count: int, on: bool = True, source: str = "hub") -> list[Message]:
        """The last `count` notes since `forget`."""
        wait_for(f"{count} notes are told", lambda: self.pump() and len(self.notes(on, source)) >= count)
        return self.notes(on, source)[-count:]

    def wait_for_control(self, control: str, value: float, which: int = 0) -> None:
        wanted = {"kind": "control", "control": control, "value": value, "which": which}
        wait_for(f"{control} becomes {value}", lambda: self.pump() and wanted in self.messages)

    def wait_for_frame(self, frame: int) -> None:
        """Until the engine has played past `frame` and the file holds it."""
        wait_for(
            f"frame {frame} is played",
            lambda: self.pump() and (self.last("statistics") or {"frame": 0})["frame"] > frame + FLUSHED_FRAMES,
        )

    def forget(self) -> None:
        """Forget the messages so far."""
        self.messages.clear()

    def key(self, pitch: int) -> Locator:
        return self.page.locator(f'.key[data-pitch="{pitch}"]')

    def place_on_key(self, pitch: int, depth: float = 0.9) -> tuple[float, float]:
        """A point on the key, `depth` of the way down to its near end."""
        box = self.key(pitch).bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2, box["y"] + box["height"] * depth

    def click_key(self, pitch: int, depth: float = 0.9, hold_ms: int = 250) -> Message:
        """Press a key with the mouse, hold it, let go. Returns its note."""
        self.forget()
        self.page.mouse.move(*self.place_on_key(pitch, depth))
        self.page.mouse.down()
        note = self.wait_for_notes(1)[0]
        self.pump(hold_ms)
        self.page.mouse.up()
        self.wait_for_notes(1, on=False)
        return note

    def watch_beats(self, ms: int) -> list[tuple[int, float]]:
        """Which beat was lit when, by the page's clock."""
        self.page.evaluate(
            """() => { window.seen = [];
                new MutationObserver(() => {
                    const {beat, lit} = document.querySelector('.beat').dataset;
                    if (lit === 'true') seen.push([+beat, performance.now()]);
                }).observe(document.querySelector('.beat'), {attributes: true, attributeFilter: ['data-lit']}); }"""
        )
        self.pump(ms)
        seen: list[tuple[int, float]] = self.page.evaluate("seen")
        return seen

    def silence(self) -> None:
        self.page.locator("button.silence").click()
        self.pump(700)


def assert_beats(seen: list[tuple[int, float]], beat_ms: float, beats: int) -> None:
    """Every light is that of the beat in which it came on; a busy machine may have drawn none for a beat."""
    assert len(seen) >= 3
    for (earlier, earlier_ms), (later, later_ms) in pairwise(seen):
        passed = round((later_ms - earlier_ms) / beat_ms)
        assert later == (earlier - 1 + passed) % beats + 1


@contextmanager
def open_page(
    browser: Browser, appliance: Appliance, size: tuple[int, int] = LAPTOP, touch: bool = False, **more: Any
) -> Iterator[Companion]:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, has_touch=touch, is_mobile=touch, **more
    )
    try:
        companion = Companion(context.new_page(), appliance)
        yield companion
        assert not companion.errors, companion.errors
    finally:
        context.close()
