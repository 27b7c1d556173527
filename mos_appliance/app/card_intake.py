"""On an image, at each start, as root and without network: what the teacher wrote on the card is taken in.

    python -m mos_appliance.app.card_intake FILE [CARD_DEVICE]

FILE is a copy of the card's `mos.toml`; it is read, the box finds its number, the wireless network's settings are
written, a key for ssh is put where its door looks, and what the hub needs to know lies in `/run/keeper/card.json`.
A password is kept on the data partition first, and only then struck out on the card: pulling the plug at any moment
loses neither.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from mos_appliance.app import card_settings
from mos_appliance.app.box_number import find_number
from mos_appliance.app.card_settings import Passed
from mos_appliance.app.keeper_state import Places, make_folders, recall
from mos_appliance.app.keeper_verbs import use_wifi
from mos_appliance.errors import BadInput
from mos_appliance.store.document import read_document, write_document
from mos_appliance.wire.files import CARD_FILE, CardTold, WrongLine, encode_file

FILE: Final = "mos.toml"
USER: Final = "mos"
_SECRET: Final = "wifi_password"


def take_in(places: Places, content: bytes) -> CardTold:
    """Settle everything that the file says, and tell what it was. Errors: `OSError`."""
    values, passed = card_settings.read(content)
    passed += _settle_wifi(places, values)
    _settle_ssh(places, values["ssh_key"])
    number = find_number(places, values["number"])
    told = CardTold(
        number=number,
        name=f"mos-{number}",
        language=values["language"],
        class_name=values["class"],
        sound=values["sound"],
        voice=values["voice"] == "on",
        teacher_key=values["teacher_key"],
        network=values["wifi_network"],
        ssh=bool(values["ssh_key"]),
        wrong=[WrongLine(row.line, row.name, row.why) for row in passed],
    )
    before = os.umask(0o022)  # whatever who starts us has: the hub is to read it, there is no secret in it
    try:
        write_document(places.run / CARD_FILE, encode_file(told), lasting=False)
    finally:
        os.umask(before)
    return told


def _settle_wifi(places: Places, values: dict[str, str]) -> list[Passed]:
    """The card goes before what was kept when it says something new: another network, or a password.

    Where it says what it said before, what was set since then on the page holds.
    """
    path = places.kept / "wifi.json"
    kept = recall(path)
    wish = {name: values[f"wifi_{name}"] for name in ("network", "password", "country")}
    if wish["network"] == kept.get("card_network", "") and not wish["password"]:
        wish = {name: text for name in wish if isinstance(text := kept.get(name, ""), str)}
        wish["country"] = values["wifi_country"] or wish.get("country", "")
    wish["card_network"] = values["wifi_network"]
    try:
        if wish["network"] or kept:
            use_wifi(places, wish)
    except BadInput as error:
        return [Passed(0, error.where, f"{error.where} {error.why}")]
    if values[_SECRET] and not values["wifi_network"]:
        return [Passed(0, _SECRET, "wifi_password stands there without wifi_network: the network's name is needed")]
    return []


def _settle_ssh(places: Places, key: str) -> None:
    """The door to ssh is opened by who finds this file: no key, no door."""
    folder = places.run / "ssh"
    target = folder / "authorized_keys"
    if not key:
        target.unlink(missing_ok=True)
        return
    folder.mkdir(mode=0o700, exist_ok=True)
    write_document(target, f"{key}\n".encode(), lasting=False)
    target.chmod(0o600)


def strike_out(path: Path, kept: str) -> int:
    """Make notes of the lines with a password, in place; how many there were. `kept`: the password that is safe.

    One character first, which is written wholly or not at all; then all that stood there. Nothing else of the file, and
    nothing of the FAT around it, is touched. A password that is not safe stays where it is. Errors: `OSError`.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        content = os.pread(descriptor, card_settings.MAX_BYTES + 1, 0)
        values, _ = card_settings.read(content)
        if values[_SECRET] not in ("", kept):
            return 0
        strikes = card_settings.strikes(content)
        for place, mark, _ in strikes:
            os.pwrite(descriptor, mark, place)
        if strikes:
            os.fsync(descriptor)
        for place, mark, rest in strikes:
            os.pwrite(descriptor, rest, place + len(mark))
        if strikes:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return len(strikes)


@contextlib.contextmanager
def writable_card(device: str, place: Path) -> Iterator[Path]:
    """The card's open partition, for a moment. Errors: `OSError`."""
    place.mkdir(mode=0o700, exist_ok=True)
    command = ["mount", "-t", "vfat", "-o", "rw,sync,nosuid,nodev,noexec,umask=077", device, str(place)]
    if subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode:
        raise OSError(f"{device} cannot be mounted")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], stdin=subprocess.DEVNULL, check=False)
        place.rmdir()


def _ensure_kept(places: Places) -> None:
    """Errors: `OSError` when what is kept would be gone with the power: then the password stays on the card."""
    story = read_document(places.run.parent / "data-partition", 4096) or b""
    if b"in memory" in story:
        raise OSError("the data partition is in memory: the password stays on the card")


def let_group_read(path: Path, group: int) -> None:
    """The hub is told by this file, and is not root. Errors: `OSError`."""
    os.chown(path, -1, group)
    path.chmod(0o640)


def main(argv: Sequence[str]) -> int:
    """Returns the exit code; what fails here costs the card's settings, never the start."""
    import grp

    places = Places()
    group = grp.getgrnam(USER).gr_gid
    make_folders(places, group)
    content = read_document(Path(argv[0]), card_settings.MAX_BYTES + 1) or b""
    try:
        told = take_in(places, content)
        let_group_read(places.run / CARD_FILE, group)
        subprocess.run(["hostname", told.name], stdin=subprocess.DEVNULL, check=False)
        if len(argv) > 1 and card_settings.strikes(content):
            _ensure_kept(places)
            with writable_card(argv[1], places.run / "card") as card:
                strike_out(card / FILE, str(recall(places.kept / "wifi.json").get("password", "")))
    except OSError as error:
        print(f"the card's settings could not all be taken in: {error}", file=sys.stderr)
        return 1
    for row in told.wrong:
        print(f"mos.toml: {f'line {row.line}: ' if row.line else ''}{row.why}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
