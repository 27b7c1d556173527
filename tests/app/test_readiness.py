import os
import socket
import threading

import pytest

from mos_appliance.app import readiness
from mos_appliance.errors import Unavailable


def test_a_free_port_is_no_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    readiness.check_port("127.0.0.1", port)


def test_a_port_that_is_taken_is_told_with_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        with pytest.raises(Unavailable, match=f"port {port}: is taken by another program; choose another with --port"):
            readiness.check_port("127.0.0.1", port)


@pytest.mark.parametrize("address", ["192.0.2.1", "no such host"])
def test_an_address_that_is_not_of_this_computer_is_told(address: str) -> None:
    with pytest.raises(Unavailable, match=f"--listen {address}: is no address of this computer"):
        readiness.check_port(address, 8080)


@pytest.mark.parametrize(
    ("answer", "well"), [(b"HTTP/1.1 200 OK\r\n\r\n{}", True), (b"HTTP/1.1 503 X\r\n\r\n", False), (b"", False)]
)
def test_the_hub_is_there_when_it_says_that_it_is_well(answer: bytes, well: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            line, _ = door.accept()
            with line:
                line.recv(1000)
                line.sendall(answer)

        serving = threading.Thread(target=serve)
        serving.start()
        assert readiness.answers("0.0.0.0", door.getsockname()[1]) is well
        serving.join()


def test_a_hub_that_does_not_listen_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    assert not readiness.answers("127.0.0.1", port)


def test_a_hub_that_says_nothing_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        assert not readiness.answers("127.0.0.1", door.getsockname()[1])


def test_a_port_of_root_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(Unavailable, match="port 80: only root may use it"):
        readiness.check_port("127.0.0.1", 80)
