"""`make emulate`, and a browser on this computer: what is played on the page of the image is in its WAV."""

from __future__ import annotations

import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from image.flash import put_settings
from tests.flows import listening
from tests.flows.appliance import wait_for
from tests.flows.browser import Companion, chromium

PATIENCE_S = 400.0
WINDOW = 9600
"""A fifth of a second: enough to tell two neighbouring keys from each other."""
HOLD_FRAMES = 15_000
"""A key is held as long by the box's own time: how slow the emulated machine is depends on what else runs here."""
PITCHES = (60, 64, 67, 72)


@dataclass(frozen=True, slots=True)
class Emulated:
    """As much of the tests' appliance as the page needs."""

    url: str
    sound: Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/api/v1/health", timeout=5) as reply:
            return reply.status == 200
    except (OSError, urllib.error.URLError):
        return False


def quiet(image: Path, folder: Path) -> Path:
    """A copy whose box does not say its number into the notes."""
    copy, settings = folder / "quiet.img", folder / "mos.toml"
    subprocess.run(["cp", "--sparse=always", str(image), str(copy)], check=True)
    settings.write_text('voice = "off"\n')
    put_settings(copy, settings)
    return copy


@contextmanager
def emulated(image: Path, folder: Path) -> Iterator[Emulated]:
    port = free_port()
    command = [sys.executable, "-m", "image.emulate", "--image", str(quiet(image, folder)), "--port", str(port)]
    # Counted, or the sound of a busy computer is full of gaps, in which no pitch can be told.
    with subprocess.Popen([*command, "--folder", str(folder), "--counted"]) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for("the image answers", lambda: process.poll() is not None or answers(url), PATIENCE_S)
            assert process.poll() is None, (folder / "console.log").read_text(errors="replace")[-3000:]
            yield Emulated(url, folder / "dac.wav")
        finally:
            process.terminate()
            process.wait(20)


def melody(sound: Path) -> list[int]:
    """The pitches of a WAV, one after another."""
    samples = listening.read(sound, 0, listening.frames_in(sound))
    windows = [samples[at : at + WINDOW] for at in range(0, len(samples) - WINDOW, WINDOW // 2)]
    loud = [listening.loudness(each) for each in windows]
    # A note is loudest just after it began; what is heard between two of them has no pitch of its own.
    peaks = [at for at in range(1, len(loud) - 1) if loud[at - 1] < loud[at] >= loud[at + 1]]
    return [listening.pitch_of(windows[at]) for at in peaks if loud[at] > 0.3 * max(loud)]


def press(companion: Companion, pitch: int) -> dict[str, Any]:
    """Hold a key with the mouse until the box has played it for that long. Returns its note."""
    companion.forget()
    companion.page.mouse.move(*companion.place_on_key(pitch, 0.5))
    companion.page.mouse.down()
    note = companion.wait_for_notes(1)[0]
    companion.wait_for_frame(note["frame"] + HOLD_FRAMES)
    companion.page.mouse.up()
    companion.wait_for_notes(1, on=False)
    return note


def test_notes_played_on_the_page_are_in_the_wav(
    request: pytest.FixtureRequest, tmp_path: Path, keep_figures: Callable[[str, dict[str, Any]], None]
) -> None:
    chosen = str(request.config.getoption("--target"))
    if not chosen.startswith("image="):
        pytest.skip("it is the page of an image: --target image=FILE")
    with emulated(Path(chosen.removeprefix("image=")), tmp_path) as box, chromium() as browser:
        page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
        page.set_default_timeout(PATIENCE_S * 1000)
        companion = Companion(page, box)  # type: ignore[arg-type]  # it asks for its address alone
        notes = [press(companion, pitch) for pitch in PITCHES]
        companion.wait_for_frame(notes[-1]["frame"] + 24_000)
        page.screenshot(path=str(tmp_path / "page.png"))
        assert not companion.errors, companion.errors
    assert [note["pitch"] for note in notes] == list(PITCHES)
    heard = melody(box.sound)
    seconds = round(listening.frames_in(box.sound) / listening.RATE, 1)
    keep_figures("emulated-page", {"played": list(PITCHES), "heard": heard, "seconds": seconds})
    assert heard == list(PITCHES)
