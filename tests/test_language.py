"""Every Chinese sentence has the fields of its English one, and says it in Chinese."""

import string

import pytest

from sim.language import CHINESE, ENGLISH, chinese


def fields(template: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(template) if name is not None)


@pytest.mark.parametrize("english", sorted(chinese()))
def test_a_translation_has_the_fields_of_its_sentence(english):
    assert fields(chinese()[english]) == fields(english)


def test_a_sentence_in_both_languages():
    assert ENGLISH("Industry") == "Industry"
    assert CHINESE("Industry") == "产业"


def test_a_missing_translation_is_an_error():
    with pytest.raises(KeyError):
        CHINESE("a sentence nobody translated")
