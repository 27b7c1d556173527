"""Which MIDI ports are keyboards, and keeping every one of them connected to the engine's port. Touches no event."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, Protocol

SEQUENCER_DEVICE: Final = Path("/dev/snd/seq")
ENGINE_CLIENT: Final = "MOS"
ENGINE_PORT: Final = "keyboard"
LOCAL_CONTROL: Final = 122
"""Channel mode message: 0 takes the keys off the keyboard's own sound, 127 gives them back."""
_TARGET: Final = (ENGINE_CLIENT, ENGINE_PORT)

_COMPUTERS: Final = r"f_midi|MIDI Gadget"
"""Clients behind which a computer sits, to which this board is the device: as good as a program."""
_NOT_KEYS: Final[tuple[tuple[str, str], ...]] = (
    ("", r"\bDAW\b|\bMCU\b|\bHUI\b|Mackie|InControl|\bALV\b|Editor|\bSession\b|\bRemote\b"),
    ("", r"\bC(on)?tr(o)?l\b"),
    ("", r"Transport|Software|\bSync\b"),
    ("Impact|Panorama|GXP|\\bLX\\d", r"MIDI 2$"),
    ("Keystation", r"MIDI 2$"),
    ("MOTIF|MOXF?\\d|MONTAGE|MODX|\\bMX\\d|\\bCP\\d|\\bYC\\d", r"Port ?[2-9]$"),
)
"""(client name, port name) of ports that repeat the keys or carry buttons for music programs, as makers name them.

A keyboard's last port is never left out, so that a wrong row here costs no sound."""


class Address(NamedTuple):
    """A port of the sequencer."""

    client: int
    port: int


@dataclass(frozen=True, slots=True)
class PortSeen:
    """A port as the sequencer shows it."""

    address: Address
    client_name: str
    port_name: str
    hardware: bool
    """Belongs to a card, not to a program."""
    emits: bool
    takes: bool


@dataclass(frozen=True, slots=True)
class Keyboard:
    """A client with ports that we connect."""

    client: int
    name: str
    sources: tuple[Address, ...]
    """Ports from which it plays."""
    inputs: tuple[Address, ...]
    """Ports of it that take messages."""
    port_names: tuple[str, ...]


class Changes(NamedTuple):
    """What was announced: whether anything, and which clients and ports went."""

    happened: bool
    clients_gone: frozenset[int] = frozenset()
    ports_gone: frozenset[Address] = frozenset()


class Sequencer(Protocol):
    """What patchbay needs of the ALSA sequencer. Errors of all: `Unavailable` when it is gone itself."""

    def changes(self) -> Changes:
        """What was announced since the last call; does not wait."""

    def ports(self) -> list[PortSeen]:
        """Every port but the sequencer's own and ours."""

    def sources_of(self, target: Address) -> frozenset[Address]:
        """What is connected to `target`."""

    def connect(self, source: Address, target: Address) -> bool:
        """Connect them, or find them connected; False when one of them is gone or does not let us."""

    def send_control(self, target: Address, control: int, value: int) -> bool:
        """Send a controller on all channels; False when the port is gone or does not let us."""


class Patched(NamedTuple):
    """The state after a look: keyboards connected now, and those that went since the last one."""

    keyboards: tuple[Keyboard, ...]
    gone: tuple[Keyboard, ...]
    engine_there: bool


def keyboards_of(ports: Iterable[PortSeen], programs: bool = False) -> list[Keyboard]:
    """The keyboards among all ports. With `programs` also Midi Through and what other programs send."""
    by_client: dict[int, list[PortSeen]] = {}
    for port in ports:
        played = port.hardware and not re.match(_COMPUTERS, port.client_name)
        if port.client_name != ENGINE_CLIENT and (programs or played):
            by_client.setdefault(port.address.client, []).append(port)
    keyboards = (_keyboard_of(client, seen) for client, seen in sorted(by_client.items()))
    return [keyboard for keyboard in keyboards if keyboard is not None]


def _keyboard_of(client: int, ports: list[PortSeen]) -> Keyboard | None:
    emitting = [port for port in ports if port.emits]
    if not emitting:
        return None
    playing = [port for port in emitting if not _is_for_other_things(port)] or emitting[:1]
    return Keyboard(
        client,
        emitting[0].client_name,
        tuple(port.address for port in playing),
        tuple(port.address for port in playing if port.takes),
        tuple(port.port_name for port in playing),
    )


def _is_for_other_things(port: PortSeen) -> bool:
    """Whether the table names it; what the client's name holds says nothing about the port."""
    name = port.port_name.replace(port.client_name, " ")
    return any(
        re.search(client, port.client_name) and re.search(pattern, name, re.IGNORECASE) for client, pattern in _NOT_KEYS
    )


class Patchbay:
    """Keeps keyboards and engine connected, by looking at everything whenever something changed.

    What is connected already stays so: it may be killed and started again at any time.
    """

    def __init__(self, sequencer: Sequencer, programs: bool = False) -> None:
        self._sequencer = sequencer
        self._programs = programs
        self._known: tuple[Keyboard, ...] = ()
        self._local_off: bool | None = None
        self._told: set[Address] = set()

    def look(self) -> Patched:
        """Connect what is not connected, tell new keyboards what they must know. Errors: `Unavailable`."""
        changes = self._sequencer.changes()
        ports = self._sequencer.ports()
        now = keyboards_of(ports, self._programs)
        targets = [port.address for port in ports if (port.client_name, port.port_name) == _TARGET]
        connected = tuple(keyboard for keyboard in now if self._connect(keyboard, targets) or not targets)
        gone = self._gone(connected, changes)
        self._known = connected
        self._told -= {address for keyboard in gone for address in keyboard.inputs}
        self._tell_local()
        return Patched(connected, gone, bool(targets))

    def set_local_off(self, off: bool) -> None:
        """From now on every keyboard, also one plugged in later, leaves its sound to us (or has it back)."""
        if off is not self._local_off:
            self._local_off = off
            self._told.clear()
        self._tell_local()

    def _connect(self, keyboard: Keyboard, targets: list[Address]) -> bool:
        """Whether at least one port of it plays now."""
        plays = False
        for target in targets:
            there = self._sequencer.sources_of(target)
            for source in keyboard.sources:
                plays |= source in there or self._sequencer.connect(source, target)
        return plays

    def _gone(self, now: tuple[Keyboard, ...], changes: Changes) -> tuple[Keyboard, ...]:
        """Known keyboards that are not there, or went and came back between two looks."""
        still = {(keyboard.client, keyboard.name) for keyboard in now}
        return tuple(
            keyboard
            for keyboard in self._known
            if (keyboard.client, keyboard.name) not in still
            or keyboard.client in changes.clients_gone
            or changes.ports_gone.intersection(keyboard.sources)
        )

    def _tell_local(self) -> None:
        if self._local_off is None:
            return
        value = 0 if self._local_off else 127
        for keyboard in self._known:
            for address in keyboard.inputs:
                if address not in self._told and self._sequencer.send_control(address, LOCAL_CONTROL, value):
                    self._told.add(address)
