"""An image in the emulator as a target of the hardware tests: its own kernel, root, init, rights and processes.

The image's file is not changed. What the tests need lies in `/opt`, a memory of its own, laid over the root by an
initramfs: the agent, started by one more line of inittab. The processes of MOS are those that init starts, as init
starts them; they only wait until the test has laid its soundfont and settings where the box reads them.
"""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from hw_tests.bench import guest
from hw_tests.bench.device_tree import with_memory_region
from hw_tests.bench.initramfs import Cpio
from hw_tests.bench.qemu import Machine, emulator, sound_device
from hw_tests.bench.target import UART, Bench
from hw_tests.target import Lacks
from image import boards, emulate, partitions

MODULES: Final = ("libcomposite", "dummy_hcd")
"""The keyboard without hardware; everything else is in the kernel, or comes by itself."""
CARD_MIB: Final = 640
"""Larger than the image: the data partition has something to grow into."""
CARD: Final = "card.img"
MEMORY_AT: Final = 0x4000_0000
CARD_AT: Final = 0x6000_0000
"""Where the emulated board's memory begins, and where a card in memory does: behind the board's own 512 MiB."""
SOUNDFONT: Final = "/usr/share/sounds/sf2/MOS_GM.sf2"

_INIT: Final = """#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc; $b mount -t devtmpfs dev /dev
until [ -b {root} ]; do $b sleep 0.01; done
$b mount -t squashfs -o ro {root} /root
$b mount -t tmpfs opt /root/opt
$b cp -a /code/. /root/opt/
$b sed '{edit}' /root/etc/inittab > /root/opt/inittab
echo '::respawn:/opt/bench/answer' >> /root/opt/inittab
$b mount -o bind /root/opt/inittab /root/etc/inittab
$b umount /proc; $b mount -o move /dev /root/dev
exec $b switch_root /root /sbin/init
"""
_HELD: Final = """#!/bin/sh
until [ -e /opt/go ]; do sleep 0.05; done
exec /etc/mos/process "$1"
"""
_ANSWER: Final = """#!/bin/sh
. /etc/mos/facts
{wait}
mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
for module in {modules}; do modprobe $module || echo "BENCH: modprobe $module failed"; done
HOME=/root exec python3 -P /opt/bench/agent.py
"""


def initramfs(base: bytes, tools: guest.Tools, root: str, held: bool, wait: str) -> bytes:
    """The bench's own, with another init and what goes to `/opt`. `held`: MOS waits for the test."""
    with tempfile.TemporaryDirectory(prefix="mos-image-") as folder:
        code = Path(folder) / "code"
        inside = code / "bench"
        guest.copy_code(guest.CHECKOUT / "hw_tests/inside", inside)
        tools.compile_python(inside, "/opt/bench")
        (inside / "held").write_text(_HELD)
        (inside / "answer").write_text(_ANSWER.format(wait=wait, modules=" ".join(MODULES)))
        for name in ("held", "answer"):
            (inside / name).chmod(0o755)
        archive = Cpio()
        edit = "s|:/etc/mos/process |:/opt/bench/held |" if held else ""
        archive.file("init", _INIT.format(root=root, edit=edit).encode(), executable=True)
        archive.tree(code, "code")
        return base + archive.bytes()


def copy_card(image: Path, folder: Path) -> None:
    """The image as a card of `CARD_MIB` in that folder, to be written to."""
    folder.mkdir(parents=True, exist_ok=True)
    card = folder / CARD
    subprocess.run(["cp", "--sparse=always", str(image), str(card)], check=True)
    with card.open("r+b") as file:
        file.truncate(CARD_MIB << 20)


def card_on_a_disk() -> list[str]:
    """The emulator's words for the card in the folder."""
    return ["-drive", f"if=none,id=card,file={CARD},format=raw", "-device", "virtio-blk-pci,drive=card"]


def card_in_memory(folder: Path, command: list[str]) -> list[str]:
    """The card above the machine's memory, where the processor reads it itself: no wait for a disk is in the count.

    `command` is the machine's, whose device tree gets a node for it.
    """
    subprocess.run([*command, "-machine", "dumpdtb=virt.dtb"], cwd=folder, check=True, capture_output=True)
    tree = with_memory_region((folder / "virt.dtb").read_bytes(), CARD_AT, CARD_MIB << 20)
    (folder / "card.dtb").write_bytes(tree)
    return ["-dtb", "card.dtb", "-device", f"loader,file={CARD},addr={CARD_AT:#x},force-raw=on"]


def start(
    folder: Path,
    shift: int,
    timer: bool,
    held: bool = True,
    wait: str = "",
    in_memory: bool = False,
    disk: list[str] | None = None,
    loader_words: str = "",
) -> Machine:
    """Start the card in `folder`. `held`: MOS waits for the test; `wait`: what the agent waits for.

    `disk`: the emulator's words for the card, where it is to be another than `card_on_a_disk`. `loader_words`: what a
    loader would tell the kernel besides.
    """
    made = guest.guest()
    board = boards.read_boards()[emulate.BOARD]
    emulate.read_kernel(folder / CARD, folder)
    number = partitions.read_layout(partitions.TABLE.read_text())["root_a"].number
    root = f"/dev/pmem0p{number}" if in_memory else f"/dev/vda{number}"
    (folder / "initramfs").write_bytes(initramfs(made.initramfs.read_bytes(), made.tools, root, held, wait))
    line = f"{emulate.kernel_line(folder / CARD, folder)} {loader_words}".strip()
    memory_mib = board.memory_mib
    if in_memory:
        line, memory_mib = f"{line} mem={memory_mib}M", (CARD_AT - MEMORY_AT >> 20) + CARD_MIB
    command = [*emulator(made.tools, shift, str(memory_mib)), "-serial", "file:console.log", "-serial", "null"]
    command += sound_device(timer)
    command += card_in_memory(folder, command) if in_memory else disk or card_on_a_disk()
    return Machine(folder, [*command, "-kernel", "Image", "-initrd", "initramfs", "-append", line])


class Image(Bench):
    """`Target` says what the methods do."""

    def __init__(self, folder: Path, image: Path, shift: int = 0, timer: bool = False) -> None:
        self.name = f"image {image.name} in the emulator, {'nominal' if shift == 0 else 'half'} speed"
        self._folder, self._shift, self._timer = folder, shift, timer
        self.first_start = False
        self.settings = 'voice = "off"\n'
        """Of the card's file all but where sound goes; a voice would be heard among the notes."""
        copy_card(image, folder)
        self._machine = self._start()

    def _start(self) -> Machine:
        return start(self._folder, self._shift, self._timer)

    def start_mos(self, period: int, soundfont: str, din: str) -> None:
        """The image listens to the DIN line that its kernel is told of, always; its shelf stands, as on the bench."""
        if din not in ("", UART):
            raise Lacks(f"a DIN input at {din}")
        if not self.first_start:
            self.put_shelf_stamp()
        settings = f'sound = "{self.sound}@{period}"\n{self.settings}'
        self.put("/run/mos.toml", settings.encode())
        self._must("chown mos:mos /data/mos/engine.json && chmod 660 /data/mos/engine.json")
        if soundfont:
            self._must(f"mount -o bind {shlex.quote(soundfont)} {SOUNDFONT} && chmod 644 {shlex.quote(soundfont)}")
        self._must("touch /opt/go")

    def put_shelf_stamp(self) -> None:
        super().put_shelf_stamp()
        self._must("chown -R mos:mos /data/mos/library && chmod 700 /data/mos/library")

    def log(self) -> str:
        return (self._folder / "console.log").read_text(errors="replace")
