"""What a machine that has just started can tell of it: when things happened, what was read, who holds memory.

`boot_report.py` prints one JSON object. Times are seconds of the monotonic clock, sizes are bytes.
"""

import json
import os
import re
import time
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")


def marks() -> list[tuple[float, str]]:
    """What the image's scripts have noted (`mark` in /etc/mos/facts)."""
    lines = Path("/run/boot-times").read_text().splitlines()
    return [(float(line.split()[0]), line.partition(" ")[2]) for line in lines]


def sound_began() -> float | None:
    for status in sorted(PROC.glob("asound/card*/pcm*p/sub0/status")):
        found = re.search(r"trigger_time: (\d+\.\d+)", status.read_text())
        if found:
            return float(found[1])
    return None


def process(folder: Path) -> dict[str, object] | None:
    """One process; None for those of the kernel, and for what has just ended."""
    try:
        words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        started = int((folder / "stat").read_text().rpartition(")")[2].split()[19]) / TICKS
        kib = dict(re.findall(r"^(\w+): +(\d+) kB$", (folder / "smaps_rollup").read_text(), re.MULTILINE))
    except OSError:
        return None
    if not words:
        return None
    sizes = {name: int(kib[name]) << 10 for name in ("Rss", "Pss", "Locked") if name in kib}
    return {"pid": int(folder.name), "command": words[:80], "started": started, **sizes}


def read_bytes() -> dict[str, int]:
    told = {}
    for stat in sorted(Path("/sys/block").glob("*/stat")):
        sectors = int(stat.read_text().split()[2])
        if sectors:
            told[stat.parent.name] = sectors * 512
    return told


def memory() -> dict[str, int]:
    return {
        name: int(kib) << 10
        for name, kib in re.findall(r"^([\w()]+): +(\d+) kB$", (PROC / "meminfo").read_text(), re.MULTILINE)
    }


def main() -> None:
    found = [process(folder) for folder in PROC.iterdir() if folder.name.isdigit()]
    told = {
        "now": time.monotonic(),
        "marks": marks(),
        "sound_began": sound_began(),
        "read": read_bytes(),
        "memory": memory(),
        "processes": sorted((one for one in found if one), key=lambda one: one["pid"]),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
