"""How long an image takes until it sounds and answers, what it reads for that, and who holds memory afterwards.

    python -m hw_tests.boot --image FILE [--output FILE.json]

Counted in the emulator: a nanosecond is an instruction. Once with the card in memory, so that no wait for a disk is in
the count, and once with it on a disk, for what is read of it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from hw_tests.appliance import wall_clock
from hw_tests.bench import guest, image
from hw_tests.bench.packages import NotAvailable

_UNTIL_IT_ANSWERS: Final = """after_sound
until wget -q -O /dev/null http://127.0.0.1:8080/api/v1/health; do sleep 0.1; done
mark "hub: answers"
cat /sys/block/*/stat > /run/read-at-answer
sleep {rest}"""
REST_S: Final = 20
"""Virtual seconds after which the box is idle: what the start has used once is given back."""


def boot(card: Path, in_memory: bool) -> dict[str, Any]:
    """One start, from power-on to rest; what the machine tells of it, `power_on_s` before its own clock began."""
    with tempfile.TemporaryDirectory(prefix="mos-boot-") as place:
        folder = Path(place)
        image.copy_card(card, folder)
        wait = _UNTIL_IT_ANSWERS.format(rest=REST_S)
        machine = image.start(folder, 0, timer=False, held=False, wait=wait, in_memory=in_memory)
        try:
            machine.put("/opt/bench/since_power_on", guest.native_program("since_power_on").read_bytes())
            _, clocks = machine.run("chmod 755 /opt/bench/since_power_on; /opt/bench/since_power_on")
            code, told = machine.run("python3 -P /opt/bench/boot_report.py")
            _, kernel = machine.run("dmesg")
            _, data = machine.run("cat /run/data-partition; df -k /data; cat /run/e2fsck")
        finally:
            machine.switch_off()
        if code:
            raise RuntimeError(f"the machine told nothing: {told[-1000:]}")
        since, clock = (float(word) for word in clocks.split())
        return {**json.loads(told), "power_on_s": round(since - clock, 6), "kernel": kernel, "data": data}


def main(argv: Sequence[str]) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="hw_tests.boot", description=__doc__)
    parser.add_argument("--image", type=Path, required=True)
    parser.add_argument("--output", type=Path, default=Path("build/hardware/boot.json"))
    args = parser.parse_args(argv)
    args.output.parent.mkdir(parents=True, exist_ok=True)
    told: dict[str, Any] = {"date": wall_clock(), "image": args.image.name}
    try:
        for name, in_memory in (("memory", True), ("disk", False)):
            told[name] = boot(args.image, in_memory)
            args.output.write_text(json.dumps(told, indent=1) + "\n")
    except (NotAvailable, image.emulate.NotAvailable) as error:
        print(f"boot: needed: {error}", file=sys.stderr)
        return 3
    print(args.output)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
