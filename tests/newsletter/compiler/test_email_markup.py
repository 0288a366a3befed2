"""What the HTML part wears: stacked tables that keep their names, addresses shown as short as can be read."""

from collections.abc import Callable

import pytest
from lxml.html import document_fromstring

from newsletter.compiler import CompiledEmail
from newsletter.compiler.inline import inline_css

WIDE = """|  | Team | Agency | Partners | Public | Vendors |
|---|---|---|---|---|---|
| Notes | Yes | No | No | No | No |
| Maps | No | Yes | No | No | No |
"""


def shown(mail: CompiledEmail) -> str:
    return " ".join(str(document_fromstring(mail.html).xpath("string(//*[@class='article'])")).split())


def test_a_stacked_table_with_an_empty_corner_names_every_cell(compile: Callable[..., CompiledEmail]) -> None:
    mail = compile(WIDE)
    assert "Team · Agency · Partners · Public · Vendors Notes Team: Yes Agency: No" in shown(mail)
    assert "Team | Agency | Partners | Public | Vendors\n\nNotes\nTeam: Yes\nAgency: No" in mail.text


def test_a_link_in_the_head_of_a_column_stands_in_the_text_once(compile: Callable[..., CompiledEmail]) -> None:
    mail = compile("| [Day](https://example.org/day) | Who |\n|---|---|\n| Mon | Ann |\n| Tue | Ben |\n")
    assert mail.text.count("https://example.org/day") == 1
    assert "Day: Tue\nWho: Ben" in mail.text


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("https://www.example.org/short", "https://www.example.org/short"),
        (
            "https://www.example.org/news/2026/the-council-has-said-yes-to-the-ferry-and-to-the-cafe",
            "example.org/news/2026/the-council-has-said-yes-to-the-ferry-and-to-the-cafe",
        ),
        ("https://example.org/a?id=" + "7f3a9c" * 20, "example.org/a?id=" + ("7f3a9c" * 20)[:42] + "…"),
        ("https://example.org/" + "word-" * 60 + "end", "example.org/" + ("word-" * 60)[:127] + "…"),
    ],
    ids=["short", "words", "numbers", "endless"],
)
def test_a_bare_address_is_shown_as_long_as_it_can_be_read(
    compile: Callable[..., CompiledEmail], address: str, label: str
) -> None:
    mail = compile(f"Words before <{address}> and after.")
    assert f"before {label} and" in shown(mail)
    assert f'href="{address}"' in mail.html


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("at https://example.org/a today", "https://example.org/a"),
        ("at HTTPS://EXAMPLE.ORG/a today", "HTTPS://EXAMPLE.ORG/a"),
        ("to gwen@example.org today", "mailto:gwen@example.org"),
        ("to mailto:gwen@example.org today", "mailto:gwen@example.org"),
    ],
)
def test_an_address_in_running_words_is_a_link(compile: Callable[..., CompiledEmail], words: str, address: str) -> None:
    assert f'href="{address}"'.lower() in compile(f"Write {words}.").html.lower()


def test_each_style_sheet_is_applied_as_it_is_written() -> None:
    assert inline_css("<p>a</p>", "p { color: #123456 }") == '<p style="color:#123456">a</p>'
    assert inline_css("<p>a</p>", "p { color: #654321 }") == '<p style="color:#654321">a</p>'
    assert inline_css("<p>a</p>", "p { color: #123456 }") == '<p style="color:#123456">a</p>'


def test_an_address_with_a_subject_stays_whole_in_the_text(compile: Callable[..., CompiledEmail]) -> None:
    long = "mailto:clerk@example.org?subject=Please%20keep%20the%20library%20open%20on%20Saturdays%20and%20in%20August"
    written = compile(f"[Write to the clerk]({long}), or ring <mailto:clerk@example.org>.").text
    assert f"<{long}>" in written
    assert "or ring clerk@example.org." in " ".join(written.split())
    alone = f"{'a' * 60}@{'b' * 30}.example.org"
    assert f"<{alone}>" in compile(f"[Write to a list]({'mailto:' + alone})").text
