"""Versions on trial: kept when they are well, left by themselves when they are not, and always with a reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from mos_appliance.app.update_log import MOST_BYTES, Event, Log
from mos_appliance.app.update_told import last_update
from mos_appliance.app.updates import Facts, Health, Loader, Updates, panic_line, version_key
from mos_appliance.errors import BadInput, Unavailable

WELL = Health("", "HDA Intel", True)
FRESH = {"BOOT_ORDER": "A B", "BOOT_A_LEFT": "3", "BOOT_B_LEFT": "3"}


class Card:
    """The loader's memory, which starts of either root share, and the log of the data partition."""

    def __init__(self, folder: Path) -> None:
        self.kept = dict(FRESH)
        self.log = Log(folder / "updates/log")

    def _write(self, values: dict[str, str]) -> None:
        self.kept.update(values)

    def start(self, booted: str, version: str = "0.1.0") -> Updates:
        facts = Facts(version, "mos-aarch64", "0.1.0", booted)
        return Updates(facts, Loader(lambda: dict(self.kept), self._write), self.log, lambda: 1_800_000_000.0)

    def install(self) -> None:
        """As RAUC does it: the other root is bad while it is written, then the first."""

        def write() -> None:
            assert self.kept["mos_trial"] == "B 0.2.0", "a cut now would not be noticed"
            self.kept |= {"BOOT_ORDER": "B A", "BOOT_B_LEFT": "2"}

        self.start("A").install("0.2.0", "HDA Intel", write)

    def story(self) -> list[tuple[str, str]]:
        return [(event.what, event.why) for event in self.log.events()]


@pytest.fixture
def card(tmp_path: Path) -> Card:
    return Card(tmp_path)


def test_a_version_that_is_well_is_kept_and_gets_all_its_starts_back(card: Card) -> None:
    card.install()
    card.kept["BOOT_B_LEFT"] = "1"
    tried = card.start("B", "0.2.0")
    assert tried.begin("") == "0.2.0"
    assert tried.state().trial == "0.2.0"
    assert tried.judge("0.2.0", WELL)
    assert (card.kept["BOOT_B_LEFT"], card.kept["mos_trial"]) == ("3", "")
    assert card.start("B", "0.2.0").begin("") == "", "it is tried once only"
    assert [what for what, _ in card.story()] == ["installing", "installed", "started", "kept"]


@pytest.mark.parametrize(
    ("health", "why"),
    [
        (Health("the hub does not answer: refused", "HDA Intel", True), "the hub does not answer: refused"),
        (Health("the engine does not run", "", False), "the engine does not run"),
        (
            Health("", "Silence (simulated)", False),
            "no sound: it plays into Silence (simulated), the version before played into HDA Intel",
        ),
    ],
)
def test_a_version_that_is_not_well_is_left_for_the_one_before(card: Card, health: Health, why: str) -> None:
    card.install()
    tried = card.start("B", "0.2.0")
    tried.begin("")
    assert not tried.judge("0.2.0", health)
    assert (card.kept["BOOT_ORDER"], card.kept["BOOT_B_LEFT"]) == ("A B", "0")
    back = card.start("A")
    assert back.begin("") == ""
    assert card.story()[-1] == ("gone back", why)
    assert card.kept["mos_trial"] == ""
    assert back.state().other == "bad"


@pytest.mark.parametrize(
    ("found_by_loader", "panic", "why"),
    [
        ("no kernel", "", "no kernel"),
        ("", "", "the kernel was started and nothing came of it: the watchdog ended it"),
        ("", "Attempted to kill init! exitcode=0x00000100", "the kernel stopped: Attempted to kill init!"),
    ],
)
def test_a_version_that_never_spoke_leaves_its_reason_to_the_one_before(
    card: Card, found_by_loader: str, panic: str, why: str
) -> None:
    card.install()
    card.kept |= {"BOOT_B_LEFT": "0", "mos_why_B": found_by_loader}
    card.start("A").begin(panic)
    what, told = card.story()[-1]
    assert what == "gone back"
    assert told.startswith(why)
    assert card.kept["BOOT_ORDER"] == "A B"


def test_a_version_that_was_switched_off_on_trial_is_not_called_broken_without_saying_so(card: Card) -> None:
    card.install()
    card.start("B", "0.2.0").begin("")
    card.start("A").begin("")
    assert card.story()[-1] == ("gone back", "it was switched off, or stood still, before it was found well")


def test_a_box_switched_off_during_an_installation_says_that_it_was_cut_off(card: Card) -> None:
    def pulled() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        card.start("A").install("0.2.0", "", pulled)
    assert card.start("A").begin("") == ""
    assert card.story()[-1] == ("cut off", "the box was switched off during the installation")
    assert card.kept["BOOT_B_LEFT"] == "0"


def test_a_refused_bundle_leaves_no_trial_behind(card: Card) -> None:
    def refuse() -> None:
        raise BadInput("x.raucb", "is damaged")

    with pytest.raises(BadInput):
        card.start("A").install("0.2.0", "", refuse)
    assert card.kept["mos_trial"] == ""
    assert card.story()[-1] == ("refused", "x.raucb: is damaged")


def test_nothing_is_installed_over_the_version_to_go_back_to_while_one_is_on_trial(card: Card) -> None:
    card.install()
    with pytest.raises(Unavailable, match="on trial itself"):
        card.start("B", "0.2.0").install("0.3.0", "", lambda: None)


def test_a_box_whose_kept_root_did_not_start_says_that_it_fell_back(card: Card) -> None:
    card.start("B").begin("")
    assert card.story() == [("fell back", "the other root did not start")]


def test_a_start_that_changes_nothing_writes_nothing(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    started = card.start("A")
    started.begin("")

    def never(_: dict[str, str]) -> None:
        raise AssertionError("written")

    monkeypatch.setattr(started._loader, "write", never)  # what is asked is whether it is called
    started.keep()


@pytest.mark.parametrize(
    ("compatible", "version", "why"),
    [
        ("another-box", "0.2.0", "is for another-box"),
        ("mos-aarch64", "0.0.9", "the oldest that this box takes is 0.1.0"),
        ("mos-aarch64", "newest", "is not up to four numbers"),
    ],
)
def test_a_bundle_for_another_box_or_before_the_floor_is_refused(
    card: Card, compatible: str, version: str, why: str
) -> None:
    with pytest.raises(BadInput, match=why):
        card.start("A").check(compatible, version)


def test_versions_are_compared_by_their_numbers() -> None:
    assert version_key("0.10.0") > version_key("0.9") == version_key("0.9.0")


def test_a_box_that_no_loader_started_says_that_it_cannot_be_updated(card: Card) -> None:
    assert card.start("").state().slot == ""
    with pytest.raises(Unavailable, match="cannot be updated"):
        card.start("").other()


def test_the_log_stays_short_and_survives_a_line_that_a_power_cut_left_half(tmp_path: Path) -> None:
    log = Log(tmp_path / "log")
    for number in range(600):
        log.append(Event(number, "installed", "0.2.0", "B", "x" * 100))
        assert (tmp_path / "log").stat().st_size <= MOST_BYTES
    with (tmp_path / "log").open("ab") as file:
        file.write(b'{"at":1,"wha')
    log.append(Event(601, "kept", "0.2.0", "B"))
    assert [event.at for event in log.events()][-2:] == [599, 601]


def test_the_hub_tells_in_one_line_what_came_of_the_last_update(card: Card, tmp_path: Path) -> None:
    assert last_update(None) == last_update(tmp_path / "state.json") == ("none", "")
    card.install()
    card.kept |= {"BOOT_B_LEFT": "0", "mos_why_B": "no kernel"}
    back = card.start("A")
    back.begin("")
    (tmp_path / "state.json").write_bytes(msgspec.json.encode(back.state()))
    assert last_update(tmp_path / "state.json") == ("A", "0.2.0: gone back: no kernel")
    (tmp_path / "state.json").write_bytes(b"{")
    assert last_update(tmp_path / "state.json") == ("none", "the updater's state cannot be read")


@pytest.fixture
def memory(tmp_path: Path) -> Callable[[str], Path]:
    def make(text: str) -> Path:
        (tmp_path / "dmesg-ramoops-0").write_text(text)
        return tmp_path

    return make


def test_the_last_words_of_the_kernel_are_read_once(memory: Callable[[str], Path]) -> None:
    text = "<6>[ 1.0] a\n<0>[ 1.2] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100\n<6>[1.3] b"
    folder = memory(text)
    assert panic_line(folder) == "Attempted to kill init! exitcode=0x00000100"
    assert panic_line(folder) == ""
