"""wpa_supplicant: its settings file, by itself and before its own reader; and its words on the control socket."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import wpa
from drivers.wpa import WifiWatch, settings_file
from mos_appliance.errors import BadInput

WPA_SUPPLICANT = shutil.which("wpa_supplicant") or shutil.which("wpa_supplicant", path="/usr/sbin:/sbin")


def test_a_network_with_a_password() -> None:
    assert settings_file("School", "open sesame", "DE").splitlines() == [
        "ctrl_interface=DIR=/run/wpa GROUP=0",
        "update_config=0",
        "ap_scan=1",
        "country=DE",
        "network={",
        "\tssid=5363686f6f6c",
        "\tscan_ssid=1",
        "\tkey_mgmt=WPA-PSK WPA-PSK-SHA256",
        "\tieee80211w=1",
        '\tpsk="open sesame"',
        "}",
    ]


def test_an_open_network_and_a_key_in_digits() -> None:
    assert "\tkey_mgmt=NONE\n" in settings_file("Café", "", "")
    assert "country" not in settings_file("Café", "", "")
    assert f"\tpsk={'0f' * 32}\n" in settings_file("School", "0f" * 32, "DE")


@pytest.mark.parametrize(
    ("network", "password", "country"),
    [
        ("", "", ""),
        ("x" * 33, "", ""),
        ("ü" * 17, "", ""),
        ("a", "short", ""),
        ("a", "x" * 64, ""),
        ("a", "ü" * 9, ""),
        ("a", "pass\nword}", ""),
        ("a", "tab\tinside", ""),
        ("a", "", "de"),
        ("a", "", "DEU"),
    ],
)
def test_what_no_network_can_have_is_refused(network: str, password: str, country: str) -> None:
    with pytest.raises(BadInput):
        settings_file(network, password, country)


@given(st.text(max_size=40), st.text(max_size=70))
def test_no_name_and_no_password_can_say_anything_else_to_the_reader(network: str, password: str) -> None:
    try:
        content = settings_file(network, password, "DE")
    except (BadInput, UnicodeEncodeError):
        return
    lines = content.split("\n")
    assert len(lines) in (10, 12)
    assert re.fullmatch(r"\tssid=([0-9a-f]{2}){1,32}", lines[5])
    assert bytes.fromhex(lines[5].removeprefix("\tssid=")).decode() == network
    secret = next((line for line in lines if line.startswith("\tpsk=")), "")
    assert not password or secret[5:].strip('"') in (password, password.strip('"'))


def real_reader(content: str, place: Path) -> str:
    """What wpa_supplicant says to a settings file; afterwards it finds no such device and ends."""
    if WPA_SUPPLICANT is None:
        pytest.skip("wpasupplicant is not installed")
    file = place / "wpa.conf"
    file.write_text(content)
    command = [WPA_SUPPLICANT, "-ddK", "-i", "no-such-device", "-D", "nl80211", "-c", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    return done.stdout + done.stderr


@pytest.mark.parametrize("password", ["open sesame", 'quo"te" and # hash', "back\\slash", "0f" * 32])
def test_the_real_reader_takes_it_as_it_was_meant(tmp_path: Path, password: str) -> None:
    told = real_reader(settings_file('Klasse 3b "Ü"', password, "DE"), tmp_path)
    assert "Failed to read or parse" not in told
    assert not re.search(r"Line \d+: ", told), told
    assert "ssid - hexdump_ascii(len=14):" in told
    asked = re.search(r"(?:passphrase|PSK)[^\n]*hexdump(?:_ascii)?\(len=(\d+)\)", told)
    assert asked is not None, told
    assert int(asked[1]) == (32 if len(password) == 64 else len(password))


def test_the_real_reader_would_complain(tmp_path: Path) -> None:
    told = real_reader(settings_file("School", "open sesame", "DE").replace('psk="', 'psk="\npsk='), tmp_path)
    assert re.search(r"Line \d+: ", told)


# -- the control socket ------------------------------------------------------------------------------------------------


class Supplicant:
    """The other end, as wpa_supplicant has it."""

    def __init__(self, folder: Path, status: str = "wpa_state=SCANNING") -> None:
        folder.mkdir(exist_ok=True)
        self.path = folder / wpa.INTERFACE
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.socket.setblocking(False)
        self.status = status
        self.peer = ""
        self.words: list[str] = []

    def work(self) -> None:
        """Take what has come, answer it."""
        while True:
            try:
                word, self.peer = self.socket.recvfrom(4096)
            except BlockingIOError:
                return
            self.words.append(word.decode())
            self.socket.sendto({b"ATTACH": b"OK\n", b"PING": b"PONG\n"}.get(word, self.status.encode()), self.peer)

    def tell(self, event: str) -> None:
        self.socket.sendto(f"<3>{event}".encode(), self.peer)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Supplicant, WifiWatch]:
    watch = WifiWatch(tmp_path / "wpa", tmp_path / "own")
    assert watch.state() == wpa.OFF
    other = Supplicant(tmp_path / "wpa")
    assert watch.state() == wpa.SEARCHING
    other.work()
    return other, watch


def test_it_is_heard_to_search_and_to_connect(pair: tuple[Supplicant, WifiWatch]) -> None:
    other, watch = pair
    assert other.words[:2] == ["ATTACH", "STATUS"]
    other.tell("CTRL-EVENT-CONNECTED - Connection to b8:27:eb:00:00:01 completed [id=0 id_str=]")
    assert watch.state() == wpa.CONNECTED
    other.tell("CTRL-EVENT-DISCONNECTED bssid=b8:27:eb:00:00:01 reason=3")
    assert watch.state() == wpa.SEARCHING


def test_a_wrong_password_is_told_from_a_network_that_is_not_there(pair: tuple[Supplicant, WifiWatch]) -> None:
    other, watch = pair
    for _ in range(3):
        other.tell("CTRL-EVENT-NETWORK-NOT-FOUND ")
    assert watch.state() == wpa.NOT_FOUND
    other.tell('CTRL-EVENT-SSID-TEMP-DISABLED id=0 ssid="School" auth_failures=1 duration=10 reason=WRONG_KEY')
    assert watch.state() == wpa.WRONG_PASSWORD
    other.tell("CTRL-EVENT-NETWORK-NOT-FOUND ")
    assert watch.state() == wpa.WRONG_PASSWORD, "while it waits it does not search"
    other.tell('CTRL-EVENT-SSID-TEMP-DISABLED id=0 ssid="School" auth_failures=1 duration=10 reason=CONN_FAILED')
    assert watch.state() == wpa.WRONG_PASSWORD
    other.tell("CTRL-EVENT-CONNECTED - Connection to b8:27:eb:00:00:01 completed")
    assert watch.state() == wpa.CONNECTED


def test_new_settings_are_read_at_once(pair: tuple[Supplicant, WifiWatch]) -> None:
    other, watch = pair
    assert watch.reconfigure()
    other.work()
    assert other.words[-1] == "RECONFIGURE"
    assert watch.state() == wpa.SEARCHING


def test_one_that_has_ended_is_off(pair: tuple[Supplicant, WifiWatch]) -> None:
    other, watch = pair
    other.socket.close()
    other.path.unlink()
    assert watch.state() == wpa.OFF
    assert not watch.reconfigure()


def test_words_that_nobody_knows_are_passed_over(pair: tuple[Supplicant, WifiWatch]) -> None:
    other, watch = pair
    for word in ("", "CTRL-EVENT-", "\xff" * 100, "CTRL-EVENT-SCAN-RESULTS ", "CTRL-EVENT-CONNECTEDX"):
        other.tell(word)
    assert watch.state() == wpa.SEARCHING
