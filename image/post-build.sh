#!/bin/sh
# Last touches to the root before it is packed; Buildroot calls it with the root's folder.
set -eu
root=$1
mkdir -p "$root/data" "$root/boot"
# Roots are read only: what Buildroot would start from here is started by inittab, or not at all.
rm -rf "$root/etc/init.d" "$root/etc/network" "$root/etc/securetty" "$root/usr/lib/python"*/config-*
# Of Python what no process imports (a test has them absent).
for name in \
  _pydatetime _pyrepl antigravity bdb cProfile cmd code colorsys compileall dbm doctest ensurepip filecmp fileinput ftplib idlelib \
  imaplib lib2to3 mailbox modulefinder nturl2path optparse pdb pickletools plistlib poplib profile pstats pty \
  pyclbr pydoc pydoc_data rlcompleter sched shelve smtplib symtable tabnanny this timeit trace turtle turtledemo \
  unittest venv webbrowser wsgiref xmlrpc zipapp; do
  rm -rf "$root/usr/lib/python"*/"$name" "$root/usr/lib/python"*/"$name.pyc"
done
ln -sf /run/resolv.conf "$root/etc/resolv.conf"
# Of the radios' firmware what the boards have; more of it is Bluetooth's and others'.
find "$root/lib/firmware" \( -type f -o -type l \) ! -name 'brcmfmac43430*-sdio*' ! -name 'brcmfmac43436*-sdio*' \
  ! -name 'brcmfmac43455-sdio*' ! -name 'cyfmac43430*-sdio*' ! -name 'cyfmac43455-sdio*' ! -name 'regulatory.db*' -delete 2> /dev/null || true
rm -f "$root/usr/bin/dropbearconvert" "$root/usr/bin/scp" "$root/usr/sbin/wpa_passphrase" "$root/etc/wpa_supplicant.conf"
rm -rf "$root/etc/dropbear" "$root/etc/libnl" "$root/usr/lib/libnl-route"* "$root/usr/lib/libnl-nf"* \
  "$root/usr/lib/libnl-xfrm"* "$root/usr/lib/libnl-idiag"* "$root/usr/lib/libnl-cli"*
# What an update must be for, and from when it may be; who may sign it comes with our code.
here=$(dirname "$0")
cp "$here/compatible" "$here/oldest-update" "$here/version" "$root/etc/mos/"
# RAUC checks signatures by libcrypto alone, and asks for no module of it.
rm -rf "$root"/usr/lib/libssl.so* "$root"/usr/lib/ossl-modules "$root"/usr/lib/engines-3 "$root/etc/ssl" \
  "$root"/usr/lib/libpcre2-posix.so* "$root"/usr/lib/libgthread-2.0.so*
# GLib's and others' tools for developers, and libraries that nothing on the root asks for.
for name in gi-compile-repository gi-decompile-typelib gi-inspect-typelib gio gio-querymodules gdbus gsettings gresource \
  gapplication gobject-query pcre2test pcre2grep aserver compile_et mk_cmds; do
  rm -f "$root/usr/bin/$name"
done
rm -f "$root"/usr/lib/libgirepository-2.0.so* "$root"/usr/lib/libatopology.so* "$root"/lib/libgomp.so* \
  "$root"/lib/libnsl.so.1 "$root"/lib/libnsl-*.so
rm -rf "$root/usr/libexec/gio-launch-desktop" "$root/usr/share/glib-2.0" "$root/usr/share/gettext" "$root/usr/share/et" \
  "$root/usr/share/ss" "$root/usr/share/dbus-1"
