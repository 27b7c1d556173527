"""The house from outside: make, documents, and what they promise."""

import re
import subprocess
from pathlib import Path

import pytest

from docs import generate

ROOT = Path(__file__).parents[1]
TARGETS = ("run", "test", "check", "bench", "evidence", "image", "emulate", "flash", "hwtest", "docs", "clean")


def make(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *words], cwd=ROOT, capture_output=True, text=True, check=False)


def test_make_alone_lists_every_target_of_the_contract() -> None:
    listed = re.findall(r"^make (\S+)", make().stdout, re.MULTILINE)
    assert [target for target in TARGETS if target not in listed] == []


def test_an_image_is_made_for_a_board_that_is_known() -> None:
    done = make("-s", "image", "BOARD=abacus")
    assert done.returncode != 0
    assert done.stderr.startswith("image: no board 'abacus'; there are: orangepi_zero3 qemu_aarch64 ")


def test_what_is_not_there_cannot_be_emulated(tmp_path: Path) -> None:
    done = make("-s", "emulate", f"IMAGE={tmp_path}/none.img")
    assert done.returncode != 0
    assert f"emulate: needed: {tmp_path}/none.img: no such image; make image makes one" in done.stderr


def test_flash_asks_for_the_card() -> None:
    done = make("-s", "flash")
    assert done.returncode != 0
    assert done.stderr.startswith("make flash: which card? DEVICE=")


def test_generated_pages_are_what_their_tables_say() -> None:
    assert generate.stale() == []


def test_a_page_that_was_changed_by_hand_is_seen(tmp_path: Path) -> None:
    for name, text in generate.pages().items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert generate.stale(tmp_path) == []
    (tmp_path / "wire.md").write_text("changed")
    assert generate.stale(tmp_path) == ["wire.md"]


def test_the_readme_asks_for_two_commands() -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    assert [block.split("\n")[:-1] for block in blocks] == [["make run"], ["make test"]]


@pytest.mark.parametrize("page", sorted(path.name for path in ROOT.glob("*.md")))
def test_links_between_pages_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / page).read_text())
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_locked_package_has_its_hashes() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        entries = re.split(r"^(?=\S+==)", path.read_text(), flags=re.MULTILINE)[1:]
        assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_locks_name_no_registry_and_no_machine() -> None:
    lock = ROOT / "mos_appliance/companion/web/package-lock.json"
    text = "".join(path.read_text() for path in (ROOT / "requirements").iterdir())
    assert re.findall(r"https?://|file:/|--index-url|--find-links", text) == []
    assert '"resolved"' not in lock.read_text()
