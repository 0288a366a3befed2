"""What stands between the words: lines, spaces, signs and heads, by the styles of a mail and in a browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml.html import HtmlElement
from playwright.sync_api import Browser

from newsletter.compiler import CompiledEmail
from newsletter.compiler.marked import LABELS
from newsletter.theme import template_folders
from tests.enclosures import photograph
from tests.newsletter.compiler.reading import body_of

Compile = Callable[..., CompiledEmail]
PICTURE = "https://example.org/us.jpg"
MERGED = (
    '<table><tr><td colspan="2"><p>When and where</p></td></tr>'
    "<tr><td><p>Monday</p></td><td><p>The hall,</p><p>at seven</p></td></tr></table>"
)


def article(mail: CompiledEmail) -> HtmlElement:
    found: HtmlElement = body_of(mail).xpath("//*[@class='article']")[0]
    return found


def style(element: HtmlElement) -> dict[str, str]:
    pairs = (each.partition(":") for each in element.get("style", "").split(";") if each)
    return {name.strip(): value.strip() for name, _, value in pairs}


def test_each_kind_of_callout_has_its_own_colour_and_sign(compile: Compile) -> None:
    root = article(compile("\n\n".join(f"> [!{kind}]\n> Words." for kind in LABELS)))
    found = root.xpath(".//*[@role='note']")
    assert [each.get("class") for each in found] == [f"callout {kind.lower()}" for kind in LABELS]
    assert len({style(each)["border-color"] for each in found}) == len(LABELS)
    assert len({style(each[0])["color"] for each in found}) == len(LABELS)
    signs = [each[0][0] for each in found]
    assert len({sign.text for sign in signs}) == len(LABELS)
    assert {sign.get("aria-hidden") for sign in signs} == {"true"}, "a sign is not read out before its word"


def test_a_rule_and_a_heading_draw_one_line(compile: Compile) -> None:
    root = article(compile("a\n\n---\n\n## b\n\nc\n\n## d\n\n---"))
    after_rule, alone = root.iter("h2")
    assert style(after_rule)["border-top"] == "0"
    assert "1px" in style(alone)["border-top"]
    assert len(list(root.iter("hr"))) == 1, "and none where the frame draws its own"
    assert not list(article(compile("---\n\na")).iter("hr"))


def test_a_ticked_item_leaves_the_bullets_of_the_others(compile: Compile) -> None:
    for text, plain in (("- a\n- [x] b\n- c", 2), ("- [ ] a\n- [x] b", 0), ("1. [x] a\n2. b", 1)):
        root = article(compile(text))
        (items,) = root.iter("ul", "ol")
        bulleted = [item for item in items if not {"list-style"} & {*style(item), *style(items)}]
        assert len(bulleted) == plain, text
    outer, inner = article(compile("- [x] a\n  - b")).iter("ul")
    assert (outer.get("class"), inner.get("class")) == ("boxes", None)


def test_wrapped_code_goes_on_below_its_indent(compile: Compile) -> None:
    line = "        return [each for each in everything if each.is_wanted and not each.is_late]"
    mail = compile(f"```\ndef f():\n{line}\n    x = 1\n```\n")
    (code,) = article(mail).iter("pre")
    (hung,) = code.iter("div")
    assert style(hung) == {"padding-left": "72px", "text-indent": "-72px"}
    assert code.text_content() == f"def f():\n{line}\n    x = 1\n"
    pieces = [each for each in mail.text.splitlines() if "each" in each]
    assert len(pieces) == 2
    assert all(each.startswith(" " * 12 + word) for each, word in zip(pieces, ("return", ""), strict=True))


def test_merged_tables_have_a_head_and_no_air_of_paragraphs(compile: Compile) -> None:
    mail = compile(MERGED)
    (head,) = article(mail).iter("th")
    assert "background-color" in style(head)
    margins = [style(each)["margin"] for each in article(mail).iter("p")]
    assert margins == ["0", "0", "0", "8px 0 0"]
    for words in ("When and where", "Monday", "The hall, at seven"):
        assert words in mail.text


@pytest.mark.parametrize(
    ("table", "heads"),
    [
        ("<tr><td><b>Who</b></td><td><strong>What</strong></td></tr><tr><td>a</td><td>b</td></tr>", 2),
        ("<thead><tr><td>Who</td><td></td></tr></thead><tr><td>a</td><td>b</td></tr>", 1),
        ("<tr><td><b>Who</b></td><td>What</td></tr><tr><td>a</td><td>b</td></tr>", 0),
        ("<tr><td>a</td><td>b</td></tr><tr><td colspan='2'>c</td></tr>", 0),
    ],
)
def test_a_row_heads_a_table_where_its_author_meant_one(compile: Compile, table: str, heads: int) -> None:
    assert len(list(article(compile(f"<table>{table}</table>")).iter("th"))) == heads


def test_a_table_is_stacked_only_where_a_phone_would_break_a_word(compile: Compile) -> None:
    double = (
        "| Councillor | Ward | Vote |\n| :-- | :-- | --: |\n| Ann Fitzgerald-Llewelyn | Upper Pontyfelin | against |"
    )
    assert list(article(compile(double)).iter("table")), "a name may be broken at its hyphen"
    unbroken = double.replace("Fitzgerald-L", "Fitzgeraldl")
    root = article(compile(unbroken))
    assert not list(root.iter("table"))
    (columns,) = root.xpath(".//*[@class='caption']")
    assert style(columns)["padding"] == "0 0 8px"
    assert "margin" not in style(columns), "it stands close to the rows it names"


@pytest.mark.parametrize("theme", ["bulletin", "letter", "notice"])
def test_headings_grow_smaller_from_the_title_down(compile: Compile, theme: str) -> None:
    mail = compile("## b\n\n### c\n\n#### d\n\ne", front=f"title: A title\ntheme: {theme}\n")
    (title,) = body_of(mail).iter("h1")
    sizes = [
        int(style(each)["font-size"].removesuffix("px")) for each in (title, *article(mail).iter("h2", "h3", "h4"))
    ]
    assert sizes == sorted(set(sizes), reverse=True)
    assert sizes[0] - sizes[1] >= 4


@pytest.mark.parametrize("head", ["|  |  |", "| | |", "| &nbsp; | |"])
def test_a_head_without_words_leaves_nothing_behind(compile: Compile, head: str) -> None:
    mail = compile(f"{head}\n| --- | --- |\n| Ann | gate |\n|  | pond |\n| Cleo | |")
    assert len(list(article(mail).iter("tr"))) == 3
    said = mail.text.partition("=\n")[2].partition("-----")[0]
    assert said.split() == ["Ann", "|", "gate", "pond", "Cleo"]


def test_a_long_post_says_its_styles_once(compile: Compile) -> None:
    """Gmail hides what comes after 102 KB, so what is repeated per paragraph, item and cell must stay small."""
    row = "| Monday | the hall in Mill Lane | bring cake |\n"
    post = (
        "A paragraph of some thirty words, as people write them when they have news to tell of a bus, of a bridge or "
        "of a library that is open again, with [a link](https://example.org/here).\n\n- one\n- two `code`\n\n"
    ) * 60 + f"| Day | Where | What |\n| --- | --- | --- |\n{row * 200}"
    mail = compile(post)
    overhead = len(mail.html) - len(compile("x").html) - len(post)
    assert overhead / len(post) < 1.6
    for element in article(mail).iter("p", "li", "td"):
        assert not {"color", "font-size", "line-height", "font-family"} & set(style(element))


def test_words_that_look_like_a_style_stay_as_they_are(compile: Compile) -> None:
    words = '<p style="margin: 0; color: red, blue">'
    mail = compile(f'Write `{words}` there.\n\n![a <p style="b; c, d">]({PICTURE})')
    assert words in article(mail).text_content()
    assert next(article(mail).iter("img")).get("alt") == 'a <p style="b; c, d">'


def test_a_caption_stands_close_to_its_picture_and_away_from_what_follows(browser: Browser, compile: Compile) -> None:
    html = compile(
        f'![Us]({PICTURE} "All of us")\n\nAfter it.\n\n'
        f'<figure><img src="{PICTURE}" alt="b"><figcaption>Two</figcaption></figure>\n\nAgain.'
    ).html
    page = browser.new_page(viewport={"width": 800, "height": 900})
    page.route("**/*", lambda route: route.fulfill(body=photograph(800, 600), content_type="image/jpeg"))
    page.set_content(html, wait_until="load")
    found = page.evaluate(
        """() => [...document.querySelectorAll('.figure')].map(figure => {
            const caption = figure.querySelector('.caption');
            const {top, bottom} = caption.getBoundingClientRect();
            const air = parseFloat(getComputedStyle(caption).paddingTop);
            return [top + air - figure.querySelector('img').getBoundingClientRect().bottom,
                    figure.nextElementSibling.getBoundingClientRect().top - bottom];
        })"""
    )
    page.close()
    assert found == [[8, 24], [8, 24]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_logo_stands_on_the_ground_it_was_drawn_for(
    browser: Browser, compile: Compile, tmp_path: Path, scheme: Any
) -> None:
    (tmp_path / "theme.toml").write_text('[logo]\nsrc = "https://example.org/logo.png"\nwidth = 160\n')
    html = compile("a", templates=(tmp_path, *template_folders(None))).html
    page = browser.new_page(color_scheme=scheme)
    page.route("**/*", lambda route: route.fulfill(body=photograph(320, 90), content_type="image/jpeg"))
    page.set_content(html, wait_until="load")
    ground, width = page.evaluate(
        """() => {
            const logo = document.querySelector('.logo img');
            return [getComputedStyle(logo).backgroundColor, logo.getBoundingClientRect().width];
        }"""
    )
    page.close()
    assert ground == {"light": "rgba(0, 0, 0, 0)", "dark": "rgb(255, 255, 255)"}[scheme]
    assert width == 160


@pytest.mark.parametrize("theme", ["bulletin", "letter", "notice"])
def test_the_footer_stands_as_far_from_the_last_words_in_every_theme(
    browser: Browser, compile: Compile, theme: str
) -> None:
    page = browser.new_page(viewport={"width": 800, "height": 900})
    page.set_content(compile("The last words.", front=f"title: A title\ntheme: {theme}\n").html)
    gap = page.evaluate(
        """() => document.querySelector('.footer [lang] p').getBoundingClientRect().top
            - document.querySelector('.article p').getBoundingClientRect().bottom"""
    )
    page.close()
    assert 46 <= gap <= 78


def test_a_button_is_as_wide_as_a_phone(browser: Browser, compile: Compile) -> None:
    html = compile("**[Sign](https://example.org/sign)**").html
    for width, least, most in ((390, 350, 350), (800, 60, 200)):
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.set_content(html)
        box = page.locator(".button a").bounding_box()
        page.close()
        assert box is not None
        assert least <= box["width"] <= most
