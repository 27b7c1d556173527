"""A sound card's own volume controls, by pyalsaaudio: what would keep us from being heard at all is opened up.

Loudness is the engine's matter (volume and its cap); controls that somebody set stay as they are.
"""

from __future__ import annotations

from typing import Final

try:
    import alsaaudio
except ImportError:  # it is built from source where it is installed; sound must not hang on a mixer
    alsaaudio = None

_UNITY_HUNDREDTHS_DB: Final = 0
_NOT_OURS: Final = ("beep", "capture", "mic", "input", "loopback", "sidetone", "boost")
"""Controls of other things than what we play, by words in their names."""


def open_up(card: int) -> list[str]:
    """Unmute the playback controls of that card; those that stand at their lowest are set to 0 dB (or their top).

    Returns what was changed, for the log. A card without controls, or one that goes meanwhile, is fine.
    """
    done: list[str] = []
    if alsaaudio is None:
        return ["mixer left as it is: pyalsaaudio is not installed"]
    try:
        names = list(alsaaudio.mixers(cardindex=card))
    except alsaaudio.ALSAAudioError:
        return done
    for number, name in enumerate(names):
        if not any(word in name.lower() for word in _NOT_OURS):
            try:
                done += _set(name, names[:number].count(name), card)
            except alsaaudio.ALSAAudioError as error:
                done.append(f"{name}: {error}")
    return done


def _set(name: str, index: int, card: int) -> list[str]:
    mixer = alsaaudio.Mixer(name, id=index, cardindex=card)
    done: list[str] = []
    if any(ability.endswith("Playback Volume") for ability in mixer.volumecap()):
        lowest, highest = mixer.getrange(units=alsaaudio.VOLUME_UNITS_DB)
        if highest > lowest and max(mixer.getvolume(units=alsaaudio.VOLUME_UNITS_DB)) <= lowest:
            level = min(highest, max(lowest, _UNITY_HUNDREDTHS_DB))
            mixer.setvolume(level, units=alsaaudio.VOLUME_UNITS_DB)
            done.append(f"{name}: {level / 100:g} dB")
    if any(ability.endswith("Playback Mute") for ability in mixer.switchcap()) and any(mixer.getmute()):
        mixer.setmute(0)
        done.append(f"{name}: on")
    mixer.close()
    return done
