"""Which device is best, on listings as boards and computers show them in /proc/asound."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.sound_devices import (
    DeviceWatch,
    Outlet,
    SoundDevice,
    list_inputs,
    list_outputs,
    parse_devices,
)

PI_4_WITH_DAC = (
    """\
 0 [Headphones     ]: bcm2835_headpho - bcm2835 Headphones
                      bcm2835 Headphones
 1 [vc4hdmi0       ]: vc4-hdmi - vc4-hdmi-0
                      vc4-hdmi-0
 2 [vc4hdmi1       ]: vc4-hdmi - vc4-hdmi-1
                      vc4-hdmi-1
 3 [DAC            ]: USB-Audio - USB AUDIO DAC
                      BurrBrown from Texas Instruments USB AUDIO DAC at usb-0000:01:00.0-1.3, full s
""",
    """\
00-00: bcm2835 Headphones : bcm2835 Headphones : playback 8
01-00: MAI PCM i2s-hifi-0 : MAI PCM i2s-hifi-0 : playback 1
02-00: MAI PCM i2s-hifi-0 : MAI PCM i2s-hifi-0 : playback 1
03-00: USB Audio : USB Audio : playback 1
""",
)
PI_ZERO_WITH_HAT = (
    """\
 0 [sndrpihifiberry]: RPi-simple - snd_rpi_hifiberry_dac
                      snd_rpi_hifiberry_dac
 1 [vc4hdmi        ]: vc4-hdmi - vc4-hdmi
                      vc4-hdmi
 2 [Digital        ]: USB-Audio - Roland Digital Piano
                      Roland Roland Digital Piano at usb-3f980000.usb-1, full speed
""",
    """\
00-00: HifiBerry DAC HiFi pcm5102a-hifi-0 : HifiBerry DAC HiFi pcm5102a-hifi-0 : playback 1
01-00: MAI PCM i2s-hifi-0 : MAI PCM i2s-hifi-0 : playback 1
""",
)
DESKTOP = (
    """\
 0 [PCH            ]: HDA-Intel - HDA Intel PCH
                      HDA Intel PCH at 0xf7d10000 irq 31
 1 [NVidia         ]: HDA-Intel - HDA NVidia
                      HDA NVidia at 0xf7080000 irq 17
 2 [Loopback       ]: Loopback - Loopback
                      Loopback 1
""",
    """\
00-00: ALC892 Analog : ALC892 Analog : playback 1 : capture 1
00-01: ALC892 Digital : ALC892 Digital : playback 1
00-02: ALC892 Alt Analog : ALC892 Alt Analog : capture 1
01-03: HDMI 0 : HDMI 0 : playback 1
02-00: Loopback PCM : Loopback PCM : playback 8 : capture 8
""",
)
BENCH = (
    """\
 0 [Intel          ]: HDA-Intel - HDA Intel
                      HDA Intel at 0x10040000 irq 47
""",
    "00-00: Generic Analog : Generic Analog : playback 1\n",
)
ALLWINNER = (
    """\
 0 [Codec          ]: H3_Audio_Codec - H3 Audio Codec
                      H3 Audio Codec
 1 [allwinnerhdmi  ]: simple-card - allwinner-hdmi
                      allwinner-hdmi
 2 [MAX98357A      ]: simple-card - MAX98357A
                      MAX98357A
""",
    """\
00-00: CDC PCM Codec-0 : CDC PCM Codec-0 : playback 1 : capture 1
01-00: 1c22800.i2s-i2s-hifi i2s-hifi-0 : 1c22800.i2s-i2s-hifi i2s-hifi-0 : playback 1
02-00: 1c22000.i2s-HiFi HiFi-0 : 1c22000.i2s-HiFi HiFi-0 : playback 1
""",
)


def outputs(listing: tuple[str, str]) -> list[SoundDevice]:
    devices = [device for device in parse_devices(*listing) if device.plays]
    return sorted(devices, key=lambda device: (device.outlet, device.card, device.device))


@pytest.mark.parametrize(
    ("listing", "order"),
    [
        (PI_4_WITH_DAC, [(3, Outlet.USB), (0, Outlet.ANALOGUE), (1, Outlet.HDMI), (2, Outlet.HDMI)]),
        (PI_ZERO_WITH_HAT, [(0, Outlet.I2S), (1, Outlet.HDMI)]),
        (DESKTOP, [(0, Outlet.ANALOGUE), (1, Outlet.HDMI), (0, Outlet.SPDIF), (2, Outlet.NOWHERE)]),
        (BENCH, [(0, Outlet.ANALOGUE)]),
        (ALLWINNER, [(2, Outlet.I2S), (0, Outlet.ANALOGUE), (1, Outlet.HDMI)]),
    ],
)
def test_usb_comes_before_i2s_before_analogue_before_hdmi(
    listing: tuple[str, str], order: list[tuple[int, Outlet]]
) -> None:
    assert [(device.card, device.outlet) for device in outputs(listing)] == order


@pytest.mark.parametrize(
    ("driver", "card_id", "name", "outlet"),
    [
        ("IQaudIODAC", "IQaudIODAC", "IQaudIODAC", Outlet.I2S),
        ("snd_rpi_justboo", "sndrpijustboomd", "snd_rpi_justboom_dac", Outlet.I2S),
        ("BossDAC", "BossDAC", "BossDAC", Outlet.I2S),
        ("snd_rpi_hifibe", "sndrpihifiberry", "snd_rpi_hifiberry_digi", Outlet.SPDIF),
        ("bcm2835_hdmi", "b1", "bcm2835 HDMI 1", Outlet.HDMI),
        ("UAC2_Gadget", "UAC2Gadget", "UAC2_Gadget", Outlet.NOWHERE),
        ("Dummy", "Dummy", "Dummy", Outlet.NOWHERE),
    ],
)
def test_boards_are_known_by_their_names(driver: str, card_id: str, name: str, outlet: Outlet) -> None:
    cards = f" 0 [{card_id:15}]: {driver} - {name}\n                      {name}\n"
    (device,) = parse_devices(cards, "00-00: pcm : pcm : playback 1\n")
    assert device.outlet is outlet


def test_a_keyboard_that_only_speaks_midi_is_no_sound_device() -> None:
    assert all(device.card_id != "Digital" for device in parse_devices(*PI_ZERO_WITH_HAT))


def test_people_read_the_cards_name_and_alsa_its_id() -> None:
    dac = outputs(PI_4_WITH_DAC)[0]
    assert (dac.label, dac.hardware_name) == ("USB AUDIO DAC", "hw:CARD=DAC,DEV=0")
    assert outputs(DESKTOP)[0].label == "HDA Intel PCH, ALC892 Analog"


def test_a_pcm_whose_card_went_meanwhile_is_passed_over() -> None:
    assert parse_devices("--- no soundcards ---\n", PI_4_WITH_DAC[1]) == []


def lay_out(proc: Path, listing: tuple[str, str]) -> None:
    (proc / "cards").write_text(listing[0])
    (proc / "pcm").write_text(listing[1])


def test_loopbacks_are_never_chosen(tmp_path: Path) -> None:
    lay_out(tmp_path, DESKTOP)
    assert {device.card_id for device in list_outputs(tmp_path)} == {"PCH", "NVidia"}
    assert {device.card_id for device in list_inputs(tmp_path)} == {"PCH"}


def test_a_card_with_a_usb_id_is_on_usb_whatever_its_driver_calls_itself(tmp_path: Path) -> None:
    lay_out(tmp_path, BENCH)
    (tmp_path / "card0").mkdir()
    (tmp_path / "card0" / "usbid").write_text("08bb:2902\n")
    assert list_outputs(tmp_path)[0].outlet is Outlet.USB


def test_without_sound_in_the_kernel_there_is_no_device(tmp_path: Path) -> None:
    assert list_outputs(tmp_path / "asound") == []


def test_a_watch_tells_each_coming_and_going_once(tmp_path: Path) -> None:
    lay_out(tmp_path, BENCH)
    watch = DeviceWatch(tmp_path)
    assert not watch.changed()
    lay_out(tmp_path, PI_4_WITH_DAC)
    assert watch.changed()
    assert not watch.changed()
    (tmp_path / "pcm").unlink()
    assert watch.changed()
