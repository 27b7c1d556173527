"""The import's worker from outside: jobs go in ahead of the answers, and a worker that died is replaced."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final, Generic, NamedTuple, TypeVar

import msgspec

from mos_appliance.app.library_worker import LENGTH_BYTES, Answer, Job
from mos_appliance.errors import BadInput

WORKER: Final = (sys.executable, "-P", "-m", "mos_appliance.app.library_worker")
PATIENCE_S: Final = 300.0
"""Wall time for one file; the CPU limit comes first unless the machine is busy."""
_PIPE_BYTES: Final = 1 << 20
_ENVIRONMENT: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}
_KILLED: Final = (-9, -24)
"""By us or for memory, and by the kernel for CPU time."""
T = TypeVar("T")


class Died(BadInput):
    """The worker did not outlive the file."""


class Done(NamedTuple, Generic[T]):
    """What came of a job: an answer, or what is wrong with the file."""

    item: T
    job: Job
    answer: Answer
    error: BadInput | None


class Workshop:
    """One worker at a time; started when needed, and again when a file killed it."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._room = 0
        self._read = bytearray()

    def ask(self, job: Job) -> Answer:
        """Have one file looked at. Errors: `BadInput` when it is bad, `Died` when it is more than a worker takes."""
        (done,) = self.answers([(None, job)])
        if done.error is not None:
            raise done.error
        return done.answer

    def answers(self, jobs: Iterable[tuple[T, Job]]) -> Iterator[Done[T]]:
        """Each job with what came of it, in order. As many are sent ahead as fit into the pipe, so that neither side
        waits for the other at every file; more would block both."""
        source = iter(jobs)
        waiting: deque[tuple[T, Job, bytes]] = deque()
        ahead = next(source, None)
        while ahead is not None or waiting:
            while ahead is not None:
                message = msgspec.msgpack.encode(ahead[1])
                used = sum(len(sent) + LENGTH_BYTES for _, _, sent in waiting)
                self._start()
                if waiting and used + len(message) + LENGTH_BYTES > self._room:
                    break
                waiting.append((*ahead, message))
                self._send(message)
                ahead = next(source, None)
            yield self._next(waiting)

    def close(self) -> None:
        """Let the worker go."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
        self._child = None

    def _next(self, waiting: deque[tuple[T, Job, bytes]]) -> Done[T]:
        """What came of the first that waits; when it killed the worker, a new one gets the others."""
        message = self._receive()
        item, job, _ = waiting.popleft()
        if message is None:
            error = Died("file", self._obituary())
            if waiting:
                self._start()
                for _, _, again in waiting:
                    self._send(again)
            return Done(item, job, Answer(), error)
        answer = msgspec.msgpack.decode(message, type=Answer)
        return Done(item, job, answer, None if answer.piece else BadInput(answer.where, answer.why))

    def _start(self) -> None:
        if self._child is None:
            surroundings = {**os.environ, **_ENVIRONMENT}
            pipe = subprocess.PIPE
            self._child = subprocess.Popen(WORKER, stdin=pipe, stdout=pipe, env=surroundings, bufsize=0)
            assert self._child.stdin is not None
            with contextlib.suppress(OSError):  # more than an ordinary user may have: a smaller pipe does
                fcntl.fcntl(self._child.stdin, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
            self._room = fcntl.fcntl(self._child.stdin, fcntl.F_GETPIPE_SZ)
            self._read.clear()

    def _send(self, message: bytes) -> None:
        assert self._child is not None and self._child.stdin is not None
        whole = memoryview(len(message).to_bytes(LENGTH_BYTES, "little") + message)
        with contextlib.suppress(BrokenPipeError):  # it is dead: there will be no answer, which is seen then
            while whole:
                whole = whole[self._child.stdin.write(whole) or 0 :]

    def _receive(self) -> bytes | None:
        """The next answer, or None when the worker died or took too long."""
        assert self._child is not None and self._child.stdout is not None
        end = time.monotonic() + PATIENCE_S
        while True:
            length = LENGTH_BYTES + int.from_bytes(self._read[:LENGTH_BYTES], "little")
            if len(self._read) >= LENGTH_BYTES and len(self._read) >= length:
                message = bytes(self._read[LENGTH_BYTES:length])
                del self._read[:length]
                return message
            ready, _, _ = select.select([self._child.stdout], [], [], max(0.0, end - time.monotonic()))
            piece = os.read(self._child.stdout.fileno(), _PIPE_BYTES) if ready else b""
            if not piece:
                return None
            self._read += piece

    def _obituary(self) -> str:
        """Why there is no answer."""
        assert self._child is not None
        self._child.kill()
        code = self._child.wait()
        self.close()
        return "takes longer than an import may" if code in _KILLED else f"ended the import's worker ({code})"
