"""One phone: connects to the hub, sets controls, and tells what it was told.

`phone.py SECONDS [CONTROL=VALUE | play]…` prints one JSON object: `messages` of each kind, first and last `statistics`,
`block_us` (p50, p99 and max as told), `voices_max`, `takes`, `notes`,
`blocks` (voices and p50 of each statistics).
"""

import asyncio
import collections
import json
import sys
import time
from typing import Any

import aiohttp

ADDRESS = "http://127.0.0.1:8080/api/v1/live"


def note_statistics(told: dict[str, Any], message: dict[str, Any]) -> None:
    told.setdefault("first", message)
    told["last"] = message
    told["voices_max"] = max(told["voices_max"], message["voices"])
    told["blocks"].append((message["voices"], message["block_us"]["p50"]))
    for name, value in message["block_us"].items():
        told["block_us"][name].append(value)


async def listen(seconds: float, wishes: list[str]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "voices_max": 0,
        "block_us": collections.defaultdict(list),
        "takes": [],
        "notes": [],
        "blocks": [],
    }
    kinds: collections.Counter[str] = collections.Counter()
    async with aiohttp.ClientSession() as session, session.ws_connect(ADDRESS) as live:
        for wish in wishes:
            name, _, value = wish.partition("=")
            message = (
                {"kind": "transport", "do": name}
                if not value
                else {"kind": "set", "control": name, "value": float(value)}
            )
            await live.send_json(message)
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                message = await live.receive_json(timeout=left)
            except TimeoutError:
                break
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
    print(json.dumps(asyncio.run(listen(float(sys.argv[1]), sys.argv[2:]))))


if __name__ == "__main__":
    main()
