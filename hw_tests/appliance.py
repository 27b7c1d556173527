"""MOS on a target: started, asked, played, stopped, the way its owner would."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from hw_tests.target import DATA, Target

SOUNDFONT = "/tmp/timing.sf2"
HEALTH = "wget -q -O - http://127.0.0.1:8080/api/v1/health"


class DidNot(AssertionError):
    """MOS did not do what was waited for; the text holds its log."""


def trying(command: str, seconds: float) -> str:
    """A shell loop that tries `command` until it succeeds, and fails after `seconds`."""
    return f"n=0; until {command}; do n=$((n+1)); [ $n -gt {int(seconds * 10)} ] && exit 1; sleep 0.1; done"


@dataclass
class Appliance:
    """`mos run` on a target."""

    target: Target

    def start(
        self,
        period: int = 64,
        soundfont: bytes | None = None,
        controls: dict[str, list[float]] | None = None,
        din: str = "",
    ) -> None:
        """Start it at that period, with these controls as if remembered, and wait until it sounds and serves."""
        target = self.target
        target.run(f"mkdir -p {DATA}")
        target.put(f"{DATA}/engine.json", json.dumps({"controls": controls or {}, "periods": {}}).encode())
        if soundfont is not None:
            target.put(SOUNDFONT, soundfont)
        target.start_mos(period, SOUNDFONT if soundfont is not None else "", din)
        self.wait_for("engine running", lambda health: health["engine"]["running"])
        self.wait_for("sound", lambda health: health["engine"]["device_state"] in ("playing", "PLAYING"))

    def health(self) -> dict[str, Any] | None:
        """What `/api/v1/health` tells; None while nobody answers."""
        code, output = self.target.run(HEALTH, 10)
        if code:
            return None
        told: dict[str, Any] = json.loads(output)
        return told

    def wait_for(self, what: str, is_so: Any, seconds: float = 60.0, step_s: float = 0.25) -> dict[str, Any]:
        """Ask for health until `is_so` of it. Errors: `DidNot`, with the end of the log."""
        health = None
        for _ in range(int(seconds / step_s)):
            health = self.health()
            if health is not None and is_so(health):
                return health
            self.target.run(f"sleep {step_s}")
        raise DidNot(f"no {what} within {seconds:g} s: {health}\n{self.log()[-2000:]}")

    def log(self) -> str:
        return self.target.log()

    def pid(self, name: str) -> int:
        """Process id of one of its processes."""
        told = (self.health() or {"processes": {}})["processes"].get(name)
        if told is not None:
            return int(told["pid"])
        return processes(self.target, f"mos_appliance _{name} ")[-1]

    def await_keyboard(self) -> None:
        """Wait until patchbay has connected a keyboard."""
        self.run_until("keyboard connected", "grep -q 'connected\": *true' /run/mos*/keyboards.json")

    def run_until(self, what: str, command: str, seconds: float = 20.0) -> None:
        """Try a command until it succeeds. Errors: `DidNot`."""
        code, _ = self.target.run(trying(command, seconds), seconds + 5)
        if code:
            raise DidNot(f"no {what} within {seconds:g} s\n{self.log()[-2000:]}")

    def stop(self) -> None:
        """End it in order."""
        for pid in processes(self.target, "mos_appliance run "):
            self.target.run(f"kill -TERM {pid}")
        self.target.run("sleep 1")


def processes(target: Target, words: str) -> list[int]:
    """Those whose command line holds these words, the newest last; an image has no pgrep."""
    look = f"tr '\\0' ' ' < $p/cmdline 2> /dev/null | grep -q -e '{words}' && echo ${{p#/proc/}}"
    _, found = target.run(f"for p in /proc/[0-9]*; do [ $p = /proc/$$ ] || {{ {look}; }}; done")
    return sorted(int(pid) for pid in found.split() if pid.isdigit())


PLAYER = "python3 /opt/bench/keyboard.py /tmp/keyboard.json"
CLOCK = "python3 /opt/bench/played.py"


def play(target: Target, spec: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Let `inside/keyboard.py` play; what it tells."""
    return _played(target, spec, PLAYER, seconds)[-1]


def play_by_clock(target: Target, spec: dict[str, Any], seconds: float) -> tuple[dict[str, Any], ...]:
    """What the sound device told of its time just before, what the player tells, and the device just after.

    All three in one request: when the guest is stopped, QEMU's sound loses up to a tenth of a millisecond.
    With `at_once` in the spec the player waits for no look at the device before.
    """
    looks = [CLOCK, PLAYER, CLOCK][1 if spec.get("at_once") else 0 :]
    return tuple(_played(target, spec, " && ".join(looks), seconds + 5))


def _played(target: Target, spec: dict[str, Any], command: str, seconds: float) -> list[dict[str, Any]]:
    target.put("/tmp/keyboard.json", json.dumps(spec).encode())
    code, output = target.run(command, seconds)
    if code:
        raise DidNot(f"the keyboard could not be played: {output[-1000:]}")
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def burst(music: Appliance, device: str) -> dict[str, Any]:
    """Play 300 note-ons at once; what the box says of it. No phone is connected: what it computes is not the box's."""
    before = music.wait_for("rest", lambda told: told["engine"]["voices"] == 0)["engine"]
    played = play(music.target, {"device": device, "burst": 300, "after_s": 2.0, "settle_s": 2.0}, 30)
    music.target.run("sleep 0.5")
    after = music.wait_for("figures", lambda told: told["engine"]["running"])["engine"]
    return {
        "burst_ms": round((played["burst_ended_ns"] - played["burst_began_ns"]) / 1e6, 2),
        "xruns": after["xruns"] - before["xruns"],
        "shed": after["voices_shed"] - before["voices_shed"],
        "block_us_max": after["block_us"]["max"],
    }


def start_phone(target: Target, seconds: float, *wishes: str) -> None:
    """A phone connects and stays; `phone_told` waits for what it tells. Nice: another machine takes nobody's turn."""
    asked = f"python3 /opt/bench/phone.py {seconds} {' '.join(wishes)}"
    phone = f"nice -n 19 taskset 1 {asked} > /tmp/phone.part 2> /tmp/phone.err"
    target.run(f"rm -f /tmp/phone.json; {{ {phone} && mv /tmp/phone.part /tmp/phone.json; }} > /dev/null 2>&1 &")


def phone_told(target: Target, seconds: float) -> dict[str, Any]:
    """Errors: `DidNot` when the phone came to grief."""
    target.run(trying("[ -f /tmp/phone.json ] || [ -s /tmp/phone.err ]", seconds), seconds + 5)
    try:
        told: dict[str, Any] = json.loads(target.get("/tmp/phone.json"))
    except OSError as error:
        raise DidNot(f"the phone told nothing: {target.run('cat /tmp/phone.err')[1][-1000:]}") from error
    return told


def wall_clock() -> str:
    """Date and time for evidence."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
