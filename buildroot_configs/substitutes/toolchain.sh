#!/usr/bin/env bash
# Debian 12's cross compiler for arm64 as a folder that Buildroot takes for an external toolchain (TOOLCHAIN=FOLDER):
# buildroot_configs/substitutes/toolchain.sh FOLDER. Packages are only unpacked, into one flat sysroot beside the compiler.
set -euo pipefail
target=$1
gnu=aarch64-linux-gnu
prefix=aarch64-mos-linux-gnu
[ ! -e "$target" ] || { echo "toolchain: $target is there already" >&2; exit 1; }
mkdir -p "$target.part/debs"
cd "$target.part"
top=$PWD

(cd debs && apt-get download "gcc-12-$gnu" "g++-12-$gnu" "cpp-12-$gnu" "binutils-$gnu" \
  {libgcc-12-dev,libstdc++-12-dev,libc6,libc6-dev,linux-libc-dev,libgcc-s1,libstdc++6,libatomic1,libgomp1}-arm64-cross) >&2
for deb in debs/*.deb; do dpkg -x "$deb" root; done
sysroot=$top/sysroot
ours=$top/root/usr/lib/gcc-cross/$gnu/12 # what GCC itself brings

# One flat sysroot: shared libraries in /lib, what is only linked with in /usr/lib, headers in /usr/include.
mkdir -p sysroot/lib sysroot/usr/lib "sysroot/usr/$gnu"
cp -a "root/usr/$gnu/include" sysroot/usr/include
ln -s ../include "sysroot/usr/$gnu/include"
cp -a "root/usr/$gnu/lib/." sysroot/lib/
for file in "$sysroot"/lib/*; do
  case ${file##*/} in
    ld-linux* | *-2.*.so) ;;
    *.a | *.o | *.so) mv "$file" sysroot/usr/lib/ ;;
  esac
done
find root/usr/$gnu/include -mindepth 1 -maxdepth 1 ! -name c++ -exec rm -rf {} +
rm -rf "root/usr/$gnu/lib" root/usr/share
mv "$ours"/libstdc++*.a "$ours"/libsupc++.a sysroot/usr/lib/
for link in sysroot/usr/lib/*.so; do
  [ ! -L "$link" ] || ln -sf "../../lib/$(basename "$(readlink "$link")")" "$link"
done
for name in libstdc++ libatomic libgomp libgcc_s; do # found in the sysroot, like all others
  rm -f "$ours/$name.so"
  library=$(echo "sysroot/lib/$name".so.?)
  ln -sf "../../lib/${library##*/}" "sysroot/usr/lib/$name.so"
done
# Linker scripts name files by where Debian has them.
for file in sysroot/usr/lib/*.so sysroot/usr/lib/*.a; do
  if [ ! -L "$file" ] && head -c 200 "$file" | grep -aq 'GNU ld script'; then
    sed -i "s#/usr/$gnu/lib/lib\([a-z]*\)_nonshared#/usr/lib/lib\1_nonshared#g; s#/usr/$gnu/lib/\([^ ]*\.a\)#/usr/lib/\1#g; s#/usr/$gnu/lib/#/lib/#g" "$file"
  fi
done

# Programs by the prefix that Buildroot is told, each with its own libraries and this sysroot.
mkdir -p bin "root/usr/$gnu/bin"
for tool in ar as ld ld.bfd nm objcopy objdump ranlib readelf strip; do
  ln -sf "../../bin/$gnu-$tool" "root/usr/$gnu/bin/$tool"
done
wrap() { # wrap NAME PROGRAM [OPTION]
  cat > "bin/$prefix-$1" << WRAPPER
#!/bin/sh
top=\$(dirname "\$(dirname "\$(readlink -f "\$0")")")
export LD_LIBRARY_PATH=\$top/root/usr/lib/x86_64-linux-gnu
program=\$top/root/usr/bin/$2
# Buildroot refuses a compiler that says it was built for the sysroot /: this one is given another each time.
[ "\$*" = -v ] && { "\$program" -v 2>&1 | sed 's# --with-sysroot=/ # #' >&2; exit; }
exec "\$program" ${3:-} "\$@"
WRAPPER
  chmod +x "bin/$prefix-$1"
}
for tool in ar as ld ld.bfd nm objcopy objdump ranlib readelf strip size strings addr2line c++filt gprof elfedit; do
  wrap "$tool" "$gnu-$tool"
done
# shellcheck disable=SC2016  # the wrapper expands it
for tool in gcc g++ cpp; do wrap "$tool" "$gnu-$tool-12" '"--sysroot=$top/sysroot"'; done
for tool in gcc-ar gcc-nm gcc-ranlib gcov; do wrap "$tool" "$gnu-$tool-12"; done
ln -s "$prefix-gcc" "bin/$prefix-cc"
ln -s "$prefix-g++" "bin/$prefix-c++"
rm -rf debs
cd ..
mv "$top" "$target"
echo "toolchain: $target" >&2
