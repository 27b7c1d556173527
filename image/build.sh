#!/usr/bin/env bash
# An image of one board, from nothing: image/build.sh BOARD. Buildroot, its downloads and its output are kept in
# build/image; what is there is not made again. BUILDROOT_DIR= another Buildroot, DL_DIR= a folder of sources,
# TOOLCHAIN= a compiler that is here already, SET= options in place of the fragments', parted by blanks.
set -euo pipefail
cd "$(dirname "$0")/.."
board=$1
place=$PWD/build/image
python=.venv/bin/python
mkdir -p "$place"
# shellcheck source=/dev/null
. buildroot_configs/buildroot.version
say() { printf 'image: %s\n' "$*" >&2; }

buildroot=${BUILDROOT_DIR:-$place/buildroot-$TAG}
if [ ! -f "$buildroot/Makefile" ]; then
  say "Buildroot $TAG"
  git clone --quiet --depth 1 --branch "$TAG" "$URL" "$buildroot"
fi
if [ -z "${BUILDROOT_DIR:-}" ] && [ "$(git -C "$buildroot" rev-parse HEAD)" != "$COMMIT" ]; then
  say "$buildroot is not commit $COMMIT: remove it, and see who changed it"
  exit 1
fi

abi=$(sed -n 's/^PYTHON3_VERSION_MAJOR = //p' "$buildroot/package/python3/python3.mk")
say "our code, the locked wheels for Python $abi, the soundfont"
"$python" -m image.parts --output "$place/parts" --python "$abi"

options=(--buildroot "$buildroot" --output "$place/output" --parts "$place/parts" --set "BR2_DL_DIR=\"${DL_DIR:-$place/dl}\"")
if [ -n "${TOOLCHAIN:-}" ]; then options+=(--toolchain "$TOOLCHAIN"); fi
for option in ${SET:-}; do options+=(--set "$option"); done
"$python" -m image.configure "${options[@]}"

say "Buildroot builds: the first time takes an hour or more; its log is build/image/build.log"
make_root() { make -C "$buildroot" O="$place/output" BR2_EXTERNAL="$PWD/buildroot_configs" "$@" >> "$place/build.log" 2>&1; }
for package in python-rtmidi mos-appliance; do # what comes from our side may have changed
  if compgen -G "$place/output/build/$package-*" > /dev/null; then make_root "$package-dirclean"; fi
done
make_root all || { tail -n 20 "$place/build.log" >&2; exit 1; }
"$python" -m image.assemble --board "$board" --images "$place/output/images" --output "$place/mos-$board.img"
