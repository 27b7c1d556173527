"""One instruction-counted guest: started, asked, unplugged, killed.

One guest instruction takes 1 ns of virtual time (`shift` 0; 2 ns with `shift` 1: half the speed), and QEMU's audio
clock is virtual as well: what this computer does meanwhile changes nothing. Between requests the guest stands still.
"""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from hw_tests.bench.guest import Guest, Tools, code_on_top

KERNEL_LINE = (
    "console=ttyAMA0 panic=-1 quiet isolcpus=nohz,domain,managed_irq,1 nohz_full=1 rcu_nocbs=1 irqaffinity=0 "
    "snd_hda_intel.power_save=0"
)
BOOT_LIMIT_S = 900.0
"""A card in memory is read before the machine answers, and others may keep this computer busy."""


class GuestFailed(Exception):
    """The guest did not do what it was asked; the text holds the end of its console."""


def emulator(tools: Tools, shift: int, memory: str) -> list[str]:
    """The start of a command line: the counted machine with its agent's port, without disks, kernel and sound."""
    command = [*tools.command("bin/qemu-system-aarch64"), "-L", str(tools.root / "usr/share/qemu")]
    command += ["-accel", "tcg", "-icount", f"shift={shift},sleep=off", "-M", "virt,gic-version=3"]
    command += ["-cpu", "cortex-a53", "-smp", "2", "-m", memory, "-nodefaults", "-no-user-config", "-no-reboot"]
    command += ["-display", "none", "-qmp", "unix:qmp.sock,server=on,wait=off"]
    command += ["-chardev", "socket,id=agent,path=agent.sock,server=on,wait=off"]
    return [*command, "-device", "virtio-serial-pci", "-device", "virtserialport,chardev=agent,name=mos.agent"]


def sound_device(timer: bool) -> list[str]:
    """An Intel HDA that plays into `dac.wav`; `timer`: it ticks once a millisecond (periods of 48 and 32 frames)."""
    command = ["-audiodev", "wav,id=dac,path=dac.wav,timer-period=100,out.frequency=48000", "-device", "intel-hda"]
    return [*command, "-device", f"hda-output,audiodev=dac,use-timer={'on' if timer else 'off'},mixer=off"]


def guest_command(folder: Path, guest: Guest, shift: int, data: Path | None, timer: bool) -> list[str]:
    """Lay our code on top of the guest in `folder`: its command line. `data`: an ext4 image kept over power cuts."""
    (folder / "initramfs").write_bytes(guest.initramfs.read_bytes() + code_on_top(guest.tools))
    command = [*emulator(guest.tools, shift, "1024"), "-serial", "file:console.log", "-serial", "null"]
    command += ["-kernel", str(guest.kernel), "-initrd", "initramfs", "-append", KERNEL_LINE]
    disks = [("root", guest.root, True), ("sounds", guest.soundfont, True)]
    if data is not None:
        disks.append(("data", data, False))
    for name, file, is_read_only in disks:
        command += ["-drive", f"if=none,id={name},file={file},format=raw,readonly={'on' if is_read_only else 'off'}"]
        command += ["-device", f"virtio-blk-pci,drive={name}"]
    return [*command, *sound_device(timer)]


class Lines:
    """JSON lines over a Unix socket that QEMU listens on."""

    def __init__(self, path: Path, alive: subprocess.Popen[bytes]) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._pending = b""
        until = time.monotonic() + 20
        while True:
            try:
                self._socket.connect(str(path))
                return
            except OSError:
                if time.monotonic() > until or alive.poll() is not None:
                    raise
                time.sleep(0.05)

    def send(self, message: dict[str, Any]) -> None:
        self._socket.sendall(json.dumps(message).encode() + b"\n")

    def receive(self, limit_s: float) -> dict[str, Any]:
        """The next message. Errors: `TimeoutError`, `ConnectionError`."""
        until = time.monotonic() + limit_s
        while b"\n" not in self._pending:
            self._socket.settimeout(max(0.01, until - time.monotonic()))
            chunk = self._socket.recv(1 << 20)
            if not chunk:
                raise ConnectionError("the guest is gone")
            self._pending += chunk
        line, _, self._pending = self._pending.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message

    def close(self) -> None:
        self._socket.close()


class Machine:
    """A running guest; everything it leaves is in `folder` (`console.log`, `dac.wav`)."""

    def __init__(self, folder: Path, command: list[str]) -> None:
        """Start it and wait for its agent; `command` names files by their names in `folder`."""
        self.folder = folder
        self.wav = folder / "dac.wav"
        for name in ("agent.sock", "qmp.sock"):
            (folder / name).unlink(missing_ok=True)
        with (folder / "qemu.err").open("wb") as errors:
            self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors)
        try:
            self._monitor = Lines(folder / "qmp.sock", self.process)
            self._agent = Lines(folder / "agent.sock", self.process)
            self._monitor.receive(BOOT_LIMIT_S)
            self._ask_monitor("qmp_capabilities")
            self._agent.receive(BOOT_LIMIT_S)
            self._ask_monitor("stop")
        except OSError as error:
            self.power_cut()
            raise GuestFailed(f"the guest did not start: {error}\n{self.console_end()}") from error

    def _ask_monitor(self, command: str, **arguments: object) -> Any:
        self._monitor.send({"execute": command, "arguments": arguments} if arguments else {"execute": command})
        while True:
            reply = self._monitor.receive(BOOT_LIMIT_S)
            if "error" in reply:
                raise GuestFailed(f"{command}: {reply['error'].get('desc')}")
            if "return" in reply:
                return reply["return"]

    def console_end(self) -> str:
        """The last lines that the guest and QEMU wrote."""
        text = ""
        for name in ("qemu.err", "console.log"):
            with contextlib.suppress(OSError):
                text += (self.folder / name).read_text(errors="replace")[-2000:]
        return text

    def _ask_agent(self, request: dict[str, object], limit_s: float) -> dict[str, Any]:
        self._ask_monitor("cont")
        try:
            self._agent.send(request)
            reply = self._agent.receive(limit_s)
        except OSError as error:
            raise GuestFailed(f"no answer to {str(request)[:200]}: {error}\n{self.console_end()}") from error
        self._ask_monitor("stop")
        if "error" in reply:
            raise GuestFailed(reply["error"])
        return reply

    def run(self, command: str, seconds: float = 60.0, limit_s: float = 7200.0) -> tuple[int, str]:
        """Run a shell command: its exit code and output. `seconds` of virtual time, `limit_s` of ours."""
        reply = self._ask_agent({"run": command, "seconds": seconds}, limit_s)
        return reply["code"], reply["output"]

    def put(self, path: str, content: bytes) -> None:
        """Write a file in the guest."""
        self._ask_agent({"put": path, "data": base64.b64encode(content).decode()}, 60)

    def get(self, path: str) -> bytes:
        """Read a file of the guest. Errors: `GuestFailed` when there is none."""
        return base64.b64decode(self._ask_agent({"get": path}, 60)["data"])

    def power_cut(self) -> None:
        """Gone within an instant, nothing flushed; what reached the data image stays."""
        self.process.kill()
        self.process.wait()
        for name in ("_monitor", "_agent"):
            lines = getattr(self, name, None)
            if lines is not None:
                lines.close()

    def switch_off(self) -> None:
        """End it in order, so that QEMU completes the WAV."""
        with contextlib.suppress(GuestFailed, OSError):
            self._ask_monitor("quit")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(20)
        self.power_cut()
