"""What the parts of a block cost on this machine, in nanoseconds (= instructions on the bench).

`primitives.py SOUNDFONT` prints one JSON object: name → {p50, p99, max}, the cost of reading the clock taken off.
Runs on CPU 1 under SCHED_FIFO with memory locked, as the engine does.
"""

import contextlib
import ctypes
import gc
import json
import os
import socket
import struct
import sys
import termios
import time
import tty
from collections.abc import Callable
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
import rtmidi

ROUNDS = 400
FRAMES = 64
P = ctypes.c_void_p
KEPT: list[object] = []
"""Memory that C code writes to by address."""
now = time.monotonic_ns


def become_realtime() -> None:
    ctypes.CDLL("libc.so.6").mlockall(3)
    os.sched_setaffinity(0, {1})
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(80))
    gc.collect()
    gc.freeze()
    gc.disable()


def cost(function: Callable[[], object], rounds: int = ROUNDS) -> np.ndarray:
    taken = np.zeros(rounds, np.int64)
    for _ in range(30):
        function()
    for number in range(rounds):
        started = now()
        function()
        taken[number] = now() - started
    return taken


def summary(taken: np.ndarray, idle: float) -> dict[str, float]:
    ordered = np.sort(taken) - idle
    return {
        "p50": float(ordered[len(ordered) // 2]),
        "p99": float(ordered[len(ordered) * 99 // 100]),
        "max": float(ordered[-1]),
    }


def numpy_calls() -> dict[str, Callable[[], object]]:
    mix = np.full(2 * FRAMES, 0.25, np.float32)
    other = np.full(2 * FRAMES, 0.125, np.float32)
    out = np.zeros(2 * FRAMES, np.float32)
    words = np.zeros(2 * FRAMES, np.int16)
    longs = np.zeros(2 * FRAMES, np.int32)
    double_longs = np.zeros(2 * FRAMES, np.float64)
    pairs = mix.reshape(FRAMES, 2)
    scale, scale32 = np.float32(32767.0), np.float32(2147483392.0)
    scalar = np.zeros((), np.float32)
    multiply, reduce, dot = np.multiply, np.maximum.reduce, np.dot
    dot_method = mix.dot
    view = memoryview(mix)
    return {
        "np.multiply f32→i16 unsafe, 128": lambda: multiply(mix, scale, words, casting="unsafe"),
        "np.multiply f32→i32 unsafe, 128": lambda: multiply(mix, scale32, longs, casting="unsafe"),
        "np.multiply f32→f32 out, 128": lambda: multiply(mix, scale, out),
        "np.multiply f32→f64 out, 128": lambda: multiply(mix, scale, double_longs),
        "np.multiply f32→f32 out, 64×2 strided column": lambda: multiply(pairs[:, 0], scale, out[:FRAMES]),
        "mix *= scale in place, 128": lambda: mix.__imul__(np.float32(1.0)),
        "np.copyto i16 ← f32 unsafe": lambda: np.copyto(words, mix, casting="unsafe"),
        "np.maximum.reduce 128": lambda: reduce(mix),
        "np.maximum.reduce 128 out=": lambda: reduce(mix, out=scalar),
        "mix.max() 128": mix.max,
        "np.dot(x, x) 128": lambda: dot(mix, mix),
        "mix.dot(mix) 128": lambda: dot_method(mix),
        "np.vdot(x, x) 128": lambda: np.vdot(mix, mix),
        "np.abs out 128": lambda: np.abs(mix, out),
        "np.add out 128": lambda: np.add(mix, other, out),
        "np.add out 1": lambda: np.add(mix[:1], other[:1], out[:1]),
        "np.clip out 128": lambda: np.clip(mix, -1.0, 1.0, out=out),
        "np.minimum+np.maximum out 128": lambda: (np.minimum(mix, scale, out), np.maximum(mix, scale, out)),
        "slice of an array": lambda: mix[:64],
        "float(array[0])": lambda: float(mix[0]),
        "array.item(0)": lambda: mix.item(0),
        "array.fill(0) 128": lambda: out.fill(0),
        "max(memoryview of 128 floats)": lambda: max(view),
        "audioop-like: array.tobytes 512 B": mix.tobytes,
    }


def python_calls() -> dict[str, Callable[[], object]]:
    libc = ctypes.CDLL("libc.so.6")
    getpid = libc.getppid
    labs = libc.labs
    labs.argtypes = [ctypes.c_long]
    labs.restype = ctypes.c_long
    seven = [P, ctypes.c_int, P, ctypes.c_int, ctypes.c_int, P, ctypes.c_int, ctypes.c_int]
    eight = ctypes.CFUNCTYPE(ctypes.c_int, *seven)(("abs", libc))
    room = (ctypes.c_char * 512)()
    room2 = (ctypes.c_char * 512)()
    KEPT.extend((room, room2))
    address, address2 = ctypes.addressof(room), ctypes.addressof(room2)
    view = memoryview(bytearray(64)).cast("Q")
    typed = ctypes.c_uint64.from_buffer(bytearray(8))
    packer = struct.Struct("<BBHIQ16s")
    buffer = bytearray(64)

    def empty() -> None:
        pass

    class Thing:
        value = 1

        def method(self) -> int:
            return self.value

    thing = Thing()

    def store() -> None:
        view[0] = 123456789012

    def typed_store() -> None:
        typed.value = 123456789012

    return {
        "plain Python function": empty,
        "method that reads an attribute": thing.method,
        "time.monotonic_ns": now,
        "ctypes labs(1), argtypes set": lambda: labs(-1),
        "ctypes abs with 8 arguments": lambda: eight(1, 64, address, 0, 2, address, 1, 2),
        "ctypes getppid (a syscall)": getpid,
        "ctypes.memmove 512 B": lambda: ctypes.memmove(address, address2, 512),
        "memoryview u64 store": store,
        "ctypes c_uint64.value store": typed_store,
        "struct.pack_into 32 B": lambda: packer.pack_into(buffer, 0, 2, 0, 0, 1, 2, b"0123456789abcdef"),
        "for _ in range(64): pass": lambda: [None for _ in range(64)],
    }


def ports() -> dict[str, Callable[[], object]]:
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    server.bind("/tmp/primitives.sock")
    server.setblocking(False)
    client = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    client.connect("/tmp/primitives.sock")
    record = bytes(32)
    receive, send = server.recv, client.send
    number = server.fileno()
    read = os.read

    def receive_empty() -> None:
        with contextlib.suppress(BlockingIOError):
            receive(2048)

    def read_empty() -> None:
        with contextlib.suppress(BlockingIOError):
            read(number, 2048)

    def there_and_back() -> None:
        send(record)
        receive(2048)

    calls: dict[str, Callable[[], object]] = {
        "socket.recv on an empty Unix socket (BlockingIOError)": receive_empty,
        "os.read on the same": read_empty,
        "send 32 B + recv on Unix datagrams": there_and_back,
    }
    libc = ctypes.CDLL("libc.so.6")
    raw = libc.recv
    raw.argtypes = [ctypes.c_int, P, ctypes.c_size_t, ctypes.c_int]
    raw.restype = ctypes.c_ssize_t
    room = (ctypes.c_char * 2048)()
    KEPT.append(room)
    address = ctypes.addressof(room)
    calls["ctypes recv(MSG_DONTWAIT) on an empty Unix socket"] = lambda: raw(number, address, 2048, 0x40)
    waiting = (ctypes.c_int * 1)()
    ioctl = libc.ioctl
    ioctl.argtypes = [ctypes.c_int, ctypes.c_ulong, P]
    calls["ctypes ioctl(FIONREAD) on the same"] = lambda: ioctl(number, 0x541B, ctypes.addressof(waiting))
    if Path("/dev/ttyAMA1").exists():
        line = os.open("/dev/ttyAMA1", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(line, termios.TCSANOW)

        def read_line() -> None:
            with contextlib.suppress(BlockingIOError):
                os.read(line, 64)

        calls["os.read on an empty serial line"] = read_line
    port = rtmidi.MidiIn(rtmidi.API_LINUX_ALSA)
    port.open_virtual_port("primitives")
    calls["python-rtmidi get_message, empty"] = port.get_message
    return calls


class Fluid:
    """FluidSynth by ctypes: the calls that a block may use."""

    def __init__(self, soundfont: str, voices: int) -> None:
        library = ctypes.CDLL("libfluidsynth.so.3")
        library.new_fluid_settings.restype = P
        library.new_fluid_synth.restype = P
        library.new_fluid_synth.argtypes = [P]
        library.fluid_settings_setnum.argtypes = [P, ctypes.c_char_p, ctypes.c_double]
        library.fluid_settings_setint.argtypes = [P, ctypes.c_char_p, ctypes.c_int]
        library.fluid_synth_sfload.argtypes = [P, ctypes.c_char_p, ctypes.c_int]
        library.fluid_synth_noteon.argtypes = [P, ctypes.c_int, ctypes.c_int, ctypes.c_int]
        library.fluid_synth_program_change.argtypes = [P, ctypes.c_int, ctypes.c_int]
        library.fluid_synth_get_active_voice_count.argtypes = [P]
        for name in ("fluid_synth_write_float", "fluid_synth_write_s16"):
            getattr(library, name).argtypes = [
                P,
                ctypes.c_int,
                P,
                ctypes.c_int,
                ctypes.c_int,
                P,
                ctypes.c_int,
                ctypes.c_int,
            ]
        library.fluid_synth_process.argtypes = [P, ctypes.c_int, ctypes.c_int, P, ctypes.c_int, P]
        settings = library.new_fluid_settings()
        library.fluid_settings_setnum(settings, b"synth.sample-rate", 48000.0)
        library.fluid_settings_setint(settings, b"synth.polyphony", 256)
        library.fluid_settings_setint(settings, b"synth.threadsafe-api", 0)
        self.synth = library.new_fluid_synth(settings)
        library.fluid_synth_sfload(self.synth, soundfont.encode(), 1)
        self.library = library
        for channel in range(8):
            library.fluid_synth_program_change(self.synth, channel, 48)
        self.fill(voices)

    def fill(self, voices: int) -> None:
        for key in range(36, 100):
            for channel in range(2):
                if self.voices() >= voices:
                    return
                self.library.fluid_synth_noteon(self.synth, channel, key, 90)

    def voices(self) -> int:
        return int(self.library.fluid_synth_get_active_voice_count(self.synth))

    def calls(self) -> dict[str, Callable[[], object]]:
        synth, library = self.synth, self.library
        mix = np.zeros(4 * FRAMES, np.float32)
        one = mix.ctypes.data
        half = one + 4 * FRAMES
        addresses = (P * 4)(one, half, one, half)
        place = ctypes.addressof(addresses)
        KEPT.extend((mix, addresses))
        write_float, process = library.fluid_synth_write_float, library.fluid_synth_process

        def processed() -> None:
            ctypes.memset(one, 0, 8 * FRAMES)
            process(synth, FRAMES, 4, place, 2, place)

        return {
            "write_float interleaved": lambda: write_float(synth, FRAMES, one, 0, 2, one, 1, 2),
            "write_float, two channels apart": lambda: write_float(synth, FRAMES, one, 0, 1, half, 0, 1),
            "process, effects mixed into two channels": processed,
            "write_s16 interleaved": lambda: library.fluid_synth_write_s16(synth, FRAMES, one, 0, 2, one, 1, 2),
            "voice count": self.voices,
        }


def sound() -> dict[str, float]:
    """One written block of a running device, room free: what writing costs beyond waiting."""
    library = ctypes.CDLL("libasound.so.2")
    handle = P()
    if library.snd_pcm_open(ctypes.byref(handle), b"hw:0,0", 0, 1):
        return {}
    library.snd_pcm_set_params.argtypes = [P, *[ctypes.c_int] * 6]
    library.snd_pcm_set_params(handle, 2, 3, 2, 48000, 0, 500_000)
    library.snd_pcm_writei.argtypes = [P, P, ctypes.c_ulong]
    library.snd_pcm_writei.restype = ctypes.c_long
    library.snd_pcm_close.argtypes = [P]
    library.snd_pcm_avail_update.argtypes = [P]
    block = (ctypes.c_char * 256)()
    address = ctypes.addressof(block)
    results = {
        "snd_pcm_writei 64 frames by ctypes, room free": cost(lambda: library.snd_pcm_writei(handle, address, 64), 150)
    }
    results["snd_pcm_avail_update"] = cost(lambda: library.snd_pcm_avail_update(handle), 150)
    library.snd_pcm_close(handle)
    return results


def main() -> None:
    soundfont = sys.argv[1]
    synths = {voices: Fluid(soundfont, voices) for voices in (36,)}
    calls = {**python_calls(), **numpy_calls(), **ports()}
    become_realtime()
    idle = float(np.median(cost(lambda: None)))
    results = {name: summary(cost(call), idle) for name, call in calls.items()}
    results["(clock pair and lambda, taken off)"] = {"p50": idle, "p99": idle, "max": idle}
    for voices, synth in synths.items():
        for name, call in synth.calls().items():
            began = synth.voices()
            results[f"{name}, {voices} voices"] = {
                **summary(cost(call, 200), idle),
                "from": began,
                "to": synth.voices(),
            }
    results |= {name: summary(taken, idle) for name, taken in sound().items()}
    print(json.dumps(results))


if __name__ == "__main__":
    main()
