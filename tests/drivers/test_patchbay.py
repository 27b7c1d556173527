"""Which ports are keyboards, and that they stay connected, on a sequencer made of dictionaries."""

from __future__ import annotations

import pytest

from drivers.patchbay import LOCAL_CONTROL, Address, Changes, Keyboard, Patchbay, PortSeen, keyboards_of


def port(
    client: int, number: int, client_name: str, port_name: str, *, hardware: bool = True, ways: str = "rw"
) -> PortSeen:
    return PortSeen(Address(client, number), client_name, port_name, hardware, "r" in ways, "w" in ways)


ENGINE = port(128, 0, "MOS", "keyboard", hardware=False, ways="w")
PIANO = port(20, 0, "Digital Piano", "Digital Piano MIDI 1")
THROUGH = port(14, 0, "Midi Through", "Midi Through Port-0", hardware=False)
OTHER_PROGRAM = port(129, 0, "VMPK Output", "out", hardware=False, ways="r")


class DictSequencer:
    """A sequencer whose ports and connections are plain data."""

    def __init__(self, *ports: PortSeen) -> None:
        self.present = list(ports)
        self.connections: set[tuple[Address, Address]] = set()
        self.sent: list[tuple[Address, int, int]] = []
        self.refusing: set[Address] = set()
        self.announced = Changes(False)

    def changes(self) -> Changes:
        changes, self.announced = self.announced, Changes(False)
        return changes

    def ports(self) -> list[PortSeen]:
        return list(self.present)

    def sources_of(self, target: Address) -> frozenset[Address]:
        return frozenset(source for source, to in self.connections if to == target)

    def connect(self, source: Address, target: Address) -> bool:
        if source in self.refusing:
            return False
        assert (source, target) not in self.connections, "connected twice"
        self.connections.add((source, target))
        return True

    def send_control(self, target: Address, control: int, value: int) -> bool:
        self.sent.append((target, control, value))
        return True

    def unplug(self, client: int) -> None:
        self.present = [port for port in self.present if port.address.client != client]
        self.connections = {pair for pair in self.connections if client not in {pair[0].client, pair[1].client}}
        self.announced = Changes(True, frozenset({client}))


def names(keyboards: list[Keyboard]) -> list[str]:
    return [keyboard.name for keyboard in keyboards]


def test_a_keyboard_is_hardware_that_emits() -> None:
    deaf = port(24, 0, "Synthesiser", "Synth", ways="w")
    computer = port(28, 0, "f_midi", "f_midi")
    assert names(keyboards_of([ENGINE, PIANO, THROUGH, OTHER_PROGRAM, deaf, computer])) == ["Digital Piano"]


def test_other_programs_and_midi_through_only_when_asked_for_and_never_ourselves() -> None:
    ports = [ENGINE, PIANO, THROUGH, OTHER_PROGRAM, port(128, 1, "MOS", "thru", hardware=False)]
    assert names(keyboards_of(ports, programs=True)) == ["Midi Through", "Digital Piano", "VMPK Output"]


@pytest.mark.parametrize(
    ("client", "ports", "playing"),
    [
        ("Launchkey MK3 49", ["Launchkey MK3 49 LKMK3 MIDI In", "Launchkey MK3 49 LKMK3 DAW In"], [0]),
        ("Minilab3", ["Minilab3 MIDI", "Minilab3 DIN THRU", "Minilab3 MCU/HUI", "Minilab3 ALV"], [0, 1]),
        ("A-88MK2", ["A-88MK2 MIDI", "A-88MK2 CTRL", "A-88MK2 DAW CTRL"], [0]),
        ("Oxygen Pro 49", ["Oxygen Pro 49 USB MIDI", "Oxygen Pro 49 Mackie/HUI", "Oxygen Pro 49 Editor"], [0]),
        ("Impact LX49+", ["Impact LX49+ MIDI 1", "Impact LX49+ MIDI 2"], [0]),
        ("UM-2", ["UM-2 MIDI 1", "UM-2 MIDI 2"], [0, 1]),
        ("MODX8", ["MODX8 Port1", "MODX8 Port2"], [0]),
        ("nanoKEY2", ["nanoKEY2 nanoKEY2 _ CTRL"], [0]),
        ("DAW Controller Keyboard", ["DAW Controller Keyboard MIDI 1"], [0]),
    ],
)
def test_of_several_ports_those_with_keys_are_connected(client: str, ports: list[str], playing: list[int]) -> None:
    seen = [port(20, number, client, name) for number, name in enumerate(ports)]
    (keyboard,) = keyboards_of(seen)
    assert [source.port for source in keyboard.sources] == playing


def test_a_keyboard_that_is_plugged_in_plays_and_is_connected_once() -> None:
    sequencer = DictSequencer(ENGINE)
    bay = Patchbay(sequencer)
    assert bay.look().keyboards == ()
    sequencer.present.append(PIANO)
    assert names(list(bay.look().keyboards)) == ["Digital Piano"]
    bay.look()
    assert sequencer.connections == {(PIANO.address, ENGINE.address)}


def test_an_engine_that_comes_back_gets_its_keyboards() -> None:
    sequencer = DictSequencer(PIANO)
    bay = Patchbay(sequencer)
    assert not bay.look().engine_there
    sequencer.present.append(ENGINE)
    patched = bay.look()
    assert patched.engine_there
    assert patched.gone == ()
    assert sequencer.connections == {(PIANO.address, ENGINE.address)}


def test_a_killed_patchbay_finds_its_connections_again() -> None:
    sequencer = DictSequencer(ENGINE, PIANO)
    Patchbay(sequencer).look()
    patched = Patchbay(sequencer).look()
    assert names(list(patched.keyboards)) == ["Digital Piano"]
    assert len(sequencer.connections) == 1


def test_an_unplugged_keyboard_is_told_of_once() -> None:
    sequencer = DictSequencer(ENGINE, PIANO)
    bay = Patchbay(sequencer)
    bay.look()
    sequencer.unplug(20)
    assert names(list(bay.look().gone)) == ["Digital Piano"]
    assert bay.look().gone == ()


def test_a_keyboard_that_went_and_came_between_two_looks_was_gone() -> None:
    sequencer = DictSequencer(ENGINE, PIANO)
    bay = Patchbay(sequencer)
    bay.look()
    sequencer.unplug(20)
    sequencer.present.append(PIANO)
    patched = bay.look()
    assert names(list(patched.gone)) == names(list(patched.keyboards)) == ["Digital Piano"]
    assert sequencer.connections == {(PIANO.address, ENGINE.address)}


def test_a_port_that_does_not_let_us_connect_is_no_keyboard_and_no_error() -> None:
    sequencer = DictSequencer(ENGINE, PIANO)
    sequencer.refusing.add(PIANO.address)
    assert Patchbay(sequencer).look().keyboards == ()


def test_nobody_is_told_about_local_control_before_somebody_asks() -> None:
    sequencer = DictSequencer(ENGINE, PIANO)
    Patchbay(sequencer).look()
    assert sequencer.sent == []


def test_local_off_reaches_keyboards_now_and_later_once_each() -> None:
    sequencer = DictSequencer(ENGINE, PIANO)
    bay = Patchbay(sequencer)
    bay.look()
    bay.set_local_off(True)
    bay.set_local_off(True)
    later = port(24, 0, "Stage Piano", "Stage Piano MIDI 1")
    sequencer.present.append(later)
    bay.look()
    bay.look()
    assert sequencer.sent == [(PIANO.address, LOCAL_CONTROL, 0), (later.address, LOCAL_CONTROL, 0)]


def test_a_keyboard_that_was_switched_off_and_on_is_told_again() -> None:
    sequencer = DictSequencer(ENGINE, PIANO)
    bay = Patchbay(sequencer)
    bay.look()
    bay.set_local_off(True)
    sequencer.unplug(20)
    sequencer.present.append(PIANO)
    bay.look()
    assert sequencer.sent == [(PIANO.address, LOCAL_CONTROL, 0)] * 2


def test_keyboards_get_their_own_sound_back() -> None:
    sequencer = DictSequencer(ENGINE, PIANO)
    bay = Patchbay(sequencer)
    bay.look()
    bay.set_local_off(True)
    bay.set_local_off(False)
    assert sequencer.sent[-1] == (PIANO.address, LOCAL_CONTROL, 127)
