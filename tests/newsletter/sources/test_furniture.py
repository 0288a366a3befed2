"""Furniture in twelve languages: the same page in each, as a web page and as pasted text. The story stays."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from newsletter.sources import Draft
from newsletter.sources.furniture import field_of, is_attribution, is_byline, languages
from newsletter.sources.words import letters_of

TABLE = tomllib.loads((Path(__file__).parent / "furniture.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Page:
    """A page in one language."""

    language: str
    title: str
    story: list[str]
    byline: str
    controls: list[str]
    related: str
    comments: str

    @property
    def html(self) -> str:
        first, second = self.story
        buttons = "".join(f"<p>{words}</p>" for words in self.controls)
        related = f"<ul><li><a href='/a'>{first[:12]}</a></li><li><a href='/b'>{second[:12]}</a></li></ul>"
        return (
            f"<!DOCTYPE html><html lang='{self.language}'><head><title>{self.title} - Example</title></head><body>"
            f"<div id='page'><div><a href='/'>x</a> <a href='/u'>y</a></div><div class='c'><h1>{self.title}</h1>"
            f"<p>{self.byline}</p><p>{first}</p><p>{self.controls[0]}</p><p>{second}</p>{buttons}"
            f"<h3>{self.related}</h3>{related}<h3>{self.comments}</h3></div></div></body></html>"
        )

    @property
    def text(self) -> str:
        first, second = self.story
        around = [self.related, first[:12], self.comments]
        return "\n\n".join([self.title, self.byline, first, self.controls[0], second, *self.controls, *around])


PAGES = [Page(language, **words) for language, words in TABLE.items()]


def test_there_is_a_table_for_each_of_twelve_languages_and_all_have_the_same_rows() -> None:
    tables = languages()
    assert set(tables) >= {"cy", "en", "de", "fr", "es", "it", "pt", "nl", "pl", "ar", "zh", "ja"}
    assert {page.language for page in PAGES} == set(tables)
    assert len({tuple(sorted(table)) for table in tables.values()}) == 1
    assert {tuple(sorted(table["fields"])) for table in tables.values()} == {("cc", "from", "sent", "subject", "to")}


@pytest.mark.parametrize("form", ["html", "text"])
def test_a_page_keeps_its_story_and_names_its_furniture(form: str, add: Callable[..., Draft]) -> None:
    for page in PAGES:
        draft = add(getattr(page, form), f"page.{form}")
        assert (page.language, draft.title) == (page.language, page.title)
        assert draft.body == "\n\n".join(page.story) + "\n"
        named = letters_of(" ".join(left.words for left in draft.dropped))
        around = [page.byline, *page.controls, page.related, page.comments]
        assert [words for words in around if letters_of(words) not in named] == []


def test_words_of_a_story_are_not_taken_for_furniture() -> None:
    for line in ("Das ist so", "von hier an ging es los", "By the time we came", "De vez en cuando llueve aquí"):
        assert not is_byline(line)
    assert not is_attribution("Here is what she wrote:")
    assert field_of("Dear: friends") == ""


def test_what_stands_above_a_quoted_mail_is_known_in_each_language() -> None:
    for line in (
        "On Mon, 3 Mar 2026 at 10:00, Ben <ben@example.org> wrote:",
        "Am 3. März 2026 um 10:00 schrieb Ben <ben@example.org>:",
        "Le lun. 3 mars 2026 à 10:00, Ben <ben@example.org> a écrit :",
        "El lun, 3 mar 2026 a las 10:00, Ben (<ben@example.org>) escribió:",
        "Il giorno lun 3 mar 2026 alle ore 10:00 Ben <ben@example.org> ha scritto:",
        "Op ma 3 mrt. 2026 om 10:00 schreef Ben <ben@example.org>:",
        "pon., 3 mar 2026 o 10:00 Ben <ben@example.org> napisał(a):",
        "Ar 3 Mawrth 2026 am 10:00, ysgrifennodd Ben <ben@example.org>:",
        "Em seg., 3 de mar. de 2026 às 10:00, Ben <ben@example.org> escreveu:",
        "Ben <ben@example.org> 于2026年3月3日周二 10:00写道：",
        "2026年3月3日(火) 10:00 Ben <ben@example.org>:",
        "في الاثنين، 3 مارس 2026 في 10:00 كتب Ben <ben@example.org>:",
    ):
        assert is_attribution(line), line
    assert [field_of(f"{name}: Ben") for name in ("From", "Von", "De ", "Da", "Van", "Od", "Oddi wrth", "من")] == [
        "from"
    ] * 8
