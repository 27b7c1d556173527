"""What the bench is made of, and where it is kept.

Two trees are extracted from Debian packages (nothing in them runs while they are built):
`tools` for this computer (QEMU 10, Python 3.13 for its .pyc, depmod) and `root` for the guest (arm64).
Both are the same on every host, so a figure does not depend on which Debian the host runs.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SUITE = "trixie"
GUEST_ARCHITECTURE = "arm64"
KERNEL_PACKAGE = "linux-image-rt-arm64"

HOST_PROGRAMS = {
    "mmdebstrap": "mmdebstrap",
    "mke2fs": "e2fsprogs",
    "aarch64-linux-gnu-gcc": "gcc-aarch64-linux-gnu libc6-dev-arm64-cross",
}
"""Program that must be on this computer → Debian packages that bring it."""

TOOLS_PACKAGES = ("qemu-system-arm", "ipxe-qemu", "python3-minimal", "libpython3-stdlib", "kmod")
GUEST_PACKAGES = (
    KERNEL_PACKAGE,
    "alsa-utils",
    "busybox-static",
    "e2fsprogs",
    "fluidr3mono-gm-soundfont",
    "fluidsynth",
    "kmod",
    "libc6",
    "libfluidsynth3",
    "python3",
    "python3-alsaaudio",
    "python3-rtmidi",
    "util-linux",
)
NOT_AS_WHEELS = frozenset({"setuptools", "python-rtmidi", "pyalsaaudio"})
"""Locked packages without an aarch64 wheel for Python 3.13: Debian's are taken where they are used, or none."""

_UNWANTED_DRIVERS = (
    "gpu",
    "net",
    "iio",
    "infiniband",
    "scsi",
    "staging",
    "input",
    "hwmon",
    "mtd",
    "nvme",
    "ata",
    "clk",
    "pinctrl",
    "mfd",
)
UNWANTED_FILES = (
    "/usr/share/doc/*",
    "/usr/share/man/*",
    "/usr/share/info/*",
    "/usr/share/locale/*",
    "/usr/share/zoneinfo/*",
    "/usr/lib/linux-image-*",
    "/usr/lib/systemd/*",
    "/usr/lib/udev/*",
    "/usr/lib/*/systemd/*",
    "/usr/lib/*/libLLVM*",
    "/usr/lib/*/libgallium*",
    "/usr/lib/*/libz3*",
    "/usr/lib/modules/*/kernel/net/*",
    *(f"/usr/lib/modules/*/kernel/drivers/{name}/*" for name in _UNWANTED_DRIVERS),
)
"""Never needed on the bench; leaving them out halves the time that the guest takes to build."""


class NotAvailable(Exception):
    """Something that the bench needs is not here; the text says which, and how to get it."""


def say(text: str) -> None:
    """One line of progress on stderr."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def missing_host_packages() -> list[str]:
    """Debian packages that this computer still needs for the bench."""
    return [packages for program, packages in HOST_PROGRAMS.items() if shutil.which(program) is None]


def require_host() -> None:
    """Errors: `NotAvailable` with the one command that helps."""
    if shutil.which("apt-get") is None:
        raise NotAvailable("the bench is built from Debian packages: run it on Debian 12 or later")
    missing = missing_host_packages()
    if missing:
        raise NotAvailable(f"the bench needs: apt-get install --no-install-recommends {' '.join(missing)}")


def cache_directory() -> Path:
    """Where built guests are kept: outside the tree, `MOS_BENCH_CACHE` to move it."""
    named = os.environ.get("MOS_BENCH_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mos" / "bench"


def fingerprint(*parts: object) -> str:
    """A short name for a recipe: another recipe, another folder."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


def debian_mirror() -> str:
    """The Debian archive that this computer's apt uses. Errors: `NotAvailable`."""
    wanted = "$(ORIGIN)|$(COMPONENT)|$(CREATED_BY)|$(CODENAME)|$(SITE)"
    listing = subprocess.run(
        ["apt-get", "indextargets", "--format", wanted], capture_output=True, text=True, check=False
    ).stdout
    for line in listing.splitlines():
        origin, component, created_by, codename, site = line.split("|", 4)
        if (origin, component, created_by) == ("Debian", "main", "Packages") and "-" not in codename:
            return site
    raise NotAvailable("apt knows no Debian archive here: check /etc/apt/sources.list*, then apt-get update")


def host_architecture() -> str:
    """Debian's name for this computer's architecture."""
    return subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()


def extract(architecture: str, packages: tuple[str, ...], into: Path) -> None:
    """Unpack packages and what they depend on, without running anything of theirs. Errors: `NotAvailable`."""
    options = [
        "APT::Install-Recommends false",
        "Acquire::Languages none",
        "Acquire::Check-Valid-Until false",
        "Acquire::Retries 3",
    ]
    command = ["nice", "mmdebstrap", "--variant=extract", f"--architectures={architecture}", "--components=main"]
    command += [f'--aptopt={key} "{value}"' for key, value in (option.split() for option in options)]
    command += [f"--dpkgopt=path-exclude={pattern}" for pattern in UNWANTED_FILES]
    command += [f"--include={','.join(packages)}", SUITE, str(into), debian_mirror()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reasons = [line for line in done.stderr.splitlines() if line.startswith("E:")] or ["mmdebstrap failed"]
        raise NotAvailable(f"Debian's packages for {architecture} could not be extracted: {reasons[0]}")
    for name in ("bin", "sbin", "lib"):
        link = into / name
        if not link.exists() and not link.is_symlink():
            link.symlink_to(f"usr/{name}")


def locked_wheels(requirements: str) -> tuple[str, ...]:
    """`name==version` of each package in a locked requirements file, less those that no wheel can bring."""
    pins = re.findall(r"^([a-z0-9._-]+)==(\S+)", requirements, re.MULTILINE | re.IGNORECASE)
    return tuple(f"{name}=={version}" for name, version in pins if name not in NOT_AS_WHEELS)


def extract_wheels(wheels: tuple[str, ...], into: Path) -> None:
    """Unpack wheels for the guest's Python 3.13. Errors: `NotAvailable`."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--implementation=cp", "--python-version=3.13", "--no-compile", "--disable-pip-version-check"]
    command += [f"--platform=manylinux{version}_aarch64" for version in ("_2_28", "_2_27", "2014")]
    command += [f"--target={into}", *wheels]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["pip failed"])[-1]
        raise NotAvailable(f"{' '.join(wheels)} could not be had from PyPI: {reason}")


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Say what takes its time, and how long it took."""
    say(f"{what} …")
    started = time.monotonic()
    yield
    say(f"{what}: {time.monotonic() - started:.0f} s")


def built(name: str, build: Callable[[Path], None]) -> Path:
    """The folder `name` of the cache; built when absent, whole or not at all."""
    place = cache_directory() / name
    if place.is_dir():
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=f".{name}-", ignore_cleanup_errors=True) as folder:
        unfinished = Path(folder) / name
        unfinished.mkdir()
        build(unfinished)
        try:
            unfinished.rename(place)
        except OSError:
            if not place.is_dir():  # else: another run was faster, and its result is as good
                raise
    return place
