"""cpio archives (newc), as the kernel unpacks them, and the guest's tiny initramfs."""

from __future__ import annotations

import lzma
from pathlib import Path

MODULES_TO_REACH_ROOT = ("virtio_blk", "crc32c_generic", "ext4", "overlay")

_INIT = """#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc; $b mount -t sysfs sys /sys; $b mount -t devtmpfs dev /dev
for module in {modules}; do $b insmod /modules/$module; done
$b mount -t tmpfs tmpfs /memory
$b mkdir /memory/upper /memory/work
$b mount -t ext4 -o ro,noatime /dev/vda /disk
$b mount -t overlay -o lowerdir=/disk,upperdir=/memory/upper,workdir=/memory/work root /root
$b cp -a /code/. /root/
$b mount -o move /dev /root/dev; $b mount -o move /proc /root/proc; $b mount -o move /sys /root/sys
exec $b switch_root /root /opt/bench/start.sh
"""
"""What our code changes goes on top of the read-only root, in memory: the root is not rebuilt for it."""


class Cpio:
    """An archive being written."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._entries = 0

    def _add(self, name: str, mode: int, content: bytes) -> None:
        self._entries += 1
        path = name.encode() + b"\0"
        header = (self._entries, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(path), 0)
        head = b"070701" + b"".join(b"%08x" % field for field in header) + path
        self._parts += [head, b"\0" * (-len(head) % 4), content, b"\0" * (-len(content) % 4)]

    def folder(self, name: str) -> None:
        """Add a folder; its parents must have been added before."""
        self._add(name, 0o040755, b"")

    def file(self, name: str, content: bytes, executable: bool = False) -> None:
        """Add a regular file."""
        self._add(name, 0o100755 if executable else 0o100644, content)

    def tree(self, source: Path, name: str) -> None:
        """Add all of `source` below `name`; symbolic links stay links."""
        self.folder(name)
        for entry in sorted(source.iterdir()):
            inner = f"{name}/{entry.name}"
            if entry.is_symlink():
                self._add(inner, 0o120777, str(entry.readlink()).encode())
            elif entry.is_dir():
                self.tree(entry, inner)
            else:
                self.file(inner, entry.read_bytes(), bool(entry.stat().st_mode & 0o100))

    def bytes(self) -> bytes:
        """The archive, closed and padded: another may follow it."""
        self._add("TRAILER!!!", 0, b"")
        archive = b"".join(self._parts)
        return archive + b"\0" * (-len(archive) % 512)


def with_dependencies(dependencies: str, names: tuple[str, ...]) -> list[str]:
    """Module files of `modules.dep` in the order in which insmod takes them. Errors: `KeyError`."""
    needs: dict[str, list[str]] = {}
    path_of: dict[str, str] = {}
    for line in dependencies.splitlines():
        path, _, rest = line.partition(":")
        needs[path] = rest.split()[::-1]  # modules.dep lists what must come first last
        path_of[Path(path).name.partition(".")[0].replace("-", "_")] = path
    ordered: list[str] = []
    for name in names:
        path = path_of[name.replace("-", "_")]
        ordered += [one for one in (*needs[path], path) if one not in ordered]
    return ordered


def base_initramfs(root: Path, modules: Path) -> bytes:
    """Busybox, the modules that reach the root, and an init; `root` is the guest's tree."""
    paths = with_dependencies((modules / "modules.dep").read_text(), MODULES_TO_REACH_ROOT)
    names = [Path(path).name.removesuffix(".xz") for path in paths]
    archive = Cpio()
    for name in ("bin", "dev", "proc", "sys", "modules", "memory", "disk", "root", "code"):
        archive.folder(name)
    archive.file("bin/busybox", (root / "usr/bin/busybox").read_bytes(), executable=True)
    for path, name in zip(paths, names, strict=True):
        packed = (modules / path).read_bytes()
        archive.file(f"modules/{name}", lzma.decompress(packed) if path.endswith(".xz") else packed)
    archive.file("init", _INIT.format(modules=" ".join(names)).encode(), executable=True)
    return archive.bytes()
