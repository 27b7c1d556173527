import subprocess
import sys
from pathlib import Path

import pytest

from mos_appliance.app import rundir
from mos_appliance.errors import Unavailable


def test_a_data_directory_has_one_user_at_a_time(tmp_path: Path) -> None:
    first = rundir.DataDirectory(tmp_path / "data", "the first")
    with pytest.raises(Unavailable, match="is in use by the first;"):
        rundir.DataDirectory(tmp_path / "data", "the second")
    first.release()
    rundir.DataDirectory(tmp_path / "data", "the second").release()


def test_a_card_that_takes_nothing_more_is_locked_all_the_same(tmp_path: Path) -> None:
    """No file may grow here, as on a full card: nobody can be named, but a second user is refused."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "lock").touch()
    lines = (
        "import resource, sys; from pathlib import Path",
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))",
        "from mos_appliance.app.rundir import DataDirectory",
        "kept = DataDirectory(Path(sys.argv[1]), 'the first')",
        "DataDirectory(Path(sys.argv[1]), 'the second')",
    )
    command = [sys.executable, "-c", "\n".join(lines), str(tmp_path / "data")]
    told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60).stderr
    assert "is in use by another mos run" in told.splitlines()[-1]


def test_a_data_directory_that_cannot_be_made_is_told_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="cannot keep data there"):
        rundir.DataDirectory(tmp_path / "file" / "data", "")


def test_a_run_directory_that_others_may_enter_is_not_taken(tmp_path: Path) -> None:
    run = rundir.make_run_directory(tmp_path, tmp_path)
    run.chmod(0o755)
    with pytest.raises(Unavailable, match="is not ours"):
        rundir.make_run_directory(tmp_path, tmp_path)


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    run = rundir.make_run_directory(tmp_path, tmp_path)
    run.rmdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").touch()
    run.symlink_to(elsewhere)
    with pytest.raises(Unavailable, match="is not ours"):
        rundir.make_run_directory(tmp_path, tmp_path)
    assert (elsewhere / "precious").exists()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"engine": 1}', '{"engine": {"pid": "x", "running": true}}'])
def test_a_torn_list_of_processes_holds_nobody_up(tmp_path: Path, content: str) -> None:
    run = rundir.make_run_directory(tmp_path, tmp_path)
    (run / rundir.PROCESSES).write_text(content)
    (run / "folder").mkdir()
    (run / "folder" / "file").touch()
    assert list(rundir.make_run_directory(tmp_path, tmp_path).iterdir()) == []


def test_a_run_directory_is_in_memory_where_that_is_to_be_had(tmp_path: Path) -> None:
    assert rundir.run_parent({"XDG_RUNTIME_DIR": str(tmp_path)}) == tmp_path
    assert rundir.run_parent({"XDG_RUNTIME_DIR": "/no/such/place"}) == Path("/dev/shm")


def test_each_data_directory_has_its_own_run_directory(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    assert rundir.make_run_directory(one, tmp_path) != rundir.make_run_directory(other, tmp_path)
