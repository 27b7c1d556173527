"""What becomes of the card's settings at a start: numbers, the wireless network, the key for ssh."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from mos_appliance.app import card_intake
from mos_appliance.app.box_number import board_identity, find_number, number_of
from mos_appliance.app.keeper_state import Places, make_folders, number_of_box, recall, set_number
from mos_appliance.wire.files import CARD_FILE, CardTold, decode_file
from tests.app.test_card_settings import ED25519, SCHOOL


@pytest.fixture
def places(tmp_path: Path) -> Places:
    found = box(tmp_path, "10000000abcdef01")
    make_folders(found)
    return found


def box(place: Path, serial: str) -> Places:
    """A board with that serial number, and a card."""
    tree = place / "root/sys/firmware/devicetree/base"
    tree.mkdir(parents=True)
    (tree / "serial-number").write_bytes(serial.encode() + b"\0")
    return Places(place / "data", place / "run", place / "root", place / "update")


def conf(places: Places) -> str:
    return (places.run / "wpa_supplicant.conf").read_text()


def test_what_the_hub_may_know_is_told_and_the_password_is_not(places: Places) -> None:
    told = card_intake.take_in(places, f'{SCHOOL}ssh_key = "{ED25519}"\nvolume = "7"\n'.encode())
    written = (places.run / CARD_FILE).read_bytes()
    assert decode_file(written, CardTold, CARD_FILE) == told
    assert b"sesame" not in written
    assert (told.class_name, told.network, told.ssh) == ("3b", "School \\ Net", True)
    assert [(row.line, row.why) for row in told.wrong] == [(6, "'volume' is no setting")]


def test_the_hub_may_read_it_whatever_init_takes_away_from_new_files(places: Places) -> None:
    before = os.umask(0o077)
    try:
        card_intake.take_in(places, SCHOOL.encode())
    finally:
        os.umask(before)
    assert stat.S_IMODE((places.run / CARD_FILE).stat().st_mode) == 0o644


def test_the_network_is_kept_for_root_alone(places: Places) -> None:
    card_intake.take_in(places, SCHOOL.encode())
    assert "\tssid=5363686f6f6c205c204e6574\n" in conf(places)
    assert '\tpsk="open\\sesame"\n' in conf(places)
    assert "country=DE\n" in conf(places)
    for path in (places.run / "wpa_supplicant.conf", places.kept / "wifi.json", places.kept):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_a_card_whose_password_was_struck_out_goes_on_with_the_one_that_was_kept(
    places: Places, tmp_path: Path
) -> None:
    card = tmp_path / "mos.toml"
    card.write_text(SCHOOL)
    card_intake.take_in(places, card.read_bytes())
    first = conf(places)
    assert card_intake.strike_out(card, "open\\sesame") == 1
    assert "sesame" not in card.read_text()
    (places.run / "wpa_supplicant.conf").unlink()
    card_intake.take_in(places, card.read_bytes())
    assert conf(places) == first
    assert card_intake.strike_out(card, "open\\sesame") == 0


def test_a_password_that_is_not_safe_stays_on_the_card(places: Places, tmp_path: Path) -> None:
    card = tmp_path / "mos.toml"
    card.write_text(SCHOOL)
    assert card_intake.strike_out(card, "") == 0
    assert card.read_text() == SCHOOL


def test_the_plug_may_be_pulled_at_any_write(places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kept first, then struck out: after each write of either, the next start has the password and ends the work."""

    class Plug(Exception):
        pass

    real = {name: getattr(os, name) for name in ("pwrite", "fsync", "replace")}
    for pulled in range(100):
        left = pulled
        card = tmp_path / f"{pulled}.toml"
        card.write_text(SCHOOL)
        here = box(tmp_path / str(pulled), "10000000abcdef01")
        make_folders(here)

        def cut(name: str) -> object:
            def call(*args: object) -> object:
                nonlocal left
                left -= 1
                if left < 0:
                    raise Plug
                return real[name](*args)

            return call

        with monkeypatch.context() as patched:
            for name in real:
                patched.setattr(os, name, cut(name))
            try:
                card_intake.take_in(here, card.read_bytes())
                card_intake.strike_out(card, str(recall(here.kept / "wifi.json").get("password", "")))
            except Plug:
                pass
        told = card_intake.take_in(here, card.read_bytes())
        card_intake.strike_out(card, str(recall(here.kept / "wifi.json").get("password", "")))
        assert told.wrong == []
        assert 'psk="open\\sesame"' in conf(here)
        assert "sesame" not in card.read_text()
        if left >= 0:
            assert pulled > 8
            return
    raise AssertionError("it never came to its end")


def test_what_was_set_on_the_page_holds_until_the_card_says_something_new(places: Places) -> None:
    card_intake.take_in(places, b"wifi_network = 'One'\nwifi_password = 'password1'\n")
    kept = recall(places.kept / "wifi.json")
    card_intake.use_wifi(places, {**kept, "network": "Page", "password": "password2"})
    card_intake.take_in(places, b"wifi_network = 'One'\n")
    assert f"ssid={b'Page'.hex()}" in conf(places)
    card_intake.take_in(places, b"wifi_network = 'Two'\n")
    assert f"ssid={b'Two'.hex()}" in conf(places)
    assert "key_mgmt=NONE" in conf(places), "the password of another network must not be shouted at this one"
    card_intake.take_in(places, b"")
    assert not (places.run / "wpa_supplicant.conf").exists()
    assert "password1" not in (places.kept / "wifi.json").read_text()


def test_a_password_without_a_network_is_told(places: Places) -> None:
    told = card_intake.take_in(places, b"wifi_password = 'open sesame'\n")
    assert "without wifi_network" in told.wrong[0].why


def test_ssh_is_open_only_while_the_card_asks_for_it(places: Places) -> None:
    keys = places.run / "ssh/authorized_keys"
    card_intake.take_in(places, f'ssh_key = "{ED25519}"'.encode())
    assert keys.read_text() == f"{ED25519}\n"
    card_intake.take_in(places, b"")
    assert not keys.exists()


# -- numbers -----------------------------------------------------------------------------------------------------------


def test_a_number_is_found_once_and_stays(places: Places) -> None:
    first = card_intake.take_in(places, b"").number
    assert first == number_of("10000000abcdef01") == number_of_box(places)
    assert card_intake.take_in(places, b"").number == first
    set_number(places, 7)
    assert card_intake.take_in(places, b"").number == 7
    assert card_intake.take_in(places, b"number = 12").number == 12


def test_thirty_cards_with_one_content_become_thirty_numbers() -> None:
    serials = [f"10000000{0x2B3C4D00 + 977 * number:08x}" for number in range(30)]
    assert len({number_of(serial) for serial in serials}) == 30


def test_two_of_a_class_seldom_find_one_number() -> None:
    """By chance 0.48 % of classes of thirty: numbers are spread evenly."""
    same = sum(len({number_of(f"{room}/{box}") for box in range(30)}) < 30 for room in range(2000))
    assert same <= 25
    numbers = [number_of(str(box)) for box in range(9000)]
    assert 10_000 <= min(numbers) < 10_100
    assert 99_900 < max(numbers) <= 99_999


def test_a_used_card_that_was_copied_for_another_board_gets_that_boards_number(tmp_path: Path) -> None:
    one = box(tmp_path / "one", "10000000aaaaaaaa")
    make_folders(one)
    first = find_number(one)
    other = box(tmp_path / "two", "10000000bbbbbbbb")._replace(data=one.data)
    assert find_number(other) == number_of("10000000bbbbbbbb") != first


def test_a_board_is_known_by_its_serial_number_or_else_its_network_address(tmp_path: Path) -> None:
    assert board_identity(tmp_path) == ""
    for name, address in (("lo", "00:00:00:00:00:00"), ("wlan0", "b8:27:eb:00:00:01"), ("eth0", "b8:27:eb:00:00:02")):
        (tmp_path / "sys/class/net" / name).mkdir(parents=True)
        (tmp_path / "sys/class/net" / name / "address").write_text(f"{address}\n")
    assert board_identity(tmp_path) == "b8:27:eb:00:00:02"


def test_a_board_without_any_identity_gets_a_number_by_chance_and_keeps_it(tmp_path: Path) -> None:
    nameless = Places(tmp_path / "data", tmp_path / "run", tmp_path / "root", tmp_path / "update")
    make_folders(nameless)
    assert find_number(nameless, chance=lambda _: 5) == 10_005
    assert find_number(nameless, chance=lambda _: 6) == 10_005


def test_what_is_damaged_on_the_data_partition_costs_no_start(places: Places) -> None:
    for content in (b"", b"\0" * 100, b"[1]", b'{"number": "x", "board": 3}', b'{"number": 5000000}', b"{" * 5000):
        (places.kept / "number.json").write_bytes(content)
        (places.kept / "wifi.json").write_bytes(content)
        assert card_intake.take_in(places, b"").number == number_of("10000000abcdef01")


def test_what_the_hub_is_to_know_may_be_read_by_its_group_alone(tmp_path: Path) -> None:
    told = tmp_path / "card.json"
    told.touch(mode=0o600)
    group = os.getgroups()[-1] if os.getgroups() else os.getgid()
    card_intake.let_group_read(told, group)
    assert told.stat().st_mode & 0o777 == 0o640 and told.stat().st_gid == group
