"""Inside the guest: does what the tests ask over a virtio port, one JSON line each way.

`{"run": COMMAND, "seconds": N}` → `{"code": …, "output": …}` · `{"put": PATH, "data": BASE64}` → `{}`
· `{"get": PATH}` → `{"data": BASE64}`. It runs on CPU 0 and sleeps until asked.
"""

import base64
import json
import os
import subprocess
import time
from pathlib import Path


def run(command: str, seconds: float) -> dict[str, object]:
    """Run a shell command; its output, both streams, as text. Files, not pipes: a daemon may keep them open."""
    output = Path(f"/tmp/agent-{os.getpid()}.out")
    with output.open("wb") as sink:
        try:
            code = subprocess.run(
                command, shell=True, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, timeout=seconds, check=False
            ).returncode
        except subprocess.TimeoutExpired:
            code = 124
    return {"code": code, "output": output.read_text(errors="replace")}


def answer(request: dict[str, object]) -> dict[str, object]:
    match request:
        case {"run": str(command), "seconds": float(seconds) | int(seconds)}:
            return run(command, seconds)
        case {"put": str(path), "data": str(data)}:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_bytes(base64.b64decode(data))
            return {}
        case {"get": str(path)}:
            try:
                return {"data": base64.b64encode(Path(path).read_bytes()).decode()}
            except OSError as error:
                return {"error": str(error)}
        case _:
            return {"error": "not understood"}


def the_port() -> Path:
    """The virtio port; it appears a moment after the system is up."""
    while not (ports := sorted(Path("/dev").glob("vport*"))):
        time.sleep(0.01)
    return ports[0]


def main() -> None:
    with the_port().open("r+b", buffering=0) as port:
        pending = b""
        port.write(b'{"ready": true}\n')
        while chunk := port.read(65536):
            pending += chunk
            while b"\n" in pending:
                line, _, pending = pending.partition(b"\n")
                reply = memoryview(json.dumps(answer(json.loads(line))).encode() + b"\n")
                while reply:
                    reply = reply[port.write(reply) :]


if __name__ == "__main__":
    main()
