"""What import-linter cannot see: calls of the pure layers, and where third-party packages come in."""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PURE = ("music", "wire", "engine", "library", "tutor")
IMPURE_CALLS = {"open", "print", "input", "exec", "eval", "__import__", "breakpoint"}
IMPURE_MODULES = {
    "asyncio", "datetime", "io", "multiprocessing", "os", "random", "secrets", "shutil", "socket", "subprocess",
    "tempfile", "threading", "time",
}  # fmt: skip
EVERYWHERE = {"numpy", "msgspec"}
OURS = {"mos_appliance", "drivers", "hw_tests", "tests"}
MAX_LINES = 400


def sources(*packages: str) -> list[Path]:
    return sorted(
        path for package in packages for path in (ROOT / package).rglob("*.py") if "node_modules" not in str(path)
    )


def imported(tree: ast.AST) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each module imported by name, and what is taken from it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, tuple(alias.name for alias in node.names)


def called(tree: ast.AST) -> set[str]:
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {function.id for function in calls if isinstance(function, ast.Name)}


pure_sources = sources(*(f"mos_appliance/{package}" for package in PURE))


@pytest.mark.parametrize("path", pure_sources, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_pure_layers_touch_no_file_clock_thread_or_chance(path: Path) -> None:
    tree = ast.parse(path.read_text())
    impure = {module for module, _ in imported(tree) if module.split(".")[0] in IMPURE_MODULES}
    paths = {name for module, names in imported(tree) if module == "pathlib" for name in names or ("pathlib",)}
    assert not impure
    assert paths <= {"PurePath", "PurePosixPath"}
    assert not called(tree) & IMPURE_CALLS


def test_a_third_party_package_comes_in_by_one_file() -> None:
    places = defaultdict(set)
    for path in sources("mos_appliance", "drivers"):
        for module, _ in imported(ast.parse(path.read_text())):
            top = module.split(".")[0]
            if top not in OURS | EVERYWHERE and top not in sys.stdlib_module_names:
                places[top].add(str(path.relative_to(ROOT)))
    assert {package: files for package, files in places.items() if len(files) > 1} == {}


def test_no_file_is_longer_than_a_person_keeps_in_mind() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in sources("mos_appliance", "drivers")
    }
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


def test_the_typical_function_is_short() -> None:
    lengths = sorted(
        (node.end_lineno or 0) - node.lineno + 1
        for path in sources("mos_appliance", "drivers")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert lengths[len(lengths) // 2] <= 10
    assert lengths[len(lengths) * 95 // 100] <= 40
