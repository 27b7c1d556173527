"""What the harmony network sees: fermatas tell where phrases end."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import numpy as np

from mos_appliance.music.formats import format_of
from mos_appliance.tutor.harmony.features import FEATURES, PHRASES, features_of
from mos_appliance.tutor.harmony.tune import Tune, tune_of_score
from training.harmony.corpora import chorales


def melody(held: tuple[int, ...], beats: int = 8, above: str = "") -> bytes:
    """Quarter notes, those of `held` with a fermata; `above` is a part that stands above them."""
    names = [*([above] if above else []), "Soprano", "Alto", "Tenor", "Bass"]
    listed = "".join(
        f'<score-part id="P{n}"><part-name>{name}</part-name></score-part>' for n, name in enumerate(names)
    )
    parts = []
    for number, name in enumerate(names):
        octave = {"Soprano": 5, "Alto": 4, "Tenor": 4, "Bass": 3}.get(name, 6)
        step = {"Soprano": "C", "Alto": "G", "Tenor": "E", "Bass": "C"}.get(name, "A")
        notes = [
            f"<note><pitch><step>{step}</step><octave>{octave}</octave></pitch><duration>1</duration><type>quarter</type>"
            + ("<notations><fermata/></notations>" if place in held and name == "Soprano" else "")
            + "</note>"
            for place in range(beats)
        ]
        bars = []
        for bar in range(0, beats, 4):
            head = (
                ""
                if bar
                else (
                    "<attributes><divisions>1</divisions><key><fifths>0</fifths></key>"
                    "<time><beats>4</beats><beat-type>4</beat-type></time></attributes>"
                )
            )
            bars.append(f'<measure number="{bar // 4 + 1}">{head}{"".join(notes[bar : bar + 4])}</measure>')
        parts.append(f'<part id="P{number}">{"".join(bars)}</part>')
    head = '<?xml version="1.0"?><score-partwise version="4.0">'
    return f"{head}<part-list>{listed}</part-list>{''.join(parts)}</score-partwise>".encode()


def tune(held: tuple[int, ...]) -> Tune:
    return tune_of_score(format_of("a.musicxml").load(melody(held)).document["score"])


def test_a_fermata_is_told_on_its_beat_and_on_those_around_it() -> None:
    told = features_of(tune((3,)))
    assert told.shape == (8, FEATURES)
    assert told[:, PHRASES].nonzero()[0].tolist() == [3]
    assert told[:, PHRASES + 1].nonzero()[0].tolist() == [3]
    assert [told[:, PHRASES + 1 + near].nonzero()[0].tolist() for near in (1, 2, 3)] == [[2], [1], [0]]
    assert [told[:, PHRASES + 4 + near].nonzero()[0].tolist() for near in (1, 2, 3)] == [[4], [5], [6]]
    assert told[:, PHRASES + 8].all()


def test_a_fermata_at_either_end_reaches_no_farther_than_the_tune() -> None:
    told = features_of(tune((0, 7)))
    assert told[:, PHRASES].nonzero()[0].tolist() == [0, 7]
    assert told[:, PHRASES + 2].nonzero()[0].tolist() == [6]
    assert told[:, PHRASES + 5].nonzero()[0].tolist() == [1]


def test_without_fermatas_nothing_is_told_of_phrases() -> None:
    assert not features_of(tune(()))[:, PHRASES:].any()


def test_the_melody_of_a_chorale_is_the_sopranos_though_a_horn_stands_above(tmp_path: Path) -> None:
    for name, above in (("bwv1", "Horn 1"), ("bwv2", "")):
        with ZipFile(tmp_path / f"{name}.mxl", "w") as packed:
            packed.writestr(
                "META-INF/container.xml",
                '<container><rootfiles><rootfile full-path="score.musicxml"/></rootfiles></container>',
            )
            packed.writestr("score.musicxml", melody((7,), above=above))
    with_horn, without = chorales(tmp_path)
    assert set(with_horn.tune.pitches.tolist()) == {72}
    assert np.array_equal(with_horn.classes, without.classes)
    assert set(with_horn.classes.tolist()) == {0}, "C major, whatever the horn plays"
