import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from mos_appliance.app import rundir, supervisor
from mos_appliance.app.lifeline import SUPERVISOR
from mos_appliance.wire.files import Process, RunFile, decode_file

PATIENCE_S = 20.0
DRIVER = """
import sys
from pathlib import Path
from mos_appliance.app.journal import Journal
from mos_appliance.app.supervisor import Program, Supervisor

run = Path(sys.argv[1])
programs = [Program(name, (sys.executable, "-c", code)) for name, code in zip(sys.argv[2::2], sys.argv[3::2])]
sys.exit(Supervisor(programs, run, Journal(run / "log"), lambda: True).run())
"""
HOLD = "from mos_appliance.app import lifeline; lifeline.hold(); import time; "
STEADY = HOLD + "print('sounding', flush=True); time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + STEADY


def eventually(say: Callable[[], object]) -> None:
    """Wait until it is so."""
    end = time.monotonic() + PATIENCE_S
    while not say():
        assert time.monotonic() < end, "it never became so"
        time.sleep(0.02)


class Running:
    """A supervisor in a process of its own."""

    def __init__(self, run: Path, *words: str) -> None:
        self.run = run
        self.process = subprocess.Popen([sys.executable, "-c", DRIVER, str(run), *words], stderr=subprocess.DEVNULL)

    def processes(self) -> dict[str, Process]:
        try:
            return decode_file((self.run / RunFile.PROCESSES).read_bytes(), dict[str, Process], "processes")
        except FileNotFoundError:
            return {}

    def log(self) -> str:
        return (self.run / "log").read_text() if (self.run / "log").exists() else ""

    def said(self, line: str, times: int = 1) -> bool:
        return self.log().count(line) >= times


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def start(*words: str) -> Running:
        started.append(Running(tmp_path, *words))
        return started[-1]

    yield start
    for running in started:
        running.process.kill()
        running.process.wait()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_killed_process_is_started_again_at_once(supervise: Callable[..., Running]) -> None:
    running = supervise("engine", STEADY)
    eventually(lambda: running.said("engine: sounding"))
    before = running.processes()["engine"]
    os.kill(before.pid, signal.SIGKILL)
    eventually(lambda: running.said("engine: sounding", 2))
    after = running.processes()["engine"]
    assert (after.running, after.restarts) == (True, 1)
    assert after.pid != before.pid
    assert running.said("supervisor: engine was ended by SIGKILL; starting it again\n")


def test_the_others_go_on_when_one_is_killed(supervise: Callable[..., Running]) -> None:
    running = supervise("engine", STEADY, "hub", STEADY)
    eventually(lambda: running.said("engine: sounding") and running.said("hub: sounding"))
    engine, hub = (running.processes()[name].pid for name in ("engine", "hub"))
    os.kill(hub, signal.SIGKILL)
    eventually(lambda: running.said("hub: sounding", 2))
    assert running.processes()["engine"] == Process(engine, running=True)


def test_processes_end_when_their_supervisor_is_killed(supervise: Callable[..., Running]) -> None:
    running = supervise("engine", STEADY, "hub", STEADY)
    eventually(lambda: running.said("engine: sounding") and running.said("hub: sounding"))
    pids = [process.pid for process in running.processes().values()]
    running.process.kill()
    eventually(lambda: not any(alive(pid) for pid in pids))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_stops_them_in_reverse_order(supervise: Callable[..., Running], number: signal.Signals) -> None:
    tells = STEADY.replace(
        "import time;", "import time, signal; signal.signal(15, lambda *_: (print('ends', flush=True), exit(0)));"
    )
    running = supervise("engine", tells, "hub", tells)
    eventually(lambda: running.said("engine: sounding") and running.said("hub: sounding"))
    running.process.send_signal(number)
    assert running.process.wait(PATIENCE_S) == 0
    assert running.log().index("hub: ends") < running.log().index("engine: ends")
    assert not any(process.running for process in running.processes().values())


def test_a_process_that_does_not_end_is_killed(supervise: Callable[..., Running]) -> None:
    running = supervise("engine", STUBBORN)
    eventually(lambda: running.said("engine: sounding"))
    pid = running.processes()["engine"].pid
    running.process.terminate()
    assert running.process.wait(PATIENCE_S) == 0
    assert not alive(pid)


def test_a_second_signal_ends_the_waiting(supervise: Callable[..., Running]) -> None:
    running = supervise("engine", STUBBORN, "hub", STUBBORN)
    eventually(lambda: running.said("engine: sounding") and running.said("hub: sounding"))
    pids = [process.pid for process in running.processes().values()]
    running.process.send_signal(signal.SIGTERM)
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(PATIENCE_S) == 0
    assert not any(alive(pid) for pid in pids)


def test_a_process_that_cannot_start_at_all_ends_the_run_with_its_code(supervise: Callable[..., Running]) -> None:
    running = supervise("hub", STEADY, "engine", "print('soundfont: none; type this'); exit(3)")
    assert running.process.wait(PATIENCE_S) == 3
    assert running.said("engine: soundfont: none; type this\n")
    assert running.said("supervisor: engine ended with exit code 3; stopping\n")


def test_a_process_that_a_nameless_signal_ended_is_started_again(supervise: Callable[..., Running]) -> None:
    running = supervise("engine", "import os; os.kill(os.getpid(), 40)")
    eventually(lambda: running.said("engine was ended by signal 40; starting it again", 2))


def test_a_process_that_breaks_again_and_again_is_given_time(supervise: Callable[..., Running]) -> None:
    running = supervise("engine", "exit(70)")
    eventually(lambda: running.said("starting it again in 0.5 s"))
    lines = [line.partition("; ")[2] for line in running.log().splitlines()]
    assert lines[:3] == ["starting it again", "starting it again in 0.25 s", "starting it again in 0.5 s"]


def test_a_process_that_there_is_no_room_for_now_is_tried_again_and_the_others_are_not_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object, **__: object) -> None:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(subprocess, "Popen", no_room)
    said: list[str] = []
    log = SimpleNamespace(write=lambda tag, line: said.append(f"{tag}: {line}"))
    kept = supervisor.Supervisor([supervisor.Program("hub", ("hub",))], tmp_path, log, lambda: True)
    kept._watch()
    assert (kept._timeout_s() or 0) > supervisor.LONGEST_PAUSE_S / 2
    assert said == ["supervisor: hub cannot be started now: Resource temporarily unavailable"]


def test_pauses_grow_to_a_bound() -> None:
    pauses = [supervisor.pause_s(failures) for failures in (0, 1, 2, 3, 4, 5, 6, 7, 1000)]
    assert pauses == [0, 0, 0.25, 0.5, 1, 2, 4, 5, 5]


def test_an_endless_line_and_bytes_that_are_no_text_reach_the_log_in_pieces(supervise: Callable[..., Running]) -> None:
    code = r"import os, time; os.write(1, b'\xff\xfe' + b'x' * 100_000 + b'\nafter\n'); time.sleep(600)"
    running = supervise("engine", code)
    eventually(lambda: running.said("engine: after"))
    assert max(map(len, running.log().splitlines())) < 5000


def test_the_names_written_here_without_the_wire_are_those_of_the_wire() -> None:
    assert RunFile(rundir.PROCESSES) is RunFile.PROCESSES


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port: int = door.getsockname()[1]
        return port


def mos_run(data: Path, port: int, home: Path) -> subprocess.Popen[str]:
    surroundings = {**os.environ, "XDG_RUNTIME_DIR": str(home), "XDG_STATE_HOME": str(home)}
    surroundings.pop(SUPERVISOR, None)
    words = (
        sys.executable,
        "-P",
        "-m",
        "mos_appliance",
        "run",
        "--sound",
        "silent",
        "--data",
        str(data),
        "--port",
        str(port),
    )
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=surroundings)


def lines_until(stream: Iterator[str] | None, start: str) -> list[str]:
    lines: list[str] = []
    for line in stream or ():
        lines.append(line.rstrip("\n"))
        if line.startswith(start):
            return lines
    raise AssertionError(lines)


def test_the_appliance_says_where_to_play_and_leaves_nothing_behind(tmp_path: Path, free_port: int) -> None:
    data, home = tmp_path / "data", tmp_path / "home"
    home.mkdir()
    running = mos_run(data, free_port, home)
    try:
        said = lines_until(running.stdout, "Play at")
        assert said[-1] == f"Play at http://localhost:{free_port}"
        assert any("simulated" in line for line in said)
        run_dir = next(home.glob("mos-*"))
        assert run_dir.stat().st_mode & 0o777 == 0o700
        processes = json.loads((run_dir / "processes.json").read_text())
        assert list(processes) == [name for name in ("engine", "patchbay", "hub", "tutor") if name in processes]

        second = mos_run(data, free_port, home)
        _, why = second.communicate(timeout=PATIENCE_S)
        assert second.returncode == 3
        told = f"{data}: is in use by mos run (process {running.pid}, http://localhost:{free_port})"
        assert why.startswith(told) and why.count("\n") == 1

        third = mos_run(tmp_path / "other", free_port, home)
        _, why = third.communicate(timeout=PATIENCE_S)
        assert third.returncode == 3
        assert why.startswith(f"port {free_port}: is taken by another program") and why.count("\n") == 1
    finally:
        running.terminate()
        _, log = running.communicate(timeout=PATIENCE_S)
    assert running.returncode == 0, log
    assert list(home.glob("mos-*")) == []
    assert "supervisor" in (data / "log" / "mos.log").read_text() or not log


def test_what_a_killed_run_left_is_ended_and_removed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    run = rundir.make_run_directory(data, tmp_path)
    here = "import time; print('here', flush=True); time.sleep(600)"
    orphan = subprocess.Popen(
        [sys.executable, "-c", here, str(run)], process_group=0, stdout=subprocess.PIPE, text=True
    )
    assert orphan.stdout is not None and orphan.stdout.readline() == "here\n"  # before, /proc does not show its words
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        told = {"engine": orphan.pid, "hub": stranger.pid}
        rundir.write_processes(run, {name: {"pid": pid, "running": True} for name, pid in told.items()})
        (run / "output.ring").write_bytes(b"old")
        assert rundir.make_run_directory(data, tmp_path) == run
        assert list(run.iterdir()) == []
        assert orphan.wait(PATIENCE_S) == -signal.SIGKILL
        assert stranger.poll() is None
    finally:
        orphan.kill()
        stranger.kill()
        orphan.communicate()
        stranger.wait()
