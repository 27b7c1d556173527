"""What a box says of itself, on an image: its light, its page and its voice, with keeper and the kernel as they ship.

The board's light is one of the kernel's own (`uleds`), whose patterns the kernel plays; the voice is heard by who
records what the box plays. What QEMU has no part for (voltage, radio) is brought about in `tests/app/test_faults.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from drivers.light import steps
from hw_tests import appliance
from hw_tests.bench.image import Image
from hw_tests.conftest import MakeTarget
from mos_appliance.wire.faults import BY_NAME
from tests.flows import listening

LED = "mos:status"
HOLD_LIGHT = f"""
import struct, time
light = open("/dev/uleds", "r+b", buffering=0)
light.write(struct.pack("64si", b"{LED}", 1))
time.sleep(100000)
"""
TELL_TIME = """
import json, urllib.request
body = json.dumps({{"unix_ms": {now_ms}}}).encode()
request = urllib.request.Request("http://127.0.0.1:8080/api/v1/clock", body, method="PUT")
print(urllib.request.urlopen(request, timeout=20).status)
"""
ASK = "wget -q -O - http://127.0.0.1:8080/api/v1/"


def ask(target: Image, path: str) -> dict[str, Any]:
    code, told = target.run(f"{ASK}{path}", 20)
    assert code == 0, told
    found: dict[str, Any] = json.loads(told)
    return found


def loud(sound: Path, at: int) -> bool:
    """Whether there is more than silence in that tenth of a second."""
    return listening.loudness(listening.read(sound, at, 4800)) > 1e-4


def faults(told: dict[str, Any]) -> list[str]:
    return [row["fault"] for row in told["faults"]]


def test_a_box_tells_what_is_wrong_by_light_page_and_voice(
    make_target: MakeTarget, keep_figures: Callable[[str, dict[str, Any]], None]
) -> None:
    target = make_target()
    if not isinstance(target, Image):
        pytest.skip("keeper is on an image only: --target image=FILE")
    target.put("/opt/light.py", HOLD_LIGHT.encode())
    target.run("setsid python3 -P /opt/light.py < /dev/null > /dev/null 2>&1 &")
    music = appliance.Appliance(target)
    target.settings = 'class = "3b"\nnumber = 12\nvolume = "7"\nlanguage = "de"\n'
    music.start(64)

    def light() -> str:
        folder = f"/sys/class/leds/{LED}"
        return target.run(f"cat {folder}/pattern 2> /dev/null || cat {folder}/trigger")[1].strip()

    health = music.wait_for("keeper", lambda told: told["keeper"] == "running", 90)
    assert (health["number"], health["clock"]) == (12, "unknown")
    # A line of the settings file, in the language of the box.
    health = music.wait_for("the line that is wrong", lambda told: "wrong_setting" in faults(told), 30)
    row = next(row for row in health["faults"] if row["fault"] == "wrong_setting")
    assert row["what"] == "In der Einstellungsdatei wird dies nicht verstanden: Zeile 4."
    assert "'volume' is no setting" in row["detail"]
    seen = {"wrong_setting": light()}
    assert seen["wrong_setting"] == steps(BY_NAME["wrong_setting"].light, 1)

    # A card that fails: the kernel is made to say so, as it would.
    target.run("echo '<3>I/O error, dev vda, sector 2048 op 0x0:(READ)' > /dev/kmsg")
    music.wait_for("the card", lambda told: faults(told)[:1] == ["bad_card"], 30)
    target.run("sleep 4")
    seen["bad_card"] = light()
    assert seen["bad_card"] == steps(BY_NAME["bad_card"].light, 1)

    # The date: told by a page, it is kept, and the fault that it was not known never comes.
    now_ms = 1_900_000_000_000
    target.put("/opt/tell.py", TELL_TIME.format(now_ms=now_ms).encode())
    assert target.run("python3 -P /opt/tell.py", 30)[1].strip() == "204"
    music.wait_for("the date", lambda told: told["clock"] == "told", 30)
    assert abs(int(target.run("date +%s")[1]) - now_ms // 1000) < 60
    assert int(target.run("cat /data/keeper/clock")[1]) >= now_ms // 1000

    said, heard = target.run("ls /run/mos/number-said")[0] == 0, ask(target, "health")["engine"]
    keeper = appliance.processes(target, "mos_appliance.app.keeper ")[-1]
    rss = target.run(f"grep VmRSS /proc/{keeper}/status")[1].split()
    pss = target.run(f"grep ^Pss: /proc/{keeper}/smaps_rollup")[1].split()
    target.close()
    sound = target._folder / "dac.wav"
    spoken = [at for at in range(0, listening.frames_in(sound) - 4800, 4800) if loud(sound, at)]
    assert len(spoken) > 20 or not said, "nobody played a note, and nothing was said"
    keep_figures(
        "box-faults",
        {
            "lights": seen,
            "number_said": said,
            "spoken_s": round(len(spoken) / 10, 1),
            "xruns": heard["xruns"],
            "rss_kb": rss[1],
            "pss_kb": pss[1],
        },
    )
