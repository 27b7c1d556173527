"""What is taken from installed packages, and that nobody misses it."""

from __future__ import annotations

import ast
import importlib.util
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from image import configure, elf, parts, slimming

POST_BUILD = configure.EXTERNAL.parent / "image/post-build.sh"


def library(tmp_path: Path, options: list[str]) -> Path:
    """A shared library of three functions and a text that is only for debuggers."""
    source = tmp_path / "made.c"
    source.write_text(
        "int sum_ARMV8(int a) { return a + 7; } int sum_THUNDERX(int a) { return a + 9; } int sum(int a) { return a; }"
    )
    made = tmp_path / "libopenblas.so"
    subprocess.run(["cc", "-g", "-O0", "-shared", "-fPIC", *options, str(source), "-o", str(made)], check=True)
    return made


def test_what_is_never_imported_is_left_out(tmp_path: Path) -> None:
    for name in ("numpy/linalg/tests/test_a.py", "numpy/linalg/a.py", "numpy/a.pyi", "numpy-2.dist-info/RECORD"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    slimming.remove_unused(tmp_path)
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()] == ["numpy/linalg/a.py"]


def unused_of_python() -> list[str]:
    lines = re.findall(r"^ {2}(\w+(?: \w+)*)(?: \\|; do)$", POST_BUILD.read_text(), re.MULTILINE)
    return [name for line in lines for name in line.split()]


def test_no_process_imports_what_is_left_out() -> None:
    folders = [each.replace("/", ".") for each in slimming.NOT_AT_RUN_TIME if not {"*", "."} & set(each)]
    absent = [*(each for each in folders if each != "bin"), *unused_of_python()]
    absent += [name.replace("-", "_") for name in parts.LEFT_OUT[1:]]
    program = f"""
import importlib, pkgutil, sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if any(name == each or name.startswith(each + ".") for each in {absent}):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
import drivers, mos_appliance
for package in drivers, mos_appliance:
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if ".benchmarks" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert {"numpy.f2py", "turtle", "unittest"} <= set(absent)
    assert done.returncode == 0, done.stderr


def test_none_of_our_functions_imports_later_what_python_is_robbed_of() -> None:
    unused = set(unused_of_python())
    for folder in ("mos_appliance", "drivers"):
        for source in (configure.EXTERNAL.parent / folder).rglob("*.py"):
            if "benchmarks" in source.parts or "node_modules" in source.parts:
                continue
            for node in ast.walk(ast.parse(source.read_text())):
                names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                assert not {name.partition(".")[0] for name in names} & unused, source


def test_kernels_for_other_processors_are_emptied_and_the_rest_still_runs(tmp_path: Path) -> None:
    made = library(tmp_path, [])
    before = made.stat().st_size
    slimming.thin(made)
    program = f"import ctypes; made = ctypes.CDLL({str(made)!r}); print(made.sum_ARMV8(1), made.sum(3))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["8", "3"]
    assert made.stat().st_size == before
    ended = subprocess.run([sys.executable, "-c", program.replace("ARMV8", "THUNDERX")], check=False)
    assert ended.returncode, "a kernel for another processor is still there"


def test_what_no_loader_reads_is_emptied(tmp_path: Path) -> None:
    made = library(tmp_path, [])
    assert b"sum_THUNDERX(int a)" not in made.read_bytes() and b"made.c" in made.read_bytes()
    slimming.thin(made)
    content = made.read_bytes()
    assert b"made.c" not in content and not list(elf.functions(content))
    empty = sum(not content[at : at + 64].strip(b"\0") for at in range(0, len(content), 64))
    assert empty > len(content) // 64 // 4


def test_a_function_of_unknown_length_reaches_to_the_next(tmp_path: Path) -> None:
    made = library(tmp_path, ["-x", "c"])
    content = bytearray(made.read_bytes())
    known, _ = elf.sections(content)
    table = next(each for each in known if each.kind == 2)
    sizes = {name: size for name, _, size in elf.functions(content)}
    for at in range(table.offset, table.offset + table.size, 24):
        struct.pack_into("<Q", content, at + 16, 0)
    unknown = {name: size for name, _, size in elf.functions(content)}
    assert unknown["sum_ARMV8"] == sizes["sum_ARMV8"] > 0


@pytest.mark.parametrize("content", [b"", b"\x7fELF\x02\x01" + b"\xff" * 90, b"!<arch>\n" + bytes(90)])
def test_what_is_no_library_is_refused(content: bytes) -> None:
    with pytest.raises(elf.NoLibrary):
        elf.sections(content)


def test_docstrings_go_and_lines_and_other_strings_stay() -> None:
    source = (
        '"""Über."""\n\nimport os\n\n\ndef f(a):\n    """One\n    two."""\n    b = """kept"""\n    return a, b\n\n\n'
        'class C:\n    "short"\n\n    def g(self): "only"\n'
    )
    thin = slimming.without_docstrings(source)
    assert thin.count("\n") == source.count("\n")
    known: dict[str, object] = {}
    exec(compile(thin, "thin", "exec"), known)
    assert known["f"](1) == (1, "kept")  # type: ignore[operator]
    assert known["f"].__code__.co_firstlineno == 6  # type: ignore[attr-defined]
    assert known.get("__doc__") is known["f"].__doc__ is known["C"].__doc__ is None


SCORE = configure.EXTERNAL.parent / "tests/data/musicxml/two_hands.musicxml"
FOREIGN = (
    "aiohappyeyeballs aiohttp aiosignal alsa_midi attr attrs cffi frozenlist fsrs idna msgspec multidict nacl numpy "
    "propcache pycparser serial verovio yarl"
)


def test_our_processes_start_from_packages_of_which_all_that_is_gone(tmp_path: Path) -> None:
    for name in FOREIGN.split():
        found = importlib.util.find_spec(name)
        assert found is not None and found.origin is not None, name
        for folder in (Path(found.origin).parent, Path(found.origin).parent.with_name(f"{name}.libs")):
            if folder.is_dir():
                shutil.copytree(folder, tmp_path / folder.name, ignore=shutil.ignore_patterns("__pycache__"))
    slimming.slim(tmp_path)
    program = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
import numpy as np
import mos_appliance.app.engine, mos_appliance.app.hub, mos_appliance.app.patchbay, mos_appliance.app.tutor
import mos_appliance.app.keeper, mos_appliance.app.card_intake, drivers.engraver
from mos_appliance.app.library_worker import Job, look_at
for name in {FOREIGN.split()}:
    if name in sys.modules:
        assert sys.modules[name].__file__.startswith({str(tmp_path)!r}), name
assert not {{"aiohttp", "alsa_midi", "msgspec", "numpy"}} - set(sys.modules)
random = np.random.default_rng(1).normal(size=(64, 64))
assert np.allclose(np.linalg.inv(random) @ random, np.eye(64))
assert np.abs(np.fft.irfft(np.fft.rfft(random)) - random).max() < 1e-9
assert np.ma.median and np.polynomial and np.char and np.rec and np.lib.stride_tricks
made = look_at(Job("a.musicxml", open({str(SCORE)!r}, "rb").read(), layouts=("phone",)))
assert not sys.modules["aiohttp.web"].Application.__doc__
assert made.piece is not None and made.pages and not made.unengraved, made.unengraved
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
