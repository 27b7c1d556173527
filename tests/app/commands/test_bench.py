import argparse
import json
import sys
import types
from pathlib import Path

import pytest

from mos_appliance.app.benchmarks import Figure
from mos_appliance.app.commands import bench


@pytest.fixture(autouse=True)
def two_benchmarks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two benchmarks, `one` and `two`, and an empty directory to keep results in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bench, "names", lambda: ["one", "two"])
    for name, value in (("one", 1.0), ("two", 2_000_000.0)):
        module = types.ModuleType(name, f"Measures {name}.\n\nAnd more.")
        figures = [Figure(f"figure {name}", value, "µs", "peer", 3)]
        vars(module)["measure"] = figures.copy
        monkeypatch.setitem(sys.modules, f"mos_appliance.app.benchmarks.{name}", module)


def measured(*names: str, as_json: bool = False) -> int:
    return bench.run(argparse.Namespace(name=list(names), json=as_json))


def kept() -> list[dict[str, object]]:
    figures: list[dict[str, object]] = json.loads(Path("build/bench.json").read_text())["figures"]
    return figures


def test_all_are_measured_when_none_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert measured() == 0
    told = capsys.readouterr().out
    assert "one: Measures one." in told and "2,000,000" in told
    assert [row["name"] for row in kept()] == ["figure one", "figure two"]
    assert set(kept()[0]) >= {"name", "value", "unit", "peer", "peer_value"}


def test_what_was_measured_before_stays(capsys: pytest.CaptureFixture[str]) -> None:
    measured("one")
    measured("two")
    measured("two")
    assert [row["name"] for row in kept()] == ["figure one", "figure two"]


def test_json_is_one_object_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    measured("one", as_json=True)
    assert json.loads(capsys.readouterr().out)["figures"] == kept()


def test_a_torn_file_of_results_is_begun_anew() -> None:
    Path("build").mkdir()
    Path("build/bench.json").write_text('{"figures": [{"na')
    assert measured("one") == 0
    assert len(kept()) == 1


def test_an_unknown_name_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert measured("three") == 2
    assert capsys.readouterr().err == "mos bench: there is no three; there are one, two\n"
    assert not Path("build").exists()


def test_figures_stand_under_each_other() -> None:
    text = bench.table([Figure("a", 1, "s"), Figure("longer", 12_345.678, "MB", "mido", 7)])
    assert text.splitlines()[1:] == [
        "  a            1 s",
        "  longer  12,346 MB         7 mido",
    ]
