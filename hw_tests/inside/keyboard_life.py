"""One keyboard through patchbay and back, as the engine and the hub would see it; tells all of it as JSON.

`keyboard_life.py DEVICE STEP…`: `notes` plays two keys on DEVICE and reads what comes out of MOS:keyboard; `restart`
kills patchbay; `local_off` asks for it and reads what the keyboard is told; `engine_back` makes the port anew; `told`
is what the engine was sent; `unplug` and `plug` do so (the bench only) and tell the keyboards then.
"""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from drivers.midi_in import MidiIn
from mos_appliance.wire.controls import BY_NAME
from mos_appliance.wire.records import Kind, decode, encode

RUN = Path("/tmp/patchbay-test")
PATIENCE_S = 15.0
KEYS = (0x90, 60, 100, 62, 101, 0x80, 60, 0, 62, 0)


def keyboards() -> list[str]:
    try:
        return list(json.loads((RUN / "keyboards.json").read_text())["names"])
    except FileNotFoundError:
        return []


def wait(count: int) -> list[str]:
    until = time.monotonic() + PATIENCE_S
    while len(keyboards()) != count and time.monotonic() < until:
        time.sleep(0.02)
    return keyboards()


def drained(port: MidiIn) -> list[tuple[int, int, int]]:
    time.sleep(0.3)
    messages = []
    while (message := port.poll()) is not None:
        messages.append(message)
    return messages


class Life:
    def __init__(self, device: str) -> None:
        self.device = device
        RUN.mkdir(exist_ok=True)
        self.engine = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        (RUN / "engine.sock").unlink(missing_ok=True)
        self.engine.bind(str(RUN / "engine.sock"))
        self.port = MidiIn()
        self.patchbay = self.start()
        wait(1)

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "mos_appliance", "_patchbay", "--run", str(RUN)])

    def notes(self) -> object:
        player = os.open(self.device, os.O_WRONLY)
        os.write(player, bytes(KEYS))
        came = drained(self.port)
        os.close(player)
        return came

    def restart(self) -> object:
        self.patchbay.kill()
        self.patchbay.wait()
        (RUN / "keyboards.json").unlink()
        self.patchbay = self.start()
        return wait(1)

    def local_off(self) -> object:
        ears = os.open(self.device, os.O_RDONLY | os.O_NONBLOCK)
        self.heard(ears)  # the first read switches the input on
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as hub:
            record = encode(Kind.SET_CONTROL, 1.0, 0, index=BY_NAME["local_off"].number)
            hub.sendto(record, str(RUN / "patchbay.sock"))
        time.sleep(0.5)
        heard = self.heard(ears)
        os.close(ears)
        return list(heard)

    def heard(self, ears: int) -> bytes:
        try:
            return os.read(ears, 4096)
        except BlockingIOError:
            return b""

    def engine_back(self) -> object:
        self.port.close()
        self.port = MidiIn()
        time.sleep(1.0)
        return keyboards()

    def told(self) -> object:
        kinds = []
        while True:
            try:
                kinds += [record.kind.name for record in decode(self.engine.recv(4096))]
            except BlockingIOError:
                return kinds


def main() -> None:
    life = Life(sys.argv[1])
    seen: list[object] = [keyboards()]
    for step in sys.argv[2:]:
        match step:
            case "unplug" | "plug":
                subprocess.run([sys.executable, "/tmp/gadget.py", step], check=True, stdout=subprocess.DEVNULL)
                seen.append(wait(0 if step == "unplug" else 1))
            case _:
                seen.append(getattr(life, step)())
    life.patchbay.kill()
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
