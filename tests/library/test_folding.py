from __future__ import annotations

import pytest

from mos_appliance.library.folding import MAX_WORD, asked_words, bag_of, words

ALIKE = (
    ("Für Elise", "fur elise"),
    ("Łódź, Øresund, Straße", "lodz oresund strasse"),
    ("Dvořák", "DVORAK"),
    ("İstanbul", "istanbul"),
    ("Ngày xưa đẹp", "ngay xua dep"),
    ("Чайковский: Ёлка", "чаиковскии елка"),
    ("Ὕμνος", "υμνος"),
    ("أغنية الحُبّ القديمة", "اغنيه الحب القديمه"),
    ("שָׁלוֹם", "שלום"),
    ("فارسی", "فارسي"),
    ("サクラ", "さくら"),
    ("ｻｸﾗ", "さくら"),
    ("५ ताल", "5 ताल"),
    ("No. 12, Op.28", "no 12 op 28"),
    ("F♯ minor", "f# minor"),
    ("B♭", "b flat"),
    ("Sœur Æneas", "soeur aeneas"),
)


@pytest.mark.parametrize(("written", "typed"), ALIKE)
def test_what_people_leave_out_when_they_type_does_not_matter(written: str, typed: str) -> None:
    assert list(words(written)) == list(words(typed))


def test_a_script_without_spaces_is_found_by_any_stretch_of_a_title() -> None:
    for title, inside in (("夜の茉莉花の歌", "茉莉花"), ("さくらさくら", "くらさ"), ("ลาวดวงเดือน", "ดวงเดือน")):
        assert set(asked_words(inside)) <= set(words(title))


def test_the_first_character_of_a_script_without_spaces_begins_a_word_of_the_index() -> None:
    assert any(word.startswith("茉") for word in words("夜の茉莉花"))
    assert any(word.startswith("花") for word in words("夜の茉莉花"))


def test_a_korean_syllable_that_is_still_being_typed_begins_the_finished_one() -> None:
    (half,), (whole,) = asked_words("보"), list(words("봄"))
    assert whole.startswith(half) and whole != half


def test_vowel_signs_of_indian_scripts_tell_words_apart() -> None:
    assert set(words("राग")) != set(words("रग"))
    assert list(words("தாலாட்டு பாடல்")) == ["தாலாட்டு", "பாடல்"]


def test_both_parts_of_a_word_with_an_apostrophe_are_found_and_the_whole_too() -> None:
    assert list(words("L’été")) == ["l", "ete", "lete"]
    assert asked_words("l'été") == ["l", "ete"]


def test_a_bag_holds_each_word_once_and_no_more_than_asked_for() -> None:
    assert bag_of(["Row, row your boat", "ROW"], 9) == ["row", "your", "boat"]
    assert bag_of(["one two three"], 2) == ["one", "two"]


def test_absurd_words_and_texts_are_cut() -> None:
    assert max(map(len, words("x" * 100_000))) == MAX_WORD
    assert sum(1 for _ in words("ab " * 100_000)) < 1000
