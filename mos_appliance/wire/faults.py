"""What can be wrong with a box: one row a fault, from which light, voice, page and the teacher's guide are made.

A row says by which facts the fault is seen, how long it must last before it is told, how the light blinks, and what is
said of it: what it is, and what to do. Texts are found by the fault's name and a language; in them `{network}` and
`{lines}` stand for facts. What was seen is told beside them, in English, for who looks after the box.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from mos_appliance.wire.keeper import ClockQuality

LANGUAGES: Final = ("en", "de")
"""Languages that faults are told in."""


class Facts(msgspec.Struct, frozen=True):
    """What was looked at, at one moment; the defaults are those of a box that is well."""

    undervoltage: bool = False
    sound: str = "playing"
    """State of the sound device: playing, lost, simulated, probing; `silent` when nobody is to hear anything."""
    keyboards: int = 1
    played: bool = False
    """Whether a key of a keyboard or of the DIN socket was ever heard since the start."""
    card_errors: int = 0
    """Failures that kernel and file system count since the start."""
    read_only: bool = False
    """Whether the data partition takes nothing because the kernel has closed it."""
    data: str = ""
    """What had to be done to the data partition at the start: `repaired`, `rebuilt`, `in memory`; nothing when well."""
    full: bool = False
    wifi: str = "off"
    network: str = ""
    clock: ClockQuality = ClockQuality.TOLD
    wrong_lines: tuple[tuple[int, str], ...] = ()
    """Lines of the settings file that were passed over, each with its reason; 0 is the whole file."""
    rolled_back: str = ""
    """Why the last update was taken back; empty when it was not."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One row. `found` gives the detail, or None when all is well there."""

    name: str
    light: str
    """`.` a short blink, `-` a long one."""
    after_s: float
    found: Callable[[Facts], str | None]
    seen_by: str
    texts: Mapping[str, tuple[str, str]]


class Told(msgspec.Struct, frozen=True):
    """A fault as people are told of it."""

    fault: str
    what: str
    cure: str
    detail: str = ""
    """What was seen."""


def _if(seen: bool, detail: str = "") -> str | None:
    return detail if seen else None


def _bad_card(facts: Facts) -> str | None:
    if facts.read_only:
        return "it takes nothing more"
    if facts.data in ("in memory", "rebuilt"):
        return "it could not be read, what was kept is gone" if facts.data == "rebuilt" else "nothing can be kept on it"
    if facts.card_errors:
        return f"{facts.card_errors} errors" if facts.card_errors > 1 else "an error"
    return None


FAULTS: Final[tuple[Fault, ...]] = (
    Fault(
        "undervoltage",
        "-.",
        2.0,
        lambda facts: _if(facts.undervoltage),
        "the voltage alarm of the Raspberry Pi's firmware (`/sys/class/hwmon`, `in0_lcrit_alarm`)",
        {
            "en": (
                "The power supply is too weak.",
                "Use the board's own power supply and a short, thick cable, and nothing else on it.",
            ),
            "de": (
                "Das Netzteil ist zu schwach.",
                "Nimm das Netzteil des Boards und ein kurzes, dickes Kabel, und sonst nichts daran.",
            ),
        },
    ),
    Fault(
        "no_sound_device",
        "-..",
        5.0,
        lambda facts: _if(facts.sound in ("lost", "simulated")),
        "the engine has no sound device, or has lost it",
        {
            "en": (
                "There is no sound device.",
                "Plug in the headphone adapter; if it is in, pull it out and plug it in again, or try another one.",
            ),
            "de": (
                "Es ist kein Tonausgang da.",
                "Stecke den Kopfhörer-Adapter ein; steckt er schon, zieh ihn heraus und steck ihn wieder ein, "
                "oder nimm einen anderen.",
            ),
        },
    ),
    Fault(
        "bad_card",
        "-...",
        0.0,
        _bad_card,
        "errors that kernel and ext4 count, a data partition that was closed, repaired or made anew",
        {
            "en": (
                "The memory card is failing.",
                "Take home what you want to keep, and put MOS on a new card.",
            ),
            "de": (
                "Die Speicherkarte geht kaputt.",
                "Sichere, was du behalten willst, und bring MOS auf eine neue Karte.",
            ),
        },
    ),
    Fault(
        "full_card",
        "--",
        2.0,
        lambda facts: _if(facts.full),
        "no room on the data partition",
        {
            "en": (
                "The memory card is full: what is played now is not kept.",
                "Delete takes or pieces on the page, or use a larger card.",
            ),
            "de": (
                "Die Speicherkarte ist voll: was jetzt gespielt wird, wird nicht behalten.",
                "Lösche Aufnahmen oder Stücke auf der Seite, oder nimm eine größere Karte.",
            ),
        },
    ),
    Fault(
        "update_rolled_back",
        "--.",
        0.0,
        lambda facts: facts.rolled_back or None,
        "the updater's own record",
        {
            "en": (
                "The last update did not work and was taken back.",
                "Nothing is lost. Tell whoever made the update; the box goes on as it was.",
            ),
            "de": (
                "Die letzte Aktualisierung ging nicht und wurde zurückgenommen.",
                "Es ist nichts verloren. Sag es dem, von dem sie kam; die Box arbeitet weiter wie zuvor.",
            ),
        },
    ),
    Fault(
        "wrong_setting",
        "--..",
        0.0,
        lambda facts: "; ".join(f"line {line}: {why}" if line else why for line, why in facts.wrong_lines) or None,
        "the reader of `mos.toml`",
        {
            "en": (
                "In the settings file this is not understood: line {lines}.",
                "The box's page says why. Put the card into a computer, mend the line in mos.toml, and start the "
                "box again.",
            ),
            "de": (
                "In der Einstellungsdatei wird dies nicht verstanden: Zeile {lines}.",
                "Die Seite der Box sagt, warum. Steck die Karte in einen Computer, berichtige die Zeile in mos.toml, "
                "und starte die Box neu.",
            ),
        },
    ),
    Fault(
        "wifi_wrong_password",
        ".-",
        5.0,
        lambda facts: _if(facts.wifi == "wrong_password", facts.network),
        "wpa_supplicant: the network refuses the key",
        {
            "en": (
                "The wireless network {network} does not take the password.",
                "Put the card into a computer and write wifi_password anew into mos.toml.",
            ),
            "de": (
                "Das WLAN {network} nimmt das Passwort nicht an.",
                "Steck die Karte in einen Computer und schreib wifi_password neu in mos.toml.",
            ),
        },
    ),
    Fault(
        "wifi_not_found",
        ".-.",
        30.0,
        lambda facts: _if(facts.wifi == "not_found", facts.network),
        "wpa_supplicant: three searches without that name",
        {
            "en": (
                "The wireless network {network} is not heard here.",
                "See whether it is switched on and near, and whether wifi_network in mos.toml is its exact name.",
            ),
            "de": (
                "Das WLAN {network} ist hier nicht zu finden.",
                "Sieh nach, ob es eingeschaltet und nah ist, und ob wifi_network in mos.toml genau sein Name ist.",
            ),
        },
    ),
    Fault(
        "wifi_no_radio",
        ".--",
        60.0,
        lambda facts: _if(facts.wifi == "no_radio", facts.network),
        "a network is asked for, and no wpa_supplicant runs: no radio that the kernel knows, or no Wi-Fi in the image",
        {
            "en": (
                "This board has no Wi-Fi that works.",
                "Use a network cable, or a board whose Wi-Fi is known.",
            ),
            "de": (
                "Dieses Board hat kein WLAN, das geht.",
                "Nimm ein Netzwerkkabel, oder ein Board, dessen WLAN bekannt ist.",
            ),
        },
    ),
    Fault(
        "no_keyboard",
        "..",
        20.0,
        lambda facts: _if(facts.keyboards == 0 and not facts.played),
        "no keyboard in the ALSA sequencer, and no key heard on the DIN socket",
        {
            "en": (
                "There is no keyboard.",
                "Plug the keyboard in by USB or by its MIDI socket, and switch it on.",
            ),
            "de": (
                "Es ist kein Klavier angeschlossen.",
                "Schließ das Keyboard über USB oder die MIDI-Buchse an, und schalte es ein.",
            ),
        },
    ),
    Fault(
        "date_uncertain",
        "...",
        600.0,
        lambda facts: _if(facts.clock < ClockQuality.TOLD),
        "nobody has told the time since the box was switched on",
        {
            "en": (
                "The box does not know what day it is.",
                "Open its page on a phone once: the phone tells it.",
            ),
            "de": (
                "Die Box weiß nicht, welcher Tag ist.",
                "Öffne einmal ihre Seite auf einem Handy: das sagt es ihr.",
            ),
        },
    ),
)
"""The worst first: the light shows the first one that stands."""

BY_NAME: Final = {row.name: row for row in FAULTS}


_NUMBER: Final = {"en": "I am number {digits}.", "de": "Ich bin Nummer {digits}."}


def number_spoken(number: int, language: str) -> str:
    """What a box says when it starts: its number digit by digit, as it is typed."""
    return (_NUMBER.get(language) or _NUMBER["en"]).replace("{digits}", ", ".join(str(number)))


def find(facts: Facts) -> dict[str, str]:
    """Names of all that is wrong with their details, the worst first."""
    return {row.name: detail for row in FAULTS if (detail := row.found(facts)) is not None}


def told(name: str, detail: str, facts: Facts, language: str) -> Told:
    """A fault in words; in English where there are none in that language."""
    texts = BY_NAME[name].texts
    lines = ", ".join(str(line) for line, _ in facts.wrong_lines)
    what, cure = (
        text.replace("{network}", facts.network).replace("{lines}", lines) for text in _texts(texts, language)
    )
    return Told(name, what, cure, detail)


def _texts(texts: Mapping[str, tuple[str, str]], language: str) -> tuple[str, str]:
    return texts.get(language) or texts["en"]
