"""One phone: connects to the hub, sets controls, and tells what it was told.

`phone.py SECONDS [CONTROL=VALUE | play]…` prints one JSON object: `messages` of each kind, first and last `statistics`,
`block_us` (p50, p99 and max as told), `voices_max`, `takes`, `notes`,
`blocks` (voices and p50 of each statistics).

A phone is another machine: what it computes must not be charged to the box, whose cores share one clock on the bench.
So this one speaks WebSocket (RFC 6455) by hand, keeps what comes as it comes, and reads it when the time is over.
"""

import base64
import collections
import json
import os
import socket
import struct
import sys
import time
from typing import Any

HOST, PORT = "127.0.0.1", 8080
MASK = bytes(4)
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class Phone:
    """A WebSocket that collects frames. Errors: `ConnectionError`."""

    def __init__(self) -> None:
        self._socket = socket.create_connection((HOST, PORT), timeout=30)
        key = base64.b64encode(os.urandom(16)).decode()
        asked = f"GET /api/v1/live HTTP/1.1\r\nHost: {HOST}:{PORT}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        self._socket.sendall(f"{asked}Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        self._pending = b""
        while b"\r\n\r\n" not in self._pending:
            self._receive()
        head, _, self._pending = self._pending.partition(b"\r\n\r\n")
        if b" 101 " not in head.splitlines()[0]:
            raise ConnectionError(head.decode(errors="replace"))
        self.frames: list[bytes] = []

    def _receive(self) -> None:
        chunk = self._socket.recv(1 << 16)
        if not chunk:
            raise ConnectionError("the hub closed the connection")
        self._pending += chunk

    def send(self, kind: int, payload: bytes) -> None:
        """A masked frame; a mask of zeros leaves it as it is."""
        length = len(payload)
        head = struct.pack("!BB", 0x80 | kind, 0x80 | min(length, 126))
        self._socket.sendall(head + (struct.pack("!H", length) if length >= 126 else b"") + MASK + payload)

    def listen(self, seconds: float) -> None:
        """Keep frames for so long; answer pings."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                self._receive()
            except TimeoutError:
                return
            while (frame := self._frame()) is not None:
                kind, payload = frame
                if kind == PING:
                    self.send(PONG, payload)
                elif kind == CLOSE:
                    raise ConnectionError("the hub said good-bye")
                elif kind == TEXT:
                    self.frames.append(payload)

    def _frame(self) -> tuple[int, bytes] | None:
        """The next whole frame. The hub masks nothing and sends each message in one."""
        pending = self._pending
        if len(pending) < 2:
            return None
        kind, length, start = pending[0] & 15, pending[1] & 127, 2
        if length >= 126:
            size = 2 if length == 126 else 8
            if len(pending) < 2 + size:
                return None
            length, start = int.from_bytes(pending[2 : 2 + size], "big"), 2 + size
        if len(pending) < start + length:
            return None
        self._pending = pending[start + length :]
        return kind, pending[start : start + length]


def note_statistics(told: dict[str, Any], message: dict[str, Any]) -> None:
    told.setdefault("first", message)
    told["last"] = message
    told["voices_max"] = max(told["voices_max"], message["voices"])
    told["blocks"].append((message["voices"], message["block_us"]["p50"]))
    for name, value in message["block_us"].items():
        told["block_us"][name].append(value)


def told_by(frames: list[bytes]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "voices_max": 0,
        "block_us": collections.defaultdict(list),
        "takes": [],
        "notes": [],
        "blocks": [],
    }
    kinds: collections.Counter[str] = collections.Counter()
    for frame in frames:
        message = json.loads(frame)
        kinds[message["kind"]] += 1
        if message["kind"] == "statistics":
            note_statistics(told, message)
        elif message["kind"] == "note":
            told["notes"].append(message)
        elif message["kind"] == "take":
            told["takes"].append(message)
        elif message["kind"] == "notice":
            told.setdefault("notices", []).append(message["text"])
    return {**told, "messages": kinds}


def main() -> None:
    phone = Phone()
    for wish in sys.argv[2:]:
        name, _, value = wish.partition("=")
        asked: dict[str, Any] = {"kind": "transport", "do": name}
        if value:
            asked = {"kind": "set", "control": name, "value": float(value)}
        phone.send(TEXT, json.dumps(asked).encode())
    phone.listen(float(sys.argv[1]))
    print(json.dumps(told_by(phone.frames)))


if __name__ == "__main__":
    main()
