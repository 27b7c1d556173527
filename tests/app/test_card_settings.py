"""What a teacher may have written on the card, with whatever editor there is."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mos_appliance.app import card_settings
from mos_appliance.app.card_settings import SETTINGS, lines_of, read, strikes, text

DEFAULTS = {row.name: row.default for row in SETTINGS}
SCHOOL = "class = \"3b\"\nwifi_network = 'School \\ Net'\nwifi_password = 'open\\sesame'\nwifi_country = \"DE\"\n"
ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGxpZ2h0aG91c2UtbGlnaHRob3VzZS1saWdodGhvdXNl teacher@school"


def struck(content: bytes, steps: int = 2) -> bytes:
    """The file after the first `steps` writes."""
    found = bytearray(content)
    for place, mark, rest in strikes(content):
        found[place : place + len(mark)] = mark
        if steps > 1:
            found[place + len(mark) : place + len(mark) + len(rest)] = rest
    return bytes(found)


def test_the_file_on_a_new_card_is_toml_and_holds_the_defaults() -> None:
    assert tomllib.loads(text()) == DEFAULTS
    assert read(text().encode()) == (DEFAULTS, [])


def test_every_setting_is_explained_above_its_line() -> None:
    for row in SETTINGS:
        assert row.doc
        assert all(len(line) < 118 and line[-1] in ".)" for line in row.doc), row.name


@pytest.mark.parametrize(
    "saved",
    [
        SCHOOL.encode(),
        SCHOOL.replace("\n", "\r\n").encode(),
        SCHOOL.replace("\n", "\r").encode(),
        b"\xef\xbb\xbf" + SCHOOL.replace("\n", "\r\n").encode(),
        b"\xff\xfe" + SCHOOL.replace("\n", "\r\n").encode("utf-16-le"),
        b"\xfe\xff" + SCHOOL.encode("utf-16-be"),
        SCHOOL.replace("'", "’").replace('"', "”").encode(),
        SCHOOL.replace('"3b"', "„3b“").replace("'", "‘", 1).encode(),
    ],
)
def test_a_file_saved_by_any_editor_says_the_same(saved: bytes) -> None:
    values, told = read(saved)
    assert told == []
    wanted = {"class": "3b", "wifi_network": "School \\ Net", "wifi_password": "open\\sesame", "wifi_country": "DE"}
    assert values == DEFAULTS | wanted


def test_a_word_of_an_old_editor_costs_nothing_else() -> None:
    values, told = read('class = "Grüße"\nwifi_password = "open sesame"\n'.encode("latin-1"))
    assert (values["class"], values["wifi_password"], told) == ("Grüße", "open sesame", [])
    assert b"open sesame" not in struck('class = "Grüße"\nwifi_password = "open sesame"\n'.encode("latin-1"))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("class = 3b", 'the value of class needs quotation marks around it: class = "…"'),
        ("number = 0", "number is not a whole number from 1 to 99999"),
        ('number = "seven"', "number is not a whole number from 1 to 99999"),
        ('language = "klingon"', "language is none of en, de"),
        ('sound = "alsa:;reboot"', "sound is not auto, silent or alsa:NAME"),
        ("sound = 3", 'the value of sound needs quotation marks around it: sound = "…"'),
        (
            'wifi_network = "' + "ü" * 17 + '"',
            "wifi_network is longer than the 32 bytes that a network's name may have",
        ),
        ('wifi_password = "short"', "wifi_password is not 8 to 63 letters, digits and signs without accents"),
        ('wifi_password = "a\\sesame"', "has a \\ in its value: put single quotation marks around it"),
        ('wifi_country = "Germany"', "wifi_country is not two capital letters, such as DE"),
        ('teacher_key = "AAAA"', "teacher_key is not a public key"),
        ('ssh_key = "-----BEGIN OPENSSH PRIVATE KEY-----"', "ssh_key is not one line of a public key"),
        ('ssh_key = "ssh-ed25519 AAAA\\nroot"', "ssh_key is not one line of a public key"),
        ('volume = "7"', "'volume' is no setting"),
        ("Hello", 'is not of the form name = "value"'),
        ("[wifi]", "'wifi' is no setting"),
    ],
)
def test_a_wrong_line_costs_that_line_alone_and_is_told_with_its_number(line: str, why: str) -> None:
    values, told = read(f'# first\nclass = "3b"\n{line}\nsound = "silent"\n'.encode())
    assert values == DEFAULTS | {"class": "3b", "sound": "silent"}
    assert [row.line for row in told] == [3]
    assert why in told[0].why


def test_no_reason_holds_a_password() -> None:
    for line in ('wifi_password = "geheim"', "wifi_password = geheim1234", 'wifi_password = "geheim\\1234"'):
        _, told = read(line.encode())
        assert told
        assert "geheim" not in str(told[0])


def test_a_number_needs_no_quotation_marks_and_of_two_the_last_holds() -> None:
    values, told = read(b'number = 7\nnumber = "12"\n')
    assert (values["number"], told) == ("12", [])


def test_a_key_for_ssh_is_taken_as_it_is_printed() -> None:
    values, told = read(f'ssh_key = "{ED25519}"'.encode())
    assert (values["ssh_key"], told) == (ED25519, [])


def test_a_file_that_is_no_settings_file_leaves_the_defaults() -> None:
    values, told = read(bytes(card_settings.MAX_BYTES + 1))
    assert values == DEFAULTS
    assert [row.line for row in told] == [0]


def test_a_password_is_struck_out_in_place_and_nothing_else_changes() -> None:
    for saved in (SCHOOL.encode(), b"\xef\xbb\xbf" + SCHOOL.encode(), b"\xff\xfe" + SCHOOL.encode("utf-16-le")):
        after = struck(saved)
        assert len(after) == len(saved)
        values, told = read(after)
        assert values == DEFAULTS | {"class": "3b", "wifi_network": "School \\ Net", "wifi_country": "DE"}
        assert told == []
        assert "sesame" not in after.decode("utf-16-le" if saved[0] == 0xFF else "utf-8", "replace")
        assert strikes(after) == []


def test_a_plug_pulled_between_the_two_writes_is_made_good_at_the_next_start() -> None:
    half = struck(SCHOOL.encode(), steps=1)
    assert read(half)[0]["wifi_password"] == ""
    assert read(half)[1] == []
    assert b"sesame" in half
    assert b"sesame" not in struck(half)


@given(st.binary(max_size=300))
def test_whatever_the_file_holds_it_is_read_and_striking_out_keeps_its_length(content: bytes) -> None:
    values, told = read(content)
    assert set(values) == set(DEFAULTS)
    assert all("\n" not in str(row) for row in told)
    after = struck(content)
    assert len(after) == len(content)
    assert strikes(after) == []


@given(st.text(alphabet="wifi_pasord=#'\" ü\r\n\tx", max_size=80), st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]))
def test_a_line_that_begins_with_the_settings_name_is_found_wherever_it_stands(before: str, encoding: str) -> None:
    mark = {"utf-8": b"", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}[encoding]
    content = mark + f"{before}\nwifi_password = 'open sesame'\r\nclass = \"x\"\r\n".encode(encoding)
    after = struck(content)
    assert "open sesame".encode(encoding) not in after
    assert [line for *_, line in lines_of(after)][-2] == 'class = "x"'
