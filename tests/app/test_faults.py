"""Each fault is brought about, and what light, page and voice make of it is looked at; keeper is the real one."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.board_facts import look
from drivers.kernel_log import CardErrors
from drivers.light import Light, steps
from drivers.wpa import WifiWatch
from mos_appliance.app import card_intake
from mos_appliance.app.disk_watch import DiskWatch
from mos_appliance.app.fault_watch import AGAIN_S, FaultWatch, Watched, taken_back
from mos_appliance.app.keeper import Door
from mos_appliance.app.keeper_clock import Clock
from mos_appliance.app.keeper_state import Places, make_folders
from mos_appliance.app.keeper_verbs import Commands, Verbs, use_wifi
from mos_appliance.app.voices import _spoken
from mos_appliance.app.wall_clock import UNCERTAIN, Quality, WallClock
from mos_appliance.companion.answers import Conflict
from mos_appliance.companion.state import State
from mos_appliance.companion.voice import voice_from_wav
from mos_appliance.net.keeper_link import KeeperLink
from mos_appliance.wire import faults, keeper, live
from mos_appliance.wire.faults import BY_NAME, FAULTS, LANGUAGES, Facts, find
from tests.drivers.test_wpa import Supplicant

LED = "ACT"
NOW = 1_800_000_000.0
PLAYING = live.Device("playing", "Headphones", 64, 2, 16, browser_sound=False)


class Scene:
    """A box that is well: keeper behind its socket, a tree of the kernel's files, a hub's state, ears and eyes."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.places = Places(place / "data", place / "keeper", place / "root", place / "update")
        make_folders(self.places)
        self.places.root.mkdir()
        self.hub_data = self.places.data / "mos"
        self.hub_data.mkdir()
        self.write("proc/mounts", f"/dev/mmcblk0p6 {self.places.data} ext4 rw,noatime 0 0\n")
        self.write("sys/class/hwmon/hwmon0/name", "cpu_thermal\n")
        self.write("sys/class/hwmon/hwmon1/name", "rpi_volt\n")
        self.write("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "0\n")
        device = self.hub_data.stat().st_dev
        node = self.places.root / f"sys/dev/block/{os.major(device)}:{os.minor(device)}"
        node.parent.mkdir(parents=True)
        node.symlink_to("../../devices/platform/mmc/mmcblk0/mmcblk0p6")
        self.write("sys/fs/ext4/mmcblk0p6/errors_count", "0\n")
        self.leds = place / "leds"
        (self.leds / LED).mkdir(parents=True)
        (self.leds / LED / "max_brightness").write_text("255\n")
        self.kmsg = place / "kmsg"
        self.kmsg.write_bytes(b"")
        self.write("run/update/state.json", update_state("kept"))
        self.wall = NOW
        self.clock = Clock(self.places, lambda: self.wall, self.set_wall)
        self.clock.start()
        self.clock.tell(int(NOW * 1000), False)
        wifi = WifiWatch(place / "wpa", place / "wpa-own")
        light = Light(LED, self.leds)
        self.verbs = Verbs(self.places, self.clock, light, 10_007, Commands(), wifi, CardErrors(self.kmsg))
        self.settings(b'language = "en"\n')
        self.state = State()
        self.state.engine = live.EngineState(running=True, restarts=0)
        self.state.device = PLAYING
        self.state.keyboard = live.Keyboard(["Piano"])
        self.disk = DiskWatch(self.hub_data, lambda _: None)
        socket = self.places.run / "keeper.sock"
        self.door = Door(socket, os.getuid(), -1)
        threading.Thread(target=self._serve, daemon=True).start()
        link = KeeperLink(socket)
        self.wall_clock = WallClock(on_image=True)
        self.watched = Watched(link, socket, self.hub_data, self.state, self.disk, self.wall_clock)
        self.watched.root = self.places.root
        self.now = 1000.0
        self.said: list[str] = []
        self.told: list[live.Faults] = []
        self.busy = False
        self.supplicant: Supplicant | None = None
        (place / "run").mkdir()
        self.mark = place / "run/number-said"
        self.mark.touch()
        self.watch = FaultWatch(self.watched, self.told.append, self.say, link, self.mark, lambda: self.now)

    def _serve(self) -> None:
        try:
            self.door.serve(self.verbs, 30.0)
        except OSError:
            return

    def set_wall(self, seconds: float) -> None:
        self.wall = seconds

    def write(self, name: str, text: str) -> None:
        path = self.places.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def settings(self, content: bytes) -> None:
        card_intake.take_in(self.places, content)

    async def say(self, text: str, language: str) -> float:
        if self.busy:
            raise Conflict("somebody speaks already")
        self.said.append(f"{language}: {text}")
        return 1.0

    async def pass_time(self, seconds: float) -> None:
        """Look every three seconds, for so long."""
        for _ in range(int(seconds / 3) + 1):
            await self.watch.look()
            self.now += 3

    def light(self) -> str:
        """What the light does now: a pattern, or nothing when it is steadily on or was never asked."""
        trigger = self.leds / LED / "trigger"
        if not trigger.exists() or trigger.read_text() != "pattern":
            return ""
        return (self.leds / LED / "pattern").read_text()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.door.close()


def hurt_wifi(event: str, times: int) -> Callable[[Scene], None]:
    def hurt(scene: Scene) -> None:
        use_wifi(scene.places, {"network": "School", "password": "open sesame", "country": "DE"})
        scene.supplicant = supplicant = Supplicant(scene.place / "wpa")
        scene.verbs._wifi.state()
        supplicant.work()
        for _ in range(times):
            supplicant.tell(event)

    return hurt


def unplug_sound(scene: Scene) -> None:
    scene.state.device = live.Device("simulated", "Silence", 256, 8, 16, browser_sound=True)


def unplug_keyboard(scene: Scene) -> None:
    scene.state.keyboard = live.Keyboard([])


def break_card(scene: Scene) -> None:
    with scene.kmsg.open("ab") as log:
        log.write(b"3,512,90000;I/O error, dev mmcblk0, sector 2048 op 0x0:(READ)\n")


def update_state(what: str) -> str:
    """As the updater writes it."""
    event = f'{{"at":1800000000,"what":"{what}","version":"0.2.0","slot":"B","why":"the engine was mute"}}'
    return f'{{"version":"0.1.0","slot":"A","other":"bad","trial":"","oldest":"0.1.0","events":[{event}]}}'


def forget_date(scene: Scene) -> None:
    scene.clock.quality = keeper.ClockQuality.CARRIED_OVER


HURTS: dict[str, Callable[[Scene], object]] = {
    "undervoltage": lambda scene: scene.write("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n"),
    "no_sound_device": unplug_sound,
    "bad_card": break_card,
    "full_card": lambda scene: scene.disk.refused(OSError(errno.ENOSPC, "No space left on device")),
    "update_rolled_back": lambda scene: scene.write("run/update/state.json", update_state("gone back")),
    "wrong_setting": lambda scene: scene.settings(b'class = "3b"\nvolume = "7"\n'),
    "wifi_wrong_password": hurt_wifi('CTRL-EVENT-SSID-TEMP-DISABLED id=0 ssid="School" reason=WRONG_KEY', 1),
    "wifi_not_found": hurt_wifi("CTRL-EVENT-NETWORK-NOT-FOUND", 3),
    "wifi_no_radio": lambda scene: use_wifi(scene.places, {"network": "School"}),
    "no_keyboard": unplug_keyboard,
    "date_uncertain": forget_date,
}


def test_every_fault_is_brought_about_here() -> None:
    assert list(HURTS) == [row.name for row in FAULTS]


async def test_of_a_box_that_is_well_nothing_is_said_and_the_light_is_steady(scene: Scene) -> None:
    await scene.pass_time(700)
    assert scene.told == []
    assert scene.said == []
    assert scene.light() == ""
    assert (scene.leds / LED / "brightness").read_text() == "255"


@pytest.mark.parametrize("name", list(HURTS))
async def test_a_fault_is_told_on_the_page_by_the_light_and_aloud(scene: Scene, name: str) -> None:
    row = BY_NAME[name]
    HURTS[name](scene)
    if row.after_s:
        await scene.watch.look()
        assert scene.told == [], "it was told before it had lasted"
    await scene.pass_time(row.after_s + 9)
    assert [[fault.fault for fault in told.faults] for told in scene.told] == [[name]]
    assert scene.light() == steps(row.light, 255)
    (fault,) = scene.told[0].faults
    if name == "no_sound_device":
        assert scene.said == [], "there is nothing to say it with"
    else:
        assert scene.said == [f"en: {fault.what} {fault.cure}"]
        assert "{" not in scene.said[0]


@pytest.mark.parametrize("name", [name for name in HURTS if name != "wrong_setting"])
async def test_the_box_speaks_its_own_language(scene: Scene, name: str) -> None:
    scene.settings(b'language = "de"\n')
    HURTS[name](scene)
    await scene.pass_time(BY_NAME[name].after_s + 9)
    assert scene.told[-1].faults[0].what == BY_NAME[name].texts["de"][0].replace("{network}", "School")
    assert all(said.startswith("de: ") for said in scene.said)


async def test_the_wrong_line_is_named_aloud_and_why_on_the_page(scene: Scene) -> None:
    scene.settings(b'class = "3b"\nvolume = "7"\nsound = loud\n')
    await scene.pass_time(9)
    (fault,) = scene.told[0].faults
    assert fault.what == "In the settings file this is not understood: line 2, 3."
    assert fault.detail == (
        "line 2: 'volume' is no setting; line 3: the value of sound needs quotation marks around it: sound = \"…\""
    )


async def test_a_fault_that_is_mended_is_told_of_no_more(scene: Scene) -> None:
    HURTS["no_keyboard"](scene)
    await scene.pass_time(30)
    scene.state.keyboard = live.Keyboard(["Piano"])
    await scene.pass_time(3)
    assert scene.told[-1] == live.Faults([])
    assert scene.light() == ""


async def test_the_light_shows_the_worst_and_all_are_said_one_after_the_other(scene: Scene) -> None:
    for name in ("no_keyboard", "full_card", "undervoltage"):
        HURTS[name](scene)
    await scene.pass_time(60)
    assert [fault.fault for fault in scene.told[-1].faults] == ["undervoltage", "full_card", "no_keyboard"]
    assert scene.light() == steps(BY_NAME["undervoltage"].light, 255)
    assert len(scene.said) == 3


async def test_a_fault_that_comes_and_goes_does_not_nag(scene: Scene) -> None:
    for _ in range(10):
        HURTS["undervoltage"](scene)
        await scene.pass_time(6)
        scene.write("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "0\n")
        await scene.pass_time(6)
    assert len(scene.said) == 1
    await scene.pass_time(AGAIN_S)
    HURTS["undervoltage"](scene)
    await scene.pass_time(6)
    assert len(scene.said) == 2


async def test_who_speaks_is_not_interrupted(scene: Scene) -> None:
    scene.busy = True
    HURTS["full_card"](scene)
    await scene.pass_time(30)
    assert scene.said == []
    scene.busy = False
    await scene.pass_time(3)
    assert len(scene.said) == 1


async def test_a_box_that_cannot_speak_goes_on(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    async def mute(_text: str, _language: str) -> float:
        raise OSError(errno.EAGAIN, "no process to be had")

    monkeypatch.setattr(scene.watch, "_say", mute)
    HURTS["full_card"](scene)
    await scene.pass_time(30)
    assert [fault.fault for fault in scene.told[-1].faults] == ["full_card"]


async def test_a_pattern_is_not_begun_anew_while_it_goes_on(scene: Scene) -> None:
    HURTS["full_card"](scene)
    await scene.pass_time(9)
    stamp = (scene.leds / LED / "pattern").stat().st_mtime_ns
    await scene.pass_time(60)
    assert (scene.leds / LED / "pattern").stat().st_mtime_ns == stamp


async def test_without_keeper_what_the_hub_sees_is_told_all_the_same(scene: Scene) -> None:
    scene.door.close()
    (scene.places.run / "keeper.sock").unlink()
    HURTS["full_card"](scene)
    await scene.pass_time(9)
    assert [fault.fault for fault in scene.told[-1].faults] == ["full_card"]
    assert len(scene.said) == 1


async def test_a_file_that_the_hub_may_not_read_costs_the_hub_nothing(scene: Scene) -> None:
    """Tests run as root, who may read everything: a folder in its place cannot be read by anybody."""
    card = scene.places.run / "card.json"
    card.unlink()
    card.mkdir()
    HURTS["full_card"](scene)
    await scene.pass_time(30)
    assert [fault.fault for fault in scene.told[-1].faults] == ["full_card"]


async def test_who_asked_for_silence_misses_no_sound_device(scene: Scene) -> None:
    scene.settings(b'sound = "silent"\n')
    unplug_sound(scene)
    await scene.pass_time(30)
    assert scene.told == []


async def test_a_box_that_is_told_to_be_quiet_shows_it_only(scene: Scene) -> None:
    scene.mark.unlink()
    scene.settings(b'voice = "off"\n')
    HURTS["full_card"](scene)
    await scene.pass_time(30)
    assert scene.said == []
    assert scene.light() == steps(BY_NAME["full_card"].light, 255)
    assert [fault.fault for fault in scene.told[-1].faults] == ["full_card"]


# -- the number --------------------------------------------------------------------------------------------------------


async def test_a_box_says_its_number_once_when_it_is_switched_on(scene: Scene) -> None:
    scene.mark.unlink()
    scene.settings(b'number = 10407\nlanguage = "de"\n')
    HURTS["full_card"](scene)
    await scene.pass_time(60)
    assert scene.said[0] == "de: Ich bin Nummer 1, 0, 4, 0, 7."
    assert len(scene.said) == 2
    again = FaultWatch(scene.watched, scene.told.append, scene.say, scene.watch._link, scene.mark, lambda: scene.now)
    await again.look()
    assert len(scene.said) == 2, "a hub that comes back does not introduce itself"


async def test_the_number_waits_for_sound(scene: Scene) -> None:
    scene.mark.unlink()
    unplug_sound(scene)
    await scene.pass_time(30)
    assert scene.said == []
    scene.state.device = PLAYING
    await scene.pass_time(6)
    assert "I am number" in scene.said[0]


# -- facts -------------------------------------------------------------------------------------------------------------


def test_a_bad_card_is_seen_in_each_of_its_ways(scene: Scene) -> None:
    assert find(Facts(data="in memory"))["bad_card"] == "nothing can be kept on it"
    assert find(Facts(data="rebuilt"))["bad_card"] == "it could not be read, what was kept is gone"
    assert find(Facts(card_errors=3))["bad_card"] == "3 errors"
    assert find(Facts(data="repaired")) == {}
    scene.write("sys/fs/ext4/mmcblk0p6/errors_count", "4\n")
    scene.write("proc/mounts", f"/dev/root / squashfs ro 0 0\n/dev/mmcblk0p6 {scene.places.data} ext4 ro 0 0\n")
    assert look(scene.hub_data, scene.places.root) == (False, 4, True)


def test_a_computer_that_tells_nothing_is_well(tmp_path: Path) -> None:
    assert look(tmp_path, tmp_path / "none") == (False, 0, False)
    assert look(tmp_path / "absent", tmp_path) == (False, 0, False)


def test_somebody_who_plays_has_a_keyboard() -> None:
    assert "no_keyboard" in find(Facts(keyboards=0))
    assert find(Facts(keyboards=0, played=True)) == {}


def test_the_updaters_words_are_read_with_care() -> None:
    assert taken_back(update_state("gone back").encode()) == "0.2.0: the engine was mute"
    for what in ("kept", "installed", "refused", "started"):
        assert taken_back(update_state(what).encode()) == ""
    for told in (b"", b"{", b"[]", b'{"events":[]}', b'{"events":[7]}', b"{}", b"\xff"):
        assert taken_back(told) == ""


# -- the date ----------------------------------------------------------------------------------------------------------


async def test_a_date_that_nobody_has_told_is_no_date_for_the_hub(scene: Scene) -> None:
    assert scene.wall_clock() == UNCERTAIN
    await scene.watch.look()
    assert scene.wall_clock.quality == Quality.TOLD
    assert scene.wall_clock() != UNCERTAIN
    forget_date(scene)
    await scene.watch.look()
    assert scene.wall_clock() == UNCERTAIN


def test_a_computers_date_is_believed() -> None:
    assert WallClock(on_image=False).quality == Quality.TOLD
    assert WallClock(on_image=False)() != UNCERTAIN


# -- the table ---------------------------------------------------------------------------------------------------------


def test_patterns_can_be_told_apart_and_counted() -> None:
    patterns = [row.light for row in FAULTS] + [keeper.SILENT_HUB]
    assert len(set(patterns)) == len(patterns)
    assert all(1 <= len(pattern) <= 4 and set(pattern) <= {".", "-"} for pattern in patterns)


def test_every_fault_is_told_with_its_cure_in_every_language() -> None:
    for row in FAULTS:
        assert tuple(row.texts) == LANGUAGES
        for what, cure in row.texts.values():
            assert len(what) + len(cure) < 220
            assert what.endswith(".")
            assert cure.endswith(".")
    assert set(faults._NUMBER) == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_message_can_be_spoken(language: str) -> None:
    """By the same program that speaks on the image."""
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed")
    facts = Facts(network="School", wrong_lines=((3, "x"),))
    for row in FAULTS:
        told = faults.told(row.name, "", facts, language)
        voice = voice_from_wav(await _spoken(f"{told.what} {told.cure}", language))
        assert 48_000 * 2 < len(voice) < 48_000 * 25, row.name
        assert int(abs(voice.astype(int)).max()) > 3000
        await asyncio.sleep(0)
