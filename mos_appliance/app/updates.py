"""Two roots on a card: which one is on trial, whether it is kept, and why the box went back when it did.

The loader remembers what decides (`drivers.loader_state`), in the names that RAUC gives it, with these of ours beside
them: `mos_trial`, the root and version that were installed last and are not kept yet; `mos_sound`, the sound device
that the version before played into. What was done and why is a line each in a log on the data partition.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from mos_appliance.app.update_log import Event, Log
from mos_appliance.app.update_told import State
from mos_appliance.errors import BadInput, Unavailable

ROOTS: Final = ("A", "B")
STARTS: Final = 3
"""How many times in a row a root that is kept may fail to reach sound, before the other one is taken."""
TOLD_EVENTS: Final = 20


class Facts(NamedTuple):
    """What this version says of itself."""

    version: str
    compatible: str
    oldest: str
    booted: str
    """Which root this is; empty when no loader of ours started it."""


class Health(NamedTuple):
    """What was found of the processes: nothing wrong when `why` is empty."""

    why: str
    device: str
    """What the engine plays into."""
    heard: bool


def version_key(version: str) -> tuple[int, ...]:
    """For comparing. Errors: `BadInput` for what is not up to four numbers with points between them."""
    parts = version.split(".")
    if not 1 <= len(parts) <= 4 or not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        raise BadInput("version", f"{version[:40]!r} is not up to four numbers with points between them")
    return (*(int(part) for part in parts), *([0] * (4 - len(parts))))


class Loader:
    """What of the loader's variables is asked for here: see `drivers.loader_state.LoaderState`."""

    def __init__(self, read: Callable[[], dict[str, str]], write: Callable[[dict[str, str]], None]) -> None:
        self.read, self.write = read, write


class Updates:
    """`now` tells the wall time in seconds, however wrong it may be."""

    def __init__(self, facts: Facts, loader: Loader, log: Log, now: Callable[[], float]) -> None:
        self._facts, self._loader, self._log, self._now = facts, loader, log, now

    def _note(self, what: str, version: str, slot: str, why: str = "") -> None:
        self._log.append(Event(int(self._now()), what, version, slot, why))

    def other(self) -> str:
        """The root that is not running. Errors: `Unavailable` where there is none."""
        if self._facts.booted not in ROOTS:
            raise Unavailable("this box was not started by its loader: it cannot be updated")
        return ROOTS[1 - ROOTS.index(self._facts.booted)]

    def check(self, compatible: str, version: str) -> None:
        """Errors: `BadInput` for a bundle of another kind of box, or before the oldest that may come."""
        if compatible != self._facts.compatible:
            raise BadInput("bundle", f"is for {compatible[:40] or 'nothing'}, this box is {self._facts.compatible}")
        if version_key(version) < version_key(self._facts.oldest):
            raise BadInput("bundle", f"is version {version}, the oldest that this box takes is {self._facts.oldest}")

    def install(self, version: str, sound: str, write: Callable[[], None]) -> None:
        """`write` fills the other root and makes it the first. Errors: `BadInput`, `Unavailable`, those of `write`."""
        slot = self.other()
        if self._loader.read().get("mos_trial", "").partition(" ")[0] == self._facts.booted:
            raise Unavailable("this version is on trial itself: wait until it is kept", 60.0)
        self._note("installing", version, slot)
        self._loader.write({"mos_trial": f"{slot} {version}", "mos_sound": sound, f"mos_why_{slot}": ""})
        try:
            write()
        except (BadInput, Unavailable) as error:
            self._loader.write({"mos_trial": ""})
            self._note("refused", version, slot, str(error))
            raise
        self._note("installed", version, slot)

    def begin(self, panic: str) -> str:
        """At a start. Returns the version on trial, or nothing after what the last trial came to was noted.

        `panic`: the kernel's last words before this start, when there were any.
        """
        kept = self._loader.read()
        slot, _, version = kept.get("mos_trial", "").partition(" ")
        if slot == self._facts.booted:
            self._note("started", version, slot)
            return version
        if slot:
            self._note_failure(kept, slot, version, panic)
        elif kept.get("BOOT_ORDER", "A").split()[0] != self._facts.booted:
            self._note("fell back", self._facts.version, self._facts.booted, panic or "the other root did not start")
        return ""

    def _note_failure(self, kept: dict[str, str], slot: str, version: str, panic: str) -> None:
        last = self._log.last(version, slot)
        if last is None or last.what == "installing":
            self._note("cut off", version, slot, "the box was switched off during the installation")
        elif last.what != "gone back":
            why = kept.get(f"mos_why_{slot}", "")
            if not why and panic:
                why = f"the kernel stopped: {panic}"
            if not why and last.what == "started":
                why = "it was switched off, or stood still, before it was found well"
            why = why or "the kernel was started and nothing came of it: the watchdog ended it"
            self._note("gone back", version, slot, why)
        self._loader.write({"mos_trial": "", "BOOT_ORDER": f"{self._facts.booted} {slot}", f"BOOT_{slot}_LEFT": "0"})

    def judge(self, version: str, health: Health) -> bool:
        """Whether a version on trial is kept; if not, the next start is the other root's."""
        expected = self._loader.read().get("mos_sound", "")
        why = health.why
        if not why and expected and not health.heard:
            why = f"no sound: it plays into {health.device or 'nothing'}, the version before played into {expected}"
        slot = self._facts.booted
        if why:
            other = self.other()
            self._note("gone back", version, slot, why)
            self._loader.write({"BOOT_ORDER": f"{other} {slot}", f"BOOT_{slot}_LEFT": "0"})
            return False
        self.keep()
        self._note("kept", version, slot)
        return True

    def keep(self) -> None:
        """This root is well: it gets its starts back, and is on trial no more."""
        slot = self._facts.booted
        kept = self._loader.read()
        wanted = {f"BOOT_{slot}_LEFT": str(STARTS)}
        if kept.get("mos_trial", "").partition(" ")[0] == slot:
            wanted |= {"mos_trial": "", "mos_sound": ""}
        if any(kept.get(name, "") != value for name, value in wanted.items()):
            self._loader.write(wanted)

    def state(self) -> State:
        """All that there is to say."""
        kept = self._loader.read() if self._facts.booted else {}
        slot, _, version = kept.get("mos_trial", "").partition(" ")
        other = "empty"
        if self._facts.booted:
            name = self.other()
            waits = slot == name and kept.get("BOOT_ORDER", "").split()[:1] == [name]
            other = "waiting" if waits else "bad" if kept.get(f"BOOT_{name}_LEFT", str(STARTS)) == "0" else "kept"
        facts = self._facts
        return State(facts.version, facts.booted, other, version, facts.oldest, self._log.events()[-TOLD_EVENTS:])


def panic_line(folder: Path) -> str:
    """The kernel's last words of the start before, out of the memory that outlived it; they are forgotten then."""
    found = ""
    for path in sorted(folder.glob("dmesg-*")):
        text = path.read_bytes()[-65_536:].decode(errors="replace")
        for line in text.splitlines():
            _, mark, words = line.partition("Kernel panic - not syncing: ")
            if mark:
                found = words.strip()[:120]
        path.unlink()
    return found
