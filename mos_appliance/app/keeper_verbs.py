"""What each verb of keeper does. Every command that it starts stands here, with arguments that were looked at."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from drivers.kernel_log import CardErrors
from drivers.light import Light
from drivers.wpa import NO_RADIO, OFF, WifiWatch, settings_file
from mos_appliance.app.keeper_clock import Clock
from mos_appliance.app.keeper_state import Places, keep, recall, set_number
from mos_appliance.errors import BadInput, MosError, Unavailable
from mos_appliance.store.document import write_document
from mos_appliance.wire import keeper

if TYPE_CHECKING:
    import subprocess

UPDATE_BYTES: Final = 16_384
"""Of what the updater says; more is cut off."""
COMMAND_S: Final = 20.0
BUNDLE_ENDS: Final = (".raucb", ".mos")
MAX_NAMES: Final = 100
_MOUNT: Final = ("mount", "-o", "ro,nosuid,nodev,noexec,noatime")
_STICK: Final = "stick"
WIFI_SETTINGS: Final = "wpa_supplicant.conf"


class Commands:
    """Programs of the image, each with a time to end in. What starts them is loaded when needed: keeper is small."""

    def run(self, *command: str) -> str:
        """Its output. Errors: `Unavailable` with its last words."""
        import subprocess

        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=COMMAND_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unavailable(f"{command[0]}: {error}") from error
        if done.returncode:
            words = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise Unavailable(words[-1][:300] if words else f"{command[0]} ended with {done.returncode}")
        return done.stdout

    def begin(self, command: Sequence[str], output: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start what takes long. Errors: `Unavailable`."""
        import subprocess

        try:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        except OSError as error:
            raise Unavailable(f"{command[0]}: {error.strerror}") from error


class Verbs:
    """Does what is asked, one thing after the other."""

    def __init__(
        self,
        places: Places,
        clock: Clock,
        light: Light,
        number: int,
        commands: Commands,
        wifi: WifiWatch | None = None,
        log: CardErrors | None = None,
    ) -> None:
        self._places, self._clock, self._light, self._commands = places, clock, light, commands
        self.number = number
        self._wifi = wifi or WifiWatch()
        self._log = log or CardErrors()
        self._installing: subprocess.Popen[bytes] | None = None
        self._install_failed = ""

    def answer(self, request: keeper.Request) -> keeper.Told:
        """Do it. What cannot be done is an answer too."""
        try:
            return self._do(request)
        except MosError as error:
            return keeper.Refusal(str(error), isinstance(error, BadInput))
        except OSError as error:
            return keeper.Refusal(error.strerror or "the system refused")

    def _do(self, request: keeper.Request) -> keeper.Told:
        match request:
            case keeper.TellFacts():
                return self._facts()
            case keeper.TellUpdate():
                return self._update()
            case keeper.OpenStick():
                return self._open_stick()
            case keeper.SetClock():
                self._clock.tell(request.unix_ms, request.synchronised)
            case keeper.SetNumber():
                set_number(self._places, request.number)
                self.number = request.number
                self._commands.run("hostname", f"mos-{request.number}")
            case keeper.SetWifi():
                self._set_wifi(request)
            case keeper.ShowLight():
                self._light.show(request.pattern)
            case keeper.InstallUpdate():
                self._install(request)
            case keeper.ConfirmUpdate():
                self._commands.run(str(self._places.updater), "confirm")
            case keeper.CloseStick():
                self._close_stick()
            case _:
                self._stop(request)
        return keeper.Done()

    def _stop(self, request: keeper.Restart | keeper.PowerOff | keeper.Reset) -> None:
        """The box ends, at once or to start anew. A reset is only noted: `begin` empties the data partition then.

        Errors: `BadInput` when a reset does not name this box.
        """
        if isinstance(request, keeper.Reset):
            if request.number != self.number:
                raise BadInput("number", "is not the number of this box")
            write_document(self._places.kept / "reset", b"\n")
        else:
            self._clock.save()
        self._commands.run("poweroff" if isinstance(request, keeper.PowerOff) else "reboot")

    def silent(self, pattern: str) -> None:
        """Nobody has asked for a long time: show it, where there is a light."""
        if self._light.there():
            self._light.show(pattern)

    # -- one by one --------------------------------------------------------------------------------------------------

    def _facts(self) -> keeper.Facts:
        network = recall(self._places.kept / "wifi.json").get("network", "")
        wifi = self._wifi.state()
        if wifi == OFF and (self._places.run / WIFI_SETTINGS).exists():
            wifi = NO_RADIO
        return keeper.Facts(
            number=self.number,
            clock=self._clock.quality,
            light=self._light.there(),
            card_errors=self._log.count(),
            wifi=wifi,
            network=network if isinstance(network, str) else "",
        )

    def _set_wifi(self, wish: keeper.SetWifi) -> None:
        kept = recall(self._places.kept / "wifi.json")
        use_wifi(self._places, {**kept, "network": wish.network, "password": wish.password, "country": wish.country})
        if not self._wifi.reconfigure():
            self._commands.run("/etc/mos/wifi", "start")

    def _install(self, wish: keeper.InstallUpdate) -> None:
        """Errors: `BadInput` for no file of that name, `Unavailable` while another is being installed."""
        if self._is_installing():
            raise Unavailable("an update is being installed already", 30.0)
        if not wish.name.endswith(BUNDLE_ENDS):
            raise BadInput("name", f"ends with none of {', '.join(BUNDLE_ENDS)}")
        folder = self._places.run / _STICK if wish.from_stick else self._places.hub / "updates"
        bundle = folder / wish.name
        try:
            regular = stat.S_ISREG(bundle.lstat().st_mode)
        except OSError as error:
            raise BadInput("name", "is not there") from error
        if not regular:
            raise BadInput("name", "is no file")
        self._install_failed = ""
        with (self._places.run / "install.log").open("wb") as output:
            self._installing = self._commands.begin((str(self._places.updater), "install", str(bundle)), output)

    def _is_installing(self) -> bool:
        """Whether it goes on; what came of one that has ended is kept."""
        if self._installing is None:
            return False
        code = self._installing.poll()
        if code is None:
            return True
        self._installing = None
        if code:
            said = (self._places.run / "install.log").read_bytes()[-UPDATE_BYTES:].decode(errors="replace").split("\n")
            words = [line for line in said if line.strip()]
            self._install_failed = words[-1][:300] if words else f"the updater ended with {code}"
        return False

    def _update(self) -> keeper.Update:
        installing = self._is_installing()
        told = self._commands.run(str(self._places.updater), "state")
        return keeper.Update(installing, told[:UPDATE_BYTES], self._install_failed)

    def _open_stick(self) -> keeper.Stick:
        place = self._places.run / _STICK
        self._close_stick()
        place.mkdir(exist_ok=True)
        device = find_stick(self._places.root)
        self._commands.run(*_MOUNT, str(device), str(place))
        names = sorted(
            entry.name for entry in os.scandir(place) if entry.name.endswith(BUNDLE_ENDS) and entry.is_file()
        )
        return keeper.Stick(names[:MAX_NAMES])

    def _close_stick(self) -> None:
        place = self._places.run / _STICK
        if place.is_dir() and os.path.ismount(place):
            self._commands.run("umount", str(place))


def use_wifi(places: Places, wish: dict[str, str]) -> None:
    """Keep the network, and write what wpa_supplicant reads. Errors: `BadInput` for what cannot be, `OSError`."""
    target = places.run / WIFI_SETTINGS
    if not wish.get("network"):
        target.unlink(missing_ok=True)
        if (places.kept / "wifi.json").exists():
            keep(places.kept / "wifi.json", wish)
        return
    content = settings_file(wish["network"], wish.get("password", ""), wish.get("country", ""))
    if recall(places.kept / "wifi.json") != wish:
        keep(places.kept / "wifi.json", wish)
    before = os.umask(0o077)
    try:
        write_document(target, content.encode(), lasting=False)
    finally:
        os.umask(before)


def find_stick(root: Path) -> Path:
    """The block device of a stick on USB: its first partition, or itself. Errors: `Unavailable`."""
    for disk in sorted((root / "sys/block").glob("sd*")):
        if "/usb" not in str(disk.resolve()):
            continue
        parts = sorted(path.name for path in disk.glob(f"{disk.name}[0-9]*"))
        return Path("/dev") / (parts[0] if parts else disk.name)
    raise Unavailable("there is no USB stick")
