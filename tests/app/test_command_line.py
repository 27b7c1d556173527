import argparse
import importlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Protocol

import pytest

from mos_appliance import errors
from mos_appliance.app import command_line, commands, lifeline
from mos_appliance.app.commands.run import _make_way

MOS = (sys.executable, "-P", "-m", "mos_appliance")
COMMANDS = ("bench", "doctor", "notes", "render", "run", "validate")


def mos(*words: str, state: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    surroundings = {**os.environ, "XDG_STATE_HOME": str(state), **environment}
    return subprocess.run([*MOS, *words], capture_output=True, text=True, check=False, env=surroundings)


class BreakingCommand(Protocol):
    """Runs `mos breaking WORDS`, a command that raises `error`."""

    def __call__(self, error: BaseException, *words: str) -> int: ...


@pytest.fixture
def broken_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BreakingCommand:
    (tmp_path / "breaking.py").write_text(
        "def register(subparsers):\n"
        "    subparsers.add_parser('breaking').add_argument('file', nargs='?')\n"
        "def run(args):\n"
        "    raise ERROR\n"
    )
    monkeypatch.setattr(commands, "__path__", [*commands.__path__, str(tmp_path)])
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    importlib.invalidate_caches()
    monkeypatch.delitem(sys.modules, f"{commands.__name__}.breaking", raising=False)
    module = importlib.import_module(f"{commands.__name__}.breaking")

    def run(error: BaseException, *words: str) -> int:
        monkeypatch.setattr(module, "ERROR", error, raising=False)
        return command_line.main(["breaking", *words])

    return run


@pytest.mark.parametrize(
    ("error", "words", "code", "line"),
    [
        (errors.BadInput("byte 14", "is no MIDI"), ["a.mid"], 1, "a.mid: byte 14: is no MIDI"),
        (errors.BadInput("a.mid: byte 14", "is no MIDI"), ["a.mid"], 1, "a.mid: byte 14: is no MIDI"),
        (errors.BadInput("tempo", "is 0"), [], 1, "tempo: is 0"),
        (errors.Corrupt("take 3", "has a torn chunk"), [], 1, "take 3: has a torn chunk"),
        (errors.Denied("only the owner may"), [], 1, "only the owner may"),
        (errors.Unavailable("no soundfont; type this"), [], 3, "no soundfont; type this"),
        (FileNotFoundError(2, "No such file", "a.mid"), ["a.mid"], 1, "a.mid: file: No such file"),
        (OSError(28, "No space left on device", "/x"), [], 3, "/x: No space left on device"),
    ],
)
def test_each_kind_of_error_is_one_line_and_its_exit_code(
    broken_command: BreakingCommand,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    words: list[str],
    code: int,
    line: str,
) -> None:
    assert broken_command(error, *words) == code
    told = capsys.readouterr()
    assert told.err == f"{line}\n"
    assert told.out == ""


def test_an_error_of_ours_is_one_line_that_names_the_log(
    broken_command: BreakingCommand, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert broken_command(ZeroDivisionError("division\nby zero")) == lifeline.INTERNAL_ERROR
    line = capsys.readouterr().err
    log = tmp_path / "state" / "mos" / "errors.log"
    assert line == f"mos: internal error: ZeroDivisionError: division by zero (see {log})\n"
    assert "Traceback" in log.read_text()


def test_the_traceback_of_an_error_of_ours_is_shown_on_request(
    broken_command: BreakingCommand, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOS_DEBUG", "1")
    broken_command(ZeroDivisionError())
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_ends_quietly(broken_command: BreakingCommand, capsys: pytest.CaptureFixture[str]) -> None:
    assert broken_command(KeyboardInterrupt()) == 128 + signal.SIGINT
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "words", [[], ["sing"], ["run", "--port", "0"], ["run", "--port", "x"], ["run", "--sound", "x"]]
)
def test_wrong_usage_is_2_and_no_traceback(words: list[str], tmp_path: Path) -> None:
    done = mos(*words, state=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: ")
    assert "Traceback" not in done.stderr


def test_help_names_every_command_of_the_contract(tmp_path: Path) -> None:
    done = mos("--help", state=tmp_path)
    assert done.returncode == 0
    assert [name for name in COMMANDS if f"\n    {name}" not in done.stdout] == []


def test_help_imports_nothing_that_is_slow(tmp_path: Path) -> None:
    done = mos("--help", state=tmp_path, PYTHONPROFILEIMPORTTIME="1")
    assert [name for name in ("numpy", "msgspec", "aiohttp", "ctypes") if f"| {name}\n" in done.stderr] == []


def test_every_command_registers_itself_under_its_own_name() -> None:
    for name in command_line.command_names():
        parser = argparse.ArgumentParser()
        importlib.import_module(f"{commands.__name__}.{name}").register(parser.add_subparsers(dest="x"))
        with pytest.raises(SystemExit, match="0"):
            parser.parse_args([name, "--help"])


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    surroundings = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    done = subprocess.run([*MOS, "doctor"], stdout=writing, stderr=subprocess.PIPE, env=surroundings, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, b"")


def test_doctor_tells_each_check_as_json(tmp_path: Path) -> None:
    done = mos("doctor", "--json", "--data", str(tmp_path / "new"), state=tmp_path)
    checks = json.loads(done.stdout)["checks"]
    assert {frozenset(check) for check in checks} == {frozenset({"name", "ok", "detail"})}
    answers = {check["name"]: check["ok"] for check in checks}
    assert answers["Python"] and answers["FluidSynth"] and answers["soundfont"] and answers["data directory"]
    assert answers["models"]
    assert done.returncode == 0
    assert not (tmp_path / "new").exists()


def test_doctor_says_what_to_do_when_the_soundfont_is_missing(tmp_path: Path) -> None:
    done = mos("doctor", state=tmp_path, MOS_SOUNDFONT=str(tmp_path / "none.sf2"))
    assert done.returncode == 3
    assert "NO  soundfont" in done.stdout and "none.sf2" in done.stdout


def test_the_midi_file_to_play_in_is_looked_for_before_anything_starts(tmp_path: Path) -> None:
    done = mos("run", "--data", str(tmp_path / "data"), "--midi", str(tmp_path / "no.mid"), state=tmp_path)
    assert (done.returncode, done.stderr) == (1, f"{tmp_path}/no.mid: file: is not there\n")


def test_what_is_wrong_with_the_midi_file_to_play_in_is_one_line_and_nothing_starts(tmp_path: Path) -> None:
    bad = tmp_path / "bad.mid"
    bad.write_bytes(b"no music")
    done = mos("run", "--data", str(tmp_path / "data"), "--midi", str(bad), state=tmp_path)
    assert (done.returncode, done.stderr) == (1, f"{bad}: byte 0x0: does not begin with MThd: no MIDI file\n")
    done = mos("run", "--data", str(tmp_path / "data"), "--midi", str(tmp_path), state=tmp_path)
    assert (done.returncode, done.stderr) == (1, f"{tmp_path}: file: Is a directory\n")
    assert not (tmp_path / "data").exists()


def test_a_sound_file_that_cannot_be_written_is_told_and_nothing_starts(tmp_path: Path) -> None:
    for wav, why in ((tmp_path / "none" / "x.wav", "No such file or directory"), (tmp_path, "Is a directory")):
        done = mos("run", "--data", str(tmp_path / "data"), "--sound", f"wav:{wav}", state=tmp_path)
        assert (done.returncode, done.stderr) == (3, f"--sound wav:{wav}: cannot be written: {why}\n")
    assert not (tmp_path / "data").exists()


def test_what_was_recorded_before_is_put_aside_and_not_overwritten(tmp_path: Path) -> None:
    wav = tmp_path / "x.wav"
    for content in (b"first", b"second"):
        wav.write_bytes(content)
        _make_way(wav)
    assert not wav.exists()
    assert ((tmp_path / "x-1.wav").read_bytes(), (tmp_path / "x-2.wav").read_bytes()) == (b"first", b"second")
    _make_way(wav)
    _make_way(wav)
    assert wav.read_bytes() == b""


def test_a_process_whose_supervisor_is_gone_already_does_not_begin(tmp_path: Path) -> None:
    done = mos("_hub", "--run", str(tmp_path), state=tmp_path, MOS_SUPERVISOR="1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_the_version_is_told_on_standard_output() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mos_appliance", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("mos ")
    assert done.stderr == ""


@pytest.mark.parametrize("command", ["notes", "render", "cid"])
def test_with_json_an_error_is_one_object_too(tmp_path: Path, command: str) -> None:
    more = ("-o", str(tmp_path / "out.wav")) if command == "render" else ()
    done = mos(command, str(tmp_path / "missing.mid"), *more, "--json", state=tmp_path)
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert told["ok"] is False
    assert told["error"] == done.stderr.strip() == f"{tmp_path}/missing.mid: file: No such file or directory"


def test_validate_says_of_a_file_that_is_not_there_what_it_says_of_a_bad_one(tmp_path: Path) -> None:
    for name, why in (("missing.mid", "No such file or directory"), ("dir.mid", "Is a directory")):
        (tmp_path / "dir.mid").mkdir(exist_ok=True)
        done = mos("validate", str(tmp_path / name), "--json", state=tmp_path)
        told = json.loads(done.stdout)
        assert (done.returncode, told["ok"]) == (1, False)
        assert told["errors"] == [{"where": "file", "why": why}]
