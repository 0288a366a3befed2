"""In which direction words run: one for each list and table; numbers, addresses and code stay in one piece."""

from pathlib import Path

import pytest
from lxml.html import HtmlElement

from newsletter.compiler import Furniture, compile_post
from newsletter.compiler.article import fragment
from newsletter.compiler.bidi import direction_of, turn_blocks
from newsletter.compiler.markdown import to_html
from newsletter.post import read_post
from newsletter.theme import template_folders
from tests.newsletter.compiler.reading import body_of


def turned(markdown: str, direction: str) -> HtmlElement:
    root = fragment(to_html(markdown)[0])
    words = root.text_content()
    turn_blocks(root, direction)
    assert root.text_content() == words, "no word is lost or moved"
    return root


@pytest.mark.parametrize(
    "items",
    [
        "- الموقع: https://example.org/a/long/address/of/letters\n- البريد: someone.with.a.name@example.org",
        "1. الأول\n2. Second",
        "- شكرا\n- [The whole report of the council](https://example.org/r) مرفق",
        "- شكرا\n- `git commit --message done`\n- نعم",
        "| الاسم | الموقع |\n| --- | --- |\n| سميرة | https://example.org/samira |",
        "- نعم\n  - لا\n  - yes, and so on and so forth\n- نعم",
    ],
)
def test_a_list_or_table_of_an_arabic_post_runs_from_the_right(items: str) -> None:
    root = turned(items, "rtl")
    assert not [each for each in root.iter("ul", "ol", "table", "li", "td", "th", "tr") if each.get("dir")]


def test_a_list_has_one_direction_and_an_item_that_runs_against_it_is_set_apart() -> None:
    root = turned("- Thanks\n- شكرا (جدا).\n- See you\n\n---\n\n- شكرا\n- نعم\n- Mind the step.", "ltr")
    english, arabic = root.iter("ul")
    assert (english.get("dir"), arabic.get("dir")) == (None, "rtl")
    assert [(each.get("dir"), each.text) for each in root.iter("span")] == [
        ("rtl", "شكرا (جدا)."),
        ("ltr", "Mind the step."),
    ]


def test_an_item_with_a_list_of_its_own_is_set_apart_without_it() -> None:
    root = turned("- نعم\n- لا\n- English, all of it.\n  1. نعم", "rtl")
    (span,) = root.iter("span")
    assert span.text is not None
    assert span.text.strip() == "English, all of it."
    assert span.getnext().tag == "ol"


def test_a_table_of_two_scripts_keeps_its_columns_in_their_order() -> None:
    root = turned("| Who | What |\n| --- | --- |\n| Ann | شكرا |\n| Ben | the gate |", "ltr")
    assert [each.get("dir") for each in root.iter("table", "td", "th") if each.get("dir")] == []
    assert [each.get("dir") for each in root.iter("span")] == ["rtl"]


@pytest.mark.parametrize("number", ["+44 7700 900123", "(020) 7946 0018", "0300 123 4567", "+973-1700-0000"])
def test_a_telephone_number_is_read_from_the_left(number: str) -> None:
    for words in (f"اتصل على {number} اليوم", f"- الهاتف: {number}", f"شكرا **{number}**"):
        assert [each.text for each in turned(words, "rtl").iter("span") if each.get("dir") == "ltr"] == [number]
    assert not list(turned(f"Ring {number} and say سلام", "ltr").iter("span"))


def test_a_telephone_number_is_not_broken_where_a_line_ends() -> None:
    (number,) = turned("اتصل على +44 7700 900123 اليوم", "rtl").iter("span")
    assert number.get("style") == "white-space:nowrap"


@pytest.mark.parametrize("kind", ["PROGRESS", "IMPORTANT"])
def test_the_mark_of_a_callout_does_not_vote(kind: str) -> None:
    root = turned(f"> [!{kind}] 9 من 12 نعم", "rtl")
    assert not [each for each in root.iter() if each.get("dir")]


def test_an_arabic_mail_keeps_its_tables_labels_and_footer_in_order(tmp_path: Path) -> None:
    post = tmp_path / "arabic.md"
    table = "| الاسم | العدد |\n| :--- | ---: |\n| سميرة | 12 |"
    post.write_text(f"---\ntitle: شكرا\nlanguage: ar\n---\n> [!NOTE]\n> نعم\n\n{table}\n", encoding="utf-8")
    furniture = Furniture("Pond", "1 Mill Lane", True, privacy_url="https://example.org/privacy")
    said = body_of(compile_post(read_post(post), furniture, template_folders(None)))
    name, number = said.iter("th")
    assert "text-align:right" in name.get("style", ""), "where Arabic begins, and not on the left"
    assert [each.get("align") for each in said.iter("td") if each.text in ("سميرة", "12")] == [None, "right"]
    assert number.get("align") == "right"
    (label,) = said.xpath("//*[@class='label']")
    assert (label.get("lang"), label[0].get("dir")) == ("en", "rtl"), "English words, their sign on the right"
    for words in ("Unsubscribe", "Privacy notice"):
        (link,) = said.xpath(f"//a[contains(., '{words}')]")
        (around,) = link.xpath("ancestor::*[@lang][1]")
        assert (around.get("lang"), around.get("dir")) == ("en", "ltr")


def test_addresses_and_code_are_kept_whole_where_words_run_from_the_right() -> None:
    root = turned("اقرأ https://example.org/a/ ثم `a = 1;`\n\n```\nx = 1;\n```", "rtl")
    assert [(each.tag, each.get("dir")) for each in root.iter("a", "code", "pre") if each.get("dir")] == [
        ("a", "ltr"),
        ("code", "ltr"),
        ("pre", "ltr"),
    ]


def test_a_paragraph_that_is_nothing_but_a_link_runs_as_its_label() -> None:
    (paragraph,) = turned("[شكرا لكم](https://example.org/)", "ltr").iter("p")
    assert paragraph.get("dir") == "rtl"
    assert direction_of("12 – 14", "rtl") == "rtl"
    assert direction_of("1 Mill Lane", "rtl") == "ltr"


def test_the_footer_of_an_arabic_mail_has_its_address_in_order(tmp_path: Path) -> None:
    post = tmp_path / "arabic.md"
    post.write_text("---\ntitle: شكرا\nlanguage: ar\n---\nنعم\n", encoding="utf-8")
    furniture = Furniture("Pond & Friends", "1 Mill Lane, Bristol BS1 1AA", True, "https://example.org", "Charity 12")
    said = body_of(compile_post(read_post(post), furniture, template_folders(None)))
    apart = {each.text: each.get("dir") for each in said.iter("span", "strong")}
    for words in ("Pond & Friends", "1 Mill Lane, Bristol BS1 1AA", "Charity 12"):
        assert apart[words] == "ltr"
