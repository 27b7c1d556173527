"""Updates of an image that its loader starts: refused, installed while it plays, kept, and left again when broken.

One box for the whole story, in this order; it is `0.1.0` until the last test. Only for `--target image=FILE`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hw_tests import appliance
from hw_tests.bench import variants
from hw_tests.bench.loaded import LoadedBox, loaded_command, make_card, make_stick
from image import bundle, slot

N, NEXT, OLDER = "0.1.0", "0.2.0", "0.0.9"
COMPATIBLE = bundle.COMPATIBLE.read_text().strip()
STICK = "/tmp/stick"
OTHER_ROOT = "cat /sys/block/mmcblk0/mmcblk0p5/stat"
FAULTS = {
    "no-kernel": "no kernel",
    "kernel-hangs": "the kernel was started and nothing came of it: the watchdog ended it",
    "init-crashes": "the kernel stopped: Attempted to kill init!",
    "mute": "no sound: it plays into Silence",
    "no-hub": "the hub does not answer",
}
Keep = Callable[[str, dict[str, Any]], None]


@dataclass
class Box:
    """The running box, and what it is asked."""

    machine: LoadedBox

    def ask(self, command: str, seconds: float = 60.0) -> str:
        code, output = self.machine.run(command, seconds)
        assert code == 0, f"{command}: {output[-2000:]}"
        return output

    def state(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.ask("/usr/lib/mos/update state"))
        return told

    def last(self, what: str, version: str) -> str:
        """Why, of the newest line of the log; it must be of that kind."""
        event = self.state()["events"][-1]
        assert (event["what"], event["version"]) == (what, version), event
        return str(event["why"])

    def await_kept(self, version: str) -> None:
        """Until a root is running that has all its starts again."""
        self.ask(appliance.trying("[ -e /run/update/judged ]", 150), 200)
        assert self.state()["version"] == version

    def install(self, name: str, seconds: float = 900.0) -> tuple[int, str]:
        return self.machine.run(f"/usr/lib/mos/update install {STICK}/{name}.raucb 2>&1", seconds)

    def mount_stick(self) -> None:
        self.ask(appliance.trying("[ -b /dev/sda ]", 10), 30)
        self.ask(f"mkdir -p {STICK}; mountpoint -q {STICK} || mount -t vfat -o ro /dev/sda {STICK}", 30)


def make_bundles(image: Path, tree: Path, signing: Path) -> list[Path]:
    """Every bundle of the story, signed with the key that the image knows, but for the stranger's."""
    folder = tree.parent
    kernel = variants.kernel_of(image, folder)
    crashing = variants.crashing_root(folder)

    def bundled(name: str, root: Path, kernel: bytes, version: str = NEXT, keys: Path = signing) -> Path:
        slot.assemble(root, kernel, version, folder / "slot")
        if name == "no-kernel":
            variants.without_kernel(folder / "slot")
        bundle.sign(folder / "slot", version, COMPATIBLE, keys, folder / f"{name}.raucb")
        return folder / f"{name}.raucb"

    slot.assemble(variants.pack(tree, N, None, folder / "n"), kernel, N, folder / "n.slot")
    stranger = folder / "stranger-key"
    bundle.make_key(stranger)
    made = [
        bundled("no-kernel", crashing, kernel),
        bundled("kernel-hangs", crashing, variants.hanging_kernel()),
        bundled("init-crashes", crashing, kernel),
        bundled("mute", variants.pack(tree, NEXT, variants.mute, folder / "root"), kernel),
        bundled("no-hub", variants.pack(tree, NEXT, variants.without_hub, folder / "root"), kernel),
        bundled("stranger", crashing, kernel, keys=stranger),
        bundled("older", crashing, kernel, version=OLDER),
        bundled("good", variants.pack(tree, NEXT, None, folder / "root"), kernel),
    ]
    content = bytearray((folder / "init-crashes.raucb").read_bytes())
    (folder / "cut-off.raucb").write_bytes(content[:-3000])
    content[20_000] ^= 1
    (folder / "tampered.raucb").write_bytes(content)
    return [*made, folder / "cut-off.raucb", folder / "tampered.raucb"]


@pytest.fixture(scope="module")
def box(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    chosen = str(request.config.getoption("--target"))
    if not chosen.startswith("image="):
        pytest.skip("updates are of an image: --target image=FILE")
    image = Path(chosen.removeprefix("image="))
    signing = Path(str(request.config.getoption("--signing"))).expanduser()
    folder = tmp_path_factory.mktemp("update")
    variants.unpack(image, folder / "tree", bool(request.config.getoption("--lean")))
    make_stick(make_bundles(image, folder / "tree", signing), folder)
    make_card(image, folder / "n.slot", variants.owner_of_mos(folder / "tree"), folder)
    shutil.rmtree(folder / "tree")
    machine = LoadedBox(folder, loaded_command(folder))
    try:
        running = Box(machine)
        running.await_kept(N)
        yield running
    finally:
        machine.switch_off()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("tampered", "is damaged"),
        ("cut-off", "is no bundle, or is cut off"),
        ("stranger", "was not signed by who may update this box"),
        ("older", f"is version {OLDER}, the oldest that this box takes is {N}"),
    ],
)
def test_a_bundle_that_may_not_come_is_refused_in_one_line_before_anything_is_written(
    box: Box, name: str, why: str
) -> None:
    box.mount_stick()
    before = box.ask(OTHER_ROOT).split()[4:7]
    code, told = box.install(name)
    assert code == 1
    assert why in told and len(told.strip().splitlines()) == 1, told
    assert box.ask(OTHER_ROOT).split()[4:7] == before, "the other root was written to"
    assert box.state()["trial"] == ""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_version_is_left_by_itself_and_the_box_says_why(box: Box, fault: str, keep_figures: Keep) -> None:
    box.mount_stick()
    code, told = box.install(fault)
    assert code == 0, told
    assert box.state()["other"] == "waiting"
    box.machine.restart()
    while box.ask("cat /etc/mos/version").strip() != N:
        box.machine.wait_for_start()
    box.await_kept(N)
    why = box.last("gone back", NEXT)
    starts = box.machine.console().count("U-Boot 20")
    keep_figures(f"update-{fault}", {"why": why, "starts_so_far": starts})
    assert why.startswith(FAULTS[fault])
    assert box.state()["slot"] == "A"


def test_a_good_version_is_installed_while_notes_sound_tried_and_kept(box: Box, keep_figures: Keep) -> None:
    box.mount_stick()
    health = "wget -q -O - http://127.0.0.1:8080/api/v1/health"
    box.ask("mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config")
    box.ask("modprobe libcomposite; modprobe dummy_hcd")
    device = box.ask("python3 -P /opt/bench/gadget.py plug", 60).split()[-1]
    box.ask(appliance.trying("grep -q 'connected\": *true' /run/mos/keyboards.json", 30), 60)
    before = json.loads(box.ask(health))["engine"]
    spec = {"device": device, "pads": 8, "presses": 100_000, "least_ms": 90, "most_ms": 140, "hold_ms": 80}
    box.machine.put("/tmp/keyboard.json", json.dumps(spec).encode())
    playing = "nice -n 5 python3 /opt/bench/keyboard.py /tmp/keyboard.json"
    box.ask(f"{playing} > /tmp/keyboard.out 2>&1 & echo $! > /tmp/keys")
    box.ask("sleep 2")
    playing_already = json.loads(box.ask(health))["engine"]
    began = float(box.ask("cut -d' ' -f1 /proc/uptime"))
    code, told = box.install("good")
    ended = float(box.ask("cut -d' ' -f1 /proc/uptime"))
    assert code == 0, told
    after = json.loads(box.ask(health))["engine"]
    assert after["voices"] > 0, "nothing sounded"
    box.ask("kill $(cat /tmp/keys)")
    figures = {"seconds": round(ended - began, 1), "xruns": after["xruns"] - before["xruns"], "voices": after["voices"]}
    figures["xruns_before_the_update"] = playing_already["xruns"] - before["xruns"]
    box.machine.restart()
    box.await_kept(NEXT)
    keep_figures("update-good", {**figures, "state": box.state()})
    assert box.last("kept", NEXT) == ""
    assert box.state()["slot"] == "B"
    assert figures["xruns"] == 0, figures
