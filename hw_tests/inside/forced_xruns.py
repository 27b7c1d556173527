"""Writes silence to the best sound device, pauses longer than its buffer lasts, and tells what was seen, as JSON."""

import ctypes
import json
import time

from drivers.alsa_pcm import open_best
from mos_appliance.errors import Unavailable

PAUSES = 10


def main() -> None:
    pcm = open_best(64)
    silence = ctypes.create_string_buffer(pcm.period * 2 * pcm.sample_bytes)
    address = ctypes.addressof(silence)
    unforced, after_pauses, delays = 0, [], []
    for _ in range(PAUSES):
        unforced += sum(pcm.write(address) for _ in range(50))
        time.sleep(0.02)
        after_pauses.append([pcm.write(address) for _ in range(4)])
        delays.append(pcm.delay_frames())
    try:
        open_best(64, "hw:0").close()
        in_use = ""
    except Unavailable as error:
        in_use = error.what
    pcm.close()
    told = {"unforced": unforced, "after_pauses": after_pauses, "delays": delays, "in_use": in_use}
    print(json.dumps(told | {"period": pcm.period, "periods": pcm.periods, "device_period": pcm.device_period}))


if __name__ == "__main__":
    main()
