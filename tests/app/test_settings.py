import argparse
from pathlib import Path

import pytest

from mos_appliance.app import settings

PROCESSES = ("engine", "patchbay", "hub", "tutor")


def given(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    settings.add_options(parser)
    args = parser.parse_args(words)
    args.data = args.data or "/data"
    return args


def test_a_process_understands_what_the_supervisor_tells_it() -> None:
    args = given("--data", "/d", "--port", "81", "--sound", "wav:a b.wav", "--midi=-x.mid", "--listen", "::")
    for process in PROCESSES:
        told = settings.parse_process(process, settings.process_arguments(process, Path("/run/x"), args))
        assert (told.run, told.data) == (Path("/run/x"), Path("/d"))
        for row in settings.SETTINGS:
            if process in row.processes and row.name != "data":
                assert getattr(told, row.name) == getattr(args, row.name)


def test_a_process_is_not_told_what_is_not_its_business() -> None:
    assert not any("--port" in word for word in settings.process_arguments("engine", Path("/run"), given()))
    assert not any("--sound" in word for word in settings.process_arguments("hub", Path("/run"), given()))


def test_the_companion_is_for_this_computer_alone_unless_asked_otherwise() -> None:
    assert (given().listen, given().port) == ("127.0.0.1", 8080)


@pytest.mark.parametrize("sound", ["auto", "silent", "alsa:hw:1,0", "alsa:Device@48", "wav:x@y.wav"])
def test_places_for_sound(sound: str) -> None:
    assert given("--sound", sound).sound == sound


@pytest.mark.parametrize(
    "word",
    [
        "--sound=",
        "--sound=alsa:",
        "--sound=alsa:Device@100",
        "--sound=alsa:Device@",
        "--sound=wav",
        "--sound=loud",
        "--port=65536",
        "--port=-1",
        "--port=٣",
    ],
)
def test_what_is_no_setting_is_refused(word: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        given(word)


def test_data_lives_where_the_base_directory_specification_says() -> None:
    assert settings.default_data({"XDG_DATA_HOME": "/x"}) == "/x/mos"
    assert settings.default_data({"HOME": "/home/a"}) == "/home/a/.local/share/mos"
