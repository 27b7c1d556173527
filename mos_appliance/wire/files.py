"""The small JSON files by which processes tell each other what does not fit a record; written by rename, read whole.

`RUN` is the run directory (gone after a power cut), `DATA` the data directory (stays).
"""

from __future__ import annotations

import enum
from typing import Annotated, Final, TypeVar

import msgspec

from mos_appliance.errors import BadInput


class RunFile(enum.StrEnum):
    """Sockets and files of a run directory, by file name."""

    ENGINE_SOCKET = "engine.sock"
    HUB_SOCKET = "hub.sock"
    PATCHBAY_SOCKET = "patchbay.sock"
    TUTOR_SOCKET = "tutor.sock"
    HUB_TUTOR_SOCKET = "hub-tutor.sock"
    """Where the tutor's answers reach the hub."""
    SOUND = "sound.json"
    KEYBOARDS = "keyboards.json"
    PROCESSES = "processes.json"
    SONG = "song.mos"
    """The song that the hub last gave the engine, so that a hub that comes back knows it."""
    PRACTICE = "practice.mos"
    """What is practised (`wire.practice`), so that a tutor that comes back goes on with it."""


class DataFile(enum.StrEnum):
    """Files of a data directory, by file name."""

    ENGINE = "engine.json"
    SETTINGS = "settings.json"
    TAKES = "takes"
    JUDGEMENTS = "judgements"
    """A folder: what the tutor has said of takes, by their ids."""
    LIBRARY = "library"
    """A folder: pieces, their index, engraved pages."""
    STUDENTS = "students"
    """A folder: each student's sealed log, their keys, tombstones."""


class Process(msgspec.Struct, frozen=True):
    """One process, as the supervisor sees it; `processes.json` holds {NAME: Process}."""

    pid: int
    running: bool
    restarts: int = 0


class Sound(msgspec.Struct, frozen=True):
    """`sound.json`: the sound device that the engine opened last."""

    name: str
    period: int = 0
    periods: int = 0
    bits: int = 0
    heard: bool = True
    """False when nothing here can be heard: a WAV file or silence."""
    settled: bool = False
    """Whether the device was found to hold this period without an xrun, so that it may start with it next time."""


class ConnectedKeyboard(msgspec.Struct, frozen=True):
    """One keyboard: its client in the ALSA sequencer and the ports of it that are connected, by name."""

    name: str
    client: int
    ports: list[str] = []
    connected: bool = True
    """False while the engine's port is not there."""


class Keyboards(msgspec.Struct, frozen=True):
    """`keyboards.json`: the keyboards that patchbay has connected."""

    names: list[str] = []
    keyboards: list[ConnectedKeyboard] = []
    local_off: bool | None = None
    """What keyboards were told of their own sound; None when nobody asked yet."""


class Remembered(msgspec.Struct, frozen=True):
    """`engine.json`: what the engine starts with. The hub writes it, the engine reads it before its first block."""

    controls: dict[str, list[float]] = {}
    """Control name to its values, one for each `which`; names unknown and values out of range are passed over."""
    periods: dict[str, int] = {}
    """Device name to the smallest period that it held without an xrun."""


class HubSettings(msgspec.Struct, frozen=True):
    """`settings.json`: what the owner has set of this appliance; what is absent is as below."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=40)] = "MOS"
    """What it is called."""
    takes_share_percent: Annotated[float, msgspec.Meta(ge=0, le=90)] = 10.0
    """Share of the disk that takes may have; never less than 64 MiB."""


CARD_FILE: Final = "card.json"
"""In keeper's folder, which is root's: what was read of the card, without anything that is secret."""


class WrongLine(msgspec.Struct, frozen=True):
    """A line of the card's settings file that was passed over."""

    line: int
    """0 for the whole file."""
    setting: str
    """Empty when it names none."""
    why: str


class CardTold(msgspec.Struct, frozen=True):
    """`card.json`: what the card's settings file says."""

    number: int
    name: str
    """The box's name in the network, without `.local`."""
    language: str = "en"
    class_name: str = ""
    sound: str = "auto"
    voice: bool = True
    """Whether the box speaks of itself."""
    teacher_key: str = ""
    network: str = ""
    ssh: bool = False
    """Whether the card asks for the door to ssh."""
    wrong: list[WrongLine] = []


T = TypeVar("T")


def encode_file(value: object) -> bytes:
    """The value as JSON for people to read too."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def decode_file(content: bytes, kind: type[T], name: str) -> T:
    """The value in a file's bytes. Errors: `BadInput` with the place inside when they do not hold one."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadInput(name, str(error)) from error
