from __future__ import annotations

import pytest

from mos_appliance.music.musicxml.harte import KINDS, harmony_of, label_of

LABELS = (
    "N",
    "C:maj",
    "Bb:7",
    "F#:min7/b3",
    "D:maj/5",
    "Eb:7(b9)",
    "A:sus4",
    "G:9(*5)",
    "C:aug(b7)",
    "Ab:maj7(#11)/7",
    "C:(5)",
)


@pytest.mark.parametrize("label", LABELS)
def test_a_label_comes_back_from_its_chord_symbol(label: str) -> None:
    harmony = harmony_of(label)
    assert harmony is not None
    assert label_of(harmony) == label


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_label_of_its_own(kind: str) -> None:
    harmony = harmony_of(f"C:{KINDS[kind]}")
    assert harmony is not None
    assert harmony.findtext("kind") == kind


@pytest.mark.parametrize("label", ["", "H:maj", "C:frobnicated", "C:maj/0x", "C:maj(" * 50])
def test_what_is_no_label_is_no_chord(label: str) -> None:
    assert harmony_of(label) is None


def test_a_bass_keeps_its_spelling() -> None:
    harmony = harmony_of("E:maj/3")
    assert harmony is not None
    assert harmony.findtext("bass/bass-step") == "G"
    assert harmony.findtext("bass/bass-alter") == "1"
