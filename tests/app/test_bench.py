"""`mos bench`: what cannot be had is said and costs no other benchmark; the bench's figures keep their peers."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from mos_appliance.app.benchmarks import Figure, hardware
from mos_appliance.app.commands import bench
from mos_appliance.errors import Unavailable


def test_a_benchmark_that_cannot_be_had_is_told_and_the_others_are_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def lacking() -> Iterator[Figure]:
        raise Unavailable("mke2fs (Debian: apt install e2fsprogs)")
        yield

    modules = {
        "lacking": SimpleNamespace(measure=lacking),
        "there": SimpleNamespace(measure=lambda: [Figure("f", 1, "s")]),
    }
    monkeypatch.setattr(bench, "names", lambda: sorted(modules))
    monkeypatch.setattr(bench.importlib, "import_module", lambda name: modules[name.rpartition(".")[2]])
    monkeypatch.setattr(bench, "RESULTS", tmp_path / "bench.json")
    assert bench.run(argparse.Namespace(name=[], json=True)) == 3
    said = capsys.readouterr()
    assert "lacking: needs mke2fs (Debian: apt install e2fsprogs)" in said.err
    assert [row["name"] for row in json.loads(said.out)["figures"]] == ["f"]


def test_figures_of_the_long_run_go_before_those_of_a_short_one_and_stand_beside_their_bounds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    when = {"date": "2026-11-22 22:00 UTC"}
    usb = {"presses": 1000, "p50_ms": 2.7, "max_ms": 3.5, "xruns": 0} | when
    block = {"bare_us": 200.0, "ours_us": 240.0, "appliance_us": 260.0} | when
    kept = {
        "latency-usb-64": usb,
        "latency-usb-64-fluidsynth": {"presses": 1000, "p50_ms": 3.0, "max_ms": 4.0} | when,
        "block-36": block,
        "block-66": block,
        "burst-300": {"xruns": 0, "shed": 170, "true_peak_dbtp": -5.0} | when,
        "short/latency-usb-64": usb | {"presses": 40},
    }
    (tmp_path / "short").mkdir()
    for name, told in kept.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(told))
    monkeypatch.setattr(hardware, "KEPT", tmp_path)
    figures = {figure.name: figure for figure in hardware.measure()}
    p50 = figures["key to converter, USB 64×2, 1000 presses (2026-11-22), p50"]
    assert (p50.value, p50.peer_value) == (2.7, 3.7)
    beside = figures["key to converter, USB 64×2, 1000 presses (2026-11-22), max beside"]
    assert (beside.value, beside.peer_value) == (3.5, 4.0)
    assert figures["block of 64 frames, 36 voices (2026-11-22), our loop alone"].peer_value == 250.0
    assert figures["300 note-ons at once (2026-11-22), voices shed"].value == 170
