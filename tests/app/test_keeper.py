"""keeper: who may ask, what it does, and what it refuses."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.kernel_log import CardErrors
from drivers.light import Light
from drivers.wpa import WifiWatch
from mos_appliance.app import keeper as process
from mos_appliance.app.keeper_clock import Clock
from mos_appliance.app.keeper_state import Places, make_folders, recall
from mos_appliance.app.keeper_verbs import Commands, Verbs
from mos_appliance.errors import BadInput, Unavailable
from mos_appliance.wire import keeper

NOW = 1_800_000_000.0
LED = "ACT"


class Recorded(Commands):
    """Keeps what would be run."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, ...]] = []
        self.says: dict[str, str] = {}
        self.fails: dict[str, str] = {}

    def run(self, *command: str) -> str:
        self.ran.append(command)
        word = f"{Path(command[0]).name} {' '.join(command[1:2])}"
        if word in self.fails:
            raise Unavailable(self.fails[word])
        return self.says.get(word, "")


class Box:
    def __init__(self, place: Path) -> None:
        self.places = Places(place / "data", place / "run", place / "root", place / "update")
        make_folders(self.places)
        self.leds = place / "leds"
        (self.leds / LED).mkdir(parents=True)
        (self.leds / LED / "max_brightness").write_text("1\n")
        self.now = NOW
        self.commands: Any = Recorded()
        self.log = place / "kmsg"
        self.log.write_bytes(b"")
        self.verbs = self.made(self.commands)

    def made(self, commands: Commands) -> Verbs:
        clock = Clock(self.places, lambda: self.now, self._set)
        clock.start()
        wifi = WifiWatch(self.places.run / "wpa", self.places.run / "wpa-own")
        return Verbs(self.places, clock, Light(LED, self.leds), 10_007, commands, wifi, CardErrors(self.log))

    def _set(self, seconds: float) -> None:
        self.now = seconds

    def ask(self, request: keeper.Request) -> keeper.Told:
        return keeper.decode_answer(process.answer_to(keeper.encode(request), self.verbs))


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


@pytest.fixture
def door(box: Box) -> Iterator[Path]:
    path = box.places.run / "keeper.sock"
    opened = process.Door(path, os.getuid(), -1)
    threading.Thread(target=_serve, args=(opened, box.verbs), daemon=True).start()
    yield path
    opened.close()


def _serve(opened: process.Door, verbs: Verbs) -> None:
    try:
        opened.serve(verbs, 30.0)
    except OSError:
        return


def say(path: Path, data: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as line:
        line.settimeout(5)
        line.connect(str(path))
        line.send(data)
        return line.recv(20_000)


def test_there_are_a_dozen_verbs_and_one_and_a_page_of_the_docs_names_each() -> None:
    names = {kind.__struct_config__.tag for kind in keeper.Request.__args__}
    assert len(names) == 13
    text = (Path(__file__).parents[2] / "docs" / "security.md").read_text()
    assert [name for name in names if f"`{name}`" not in text] == []


def test_it_answers_through_its_socket_which_only_the_hubs_group_may_use(box: Box, door: Path) -> None:
    assert door.stat().st_mode & 0o777 == 0o660
    told = keeper.decode_answer(say(door, b'{"verb":"tell_facts"}'))
    assert isinstance(told, keeper.Facts)
    assert (told.number, told.clock, told.wifi) == (10_007, keeper.ClockQuality.UNKNOWN, "off")


def test_another_user_is_turned_away_before_a_byte_is_read(box: Box) -> None:
    opened = process.Door(box.places.run / "keeper.sock", 12_345, -1)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    class Stranger:
        def getsockopt(self, *_: int) -> bytes:
            return process._CREDENTIALS.pack(1, 4242, 4242)

        def recv(self, _: int) -> bytes:
            raise AssertionError("it was read")

    with ours, theirs:
        answer = keeper.decode_answer(opened.answer(Stranger(), box.verbs))  # type: ignore[arg-type]
    opened.close()
    assert answer == keeper.Refusal("only the hub may ask keeper")
    assert box.commands.ran == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b'{"verb":"run","command":"reboot"}',
        b'{"verb":"restart","now":true}',
        b'{"verb":"set_clock","unix_ms":-1}',
        b'{"verb":"set_clock","unix_ms":1e30}',
        b'{"verb":"set_number","number":100000}',
        b'{"verb":"install_update","name":"../../etc/shadow"}',
        b'{"verb":"install_update","name":"-x.mos"}',
        b'{"verb":"show_light","pattern":"-.-.-.-."}',
        b'{"verb":"set_wifi","network":"a","country":"de"}',
        b"[" * 4000,
        b'{"verb":"tell_facts"}' + b" " * keeper.MAX_BYTES,
    ],
)
def test_what_is_no_verb_is_refused_and_nothing_is_done(box: Box, data: bytes) -> None:
    answer = keeper.decode_answer(process.answer_to(data, box.verbs))
    assert isinstance(answer, keeper.Refusal)
    assert answer.yours
    assert "\n" not in answer.why
    assert box.commands.ran == []


def test_who_says_nothing_and_who_leaves_hold_nobody_up(door: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as mute:
        mute.connect(str(door))
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as gone:
            gone.connect(str(door))
            gone.send(b'{"verb":"tell_facts"}')
        assert b'"answer":"facts"' in say(door, b'{"verb":"tell_facts"}')


def test_the_clock_is_told(box: Box) -> None:
    assert box.ask(keeper.SetClock(int((NOW + 500) * 1000))) == keeper.Done()
    assert box.now == NOW + 500
    refused = box.ask(keeper.SetClock(1000))
    assert isinstance(refused, keeper.Refusal)
    assert refused.yours


def test_a_number_is_kept_and_becomes_the_name(box: Box) -> None:
    assert box.ask(keeper.SetNumber(12)) == keeper.Done()
    assert box.commands.ran == [("hostname", "mos-12")]
    assert recall(box.places.kept / "number.json")["number"] == 12


def test_a_network_from_the_page_is_kept_and_used(box: Box) -> None:
    assert box.ask(keeper.SetWifi("School", "open sesame", "DE")) == keeper.Done()
    assert 'psk="open sesame"' in (box.places.run / "wpa_supplicant.conf").read_text()
    assert box.commands.ran == [("/etc/mos/wifi", "start")]
    facts = box.ask(keeper.TellFacts())
    assert isinstance(facts, keeper.Facts)
    assert facts.network == "School"
    refused = box.ask(keeper.SetWifi("School", "short"))
    assert isinstance(refused, keeper.Refusal)
    assert "wifi_password" in refused.why


def test_the_light_blinks_by_the_kernel(box: Box) -> None:
    assert box.ask(keeper.ShowLight("-.")) == keeper.Done()
    assert (box.leds / LED / "trigger").read_text() == "pattern"
    assert (box.leds / LED / "pattern").read_text() == "1 800 1 0 0 300 0 0 1 200 1 0 0 1600 0 0"
    assert box.ask(keeper.ShowLight("")) == keeper.Done()
    assert (box.leds / LED / "trigger").read_text() == "none"
    assert (box.leds / LED / "brightness").read_text() == "1"


def test_a_board_without_a_light_says_so(box: Box, tmp_path: Path) -> None:
    box.verbs = Verbs(box.places, Clock(box.places), Light("", box.leds), 1, box.commands)
    assert isinstance(box.ask(keeper.ShowLight("-")), keeper.Refusal)
    facts = box.ask(keeper.TellFacts())
    assert isinstance(facts, keeper.Facts)
    assert not facts.light


def test_a_hub_that_is_silent_is_shown(box: Box) -> None:
    opened = process.Door(box.places.run / "keeper.sock", os.getuid(), -1)
    pattern = box.leds / LED / "pattern"
    threading.Thread(target=_serve_soon, args=(opened, box.verbs), daemon=True).start()
    for _ in range(500):
        if pattern.exists() and pattern.read_text().count("1 200") == len(keeper.SILENT_HUB):
            break
        threading.Event().wait(0.01)
    else:
        raise AssertionError("the light never said it")
    opened.close()


def _serve_soon(opened: process.Door, verbs: Verbs) -> None:
    try:
        opened.serve(verbs, 0.05)
    except OSError:
        return


def test_failures_of_the_card_are_counted_from_the_kernels_log(box: Box) -> None:
    def errors() -> int:
        facts = box.ask(keeper.TellFacts())
        assert isinstance(facts, keeper.Facts)
        return facts.card_errors

    assert errors() == 0
    with box.log.open("ab") as log:
        log.write(b"3,512,90000;I/O error, dev mmcblk0, sector 2048 op 0x0:(READ)\n")
    assert errors() == 1
    assert errors() == 1


def test_it_stops_and_starts_the_box_and_keeps_the_time_first(box: Box) -> None:
    box.ask(keeper.SetClock(int(NOW * 1000)))
    box.now = NOW + 70
    assert box.ask(keeper.PowerOff()) == keeper.Done()
    assert box.ask(keeper.Restart()) == keeper.Done()
    assert box.commands.ran == [("poweroff",), ("reboot",)]
    assert (box.places.kept / "clock").read_text() == f"{int(NOW) + 70}\n"


def test_a_reset_must_name_the_box_and_is_done_at_the_next_start(box: Box) -> None:
    assert isinstance(box.ask(keeper.Reset(12)), keeper.Refusal)
    assert not (box.places.kept / "reset").exists()
    assert box.ask(keeper.Reset(10_007)) == keeper.Done()
    assert (box.places.kept / "reset").exists()
    assert box.commands.ran == [("reboot",)]


# -- updates -----------------------------------------------------------------------------------------------------------


class Real(Commands):
    """Runs what it is told, but `mount` and such."""


def updater(box: Box, script: str) -> None:
    box.places.updater.write_text(f"#!/bin/sh\n{script}\n")
    box.places.updater.chmod(0o755)
    box.verbs = box.made(Real())
    (box.places.hub / "updates").mkdir(parents=True, exist_ok=True)


def wait_for(box: Box) -> keeper.Update:
    for _ in range(500):
        told = box.ask(keeper.TellUpdate())
        assert isinstance(told, keeper.Update)
        if not told.installing:
            return told
        threading.Event().wait(0.01)
    raise AssertionError("it never ended")


def test_an_update_goes_on_by_itself_and_its_end_is_told(box: Box) -> None:
    updater(box, 'case $1 in install) sleep 0.2; cat "$2" > installed ;; state) echo \'{"slot":"a"}\' ;; esac')
    (box.places.hub / "updates/mos-1.mos").write_text("bundle")
    assert box.ask(keeper.InstallUpdate("mos-1.mos")) == keeper.Done()
    again = box.ask(keeper.InstallUpdate("mos-1.mos"))
    assert isinstance(again, keeper.Refusal)
    assert "already" in again.why
    told = wait_for(box)
    assert (told.told, told.failed) == ('{"slot":"a"}\n', "")


def test_why_an_update_was_refused_is_told_in_one_line(box: Box) -> None:
    updater(box, "case $1 in install) echo checking >&2; echo 'the signature is not ours' >&2; exit 1 ;; esac")
    (box.places.hub / "updates/mos-1.raucb").write_text("bundle")
    assert box.ask(keeper.InstallUpdate("mos-1.raucb")) == keeper.Done()
    assert wait_for(box).failed == "the signature is not ours"


def test_no_other_file_is_handed_to_the_updater(box: Box, tmp_path: Path) -> None:
    updater(box, "touch ran")
    secret = tmp_path / "secret.mos"
    secret.write_text("x")
    (box.places.hub / "updates/link.mos").symlink_to(secret)
    (box.places.hub / "updates/folder.mos").mkdir()
    (box.places.hub / "updates/plain.txt").write_text("x")
    for name in ("link.mos", "folder.mos", "plain.txt", "absent.mos"):
        refused = box.ask(keeper.InstallUpdate(name))
        assert isinstance(refused, keeper.Refusal), name
        assert refused.yours


def test_a_box_without_an_updater_says_so(box: Box) -> None:
    box.verbs = box.made(Real())
    told = box.ask(keeper.ConfirmUpdate())
    assert isinstance(told, keeper.Refusal)
    assert not told.yours


def test_a_stick_is_mounted_to_be_read_and_lists_what_may_be_a_bundle(box: Box) -> None:
    usb = box.places.root / "sys/devices/platform/usb1/1-1/host0/block/sda/sda1"
    usb.mkdir(parents=True)
    (box.places.root / "sys/devices/platform/ahci/block/sdb").mkdir(parents=True)
    (box.places.root / "sys/block").mkdir()
    for name in ("sda", "sdb"):
        where = usb.parent if name == "sda" else box.places.root / "sys/devices/platform/ahci/block/sdb"
        (box.places.root / "sys/block" / name).symlink_to(where)
    stick = box.places.run / "stick"
    stick.mkdir()
    for name in ("mos-2.mos", "holiday.jpg"):
        (stick / name).write_text("x")
    assert box.ask(keeper.OpenStick()) == keeper.Stick(["mos-2.mos"])
    (command,) = box.commands.ran
    assert command[0] == "mount"
    assert set(command[2].split(",")) >= {"ro", "nosuid", "nodev", "noexec"}
    assert command[-2:] == ("/dev/sda1", str(stick))


def test_without_a_stick_it_says_so(box: Box) -> None:
    assert box.ask(keeper.OpenStick()) == keeper.Refusal("there is no USB stick", False)


def test_commands_that_fail_or_hang_are_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mos_appliance.app.keeper_verbs.COMMAND_S", 0.05)
    for command, words in (
        (("sh", "-c", "echo one; echo two >&2; exit 3"), "two"),
        (("sh", "-c", "exit 3"), "ended with 3"),
        (("sleep", "5"), "timed out"),
        (("no-such-program",), "No such file"),
    ):
        with pytest.raises(Unavailable, match=words):
            Commands().run(*command)


def test_the_process_loads_little() -> None:
    script = "import sys, mos_appliance.app.keeper; print([n for n in sys.argv[1:] if n in sys.modules])"
    heavy = ("numpy", "asyncio", "subprocess", "argparse", "hashlib", "tomllib", "json", "aiohttp", "threading")
    done = subprocess.run(
        [process.sys.executable, "-P", "-c", script, *heavy], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_wire_refuses_what_is_too_long() -> None:
    with pytest.raises(BadInput, match="more than"):
        keeper.decode_request(b" " * (keeper.MAX_BYTES + 1))
    with pytest.raises(BadInput):
        keeper.decode_answer(b"{")
