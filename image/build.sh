#!/usr/bin/env bash
# An image of one board, from nothing: image/build.sh BOARD, after `make run` has prepared this computer.
# What takes long is kept in ~/.cache/mos/image (MOS_IMAGE_CACHE=) and not made again; the image lies in build/image.
# BUILDROOT_DIR= another Buildroot, DL_DIR= a folder of sources, TOOLCHAIN= a compiler that is here already, OUTPUT=
# where Buildroot builds, SET= options in place of the fragments', parted by blanks; SIGNING= a folder with update.pem, and
# update.key when the bundle is to be signed here: without it, a key for trials; WITHOUT_UPDATES=1 leaves RAUC out.
set -euo pipefail
cd "$(dirname "$0")/.."
board=${1:-}
cache=${MOS_IMAGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mos/image}
output=${OUTPUT:-$cache/output}
place=$PWD/build/image
python=.venv/bin/python
say() { printf 'image: %s\n' "$*" >&2; }
if [ ! -f "buildroot_configs/boards/$board.board" ]; then
  say "no board '$board'; there are: $(cd buildroot_configs/boards && echo *.board | sed 's/\.board//g')"
  exit 2
fi
"$python" -m image.assemble --check-host
make -s mos_appliance/companion/web/dist/index.html
mkdir -p "$place" "$cache"
# shellcheck source=/dev/null
. buildroot_configs/buildroot.version

buildroot=${BUILDROOT_DIR:-$cache/buildroot-$TAG}
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
signing=${SIGNING:-$cache/signing}
if [ -z "${SIGNING:-}" ]; then "$python" -m image.bundle key --folder "$signing"; fi
"$python" -m image.parts --output "$cache/parts" --python "$abi" --updates "$signing/update.pem"

options=(--buildroot "$buildroot" --output "$output" --parts "$cache/parts" --set "BR2_DL_DIR=\"${DL_DIR:-$cache/dl}\"")
if [ -n "${WITHOUT_UPDATES:-}" ]; then options+=(--without updates); fi
if [ -n "${TOOLCHAIN:-}" ]; then options+=(--toolchain "$TOOLCHAIN"); fi
for option in ${SET:-}; do options+=(--set "$option"); done
"$python" -m image.configure "${options[@]}"

# What lies on the root is compiled without the column of each instruction: less to pack and to keep in every process.
export PYTHONNODEBUGRANGES=1
log=$place/build.log
say "Buildroot builds; the first time takes an hour or more; its log is build/image/build.log"
make_root() { make -C "$buildroot" O="$output" BR2_EXTERNAL="$PWD/buildroot_configs" "$@" 2>&1; }
built() { # each package as it is begun, the rest into the log
  tee -a "$log" | sed -nu 's/.*>>> \([a-z][^ ]*\) *\([^ ]*\) \(Extracting\|Building\).*/image:   \1 \2: \3/p' >&2
}
: > "$log"
if compgen -G "$output/build/mos-appliance-*" > /dev/null; then make_root mos-appliance-dirclean >> "$log"; fi # ours changes
make_root all | built || { tail -n 20 "$log" >&2; say "Buildroot failed; these are the last lines of its log"; exit 1; }
make -s -C "$buildroot" O="$output" BR2_EXTERNAL="$PWD/buildroot_configs" show-info > "$place/show-info.json" 2>> "$log"
"$python" -m image.sbom --show-info "$place/show-info.json" --target "$output/target" \
  --licences "$cache/parts/appliance/licences.tsv" --output "$place/mos"
"$python" -m image.scan --squashfs "$output/images/rootfs.squashfs"
"$python" -m image.assemble --board "$board" --images "$output/images" --output "$place/mos-$board.img"
if [ -f "$signing/update.key" ]; then
  "$python" -m image.bundle make --images "$output/images" --folder "$signing" --version "$(cat image/version)" \
    --output "$place/mos-$(cat image/version).raucb"
fi
