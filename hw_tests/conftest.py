"""Options and the target of the hardware tests: `pytest hw_tests --target bench | ssh://HOST | image=FILE`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from hw_tests.appliance import wall_clock
from hw_tests.bench.image import Image
from hw_tests.bench.packages import NotAvailable
from hw_tests.bench.target import Bench
from hw_tests.board import Board, Cables
from hw_tests.target import Lacks, Target
from image import emulate

BUILD = Path(__file__).resolve().parents[1] / "build"
OUTCOMES = BUILD / "hardware" / "outcomes" / "all.json"
MakeTarget = Callable[..., Target]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--target", default="bench", help="bench, ssh://HOST, or image=FILE")
    parser.addoption("--resume", action="store_true", help="leave out what has passed --long at this commit")
    parser.addoption("--long", action="store_true", help="as many presses and seconds as the evidence needs")
    parser.addoption("--signing", default="~/.cache/mos/image/signing", help="image: folder of its updates' key")
    parser.addoption("--lean", action="store_true", help="updates: without tutor, keeper, network, growth")
    for name, meaning in (
        ("keyboard-device", "board: raw MIDI device cabled back to the keyboard's input"),
        ("serial-out", "board: serial line cabled to the DIN input"),
        ("serial-in", "board: the DIN input"),
        ("recorder", "board: ALSA recording device cabled to the headphone output"),
        ("power", "board: command that takes its power away for a few seconds"),
    ):
        parser.addoption(f"--{name}", default="", help=meaning)


def pytest_configure(config: pytest.Config) -> None:
    target = str(config.getoption("--target"))
    if target.startswith("image="):
        if not Path(target.removeprefix("image=")).is_file():
            pytest.exit(f"--target {target}: no such image; make image makes one", returncode=3)
    elif target != "bench" and not target.startswith("ssh://"):
        pytest.exit(f"--target {target}: is none of bench, ssh://HOST, image=FILE", returncode=2)


def commit() -> str:
    """What is checked out, with a mark where it was changed."""
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    return subprocess.run(command, cwd=BUILD.parent, capture_output=True, text=True, check=False).stdout.strip()


def _outcomes() -> dict[str, dict[str, Any]]:
    return json.loads(OUTCOMES.read_text()) if OUTCOMES.exists() else {}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--resume"):
        return
    known, now = _outcomes(), commit()
    done = {name for name, told in known.items() if told["outcome"] == "passed" and told["commit"] == now}
    left = [item for item in items if item.nodeid.removeprefix("hw_tests/") not in done]
    config.hook.pytest_deselected(items=[item for item in items if item not in left])
    items[:] = left


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """The long run remembers how each test ended."""
    report = yield
    if report.when == "call" and item.config.getoption("--long"):
        ended = {"outcome": report.outcome, "seconds": round(report.duration), "commit": commit(), "date": wall_clock()}
        OUTCOMES.parent.mkdir(parents=True, exist_ok=True)
        told = _outcomes() | {item.nodeid.removeprefix("hw_tests/"): ended}
        OUTCOMES.write_text(json.dumps(told, indent=1) + "\n")
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """What a machine lacks is no failure of MOS: the test says what it would need."""
    try:
        return (yield)
    except Lacks as error:
        pytest.skip(f"{item.config.getoption('--target')} lacks {error}")


@pytest.fixture
def make_target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeTarget]:
    """Makes targets that are given back when the test ends; `shift` 1 is half the speed, on the bench only."""
    made: list[Target] = []
    chosen = str(request.config.getoption("--target"))

    def make(shift: int = 0, timer: bool = False) -> Target:
        target: Target
        if not chosen.startswith("ssh://"):
            folder = tmp_path / f"guest{len(made)}"
            image = Path(chosen.removeprefix("image="))
            try:
                target = Bench(folder, shift, timer) if chosen == "bench" else Image(folder, image, shift, timer)
            except (NotAvailable, emulate.NotAvailable) as error:
                pytest.exit(str(error), returncode=3)
        else:
            if shift:
                raise Lacks("a processor of half the speed")
            options = ("keyboard-device", "serial-out", "serial-in", "recorder", "power")
            cables = Cables(*(str(request.config.getoption(f"--{name}")) for name in options))
            target = Board(chosen.removeprefix("ssh://"), cables)
        made.append(target)
        return target

    yield make
    for target in made:
        target.close()


@pytest.fixture
def is_long(request: pytest.FixtureRequest) -> bool:
    """Whether to prove, or to look."""
    return bool(request.config.getoption("--long"))


@pytest.fixture
def only_long(is_long: bool) -> None:
    """For what `make test` has no time for."""
    if not is_long:
        pytest.skip("the short run has no time for it: make evidence runs it, or pytest hw_tests --long")


@pytest.fixture
def kept_figures(request: pytest.FixtureRequest) -> Callable[[str], dict[str, Any] | None]:
    """What another test of this kind of run has kept, if it has run."""
    folder = BUILD / "hardware" if request.config.getoption("--long") else BUILD / "hardware" / "short"

    def kept(name: str) -> dict[str, Any] | None:
        place = folder / f"{name}.json"
        return json.loads(place.read_text()) if place.exists() else None

    return kept


@pytest.fixture
def keep_figures(request: pytest.FixtureRequest) -> Callable[[str, dict[str, Any]], None]:
    """Writes a result to build/hardware/NAME.json (the long run) or build/hardware/short/, with date and target."""
    folder = BUILD / "hardware" if request.config.getoption("--long") else BUILD / "hardware" / "short"

    def keep(name: str, figures: dict[str, Any]) -> None:
        place = folder / f"{name}.json"
        place.parent.mkdir(parents=True, exist_ok=True)
        told = {"date": wall_clock(), "target": str(request.config.getoption("--target")), **figures}
        place.write_text(json.dumps(told, indent=1) + "\n")

    return keep
