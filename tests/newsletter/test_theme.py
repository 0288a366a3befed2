"""Themes are tables of one token file; colours changed by an organiser stay readable by day and in the dark."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import document_fromstring

from newsletter.compiler import CompiledEmail, Furniture, Severity, compile_post
from newsletter.errors import CompileError
from newsletter.post import read_post
from newsletter.theme import read_theme, template_folders, themes
from newsletter.theme.colour import LEAST, contrast, dark_twins, hard_to_read

SHIPPED = template_folders(None)
FURNITURE = Furniture("Crossing for All", "1 Example Street, Cardiff CF10 1AA")
COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def compiled(folder: Path, front: str, tokens: str = "", furniture: Furniture = FURNITURE) -> CompiledEmail:
    (folder / "post.md").write_text(f"---\ntitle: Good news\nauthor: Nia\n{front}---\n**[Go](https://example.org)**\n")
    own = folder / "templates"
    own.mkdir(exist_ok=True)
    (own / "theme.toml").write_text(tokens)
    return compile_post(read_post(folder / "post.md"), furniture, template_folders(own))


def test_three_themes_are_shipped_and_none_of_them_is_hard_to_read() -> None:
    assert themes(SHIPPED) == ("bulletin", "letter", "notice")
    for name in themes(SHIPPED):
        theme = read_theme(SHIPPED, name)
        assert not list(hard_to_read(theme.light))
        assert not list(hard_to_read(theme.dark))


def test_themes_differ_in_more_than_colour(tmp_path: Path) -> None:
    letter, notice, bulletin = (
        compiled(tmp_path, f"theme: {name}\n").html for name in ("letter", "notice", "bulletin")
    )
    assert "Nia" in letter
    assert "Nia" not in notice.partition("<body")[2]
    assert "display:block" in notice.partition('class="button"')[2]
    assert 'class="bar' in bulletin
    assert 'class="band' in notice
    assert 'class="line' in letter


def test_every_theme_says_above_the_title_whose_mail_it_is_in_its_own_colour(tmp_path: Path) -> None:
    furniture = replace(FURNITURE, website="https://crossing.example.org/", registration="Charity 1234567 (Wales)")
    for name in themes(SHIPPED):
        mail = compiled(
            tmp_path, f"theme: {name}\nimage: https://example.org/us.jpg\nimage_alt: All of us\n", "", furniture
        )
        top, _, rest = document_fromstring(mail.html), *mail.html.partition("<h1")[1:]
        masthead = top.find(".//td[@class='masthead']//a")
        assert masthead is not None
        assert (masthead.text, masthead.get("href")) == ("Crossing for All", "https://crossing.example.org/")
        assert read_theme(SHIPPED, name).light["accent"] in mail.html.partition("<h1")[0].partition("<body")[2]
        assert mail.html.index("us.jpg") < mail.html.index("<h1"), "the picture stands above the title"
        assert 'alt="All of us"' in mail.html
        for part in (rest, mail.text):
            assert "Charity 1234567 (Wales)" in part
            assert "crossing.example.org" in part
        assert "[All of us]" in mail.text


def test_a_post_that_names_a_theme_nobody_knows_is_told_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(CompileError, match="there are bulletin, letter, notice"):
        compiled(tmp_path, "theme: gazette\n")


def test_a_table_of_ones_own_is_another_theme(tmp_path: Path) -> None:
    mail = compiled(tmp_path, "theme: gazette\n", "[gazette]\ntitle_size = 44\n")
    assert "font-size:44px" in mail.html


def test_the_settings_theme_is_that_of_posts_which_name_none(tmp_path: Path) -> None:
    (tmp_path / "post.md").write_text("---\ntitle: Good news\n---\nYes.\n")
    assert read_post(tmp_path / "post.md", "en", "letter").theme == "letter"


def test_a_token_of_the_wrong_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CompileError, match=r"bulletin\.title_size must be like 32"):
        compiled(tmp_path, "", '[bulletin]\ntitle_size = "large"\n')


def test_a_colour_that_cannot_be_read_is_an_error_which_says_what_to_change(tmp_path: Path) -> None:
    mail = compiled(tmp_path, "", '[light]\naccent = "#ffe000"\n')
    said = [each.message for each in mail.findings if each.severity is Severity.ERROR]
    assert any("light.accent #ffe000 on light.card #ffffff stands out 1.3:1" in message for message in said)


def test_a_colour_of_ones_own_gets_a_dark_twin_of_its_own_hue(tmp_path: Path) -> None:
    mail = compiled(tmp_path, "", '[light]\naccent = "#7a1f5c"\n')
    assert not mail.findings
    assert "#74d3b0" not in mail.html  # the twin of the green that is gone


def test_a_dark_twin_that_is_named_is_kept(tmp_path: Path) -> None:
    mail = compiled(tmp_path, "", '[light]\naccent = "#7a1f5c"\n[dark]\naccent = "#ffb3e6"\n')
    assert "#ffb3e6" in mail.html


def test_a_logo_stands_in_the_place_of_the_name_and_says_it(tmp_path: Path) -> None:
    mail = compiled(tmp_path, "", '[logo]\nsrc = "https://example.org/logo.png"\n')
    logo = mail.html.partition('<img alt="Crossing for All"')[2].partition(">")[0]
    assert "https://example.org/logo.png" in logo
    assert 'width="160"' in logo


def test_black_on_white_is_21_to_1() -> None:
    assert contrast("#000000", "#ffffff") == contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@given(st.fixed_dictionaries(dict.fromkeys(read_theme(SHIPPED).light, COLOURS)))
def test_dark_twins_can_be_read_whatever_the_colours(light: dict[str, str]) -> None:
    dark = dark_twins(light, {})
    assert dark.keys() == light.keys()
    assert [(words, ground) for words, ground, found in hard_to_read(dark) if found < LEAST] == []
