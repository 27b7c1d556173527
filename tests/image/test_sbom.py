"""What the image says it is made of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from image import sbom

ALSA: dict[str, Any] = {
    "type": "target",
    "version": "1.2",
    "licenses": "LGPL-2.1+ (library)",
    "downloads": [{}],
    "install_target": True,
    "dependencies": ["host-tar", "toolchain", "zlib"],
}
TOLD: dict[str, Any] = {
    "alsa-lib": ALSA,
    "zlib": {**ALSA, "version": "1.3", "licenses": "Zlib", "dependencies": []},
    "skeleton": {"type": "target", "virtual": True, "install_target": True},
    "initscripts": {**ALSA, "downloads": [], "licenses": "unknown"},
    "gcem": {**ALSA, "install_target": False},
    "host-zlib": {**ALSA, "type": "host"},
    "mos-appliance": {**ALSA, "licenses": "Apache-2.0, and those of the wheels"},
}
WHEELS = "aiohttp\t3.14\tApache-2.0 AND MIT\nmos-appliance\t0.1\tApache-2.0\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/libc.so.6").write_bytes(b"\0GNU C Library (Debian) stable release version 2.36.\n\0")
    (tmp_path / "lib/libstdc++.so.6.0.30").touch()
    return tmp_path


def test_what_reaches_the_image_is_in_it_and_what_only_builds_it_is_not(root: Path) -> None:
    names = [each.name for each in sbom.gathered(TOLD, WHEELS, root)]
    assert names == [
        "FluidR3Mono_GM", "aiohttp", "alsa-lib", "buildroot", "glibc", "libstdc++", "mos-appliance", "zlib",
    ]  # fmt: skip


def test_a_package_without_a_licence_stops_the_build(root: Path) -> None:
    told = {**TOLD, "silent": {**ALSA, "licenses": "unknown"}}
    with pytest.raises(sbom.Unlicensed, match="no licence is told by silent"):
        sbom.gathered(told, WHEELS, root)


def test_a_root_without_a_c_library_is_not_believed(tmp_path: Path) -> None:
    with pytest.raises(sbom.Unlicensed, match="no C library"):
        sbom.gathered(TOLD, WHEELS, tmp_path)


def test_the_document_is_cyclonedx_whose_references_all_lead_somewhere(root: Path) -> None:
    document = sbom.cyclonedx(sbom.gathered(TOLD, WHEELS, root), "0.1.0")
    assert (document["bomFormat"], document["specVersion"], document["version"]) == ("CycloneDX", "1.6", 1)
    known = {each["bom-ref"] for each in document["components"]}
    assert len(known) == len(document["components"])
    for link in document["dependencies"]:
        assert link["ref"] in known | {"mos"}
        assert set(link["dependsOn"]) <= known
    alsa = next(link for link in document["dependencies"] if link["ref"] == "pkg:generic/alsa-lib@1.2")
    assert alsa["dependsOn"] == ["pkg:generic/zlib@1.3"]


def test_licences_are_expressions_where_they_are_and_names_where_not(root: Path) -> None:
    document = sbom.cyclonedx(sbom.gathered(TOLD, WHEELS, root), "0.1.0")
    told = {each["name"]: each["licenses"] for each in document["components"]}
    assert told["aiohttp"] == [{"expression": "Apache-2.0 AND MIT"}]
    assert told["alsa-lib"] == [{"license": {"name": "LGPL-2.1+ (library)"}}]


def test_the_same_inputs_give_the_same_bytes(root: Path, tmp_path: Path) -> None:
    info, licences = tmp_path / "info.json", tmp_path / "licences.tsv"
    info.write_text(json.dumps(TOLD))
    licences.write_text(WHEELS)
    written = []
    for name in ("a", "b"):
        words = ["--show-info", str(info), "--target", str(root), "--licences", str(licences)]
        assert sbom.main([*words, "--output", str(tmp_path / name)]) == 0
        written.append([(tmp_path / f"{name}.{ending}").read_bytes() for ending in ("cdx.json", "licences.tsv")])
    assert written[0] == written[1]
    assert b"zlib\t1.3\tZlib\tbuildroot\n" in written[0][1]
