"""The ALSA sequencer's ports and connections, by alsa-midi; which of them to connect is `patchbay`'s matter."""

from __future__ import annotations

import errno
import re
import select
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from alsa_midi import ALSAError, ClientType, ControlChangeEvent, EventType, PortCaps, PortType
from alsa_midi.client import SequencerClientBase, SubscriptionQueryType

from drivers.patchbay import SEQUENCER_DEVICE, Address, Changes, PortSeen
from mos_appliance.errors import Unavailable

_CLIENTS: Final = range(1, 192)
"""Client numbers that a kernel gives out; 0 is its own."""
_LISTED: Final = Path("/proc/asound/seq/clients")
_LISTED_CLIENT: Final = re.compile(rb"^Client +(\d+) :", re.MULTILINE)
_PORTS: Final = range(254)
_ANNOUNCE: Final = (0, 1)
_EMITS: Final = PortCaps.READ | PortCaps.SUBS_READ
_TAKES: Final = PortCaps.WRITE | PortCaps.SUBS_WRITE
_NOT_FOR_US: Final = 1 << 8 | 1 << 9
"""The port of a MIDI 2.0 device that repeats what its groups' ports carry, and inactive groups (asequencer.h)."""
_UNREADABLE: Final = "keyboard"
"""Stands for names whose bytes are no text (kernels cut long names, perhaps within a letter)."""


def client_numbers(listed: Path = _LISTED) -> Sequence[int]:
    """The clients that the kernel lists: to ask for each number there may be took 17 million instructions every look.

    A kernel that lists none is asked for all. A name may look like a line of the list: then one too many is asked for.
    """
    try:
        content = listed.read_bytes()
    except OSError:
        return _CLIENTS
    found = {int(number) for number in _LISTED_CLIENT.findall(content)}
    return [number for number in _CLIENTS if number in found]


class AlsaSequencer:
    """A client of the sequencer that sees and makes the connections of others; implements `patchbay.Sequencer`.

    Errors: `Unavailable` when there is no sequencer.
    """

    def __init__(self, name: str = "MOS patchbay") -> None:
        if not SEQUENCER_DEVICE.exists():  # ALSA would tell standard error of it each time
            raise Unavailable("there is no ALSA sequencer (modprobe snd-seq)", retry_s=1.0)
        try:
            self._client = SequencerClientBase(name)
            self._port = self._client.create_port("out", PortCaps.READ | PortCaps.WRITE, PortType.APPLICATION)
            self._client.subscribe_port(_ANNOUNCE, (self._client.client_id, self._port.port_id))
        except ALSAError as error:
            raise Unavailable(f"ALSA sequencer: {error}", retry_s=1.0) from error

    def wait(self, timeout_s: float, *others: int) -> None:
        """Wait for an announcement, or for one of the other file descriptors.

        The descriptor is private in alsa-midi 1.0.4; but its `event_input(timeout=…)` gives poll(2) seconds where it
        takes milliseconds, and so would wake a thousand times a second.
        """
        select.select([self._client._fd, *others], [], [], timeout_s)

    def changes(self) -> Changes:
        """See `patchbay.Sequencer.changes`."""
        happened = False
        clients: set[int] = set()
        ports: set[Address] = set()
        while True:
            try:
                event = self._client.event_input()
            except ALSAError as error:
                if error.errnum == -errno.ENOSPC:  # more than there was room for: look at everything
                    happened = True
                    continue
                if error.errnum in {-errno.EAGAIN, -errno.EINTR}:
                    return Changes(happened, frozenset(clients), frozenset(ports))
                raise Unavailable(f"ALSA sequencer: {error}", retry_s=1.0) from error
            happened = True
            if event.type == EventType.CLIENT_EXIT:
                clients.add(int(event.addr.client_id))
            elif event.type == EventType.PORT_EXIT:
                ports.add(Address(event.addr.client_id, event.addr.port_id))

    def ports(self) -> list[PortSeen]:
        """See `patchbay.Sequencer.ports`."""
        others = (client for client in client_numbers() if client != self._client.client_id)
        return [port for client in others for port in self._ports_of(client)]

    def _ports_of(self, client: int) -> Iterator[PortSeen]:
        name, hardware, expected = _UNREADABLE, True, len(_PORTS)
        try:
            info = self._client.get_client_info(client)
            name, expected = info.name, info.num_ports
            hardware = info.type == ClientType.KERNEL and info.card_id is not None
        except ALSAError:
            return
        except UnicodeDecodeError:  # its other facts are lost with the name: look for ports of every number
            pass
        for port in _PORTS:
            if not expected:
                return
            seen = self._port_seen(Address(client, port), name, hardware)
            if seen is not None:
                expected -= 1
                yield seen

    def _port_seen(self, address: Address, client_name: str, hardware: bool) -> PortSeen | None:
        try:
            info = self._client.get_port_info(tuple(address))
        except ALSAError:
            return None
        except UnicodeDecodeError:  # if it can neither emit nor take, connecting it will say so
            return PortSeen(address, client_name, "", hardware, emits=True, takes=True)
        caps = int(info.capability)
        emits = caps & _EMITS == _EMITS and not caps & _NOT_FOR_US
        return PortSeen(address, client_name, info.name, hardware, emits, caps & _TAKES == _TAKES)

    def sources_of(self, target: Address) -> frozenset[Address]:
        """See `patchbay.Sequencer.sources_of`."""
        queries = self._client.list_port_subscribers(tuple(target), SubscriptionQueryType.WRITE)
        return frozenset(Address(query.addr.client_id, query.addr.port_id) for query in queries)

    def connect(self, source: Address, target: Address) -> bool:
        """See `patchbay.Sequencer.connect`."""
        try:
            self._client.subscribe_port(tuple(source), tuple(target))
        except ALSAError as error:
            return bool(error.errnum == -errno.EBUSY)  # they are connected already
        return True

    def send_control(self, target: Address, control: int, value: int) -> bool:
        """See `patchbay.Sequencer.send_control`.

        A keyboard's port is opened by a connection to it, not by what is addressed to it.
        """
        own = (self._client.client_id, self._port.port_id)
        try:
            self._client.subscribe_port(own, tuple(target))
        except ALSAError:
            return False
        try:
            for channel in range(16):
                event = ControlChangeEvent(channel, control, value)
                self._client.event_output(event, port=self._port)
            self._client.drain_output()
        except ALSAError:
            return False
        finally:
            self._disconnect(own, target)
        return True

    def _disconnect(self, source: tuple[int, int], target: Address) -> None:
        try:
            self._client.unsubscribe_port(source, tuple(target))
        except ALSAError as error:
            if error.errnum not in {-errno.ENOENT, -errno.ENODEV, -errno.ENXIO}:  # unplugged meanwhile
                raise Unavailable(f"ALSA sequencer: {error}", retry_s=1.0) from error

    def close(self) -> None:
        """Leave the sequencer; connections between others stay."""
        self._client.close()
