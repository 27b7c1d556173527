"""Which clients of the sequencer are asked; what they answer is seen on the bench."""

from __future__ import annotations

from pathlib import Path

from drivers.sequencer import client_numbers

LISTED = b"""Client info
  cur  clients : 4
  peak clients : 5
  max  clients : 192

Client   0 : "System" [Kernel Legacy]
  Port   0 : "Timer" (Rwe-) [In/Out]
    Connecting To: 128:0
Client  16 : "\xff keyboard\nClient  17 : " [Kernel UMP MIDI1]
  Port   0 : "Client  18 : " (RWeX) [In/Out]
Client 128 : "MOS" [User Legacy]
"""


def test_the_clients_that_the_kernel_lists_are_asked_whatever_they_are_called(tmp_path: Path) -> None:
    listed = tmp_path / "clients"
    listed.write_bytes(LISTED)
    assert client_numbers(listed) == [16, 17, 128]


def test_where_the_kernel_lists_none_all_numbers_are_asked(tmp_path: Path) -> None:
    assert list(client_numbers(tmp_path / "nothing")) == list(range(1, 192))
