"""A USB keyboard without hardware: dummy_hcd carries what configfs' f_midi shows, snd-usb-audio finds it.

`gadget.py plug` · `gadget.py unplug`. It prints the raw MIDI device on which the keyboard is played.
"""

import re
import sys
import time
from pathlib import Path

CONFIGFS = Path("/sys/kernel/config")
GADGET = CONFIGFS / "usb_gadget" / "keyboard"
PATIENCE_S = 10.0


def make() -> None:
    if not (CONFIGFS / "usb_gadget").is_dir():
        raise SystemExit("configfs is not mounted, or libcomposite is not loaded")
    function = GADGET / "functions" / "midi.usb0"
    function.mkdir(parents=True)
    (GADGET / "idVendor").write_text("0x1d6b")
    (GADGET / "idProduct").write_text("0x0104")
    for folder, texts in (
        (GADGET / "strings/0x409", {"manufacturer": "Bench", "product": "Bench keyboard", "serialnumber": "1"}),
        (GADGET / "configs/c.1/strings/0x409", {"configuration": "MIDI"}),
    ):
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text)
    (GADGET / "configs/c.1/midi.usb0").symlink_to(function)


def played_device() -> str | None:
    """The gadget's side: the card that f_midi made, not the one that snd-usb-audio found."""
    for card in sorted(Path("/sys/class/sound").glob("card*")):
        if re.search("f_?midi", (card / "id").read_text(), re.IGNORECASE):
            devices = sorted(card.glob("midiC*"))
            if devices:
                return f"/dev/snd/{devices[0].name}"
    return None


def found_by_usb() -> bool:
    return any(path.exists() for path in Path("/proc/asound").glob("card*/usbid"))


def plug() -> str:
    if not GADGET.is_dir():
        make()
    (GADGET / "UDC").write_text(sorted(Path("/sys/class/udc").iterdir())[0].name)
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        device = played_device()
        if device and found_by_usb():
            return device
        time.sleep(0.02)
    raise SystemExit("the keyboard did not appear")


def main() -> None:
    match sys.argv[1:]:
        case ["plug"]:
            print(plug())
        case ["unplug"]:
            (GADGET / "UDC").write_text("\n")
        case _:
            raise SystemExit("gadget.py plug | unplug")


if __name__ == "__main__":
    main()
