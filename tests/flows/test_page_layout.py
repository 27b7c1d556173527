"""The page fits each screen, can be reached without a mouse, and comes from one place alone."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser

from tests.flows.appliance import Appliance, wait_for
from tests.flows.browser import LAPTOP, PHONE, PHONE_SIDEWAYS, Companion, open_page

DIST = Path(__file__).parents[2] / "mos_appliance" / "companion" / "web" / "dist"
FIRST_BYTES = 25 << 10
"""What a phone has to fetch before the piano can be played; the panels follow."""
MOST_BYTES = 33_000
"""Everything that the instrument needs: two files pack worse than one."""
ROOM_BYTES = 12_000
"""The practice room, fetched when somebody goes in."""
FINGER_PX = 44
NARROWER = ".key.black, .tabs button, .segments input, .option, .unseen"
"""Black keys are as narrow as on a piano; tabs and segments are as wide as their neighbours let them."""

VISIBLE = """selector => [...document.querySelectorAll('button, select, input, a, summary')]
    .filter(one => one.checkVisibility() && !one.matches(selector))
    .map(one => one.closest('label') && one.matches('input') ? one.closest('label') : one)
    .map(one => ({text: (one.getAttribute('aria-label') || one.innerText || one.className).trim(),
                  width: Math.round(one.getBoundingClientRect().width),
                  height: Math.round(one.getBoundingClientRect().height)}))"""

NAMELESS = """() => [...document.querySelectorAll('button, select, input, a, summary, [role=slider]')]
    .filter(one => one.checkVisibility())
    .filter(one => !(one.getAttribute('aria-label') || one.innerText || [...(one.labels || [])]
        .map(label => label.innerText).join('')).trim())
    .map(one => one.outerHTML.slice(0, 120))"""

CONTRAST = """() => {
    const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
        .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const parse = text => (text.match(/[\\d.]+/g) || []).map(Number);
    const ground = one => {
        for (; one; one = one.parentElement) {
            const style = getComputedStyle(one);
            if (style.backgroundImage !== 'none') return null;
            const colour = parse(style.backgroundColor);
            if (colour.length === 3 || colour[3] === 1) return colour;
        }
        return null;
    };
    return [...document.querySelectorAll('body *')].filter(one => one.checkVisibility()
            && [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim())
            && !one.closest(':disabled, .unseen'))
        .map(one => [one, ground(one)]).filter(([, behind]) => behind)
        .map(([one, behind]) => {
            const pair = [light(parse(getComputedStyle(one).color)), light(behind)].sort((a, b) => b - a);
            return [one.className + ' ' + one.textContent.slice(0, 40), (pair[0] + 0.05) / (pair[1] + 0.05)];
        }).filter(([, ratio]) => ratio < 4.5);
}"""


@pytest.fixture(params=[PHONE, PHONE_SIDEWAYS, (320, 568)], ids=["portrait", "sideways", "small"])
def phone(request: pytest.FixtureRequest, appliance: Appliance, browser: Browser) -> Iterator[Companion]:
    with open_page(browser, appliance, request.param, touch=True) as page:
        yield page


def panels(companion: Companion) -> Iterator[str]:
    """Open one panel after the other."""
    tabs = companion.page.locator(".tabs button")
    for index in range(tabs.count()):
        tab = tabs.nth(index)
        if tab.get_attribute("aria-expanded") == "false":
            tab.click()
        yield tab.inner_text()


def test_a_phone_shows_all_in_one_screen_without_scrolling_the_page(phone: Companion) -> None:
    for panel in panels(phone):
        width, height, inner = phone.page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.scrollHeight, [innerWidth, innerHeight]]"
        )
        assert [width, height] == inner
        box = phone.page.locator(".keys").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= inner[1]
        assert box["height"] >= 80
        crossing = phone.page.evaluate(
            "[...document.querySelectorAll('.panel.open')].map(one => one.scrollWidth - one.clientWidth)"
        )
        assert crossing == [0], panel


def test_whatever_is_touched_is_as_large_as_a_finger(phone: Companion) -> None:
    for panel in panels(phone):
        small = [
            one
            for one in phone.page.evaluate(VISIBLE, NARROWER)
            if one["height"] < FINGER_PX - 2 or one["width"] < FINGER_PX - 2
        ]
        assert not small, panel


def test_everything_has_a_name_for_those_who_do_not_see_it(companion: Companion) -> None:
    for summary in companion.page.locator("summary").all():
        summary.click()
    assert companion.page.evaluate(NAMELESS) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_told_from_its_ground(appliance: Appliance, browser: Browser, scheme: str) -> None:
    with open_page(browser, appliance, LAPTOP, color_scheme=scheme) as companion:
        for summary in companion.page.locator("summary").all():
            summary.click()
        companion.click_key(60)
        assert companion.page.evaluate(CONTRAST) == []


def test_tab_goes_through_the_page_from_top_to_bottom(appliance: Appliance, browser: Browser) -> None:
    with open_page(browser, appliance) as companion:
        seen: list[str] = []
        for _ in range(120):
            companion.page.keyboard.press("Tab")
            place = companion.page.evaluate(
                "(document.activeElement.closest('header, .listen, .panel, .piano') || {}).className || ''"
            )
            if place and (not seen or seen[-1] != place):
                seen.append(place)
            if place == "piano" and companion.page.evaluate("document.activeElement.matches('.key')"):
                break
        assert seen[0] == "bar"
        assert seen[-1] == "piano"


def test_everything_comes_from_the_box_itself(appliance: Appliance, browser: Browser) -> None:
    asked: list[str] = []
    context = browser.new_context()
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(appliance.url)
    page.locator('.dot[data-connection="open"]').wait_for()
    context.close()
    assert asked
    assert all(url.startswith(appliance.url) for url in asked)


def test_the_page_is_small_on_the_wire() -> None:
    packed = [file for file in DIST.rglob("*.gz") if not file.name.startswith("icon")]
    assert packed, "`make` builds the page"
    for file in packed:
        assert gzip.decompress(file.read_bytes()) == file.with_suffix("").read_bytes()
    room = [file for file in packed if file.name.startswith("practice")]
    instrument = [file for file in packed if file not in room]
    first = [file for file in instrument if not file.name.startswith("panels")]
    assert 0 < len(room) <= 2
    assert 0 < len(instrument) - len(first) <= 2
    assert sum(file.stat().st_size for file in first) <= FIRST_BYTES
    assert sum(file.stat().st_size for file in instrument) <= MOST_BYTES
    assert sum(file.stat().st_size for file in room) <= ROOM_BYTES


def test_the_practice_room_is_fetched_only_by_who_goes_in(appliance: Appliance, browser: Browser) -> None:
    with open_page(browser, appliance) as companion:
        fetched = "performance.getEntriesByType('resource').map(one => one.name).filter(one => /practice-/.test(one))"
        assert companion.page.evaluate(fetched) == []
        companion.page.get_by_role("link", name="Practise").click()
        companion.page.get_by_role("heading", name="Choose a piece").wait_for()
        assert companion.page.evaluate(fetched) != []


def test_files_with_a_hash_in_their_name_are_kept_by_the_browser(appliance: Appliance) -> None:
    script = next(DIST.glob("assets/*.js"))
    with urlopen(f"{appliance.url}assets/{script.name}") as answer:
        assert "immutable" in answer.headers["Cache-Control"]


def test_what_is_heard_in_the_browser_says_how_late_it_is(companion: Companion) -> None:
    companion.page.get_by_role("button", name="Listen here").click()
    companion.page.get_by_text("s late.").wait_for()
    playing = "document.querySelector('audio').currentTime"
    wait_for("the sound goes on", lambda: companion.pump(100) and companion.page.evaluate(playing) > 1)
    companion.page.get_by_role("button", name="Stop listening").click()
    companion.page.locator("audio").wait_for(state="detached")
