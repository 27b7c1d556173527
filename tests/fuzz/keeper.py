"""The doors of the one process that is root: requests on its socket, and the settings file on the card."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from drivers.kernel_log import CardErrors
from drivers.light import Light
from drivers.wpa import WifiWatch
from mos_appliance.app.card_intake import strike_out, take_in
from mos_appliance.app.card_settings import MAX_BYTES, text
from mos_appliance.app.keeper import answer_to
from mos_appliance.app.keeper_clock import Clock
from mos_appliance.app.keeper_state import Places, make_folders, recall
from mos_appliance.app.keeper_verbs import Commands, Verbs
from mos_appliance.errors import BadInput
from mos_appliance.wire import keeper

NUMBER: Final = 10_007
NOW: Final = 1_800_000_000.0
_ALLOWED: Final = {"hostname", "reboot", "poweroff", "mount", "umount", "/etc/mos/wifi"}


class _Watched(Commands):
    """Runs nothing, and sees that nothing else would be run."""

    def run(self, *command: str) -> str:
        assert command[0] in _ALLOWED or command[0].endswith("/update"), command
        assert all("\n" not in word and "\0" not in word for word in command)
        return ""


class _Box:
    """A box in a folder of this run; its clock must never go back."""

    def __init__(self) -> None:
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # what is kept is synced at every case
        place = Path(tempfile.mkdtemp(prefix="mos-fuzz-", dir=memory))
        atexit.register(shutil.rmtree, place, ignore_errors=True)
        self.places = Places(place / "data", place / "run", place / "root", place / "update")
        make_folders(self.places)
        self.now = NOW
        clock = Clock(self.places, lambda: self.now, self._set)
        clock.start()
        wifi = WifiWatch(place / "wpa", place / "own")
        log = CardErrors(place / "none")
        self.verbs = Verbs(self.places, clock, Light("", place), NUMBER, _Watched(), wifi, log)
        self.card = place / "mos.toml"

    def _set(self, seconds: float) -> None:
        assert seconds > self.now, "the clock was put back"
        self.now = seconds


_boxes: Final[list[_Box]] = []


def _box() -> _Box:
    if not _boxes:
        _boxes.append(_Box())
    return _boxes[0]


def fuzz_keeper(data: bytes) -> None:
    """A request as the socket gives it: answered in one line, and nothing but the verbs' own commands is run."""
    box = _box()
    box.now = NOW
    answer = keeper.decode_answer(answer_to(data, box.verbs))
    for name in sorted(box.places.data.rglob("*")):
        assert name.name in {"keeper", "wifi.json", "number.json", "clock", "reset"}, name
    if isinstance(answer, keeper.Refusal):
        raise BadInput("request", answer.why)


def keeper_requests() -> list[bytes]:
    """One of every verb that a bare box can carry out."""
    asked: list[keeper.Request] = [
        keeper.TellFacts(),
        keeper.SetClock(int(NOW * 1000) + 5000),
        keeper.SetNumber(7),
        keeper.SetWifi("School", "open sesame", "DE"),
        keeper.SetWifi(""),
        keeper.ConfirmUpdate(),
        keeper.TellUpdate(),
        keeper.CloseStick(),
        keeper.Restart(),
        keeper.PowerOff(),
    ]
    return [keeper.encode(request) for request in asked]


def fuzz_card(data: bytes) -> None:
    """A settings file as it lies on a card: taken in, its password struck out, taken in again with the same outcome."""
    box = _box()
    box.card.write_bytes(data)
    told = take_in(box.places, data)
    kept = recall(box.places.kept / "wifi.json").get("password", "")
    strike_out(box.card, str(kept))
    after = box.card.read_bytes()
    assert len(after) == len(data)
    again = take_in(box.places, after)
    assert (again.number, again.name, again.class_name) == (told.number, told.name, told.class_name)
    if len(data) <= MAX_BYTES and told.network and again.network == told.network and kept:
        assert recall(box.places.kept / "wifi.json").get("password") == kept, "a password was lost"
    if told.wrong:
        raise BadInput("mos.toml", told.wrong[0].why)


def cards() -> list[bytes]:
    """As it comes, and filled in by a teacher with this and that editor."""
    filled = text().replace("wifi_network = ''", "wifi_network = 'School'")
    filled = filled.replace("wifi_password = ''", "wifi_password = 'open sesame'").replace('class = ""', 'class = "3b"')
    short = "wifi_network = 'School'\r\nwifi_password = 'open sesame'\r\nsound = \"auto\"\r\n"
    return [text().encode(), filled.encode("utf-8-sig"), short.encode(), short.encode("utf-16")]
