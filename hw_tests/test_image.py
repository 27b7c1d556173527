"""What only an image has: its init, its rights, its partitions, its ports."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from hw_tests import appliance
from hw_tests.bench.image import Image
from hw_tests.conftest import MakeTarget
from hw_tests.target import DATA, Target

COMPANION = {8080}
THE_EMULATORS_OWN = {8081}
"""Lets in who emulates the image; it is there only on the board `qemu_aarch64`."""
DEVICE = "http://127.0.0.1:8080/api/v1/device"
LOOPBACK = ("0100007F", "00000000000000000000000001000000")


def output(target: Target, command: str) -> str:
    code, told = target.run(command)
    assert code == 0, f"{command}: {told}"
    return told


def open_ports(target: Target) -> set[int]:
    """TCP ports that listen and UDP ports that are bound, on any address but loopback's."""
    ports = set()
    for protocol, state in (("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")):
        for line in output(target, f"cat /proc/net/{protocol}").splitlines()[1:]:
            words = line.split()
            address, _, port = words[1].partition(":")
            if words[3] == state and address not in LOOPBACK:
                ports.add(int(port, 16))
    return ports


def sectors_written(target: Target) -> int:
    return sum(int(line.split()[6]) for line in output(target, "cat /sys/block/vd*/stat").splitlines())


def test_a_box_at_rest_has_one_port_open_no_root_process_of_ours_and_writes_nothing(
    make_target: MakeTarget, keep_figures: Callable[[str, dict[str, Any]], None]
) -> None:
    target = make_target()
    if not isinstance(target, Image):
        pytest.skip("what init and partitions do is for --target image=FILE")
    music = appliance.Appliance(target)
    music.start(64)
    target.run("sleep 90", 120)  # what was written at the start is on the card by then: 15 s, and 30 s once more
    assert open_ports(target) <= COMPANION | THE_EMULATORS_OWN

    ours = re.findall(r"^ *(\d+) (\S+) .*mos_appliance(\S*)", output(target, "ps -o pid,user,args"), re.MULTILINE)
    by_root = [(pid, module) for pid, user, module in ours if user != "mos"]
    assert len(ours) > len(by_root) and {module for _, module in by_root} <= {".app.keeper"}
    networks = {output(target, f"readlink /proc/{pid}/ns/net") for pid, _ in by_root}
    assert output(target, "readlink /proc/1/ns/net") not in networks, "a process of root's has a network"
    assert output(target, "python3 -P /opt/bench/open_to_all.py").split() == [], "anybody may write to these"
    mounts = {line.split()[1]: line.split()[3].split(",") for line in output(target, "cat /proc/mounts").splitlines()}
    assert "ro" in mounts["/"]
    assert {"nosuid", "nodev", "noexec"} <= set(mounts["/data"])
    data_mib = int(output(target, "df -m /data").splitlines()[-1].split()[1])
    assert data_mib > 150, "the data partition has not taken what is left of the card"

    before = sectors_written(target)
    target.run("sleep 60", 90)
    written = sectors_written(target) - before
    keep_figures("image-at-rest", {"data_mib": data_mib, "sectors_written_in_60_s": written})
    assert written == 0


TURNED_UP = {"volume": [100.0], "volume_cap": [-1.0]}


def faults(target: Target) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(output(target, f"wget -q -O - {DEVICE}"))["faults"]
    return told


def test_a_box_whose_card_is_full_starts_plays_and_says_what_to_do(make_target: MakeTarget) -> None:
    target = make_target()
    if not isinstance(target, Image):
        pytest.skip("filling the card is for --target image=FILE")
    music = appliance.Appliance(target)
    target.run(f"mkdir -p {DATA}")
    # At the volume of a new box these keys reach 533, silence with its dither 12: this box was turned up.
    target.put(f"{DATA}/engine.json", json.dumps({"controls": TURNED_UP, "periods": {}}).encode())
    target.put_shelf_stamp()
    target.first_start = True  # nothing more is laid onto a card that is full now
    target.start_mos(64, "", "")
    music.wait_for("engine running", lambda health: health["engine"]["running"])
    # The first start gives the data partition what is left of the card, and makes what it needs there.
    music.run_until(
        "the card grown", "test $(df -m /data | tail -n 1 | awk '{print $2}') -gt 150 && ls /data/keeper", 60
    )
    target.run("dd if=/dev/zero of=/data/filler bs=64k; dd if=/dev/zero bs=512 >> /data/filler; sync", 120)
    assert output(target, "df -k /data").splitlines()[-1].split()[3] == "0"

    target.cut_power()
    music = appliance.Appliance(target)
    target.start_mos(64, "", "")
    music.wait_for("engine running", lambda health: health["engine"]["running"])
    device = target.plug_keyboard()
    music.await_keyboard()
    appliance.play(target, {"device": device, "presses": 5, "key": 60, "settle_s": 0.5}, 30)
    frames, _ = target.heard()
    assert abs(frames.astype(int)).max() > 1000, "nothing was heard"
    music.run_until("the full card told", f"wget -q -O - {DEVICE} | grep -q full_card", 30)
    full = next(fault for fault in faults(target) if fault["fault"] == "full_card")
    assert "full" in full["what"] and "Delete" in full["cure"], full

    output(target, "rm /data/filler")
    music.run_until("room again", f"! wget -q -O - {DEVICE} | grep -q full_card", 30)
    appliance.play(target, {"device": device, "presses": 5, "key": 60, "settle_s": 2.0}, 30)
    takes = json.loads(output(target, "wget -q -O - http://127.0.0.1:8080/api/v1/takes"))
    assert takes and takes[-1]["notes"] > 0, takes
