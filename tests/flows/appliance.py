"""The real appliance for a test: `mos run` playing into a WAV file, started, watched and stopped."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

START_S = 60.0
STOP_S = 15.0


def wait_for(what: str, true: Callable[[], object], seconds: float = START_S) -> None:
    """Return as soon as `true` is; how long that takes is nobody's business here, that it happens is."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, f"this did not happen: {what}"
        time.sleep(0.05)


WAV_HEADER_BYTES = 44
WAV_FRAME_BYTES = 6
"""Two channels of 24 bits."""


class Appliance:
    """`mos run` on a free port, with its data, its sound and what it said in `folder`."""

    def __init__(self, folder: Path, *options: str) -> None:
        """`options`: more words for `mos run`."""
        self._options = options
        self.sound = folder / "sound.wav"
        self.log = folder / "log.txt"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Start it and wait until its engine plays."""
        command = [sys.executable, "-m", "mos_appliance", "run", "--data", str(self._folder / "data")]
        command += ["--port", str(self.port), "--sound", f"wav:{self.sound}", *self._options]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            wait_for("the engine plays", self.plays)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log.read_text(errors='replace')}") from error

    def stop(self) -> None:
        """End it as a user would, and all that it started if it does not end."""
        process = self._process
        if process is None:
            return
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_S)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            self._process = None

    def health(self) -> dict[str, Any] | None:
        """What it says of itself; None while nobody answers."""
        try:
            with urlopen(f"{self.url}api/v1/health", timeout=5) as answer:
                health: dict[str, Any] = json.load(answer)
                return health
        except (URLError, OSError):
            return None

    def plays(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "the appliance has ended"
        health = self.health()
        return bool(health and health["engine"]["running"])

    def kill(self, name: str) -> int:
        """SIGKILL one of its processes and wait until another has taken its place.

        Returns the frames that the sound file held then: where those of a new engine begin.
        """
        health = self.health()
        assert health is not None
        before = health["processes"][name]["pid"]
        os.kill(before, signal.SIGKILL)
        held = max(0, self.sound.stat().st_size - WAV_HEADER_BYTES) // WAV_FRAME_BYTES

        def replaced() -> bool:
            now = self.health()
            return bool(now and now["engine"]["running"] and now["processes"][name]["pid"] not in (before, 0, None))

        wait_for(f"{name} is back", replaced)
        return held


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
