"""The furniture speaks each language whole, and as its speakers count."""

import datetime
import re
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from newsletter.errors import CompileError
from newsletter.languages import direction, languages, speak
from newsletter.theme import render, template_folders
from tests.generated_docs import furniture

SHIPPED = template_folders(None)
CATALOGUES = sorted((SHIPPED[0] / "languages").glob("*.po"))
MONTHS = "{{ ngettext('For %(num)d month', 'For %(num)d months', months) }}"


def catalogue(file: Path) -> Catalog:
    with file.open("rb") as lines:
        return read_po(lines, locale=file.stem)


def strings(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, tuple | list) else [str(message.string)]


def gaps(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)[sd]", text))


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.stem)
def test_a_catalogue_says_all_that_the_templates_say_and_nothing_else(file: Path) -> None:
    wanted, found = furniture(), catalogue(file)
    assert {message.id for message in found if message.id} == {message.id for message in wanted if message.id}
    for message in found:
        assert not message.fuzzy
        assert all(strings(message)), message.id


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.stem)
def test_a_catalogue_leaves_no_gap_out(file: Path) -> None:
    for message in catalogue(file):
        if not message.id:
            continue
        english = message.id if isinstance(message.id, str) else message.id[-1]
        if not message.pluralizable:
            assert gaps(strings(message)[0]) == gaps(english), english
        else:
            assert all(gaps(form) <= gaps(english) for form in strings(message))


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.stem)
def test_a_catalogue_has_every_plural_form_of_its_language(file: Path) -> None:
    found = catalogue(file)
    assert found.num_plurals == len({*Locale.parse(file.stem).plural_form.tags, "other"})
    assert all(len(strings(message)) == found.num_plurals for message in found if message.pluralizable)


def test_welsh_counts_in_six_ways(tmp_path: Path) -> None:
    (tmp_path / "months.txt").write_text(MONTHS)
    folders = (tmp_path, *SHIPPED)
    said = [render(folders, "months.txt", {"months": number}, "cy") for number in (0, 1, 2, 3, 6, 7)]
    assert said == ["Am 0 mis", "Am fis", "Am ddau fis", "Am dri mis", "Am chwe mis", "Am 7 mis"]
    assert render(folders, "months.txt", {"months": 1}) == "For 1 month"


def test_a_day_is_written_as_its_readers_write_it() -> None:
    day = datetime.date(2027, 3, 1)
    assert speak(SHIPPED, "en").date(day) == "1 March 2027"
    assert speak(SHIPPED, "cy-GB").date(day) == "1 Mawrth 2027"


@pytest.mark.parametrize(
    ("wish", "spoken"),
    [("cy", "cy"), ("CY-GB", "cy"), ("en-GB", "en"), ("tlh", "en"), ("", "en"), ("../../cy", "en"), ("cy/../cy", "en")],
)
def test_a_wish_is_met_as_nearly_as_can_be(wish: str, spoken: str) -> None:
    assert speak(SHIPPED, wish).code == spoken


def test_languages_are_called_what_their_speakers_call_them() -> None:
    assert languages(SHIPPED) == {"en": "English", "cy": "Cymraeg"}


@pytest.mark.parametrize("code", ["ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi", "ar-EG"])
def test_what_is_written_from_the_right_is_set_from_the_right(code: str) -> None:
    assert direction(code) == "rtl"
    assert direction("cy") == direction("tlh") == direction("nonsense tag") == "ltr"


def test_a_language_is_added_by_one_file_and_what_it_does_not_say_yet_is_said_in_english(tmp_path: Path) -> None:
    (tmp_path / "languages").mkdir()
    (tmp_path / "languages" / "ga.po").write_text('msgid "Unsubscribe"\nmsgstr "Díliostáil"\n', encoding="utf-8")
    folders = (tmp_path, *SHIPPED)
    assert languages(folders) == {"en": "English", "cy": "Cymraeg", "ga": "Gaeilge"}
    assert speak(folders, "ga").say("Unsubscribe") == "Díliostáil"
    assert speak(folders, "ga").say("Saved.") == "Saved."


def test_ones_own_catalogue_wins_message_by_message_and_is_read_again_when_it_changes(tmp_path: Path) -> None:
    (tmp_path / "languages").mkdir()
    own, folders = tmp_path / "languages" / "cy.po", (tmp_path, *SHIPPED)
    own.write_text('msgid "Saved."\nmsgstr "Dyna ni."\n')
    assert speak(folders, "cy").say("Saved.") == "Dyna ni."
    assert speak(folders, "cy").say("Unsubscribe") == "Dad-danysgrifio"
    own.write_text('msgid "Saved."\nmsgstr "Dyna ni eto."\n')
    assert speak(folders, "cy").say("Saved.") == "Dyna ni eto."


@pytest.mark.parametrize("content", [b'msgid "a', b"\xff\xfe", b"nonsense\n"])
def test_a_catalogue_that_cannot_be_read_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "languages").mkdir()
    (tmp_path / "languages" / "cy.po").write_bytes(content)
    with pytest.raises(CompileError, match=r"cy\.po"):
        speak((tmp_path, *SHIPPED), "cy")
