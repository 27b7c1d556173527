#!/usr/bin/busybox sh
# First process of the bench's guest: mounts, hardware, then the agent that does what the tests ask.
export PATH=/usr/bin:/usr/sbin:/bin:/sbin:/opt/busybox HOME=/root LANG=C.UTF-8 PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1
b=/usr/bin/busybox
$b mkdir -p /dev/pts /dev/shm /run /tmp /data /opt/busybox
$b --install -s /opt/busybox
$b mount -t devpts devpts /dev/pts
$b mount -t tmpfs shm /dev/shm
$b mount -t tmpfs run /run
$b mount -t tmpfs tmp /tmp
$b ip link set lo up
$b mount -t ext4 -o ro,noatime /dev/vdb /usr/share/sounds/sf2
[ -b /dev/vdc ] && { $b mount -t ext4 -o noatime /dev/vdc /data || echo "BENCH: no data partition"; }
$b sysctl -q -p /etc/sysctl.conf || echo "BENCH: sysctl.conf was not taken whole"
for module in snd_seq snd_seq_midi snd_hda_codec_generic snd_hda_intel snd_usb_audio libcomposite dummy_hcd; do
    modprobe $module || echo "BENCH: modprobe $module failed"
done
echo "BENCH: up after $($b cut -d' ' -f1 /proc/uptime) s"
exec python3 /opt/bench/agent.py
