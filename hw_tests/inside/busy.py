"""One step of a box at work, for the crash states: keys, an import, a lesson of a student; what was promised is told.

`busy.py DEVICE NUMBER STUDENT`: plays ten keys on a raw MIDI device, sends the library a piece of its own, begins a
lesson (a student is made when STUDENT is `-`). Prints one JSON object when the box has said of each that it is done.
"""

import http.client
import json
import struct
import sys
import time
from pathlib import Path
from typing import Any

PORT = 8080
KEYS = (60, 62, 64, 65, 67, 69, 71, 72, 74, 76)


def ask(method: str, path: str, body: bytes = b"", **headers: str) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    connection.request(method, f"/api/v1{path}", body, headers)
    reply = connection.getresponse()
    content = reply.read()
    if reply.status >= 300:
        raise SystemExit(f"{method} {path}: {reply.status} {content[:300]!r}")
    return json.loads(content) if content else None


def tune(number: int) -> bytes:
    """A MIDI file that is no other's: eight crotchets by the digits of its number."""
    notes = b""
    for place in range(8):
        pitch = 48 + (number * 7 + place * (number % 5 + 1)) % 36
        notes += bytes((0, 0x90, pitch, 80, 96, 0x80, pitch, 0))
    track = notes + bytes((0, 0xFF, 0x2F, 0))
    return b"MThd" + struct.pack(">IHHH", 6, 0, 1, 96) + b"MTrk" + struct.pack(">I", len(track)) + track


def play(device: str) -> list[int]:
    pressed = []
    with Path(device).open("wb", buffering=0) as keyboard:
        for key in KEYS:
            pressed.append(time.monotonic_ns())
            keyboard.write(bytes((0x90, key, 90)))
            time.sleep(0.05)
            keyboard.write(bytes((0x80, key, 0)))
            time.sleep(0.02)
    return pressed


def bring_in(number: int) -> list[str]:
    headers = {"X-Name": f"crash{number}.mid", "Content-Type": "application/octet-stream"}
    state = ask("POST", "/library/imports", tune(number), **headers)
    while state["state"] not in ("done", "failed"):
        time.sleep(0.2)
        state = ask("GET", f"/library/imports/{state['number']}")
    if state["failed"]:
        raise SystemExit(f"import failed: {state['failed']}")
    return [*state["added"], *state["known"]]


def main() -> None:
    device, number, student = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    told: dict[str, Any] = {"pressed_ns": play(device)}
    told["cids"] = bring_in(number)
    if student == "-":
        student = ask("POST", "/students", b'{"nickname": "Crash"}', **{"Content-Type": "application/json"})["student"]
    else:
        ask("POST", f"/students/{student}/lesson")
    told["student"] = student
    told["at_ns"] = time.monotonic_ns()
    print(json.dumps(told))


if __name__ == "__main__":
    main()
