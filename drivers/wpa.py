"""wpa_supplicant from outside: its settings file, and what it tells over its control socket.

Source: wpa_supplicant's README, wpa_supplicant.conf and its "Control interface" chapter.
"""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path
from typing import Final

from mos_appliance.errors import BadInput

CONTROL: Final = Path("/run/wpa")
INTERFACE: Final = "wlan0"
OFF, SEARCHING, CONNECTED, WRONG_PASSWORD, NOT_FOUND = "off", "searching", "connected", "wrong_password", "not_found"
NO_RADIO: Final = "no_radio"
"""Said by who knows that a network was asked for, while this is `OFF`."""
_ATTACH_S: Final = 0.2
_MOST_EVENTS: Final = 1000
_NOT_FOUND_TIMES: Final = 3
"""A network that was not heard in so many searches in a row is not there."""


def settings_file(network: str, password: str, country: str) -> str:
    """The content of `wpa_supplicant.conf`. Errors: `BadInput` for what no network can be called or opened with.

    Name and password are written in hexadecimal where the format allows it, so that no character of them can mean
    anything to the reader of the file; a password that is text stands in quotes, which cannot be escaped: those are
    looked at one by one.
    """
    name = network.encode()
    if not 1 <= len(name) <= 32:
        raise BadInput("wifi_network", "has more than 32 bytes")
    if country and not (len(country) == 2 and country.isascii() and country.isalpha() and country.isupper()):
        raise BadInput("wifi_country", "is not two capital letters")
    lines = [f"ctrl_interface=DIR={CONTROL} GROUP=0", "update_config=0", "ap_scan=1"]
    lines += [f"country={country}"] if country else []
    lines += ["network={", f"\tssid={name.hex()}", "\tscan_ssid=1"]
    if not password:
        lines += ["\tkey_mgmt=NONE"]
    else:
        lines += ["\tkey_mgmt=WPA-PSK WPA-PSK-SHA256", "\tieee80211w=1", f"\tpsk={_secret(password)}"]
    return "\n".join([*lines, "}", ""])


def _secret(password: str) -> str:
    """The value of `psk=`: 64 digits as they are, 8 to 63 characters in quotes; a quote inside of it ends nothing."""
    if len(password) == 64 and all(digit in "0123456789abcdefABCDEF" for digit in password):
        return password
    if not 8 <= len(password) <= 63 or any(not " " <= character <= "~" for character in password):
        raise BadInput("wifi_password", "is not 8 to 63 letters, digits and signs without accents")
    return f'"{password}"'  # the reader takes the last quote of the line as the end


class WifiWatch:
    """What wpa_supplicant tells; `state` reads what has come and never waits longer than a moment."""

    def __init__(self, control: Path = CONTROL, own: Path | None = None) -> None:
        """`own`: where to be answered; the folder is root's."""
        self._control = control / INTERFACE
        self._own = own or Path(f"/run/keeper/wpa-{os.getpid()}")
        self._socket: socket.socket | None = None
        self._state = OFF
        self._unheard = 0

    def state(self) -> str:
        """One of the words above; `OFF` when there is no wpa_supplicant."""
        if self._socket is None and not self._attach():
            self._state = OFF
            return OFF
        for _ in range(_MOST_EVENTS):
            try:
                told = self._receive()
            except BlockingIOError:
                break
            self.take_in(told)
        if self._gone():
            self.close()
            self._state = OFF
        return self._state

    def take_in(self, told: str) -> None:
        """One event, such as `<3>CTRL-EVENT-CONNECTED …`."""
        _, _, event = told.partition(">")
        name, _, rest = event.partition(" ")
        match name:
            case "CTRL-EVENT-CONNECTED":
                self._state, self._unheard = CONNECTED, 0
            case "CTRL-EVENT-SSID-TEMP-DISABLED" if "reason=WRONG_KEY" in rest:
                self._state, self._unheard = WRONG_PASSWORD, 0
            case "CTRL-EVENT-NETWORK-NOT-FOUND":
                self._unheard += 1
                if self._unheard >= _NOT_FOUND_TIMES:
                    self._state = NOT_FOUND
            case "CTRL-EVENT-DISCONNECTED" if self._state == CONNECTED:
                self._state = SEARCHING
            case "CTRL-EVENT-SSID-REENABLED" | "SME:" | "Trying":
                self._unheard = 0

    def reconfigure(self) -> bool:
        """Have it read its settings again; whether it was there to be told."""
        if self._socket is None and not self._attach():
            return False
        self._state, self._unheard = SEARCHING, 0
        return self._send(b"RECONFIGURE")

    def close(self) -> None:
        """Listen no more."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._own.unlink(missing_ok=True)

    def _attach(self) -> bool:
        if not self._control.exists():
            return False
        self._own.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.bind(str(self._own))
        self._socket.settimeout(_ATTACH_S)
        self._state, self._unheard = SEARCHING, 0
        if self._send(b"ATTACH") and self._send(b"STATUS"):
            with contextlib.suppress(OSError):  # an answer that does not come now comes as an event later
                for _ in range(2):
                    if "wpa_state=COMPLETED" in self._receive().splitlines():
                        self._state = CONNECTED
            self._socket.setblocking(False)
            return True
        self.close()
        return False

    def _send(self, word: bytes) -> bool:
        assert self._socket is not None
        try:
            self._socket.sendto(word, str(self._control))
        except BlockingIOError:  # it is there, and busy
            return True
        except OSError:
            return False
        return True

    def _receive(self) -> str:
        assert self._socket is not None
        return self._socket.recv(4096).decode(errors="replace")

    def _gone(self) -> bool:
        return not self._control.exists() or not self._send(b"PING")
