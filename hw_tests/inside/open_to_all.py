"""What of a running box anybody may write to, one path a line: files, folders without the sticky bit, devices."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

NOT_FILES = ("/proc", "/sys")
FOR_ALL = {"null", "zero", "full", "random", "urandom", "tty", "ptmx"}
"""Devices that every process may use."""


def open_paths(root: str) -> Iterator[str]:
    for folder, names, files in os.walk(root):
        names[:] = [name for name in names if str(Path(folder) / name) not in NOT_FILES]
        for name in [*names, *files]:
            path = Path(folder) / name
            try:
                mode = path.lstat().st_mode
            except OSError:  # it has just gone
                continue
            if stat.S_ISLNK(mode) or not mode & stat.S_IWOTH:
                continue
            if stat.S_ISDIR(mode) and mode & stat.S_ISVTX:
                continue
            if stat.S_ISCHR(mode) and (name in FOR_ALL or folder == "/dev/pts"):
                continue
            yield str(path)


def main() -> None:
    for path in sorted(set(open_paths("/"))):
        print(path)


if __name__ == "__main__":
    main()
