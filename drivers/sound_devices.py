"""Which sound devices there are and which of them to prefer, from /proc/asound. Opens none of them."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROC_ASOUND: Final = Path("/proc/asound")


class Outlet(enum.IntEnum):
    """Where the sound leaves the box; smaller is preferred."""

    USB = 1
    I2S = 2
    ANALOGUE = 3
    HDMI = 4
    SPDIF = 5
    NOWHERE = 9
    """Loopbacks and dummies: only by name."""


_RULES: Final[tuple[tuple[Outlet, str], ...]] = (
    (Outlet.NOWHERE, r"^loopback|^dummy|uac\d?_gadget|^virmidi"),
    (Outlet.HDMI, r"hdmi|displayport"),
    (Outlet.SPDIF, r"s/?pdif|iec958|\bdigital\b|_?digi(_|\b)"),
    (Outlet.ANALOGUE, r"analog|headphone|bcm2835"),
    (
        Outlet.I2S,
        r"hifiberry|iqaudio|justboom|\ballo|boss2?\b|pisound|piano-?dac|audioinjector|googlevoicehat|rpi-simple"
        r"|pcm1\d{3}|pcm5\d{3}|es90\d\d|max98\d{3}|wm8\d{3}|cs4\d{4}|i2s|simple-card|dac\b",
    ),
)
"""First match wins, over `driver card-id card-names pcm-names` in lower case; what matches none is analogue."""

_CARD: Final = re.compile(r"^\s*(\d+) \[(\S+)\s*\]: (.+?) - (.*)$", re.MULTILINE)
_PCM: Final = re.compile(r"^(\d+)-(\d+): (.*?) : (.*?) :(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Card:
    """A line of /proc/asound/cards."""

    number: int
    card_id: str
    driver: str
    name: str


@dataclass(frozen=True, slots=True)
class SoundDevice:
    """A PCM of a card."""

    card: int
    card_id: str
    device: int
    label: str
    """For people: the card's name, and the PCM's when that tells more."""
    outlet: Outlet
    plays: bool
    records: bool

    @property
    def hardware_name(self) -> str:
        """The ALSA name under which the device is opened as it is."""
        return f"hw:CARD={self.card_id},DEV={self.device}"

    @property
    def converting_name(self) -> str:
        """The ALSA name under which ALSA converts rate, channels and format."""
        return f"plug{self.hardware_name}"


def parse_cards(text: str) -> list[Card]:
    """The cards of a /proc/asound/cards."""
    return [Card(int(number), card_id, driver, name) for number, card_id, driver, name in _CARD.findall(text)]


def parse_devices(cards: str, pcms: str, usb_cards: frozenset[int] = frozenset()) -> list[SoundDevice]:
    """The devices of a /proc/asound/cards and /proc/asound/pcm; `usb_cards` are the numbers of cards on USB."""
    by_number = {card.number: card for card in parse_cards(cards)}
    devices = []
    for number, device, pcm_id, pcm_name, streams in _PCM.findall(pcms):
        card = by_number.get(int(number))
        if card is None:  # the two files were read at different moments
            continue
        usb = card.number in usb_cards or card.driver == "USB-Audio"
        outlet = outlet_of(card, f"{pcm_id} {pcm_name}", usb)
        label = card.name if usb or pcm_id.strip() in card.name else f"{card.name}, {pcm_id.strip()}"
        devices.append(
            SoundDevice(
                card.number, card.card_id, int(device), label, outlet, "playback" in streams, "capture" in streams
            )
        )
    return devices


def outlet_of(card: Card, pcm_names: str, usb: bool) -> Outlet:
    """Where that PCM's sound leaves the box."""
    text = f"{card.driver} {card.card_id} {card.name} {pcm_names}".lower()
    for outlet, pattern in _RULES:
        if outlet is not Outlet.NOWHERE and usb:
            return Outlet.USB
        if re.search(pattern, text):
            return outlet
    return Outlet.ANALOGUE


def list_outputs(proc: Path = PROC_ASOUND) -> list[SoundDevice]:
    """Devices that play somewhere, best first; of equals the lower numbers first."""
    devices = [device for device in _list_devices(proc) if device.plays and device.outlet is not Outlet.NOWHERE]
    return sorted(devices, key=lambda device: (device.outlet, device.card, device.device))


def list_inputs(proc: Path = PROC_ASOUND) -> list[SoundDevice]:
    """Devices that record, USB first."""
    devices = [device for device in _list_devices(proc) if device.records and device.outlet is not Outlet.NOWHERE]
    return sorted(devices, key=lambda device: (device.outlet, device.card, device.device))


def _list_devices(proc: Path) -> list[SoundDevice]:
    usb = frozenset(
        int(path.parent.name.removeprefix("card"))
        for path in proc.glob("card*/usbid")
        if path.parent.name.removeprefix("card").isdigit()
    )
    return parse_devices(_read(proc / "cards"), _read(proc / "pcm"), usb)


def _read(path: Path) -> str:
    """The file's text; empty when there is no sound in this kernel, or the card goes while it is read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


class DeviceWatch:
    """Tells when sound devices come or go. Costs one small read a look: not for the block."""

    def __init__(self, proc: Path = PROC_ASOUND) -> None:
        self._proc = proc
        self._seen = _read(proc / "pcm")

    def changed(self) -> bool:
        """Whether the list is another than at the last look."""
        now = _read(self._proc / "pcm")
        changed, self._seen = now != self._seen, now
        return changed
