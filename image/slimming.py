"""Takes from installed packages what no process of ours uses, so that the packed root keeps its 128 MB.

    python -m image.slimming --packages DIR

Of every library what no loader reads, of OpenBLAS the kernels of processors that no board has, of foreign Python code
the texts for readers: they would be loaded by every process and never looked at.
"""

from __future__ import annotations

import argparse
import ast
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from image import elf

NOT_AT_RUN_TIME: Final = (
    "numpy/*/tests",
    "numpy/tests",
    "numpy/f2py",
    "numpy/distutils",
    "numpy/_core/include",
    "numpy/_core/lib",
    "numpy/random/lib",
    "numpy/random/_examples",
    "numpy/doc",
    "numpy/testing",
    "numpy/conftest.py",
    "numpy/_core/*_tests.*",
    "numpy/_core/_simd.*",
    "numpy/linalg/lapack_lite.*",
    "multidict/_testcapi.*",
    "aiohttp/test_utils.py",
    "aiohttp/pytest_plugin.py",
    "verovio/data/Petaluma*",
    "verovio/data/Leland*",
    "verovio/data/Gootville*",
    "verovio/data/*.css",
    "**/*.pyi",
    "**/*.pyx",
    "**/*.pxd",
    "**/*.c",
    "**/*.h",
    "bin",
    "*.dist-info/RECORD",
    "*.dist-info/direct_url.json",
)
"""What no process of ours uses: 11 MB of NumPy, stubs and sources, music fonts that no page is engraved in; and what
pip notes of where it ran, which was all that two builds from the same inputs did not have in common."""
OTHER_PROCESSORS: Final = (
    "A64FX",
    "ARMV8SVE",
    "ARMV9SME",
    "EMAG8180",
    "NEOVERSEN1",
    "NEOVERSEN2",
    "NEOVERSEV1",
    "THUNDERX",
    "THUNDERX2T99",
    "THUNDERX3T110",
    "TSV110",
)
"""OpenBLAS's kernels but those of the boards' Cortex-A53 and A72 (to it an A57), and those for any other."""
WITH_TEXTS: Final = ("mos_appliance", "drivers", "image", "alsa_midi", "numpy")
"""Their texts are kept: `--help` says ours; alsa_midi and numpy.ma, which a median asks for, take theirs apart."""
_OTHERS_KERNEL: Final = re.compile(rf".*_(?:{'|'.join(OTHER_PROCESSORS)})(?:\.\w+)*")


def slim(packages: Path) -> None:
    """Everything below, in order. Errors: `elf.NoLibrary`."""
    remove_unused(packages)
    for library in sorted(packages.rglob("*.so*")):
        if library.is_file() and not library.is_symlink():
            thin(library)
    for source in sorted(packages.rglob("*.py")):
        if source.relative_to(packages).parts[0] not in WITH_TEXTS:
            text = source.read_text(encoding="utf-8")
            source.write_text(without_docstrings(text), encoding="utf-8")


def remove_unused(packages: Path) -> None:
    """Remove what no process imports."""
    for pattern in NOT_AT_RUN_TIME:
        for found in sorted(packages.glob(pattern), reverse=True):
            if found.is_dir():
                shutil.rmtree(found)
            else:
                found.unlink()


def thin(library: Path) -> None:
    """Empty what of a library is never loaded or never run; its length stays. Errors: `elf.NoLibrary`."""
    content = bytearray(library.read_bytes())
    if "openblas" in library.name:
        elf.without_functions(content, lambda name: _OTHERS_KERNEL.fullmatch(name) is not None)
    elf.without_what_is_not_loaded(content)
    library.write_bytes(content)


def without_docstrings(source: str) -> str:
    """The same program without docstrings, as `python -OO` has it; every line keeps its number.

    Where one was, stands `None`: libraries know what to do without a text, not with an empty one.
    """
    lines = [line.encode() for line in source.split("\n")]
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        first = node.body[0] if node.body else None
        if not (isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)):
            continue
        text = first.value
        if isinstance(text.value, str) and text.end_lineno is not None:
            begin, end = text.lineno - 1, text.end_lineno - 1
            rest = lines[end][text.end_col_offset :]
            if not rest.strip():
                instead = (
                    b"" if isinstance(node, ast.Module) else b"None"
                )  # before imports from __future__ stands nothing
                lines[begin] = lines[begin][: text.col_offset] + instead
                lines[begin + 1 : end + 1] = [b""] * (end - begin)
    return b"\n".join(lines).decode()


def main(argv: Sequence[str]) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="image.slimming", description=__doc__)
    parser.add_argument("--packages", type=Path, required=True, help="a site-packages folder, changed in place")
    try:
        slim(parser.parse_args(argv).packages)
    except elf.NoLibrary as error:
        print(f"image: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
