"""The guest: kernel, read-only root and initramfs, built once; our code is laid on top at each start."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from drivers import soundfont
from hw_tests.bench import initramfs, packages

CHECKOUT = Path(__file__).resolve().parents[2]
INSTALLED_IN = "usr/lib/python3/dist-packages"
"""Where the guest has our packages, as if they had been installed."""
SOUNDFONT = "FluidR3Mono_GM.sf3"
_ROOT_RECIPE = 5
"""Counted up when the code below builds another root from the same packages."""


@dataclass(frozen=True, slots=True)
class Tools:
    """Debian 13's QEMU, Python and depmod for this computer, run by their own loader."""

    root: Path

    def command(self, program: str) -> list[str]:
        """The start of a command line that runs `program` (a path below /usr) of this tree."""
        loader = next(iter(sorted(self.root.glob("usr/lib*/ld-linux-*.so.*"))))
        libraries = ":".join(str(folder) for folder in sorted(self.root.glob("usr/lib/*-linux-gnu")))
        return [str(loader), "--library-path", libraries, str(self.root / "usr" / program)]

    def compile_python(self, folder: Path, inside: str) -> None:
        """Write the .pyc files of the guest's Python 3.13 into `folder`, which it sees as `inside`."""
        command = [*self.command("bin/python3.13"), "-m", "compileall", "-q", "-s", str(folder), "-p", inside]
        command += ["--invalidation-mode", "unchecked-hash", str(folder)]
        environment = {"PYTHONHOME": str(self.root / "usr"), "PATH": "/usr/bin:/bin"}
        # Debian ships files that are not meant to compile (lib2to3's test data): a return code of 1 tells nothing.
        subprocess.run(["nice", *command], env=environment, stdout=subprocess.DEVNULL, check=False)


@dataclass(frozen=True, slots=True)
class Guest:
    """Everything that QEMU needs to start one."""

    tools: Tools
    kernel: Path
    root: Path
    initramfs: Path
    soundfont: Path
    """A disk with the product's soundfont, decompressed as on the image, for /usr/share/sounds/sf2."""


def tools() -> Tools:
    """This computer's tools, from the cache or built now."""
    architecture = packages.host_architecture()

    def build(place: Path) -> None:
        with packages.progress("QEMU and Python of Debian 13 (once)"):
            packages.extract(architecture, packages.TOOLS_PACKAGES, place / "root")
            # QEMU is asked for no module; modules of the host's own QEMU must not be found either.
            shutil.rmtree(place / "root/usr/share/zoneinfo", ignore_errors=True)

    recipe = packages.fingerprint("tools", architecture, packages.SUITE, packages.TOOLS_PACKAGES)
    return Tools(packages.built(f"tools-{recipe}", build) / "root")


def guest() -> Guest:
    """The guest, from the cache or built now (about two minutes). Errors: `packages.NotAvailable`."""
    packages.require_host()
    own_tools = tools()
    recipe = packages.fingerprint(
        _ROOT_RECIPE,
        packages.SUITE,
        packages.GUEST_PACKAGES,
        _wheels(),
        packages.UNWANTED_FILES,
        Path(initramfs.__file__).read_bytes(),
    )
    place = packages.built(f"guest-{recipe}", lambda folder: _build_guest(folder, own_tools))
    return Guest(
        own_tools, place / "vmlinuz", place / "root.ext4", place / "initramfs", soundfont_disk(place / SOUNDFONT)
    )


def _wheels() -> tuple[str, ...]:
    """The guest has the very versions that the product is locked to."""
    return packages.locked_wheels((CHECKOUT / "requirements/run.txt").read_text())


def soundfont_disk(source: Path) -> Path:
    """The soundfont as the image carries it (`drivers/soundfont.py` makes it), on a disk of its own."""
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:12]

    def build(place: Path) -> None:
        with packages.progress("guest: soundfont decompressed"):
            soundfont.prepare(source, place / "tree" / soundfont.NAMES[0])
            _write_ext4(place / "tree", place / "soundfont.ext4")

    return packages.built(f"soundfont-{digest}", build) / "soundfont.ext4"


def _build_guest(place: Path, own_tools: Tools) -> None:
    root = place / "tree"
    with packages.progress("guest: Debian 13 packages for arm64 (once)"):
        packages.extract(packages.GUEST_ARCHITECTURE, packages.GUEST_PACKAGES, root)
        packages.extract_wheels(_wheels(), root / "usr/lib/python3/dist-packages")
    with packages.progress("guest: Python compiled, modules listed"):
        own_tools.compile_python(root / "usr/lib/python3.13", "/usr/lib/python3.13")
        own_tools.compile_python(root / "usr/lib/python3", "/usr/lib/python3")
        modules = next((root / "usr/lib/modules").iterdir())
        _depmod(own_tools, root, modules.name)
        _choose_alternatives(root)
    with packages.progress("guest: root file system"):
        for name in ("dev", "proc", "sys", "run", "tmp", "data", "opt", "root", "mnt"):
            (root / name).mkdir(exist_ok=True)
        (root / "usr/share/sounds/sf2").mkdir()
        shutil.copy(next((root / "boot").glob("vmlinuz-*")), place / "vmlinuz")
        shutil.copy(root / "usr/share/sounds/sf3" / SOUNDFONT, place)
        (place / "initramfs").write_bytes(initramfs.base_initramfs(root, modules))
        for name in ("boot", "var/lib/apt", "var/lib/dpkg/info", "var/cache"):
            shutil.rmtree(root / name, ignore_errors=True)
        _write_ext4(root, place / "root.ext4")


def _write_ext4(tree: Path, image: Path) -> None:
    """Make `tree` a file system without journal (it is only read), and remove it."""
    command = ["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-m", "0", "-d", str(tree), str(image)]
    subprocess.run([*command, _room_for(tree)], stdout=subprocess.DEVNULL, check=True)
    shutil.rmtree(tree)


def _choose_alternatives(root: Path) -> None:
    """What the packages' scripts would have linked, had they been run."""
    for found in (root / "usr/lib").glob("*-linux-gnu/*/lib*.so.3"):
        if found.name in ("libblas.so.3", "liblapack.so.3"):
            (found.parents[1] / found.name).symlink_to(f"{found.parent.name}/{found.name}")
    (root / "usr/bin/sh").symlink_to("busybox")


def _depmod(own_tools: Tools, root: Path, version: str) -> None:
    """kmod acts as depmod when it is called by that name."""
    loader, option, libraries, program = own_tools.command("bin/kmod")
    command = [loader, option, libraries, "--argv0", "depmod", program, "-b", str(root), version]
    subprocess.run(command, check=True)


def _room_for(root: Path) -> str:
    used_kib = int(
        subprocess.run(["du", "-sk", str(root)], capture_output=True, text=True, check=True).stdout.split()[0]
    )
    return f"{used_kib * 5 // 4 + 32_768}k"


def code_on_top(own_tools: Tools) -> bytes:
    """Our code and rootfs_overlay as an archive for the initramfs, compiled for the guest's Python."""
    with tempfile.TemporaryDirectory(prefix="mos-bench-") as folder:
        code = Path(folder) / "code"
        overlay = CHECKOUT / "rootfs_overlay"
        if overlay.is_dir():
            shutil.copytree(overlay, code, symlinks=True)
        for name in ("mos_appliance", "drivers"):
            copy_code(CHECKOUT / name, code / INSTALLED_IN / name)
        _write_metadata(code / INSTALLED_IN)
        own_tools.compile_python(code / INSTALLED_IN, f"/{INSTALLED_IN}")
        copy_code(CHECKOUT / "hw_tests/inside", code / "opt/bench")
        own_tools.compile_python(code / "opt/bench", "/opt/bench")
        shutil.copy(native_program("write_float_loop"), code / "opt/bench/write_float_loop")
        archive = initramfs.Cpio()
        archive.tree(code, "code")
        return archive.bytes()


def _write_metadata(site: Path) -> None:
    """What `importlib.metadata` reads the version from."""
    version = (CHECKOUT / "image/version").read_text().strip()
    folder = site / f"mos_appliance-{version}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: mos-appliance\nVersion: {version}\n")


def copy_code(source: Path, target: Path) -> None:
    """Python and scripts, without what is compiled elsewhere."""
    ignored = shutil.ignore_patterns("__pycache__", "node_modules", "*.c")
    shutil.copytree(source, target, ignore=ignored, symlinks=True)


def native_program(name: str) -> Path:
    """A C program of `hw_tests/inside`, compiled for the guest."""
    source = CHECKOUT / "hw_tests/inside" / f"{name}.c"
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:12]

    def build(place: Path) -> None:
        command = ["aarch64-linux-gnu-gcc", "-O2", "-mcpu=cortex-a53", "-Wall", "-Werror"]
        subprocess.run([*command, str(source), "-o", str(place / name), "-ldl"], check=True)

    return packages.built(f"{name}-{digest}", build) / name
