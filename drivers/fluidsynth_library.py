"""libfluidsynth through ctypes: its functions bound once, and a synthesiser set up for a block that must not wait.

Most functions keep ctypes' default arguments (ints, and handles as `c_void_p` objects), which cost least a call; types
are declared only where floats or bare addresses go in. Debian ships 2.3.1 (12) and 2.4.4 (13): of what is used here
they differ in nothing but the loudness of the chorus, and that 2.4 takes cents in the range of the pitch bend.

Source: FluidSynth's include/fluidsynth/*.h and src/synth/fluid_synth.c at v2.3.1 and v2.4.4, read side by side.
"""

from __future__ import annotations

import ctypes
from ctypes import c_char_p, c_double, c_float, c_int, c_void_p
from pathlib import Path
from typing import Any, Final

from mos_appliance.errors import Bug, Unavailable
from mos_appliance.units import SAMPLE_RATE

LIBRARY: Final = "libfluidsynth.so.3"
_LOG_LEVELS: Final = 5
_OMNI_OFF_POLY: Final = 2
_OVERWRITE: Final = 0
_ADD: Final = 1
_MODULATORS: Final = (
    # Key pressure gives the vibrato that channel pressure gives by default (SF2 8.4.3), to its own note.
    (10, 0, 0, 6, 50.0, _ADD),
    # FluidSynth divides the range of the bend by 128, not 127, and bends 1.6 cents a whole tone too little.
    (14, 2, 16, 52, 12_800.0, _OVERWRITE),
)
"""Source, its shape, what scales it, generator, amount, how: see FluidSynth's mod.h and gen.h."""
_EFFECTS: Final = {
    "reverb_group_roomsize": 0.5,
    "reverb_group_damp": 0.3,
    "reverb_group_width": 0.8,
    "reverb_group_level": 0.0,
    "chorus_group_speed": 0.2,
    "chorus_group_depth": 4.25,
    "chorus_group_level": 0.0,
}
"""FluidSynth 2.4's room and ensemble, so that 2.3, which has others, sounds alike; levels come from the controls."""
_ARGUMENTS: Final[dict[str, list[Any]]] = {
    "new_fluid_synth": [c_void_p],
    "delete_fluid_synth": [c_void_p],
    "delete_fluid_settings": [c_void_p],
    "fluid_settings_setnum": [c_void_p, c_char_p, c_double],
    "fluid_settings_setint": [c_void_p, c_char_p, c_int],
    "fluid_voice_gen_set": [c_void_p, c_int, c_float],
    "fluid_voice_update_param": [c_void_p, c_int],
    "fluid_synth_set_gain": [c_void_p, c_float],
    "fluid_synth_set_gen": [c_void_p, c_int, c_int, c_float],
    **{f"fluid_synth_set_{effect}": [c_void_p, c_int, c_double] for effect in _EFFECTS},
    "fluid_mod_set_source1": [c_void_p, c_int, c_int],
    "fluid_mod_set_source2": [c_void_p, c_int, c_int],
    "fluid_mod_set_dest": [c_void_p, c_int],
    "fluid_mod_set_amount": [c_void_p, c_double],
    "fluid_synth_add_default_mod": [c_void_p, c_void_p, c_int],
    "delete_fluid_mod": [c_void_p],
    "fluid_synth_write_float": [c_void_p, c_int, c_void_p, c_int, c_int, c_void_p, c_int, c_int],
}
_ADDRESSES: Final = ("new_fluid_settings", "new_fluid_synth", "new_fluid_mod", "fluid_synth_get_channel_preset")
_NOTHING: Final = (
    "delete_fluid_synth",
    "delete_fluid_settings",
    "delete_fluid_mod",
    "fluid_mod_set_source1",
    "fluid_mod_set_source2",
    "fluid_mod_set_dest",
    "fluid_mod_set_amount",
    "fluid_synth_get_voicelist",
    "fluid_voice_gen_set",
    "fluid_voice_update_param",
    "fluid_synth_set_gain",
)


def load_library() -> Any:
    """The library, its functions bound.

    `PyDLL` keeps the interpreter lock: the engine has one Python thread, and giving the lock back and forth costs.
    Errors: `Unavailable` when it is not installed.
    """
    try:
        library = ctypes.PyDLL(LIBRARY)
    except OSError as error:
        raise Unavailable(f"{LIBRARY} (Debian: apt install libfluidsynth3)") from error
    for name, arguments in _ARGUMENTS.items():
        getattr(library, name).argtypes = arguments
    for name in _ADDRESSES:
        getattr(library, name).restype = c_void_p
    for name in _NOTHING:
        getattr(library, name).restype = None
    for level in range(_LOG_LEVELS):
        library.fluid_set_log_function(level, None, None)
    return library


def version() -> str:
    """The library's own version. Errors: `Unavailable`."""
    library = load_library()
    library.fluid_version_str.restype = c_char_p
    return str(library.fluid_version_str().decode())


def new_settings(library: Any, gain: float, channels: int, voices: int, whole: bool = True) -> int:
    """Settings at 48 kHz: no locks, effects off; samples all loaded at once and locked, or (not `whole`) as needed."""
    settings: int = library.new_fluid_settings()
    library.fluid_settings_setnum(settings, b"synth.sample-rate", float(SAMPLE_RATE))
    library.fluid_settings_setnum(settings, b"synth.gain", gain)
    for name, value in (
        (b"synth.threadsafe-api", 0),
        (b"synth.lock-memory", int(whole)),
        (b"synth.dynamic-sample-loading", int(not whole)),
        (b"synth.midi-channels", channels),
        (b"synth.polyphony", voices),
        (b"synth.reverb.active", 0),
        (b"synth.chorus.active", 0),
    ):
        library.fluid_settings_setint(settings, name, value)
    return settings


def new_synth(library: Any, settings: int, channels: int) -> c_void_p:
    """A synthesiser whose channels are all polyphonic and each on its own."""
    handle = library.new_fluid_synth(settings)
    if not handle:
        raise Bug("FluidSynth refused its settings")
    synth = c_void_p(handle)
    library.fluid_synth_reset_basic_channel(synth, -1)
    for channel in range(channels):
        library.fluid_synth_set_basic_channel(synth, channel, _OMNI_OFF_POLY, 1)
    for effect, value in _EFFECTS.items():
        getattr(library, f"fluid_synth_set_{effect}")(synth, -1, value)
    _modulate(library, synth)
    return synth


def _modulate(library: Any, synth: c_void_p) -> None:
    for source, shape, scale, target, amount, how in _MODULATORS:
        modulator = library.new_fluid_mod()
        library.fluid_mod_set_source1(modulator, source, shape)
        library.fluid_mod_set_source2(modulator, scale, 0)
        library.fluid_mod_set_dest(modulator, target)
        library.fluid_mod_set_amount(modulator, amount)
        library.fluid_synth_add_default_mod(synth, modulator, how)
        library.delete_fluid_mod(modulator)


def load_soundfont(library: Any, synth: c_void_p, path: Path) -> None:
    """Load all of a soundfont into memory. Errors: `Unavailable`."""
    if library.fluid_synth_sfload(synth, str(path).encode(), 1) < 0:
        raise Unavailable(f"soundfont {path} (it could not be loaded)")
