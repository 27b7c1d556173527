"""Hub and engine for real, started by `mos run`: what is played over the network is heard, kept and rendered."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest

from tests.flows.appliance import Appliance

SONG = Path(__file__).parent.parent / "data" / "midi" / "two_hands.mid"


@pytest.fixture(scope="module")
def appliance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    running = Appliance(tmp_path_factory.mktemp("appliance"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


class Visitor:
    """Somebody with a connection."""

    def __init__(self, http: aiohttp.ClientSession, page: aiohttp.ClientWebSocketResponse, api: str) -> None:
        self.http, self.page, self.api = http, page, api

    async def say(self, kind: str, **fields: object) -> None:
        await self.page.send_str(json.dumps({"kind": kind, **fields}))

    async def hear(self, kind: str, **fields: object) -> dict[str, Any]:
        async with asyncio.timeout(30):
            async for message in self.page:
                told: dict[str, Any] = json.loads(message.data)
                if told["kind"] == kind and all(told[name] == value for name, value in fields.items()):
                    return told
        raise AssertionError(f"the connection ended before {kind}")


@pytest.fixture
async def visitor(appliance: Appliance) -> AsyncIterator[Visitor]:
    api = f"{appliance.url}api/v1"
    async with aiohttp.ClientSession() as http:
        page = await http.ws_connect(f"{api}/live")
        yield Visitor(http, page, api)
        await page.close()


async def test_listening_in_hears_the_note_that_a_page_plays(visitor: Visitor) -> None:
    async with visitor.http.get(f"{visitor.api}/listen.wav") as answer:
        await answer.content.readexactly(44)
        await visitor.say("play", midi=[0x90, 69, 110])
        await visitor.hear("note", on=True, pitch=69)
        async with asyncio.timeout(20):
            while True:
                heard = np.frombuffer(await answer.content.readexactly(48_000), "<i2")[::2].astype(float)
                if np.abs(heard).max() > 60:
                    break
        sound = np.frombuffer(await answer.content.readexactly(48_000), "<i2")[::2].astype(float)
    await visitor.say("play", midi=[0x80, 69, 0])
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    assert abs(np.argmax(spectrum) * 48_000 / len(sound) - 440) < 4


async def test_a_song_that_was_put_is_loaded_plays_and_ends(visitor: Visitor) -> None:
    async with visitor.http.put(f"{visitor.api}/song", data=SONG.read_bytes()) as answer:
        assert answer.status == 200, await answer.text()
        parts = (await answer.json())["parts"]
    await visitor.say("set", control="tempo_scale", value=200)
    await visitor.say("transport", do="play", tick=0)
    await visitor.hear("transport", state="playing")
    note = await visitor.hear("note", on=True, source="song")
    assert 0 <= note["part"] < len(parts)
    await visitor.hear("transport", state="stopped")


async def test_what_was_played_is_a_take_also_when_the_engine_dies_in_the_middle(
    appliance: Appliance, visitor: Visitor
) -> None:
    for pitch in (60, 64, 67):
        await visitor.say("play", midi=[0x90, pitch, 90])
        await visitor.hear("note", on=True, pitch=pitch)
        await visitor.say("play", midi=[0x80, pitch, 0])
        await visitor.hear("note", on=False, pitch=pitch)
    health = appliance.health()
    assert health is not None
    os.kill(health["processes"]["engine"]["pid"], signal.SIGKILL)
    await visitor.hear("engine", running=True)
    take = await visitor.hear("take", state="kept")
    assert take["notes"] >= 3
    async with visitor.http.get(f"{visitor.api}/takes/{take['take']}.wav") as answer:
        assert answer.status == 200, await answer.text()
        with wave.open(io.BytesIO(await answer.read())) as sound:
            assert any(sound.readframes(sound.getnframes()))
