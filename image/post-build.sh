#!/bin/sh
# Last touches to the root before it is packed; Buildroot calls it with the root's folder.
set -eu
root=$1
mkdir -p "$root/data" "$root/boot"
# Roots are read only: what Buildroot would start from here is started by inittab, or not at all.
rm -rf "$root/etc/init.d" "$root/etc/network" "$root/etc/securetty" "$root/usr/lib/python"*/ensurepip \
  "$root/usr/lib/python"*/idlelib "$root/usr/lib/python"*/turtledemo "$root/usr/lib/python"*/lib2to3 \
  "$root/usr/lib/python"*/pydoc_data "$root/usr/lib/python"*/config-*
ln -sf /run/resolv.conf "$root/etc/resolv.conf"
