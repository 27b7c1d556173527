"""What the image is made of: an SBOM in CycloneDX and a licence manifest, from what Buildroot and the wheels say.

    python -m image.sbom --show-info FILE --target DIR --licences FILE --output STEM

Writes `STEM.cdx.json` and `STEM.licences.tsv`, the same bytes for the same inputs. Errors when a package that reaches
the image tells no licence.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from image.assemble import NAMESPACE
from image.configure import EXTERNAL

VERSION: Final = Path(__file__).with_name("version")
OURS: Final = "mos-appliance"
SOUNDFONT: Final = ("FluidR3Mono_GM", "2.315", "MIT")
_RELEASE: Final = re.compile(rb"GNU C Library [^\n]*release version ([0-9.]+[0-9])")
_EXPRESSION: Final = re.compile(r"[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+-]+)*")


class Unlicensed(Exception):
    """Something reaches the image and does not say under which licence."""


@dataclass(frozen=True, slots=True, order=True)
class Component:
    """One thing on the image. `origin`: `buildroot`, `pypi`, `toolchain` or `data`."""

    name: str
    version: str
    licence: str
    origin: str
    needs: tuple[str, ...] = ()


def from_buildroot(told: Mapping[str, Mapping[str, Any]]) -> list[Component]:
    """What Buildroot's `make show-info` says of what is for the target."""
    tag = re.search(r"^TAG=(\S+)$", (EXTERNAL / "buildroot.version").read_text(), re.MULTILINE)
    found = [Component("buildroot", tag[1] if tag else "", "GPL-2.0-or-later", "buildroot")]
    for name, row in told.items():
        reaches_the_image = row.get("install_target") or row.get("install_images")
        # What is downloaded from nowhere is Buildroot's own: folders and scripts.
        if row.get("type") != "target" or not row.get("downloads") or not reaches_the_image:
            continue
        needs = tuple(sorted(each for each in row.get("dependencies", ()) if not each.startswith("host-")))
        licence = "Apache-2.0" if name == OURS else row.get("licenses", "")
        found.append(Component(name, row.get("version", ""), licence, "buildroot", needs))
    return found


def from_wheels(licences: str) -> list[Component]:
    """The lines of `licences.tsv`, as `image/parts.py` writes them."""
    rows = [line.split("\t") for line in licences.splitlines()]
    return [Component(name, version, licence, "pypi") for name, version, licence in rows if name != OURS]


def from_toolchain(target: Path) -> list[Component]:
    """The libraries that come with the compiler. Errors: `Unlicensed` when they are not recognised."""
    library = next(iter(sorted(target.glob("lib*/libc.so.6"))), None)
    release = _RELEASE.search(library.read_bytes()) if library is not None else None
    if release is None:
        raise Unlicensed(f"{target}: holds no C library whose version can be told")
    found = [Component("glibc", release[1].decode(), "LGPL-2.1-or-later", "toolchain")]
    for path in sorted({*target.glob("lib*/libstdc++.so.6.*"), *target.glob("usr/lib*/libstdc++.so.6.*")}):
        version = path.name.removeprefix("libstdc++.so.")
        found.append(Component("libstdc++", version, "GPL-3.0-or-later WITH GCC-exception-3.1", "toolchain"))
    return sorted(set(found))


def gathered(told: Mapping[str, Any], licences: str, target: Path) -> list[Component]:
    """Everything, in order. Errors: `Unlicensed` with the names of those that are silent."""
    every = [*from_buildroot(told), *from_wheels(licences), *from_toolchain(target), Component(*SOUNDFONT, "data")]
    silent = sorted(each.name for each in every if not each.licence or each.licence == "unknown")
    if silent:
        raise Unlicensed(f"no licence is told by {', '.join(silent)}")
    return sorted(every)


def _reference(component: Component) -> str:
    kind = "pypi" if component.origin == "pypi" else "generic"
    return f"pkg:{kind}/{component.name.lower()}@{component.version}"


def _licence(text: str) -> dict[str, Any]:
    """CycloneDX has an expression for what is one, and a free name for what is not."""
    if _EXPRESSION.fullmatch(text):
        return {"expression": text}
    return {"license": {"name": text}}


def cyclonedx(components: Iterable[Component], version: str) -> dict[str, Any]:
    """The document. Source: CycloneDX 1.6."""
    every = list(components)
    references = {each.name: _reference(each) for each in every}
    described = [
        {
            "type": "operating-system" if each.name == "linux" else "data" if each.origin == "data" else "library",
            "bom-ref": _reference(each),
            "name": each.name,
            "version": each.version,
            "purl": _reference(each),
            "licenses": [_licence(each.licence)],
            "properties": [{"name": "mos:origin", "value": each.origin}],
        }
        for each in every
    ]
    whole = {"type": "firmware", "bom-ref": "mos", "name": "MOS", "version": version}
    links = [{"ref": "mos", "dependsOn": sorted(references.values())}]
    links += [
        {"ref": _reference(each), "dependsOn": sorted(references[name] for name in each.needs if name in references)}
        for each in every
    ]
    number = uuid.uuid5(NAMESPACE, json.dumps(described, sort_keys=True))
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{number}",
        "version": 1,
        "metadata": {"component": whole},
        "components": described,
        "dependencies": links,
    }


def manifest(components: Iterable[Component]) -> str:
    """A table for people: name, version, licence, where it comes from."""
    rows = [f"{each.name}\t{each.version}\t{each.licence}\t{each.origin}\n" for each in components]
    return "".join(["# name\tversion\tlicence\torigin\n", *rows])


def main(argv: Sequence[str]) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="image.sbom", description=__doc__)
    parser.add_argument("--show-info", type=Path, required=True, help="what Buildroot's `make show-info` printed")
    parser.add_argument("--target", type=Path, required=True, help="the root before it is packed")
    parser.add_argument("--licences", type=Path, required=True, help="the wheels', as image/parts.py wrote them")
    parser.add_argument("--output", type=Path, required=True, help="the files' name without its ending")
    args = parser.parse_args(argv)
    try:
        components = gathered(json.loads(args.show_info.read_text()), args.licences.read_text(), args.target)
    except Unlicensed as error:
        print(f"image: {error}", file=sys.stderr)
        return 1
    document = cyclonedx(components, VERSION.read_text().strip())
    args.output.with_name(f"{args.output.name}.cdx.json").write_text(json.dumps(document, indent=1) + "\n")
    args.output.with_name(f"{args.output.name}.licences.tsv").write_text(manifest(components))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
