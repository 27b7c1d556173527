"""What must not be on an image is found."""

from __future__ import annotations

import subprocess
from pathlib import Path

from image import scan

LISTING = """\
drwxr-xr-x 0/0                90 2026-01-01 00:00 squashfs-root
drwxrwxrwt 0/0                 3 2026-01-01 00:00 squashfs-root/tmp
drwxrwxrwx 0/0                 3 2026-01-01 00:00 squashfs-root/open
-rw-rw-rw- 0/0                 3 2026-01-01 00:00 squashfs-root/etc/notes
-rwsr-xr-x 0/0            900000 2026-01-01 00:00 squashfs-root/bin/busybox
lrwxrwxrwx 0/0                 7 2026-01-01 00:00 squashfs-root/bin/sh -> busybox
crw-rw-rw- 0/0             1,  3 2026-01-01 00:00 squashfs-root/dev/null
-rw-r--r-- 0/0                 3 2026-01-01 00:00 squashfs-root/etc/passwd
"""


def test_files_that_all_may_write_and_foreign_rights_are_found() -> None:
    assert list(scan.wrong_rights(LISTING)) == [
        "/open: may be written by all (drwxrwxrwx)",
        "/etc/notes: may be written by all (-rw-rw-rw-)",
        "/bin/busybox: runs with another's rights (-rwsr-xr-x)",
    ]


def test_an_account_with_a_password_or_without_one_is_found() -> None:
    shadow = "root:*:::::::\nmos:!:::::::\nguest:$6$salt$hash:::::::\nopen::::::::\n"
    assert list(scan.open_accounts(shadow)) == [
        "/etc/shadow: guest: has a password",
        "/etc/shadow: open: needs no password",
    ]


def test_keys_are_found_by_name_and_by_what_they_hold(tmp_path: Path) -> None:
    marker = "PRIVATE KEY-----"
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/notes").write_text(f"-----BEGIN {marker}\nMC4CAQAwBQYDK2VwBCIEIA==\n")
    (tmp_path / "etc/about.py").write_text(f"if text.startswith('-----BEGIN {marker}'):")
    (tmp_path / "id_ed25519").touch()
    assert list(scan.keys(tmp_path)) == ["/etc/notes: holds a private key", "/id_ed25519: is called like a key"]


def test_a_certificate_is_no_key_but_one_that_brings_its_key_is(tmp_path: Path) -> None:
    certificate = "-----BEGIN CERTIFICATE-----\nMIIB8TCCAVqgAwIBAgI=\n-----END CERTIFICATE-----\n"
    (tmp_path / "updates.pem").write_text(certificate * 2)
    (tmp_path / "both.pem").write_text(certificate + "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n")
    (tmp_path / "empty.pem").touch()
    assert list(scan.keys(tmp_path)) == ["/both.pem: is called like a key", "/empty.pem: is called like a key"]


def test_a_packed_root_is_looked_through(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc/shadow").write_text("root:*:::::::\nguest::::::::\n")
    (root / "etc/notes").touch()
    (root / "etc/notes").chmod(0o666)
    packed = tmp_path / "root.squashfs"
    subprocess.run(["mksquashfs", str(root), str(packed), "-quiet", "-all-root"], check=True, capture_output=True)
    assert scan.main(["--squashfs", str(packed)]) == 1
    assert scan.faults(packed) == [
        "/etc/notes: may be written by all (-rw-rw-rw-)",
        "/etc/shadow: guest: needs no password",
    ]


def test_a_program_whose_library_is_not_there_is_found(tmp_path: Path) -> None:
    source = tmp_path / "hello.c"
    source.write_text("double sin(double); int main(int n, char **_) { return (int)sin(n); }\n")
    root = tmp_path / "root"
    (root / "bin").mkdir(parents=True)
    subprocess.run(["gcc", str(source), "-o", str(root / "bin/hello"), "-lm"], check=True)
    (root / "lib").mkdir()
    (root / "lib/libc.so.6").touch()
    assert list(scan.missing_libraries(root)) == ["/bin/hello: asks for libm.so.6, which is not there"]
