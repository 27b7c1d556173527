"""Judgements are kept as long as their takes, and a damaged one is put aside."""

from __future__ import annotations

from pathlib import Path

import pytest

from mos_appliance.errors import Corrupt, Unavailable
from mos_appliance.store.judgements import Judgements
from mos_appliance.wire.practice import Judgement, NoteMark, Told

JUDGEMENT = Judgement(
    "000001",
    "bafy",
    "Minuet",
    "flow",
    True,
    12,
    11,
    [1, 2],
    [Told("notes", "wrong_note", 1, 0.985, "In bar 1 …", {"bar": 1}, {"beat": 2.0})],
    [NoteMark(1, "wrong", "n3", 1, 64, 65)],
    grade=3.5,
)


def judgements(folder: Path, takes: set[str]) -> Judgements:
    return Judgements(folder / "judgements", takes.__contains__, takes.__contains__)


async def test_what_was_said_of_a_take_is_read_again(tmp_path: Path) -> None:
    kept = judgements(tmp_path, {"000001"})
    await kept.write(JUDGEMENT)
    assert await judgements(tmp_path, {"000001"}).read("000001") == JUDGEMENT


async def test_a_take_that_was_never_judged_or_is_gone_has_none(tmp_path: Path) -> None:
    kept = judgements(tmp_path, {"000001", "000002"})
    await kept.write(JUDGEMENT)
    assert await kept.read("000002") is None
    assert await judgements(tmp_path, {"000002"}).read("000001") is None


async def test_it_goes_with_its_take_for_good(tmp_path: Path) -> None:
    await judgements(tmp_path, {"000001"}).write(JUDGEMENT)
    await judgements(tmp_path, {"000001"}).open()
    assert list((tmp_path / "judgements").glob("*.json"))
    await judgements(tmp_path, set()).open()
    assert not list((tmp_path / "judgements").glob("*.json"))


async def test_a_damaged_one_is_put_aside_and_told(tmp_path: Path) -> None:
    kept = judgements(tmp_path, {"000001"})
    await kept.write(JUDGEMENT)
    path = tmp_path / "judgements" / "000001.json"
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(Corrupt):
        await kept.read("000001")
    assert path.with_suffix(".damaged").exists()
    assert await kept.read("000001") is None


async def test_a_disk_that_refuses_is_told(tmp_path: Path) -> None:
    told: list[OSError] = []
    (tmp_path / "judgements").write_text("a file where the folder should be")
    kept = Judgements(tmp_path / "judgements", lambda _: True, lambda _: True, told.append)
    with pytest.raises(Unavailable):
        await kept.write(JUDGEMENT)
    assert told
