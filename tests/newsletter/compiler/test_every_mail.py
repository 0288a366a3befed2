"""What every compiled mail must show, for the golden posts and for the demo's own; and every colour it may wear."""

import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import html as lxml_html

from newsletter import merge
from newsletter.compiler import CompiledEmail, compile_post
from newsletter.post import read_post
from newsletter.theme import read_theme, template_folders
from tests.newsletter.compiler.reading import FILLED, FURNITURE, body_of

ROOT = Path(__file__).parents[3]
POSTS = [*sorted((ROOT / "tests" / "golden").glob("*/post.*")), *sorted((ROOT / "newsletter" / "demo").glob("*.md"))]


@pytest.fixture(params=POSTS, ids=lambda post: f"{post.parent.name}/{post.name}")
def mail(request: pytest.FixtureRequest) -> CompiledEmail:
    return compiled(request.param)


@cache
def compiled(post: Path) -> CompiledEmail:
    return compile_post(read_post(post), FURNITURE, template_folders(None))


def test_nothing_in_a_mail_runs_or_loads(mail: CompiledEmail) -> None:
    body = body_of(mail)
    assert not list(body.iter("script", "iframe", "form", "object", "embed", "svg", "link", "base", "input"))
    for element in body.iter("*"):
        assert not [name for name in element.attrib if name.startswith("on") or name == "background"]
        for name in ("href", "src"):
            assert re.match(r"https?://|mailto:|tel:|\ue000|$", element.get(name, "")), element.get(name)
    assert "url(" not in mail.html
    assert "@import" not in mail.html


def test_screen_readers_get_language_direction_and_one_h1(mail: CompiledEmail) -> None:
    document = lxml_html.document_fromstring(mail.html)
    assert (document.get("lang"), document.get("dir")) == (mail.language, "ltr")
    body = body_of(mail)
    for child in body.iterchildren("div", "table", "p"):
        assert (child.get("lang"), child.get("dir")) == (mail.language, "ltr")
    levels = [int(each.tag[1]) for each in body.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for table in body.iter("table"):
        assert table.get("role") == "presentation" or next(table.iterancestors("div")).get("class") is not None


def test_every_image_has_alt_width_and_a_whole_address(mail: CompiledEmail) -> None:
    for image in body_of(mail).iter("img"):
        assert image.get("alt") is not None
        assert 0 < int(image.get("width", "0")) <= 552
        assert image.get("src", "").startswith("https://")


def test_links_and_headings_are_never_empty(mail: CompiledEmail) -> None:
    for element in body_of(mail).iter("a", "h1", "h2", "h3", "h4", "th"):
        assert element.text_content().strip() or any(image.get("alt") for image in element.iter("img"))
        assert element.tag != "a" or element.get("href")


def test_the_footer_says_who_writes_and_how_to_stop(mail: CompiledEmail) -> None:
    for part in (mail.html.replace("&amp;", "&"), mail.text):
        assert FURNITURE.organisation in part
        assert FURNITURE.postal_address in part
        assert str(merge.MergeTag("unsubscribe_url")) in part
        assert str(merge.MergeTag("web_url")) in part


def test_lines_of_the_text_part_fit_and_no_address_is_broken(mail: CompiledEmail) -> None:
    for line in merge.fill(mail.text, FILLED).splitlines():
        assert len(line) <= 78 or "://" in line
        assert line == line.rstrip()
    for link in body_of(mail).iter("a"):
        href = link.get("href", "")
        address = href if "?" in href else re.sub("^(?:mailto|tel):", "", href)
        assert len(re.findall(rf"(?<![\w/]){re.escape(address)}(?![\w/?])", mail.text)) >= 1


def test_styles_stay_far_below_what_a_client_would_drop(mail: CompiledEmail) -> None:
    assert sum(map(len, re.findall(r"<style.*?</style>", mail.html, re.DOTALL))) <= 8_000
    assert mail.html.startswith("<!DOCTYPE html>")


def test_no_disguise_of_a_gap_is_left(mail: CompiledEmail) -> None:
    for part in (mail.subject, mail.html, mail.text, mail.preheader):
        assert not re.search(r"[ga][0-9a-f]{8}x", part)


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [("text", "card"), ("heading", "card"), ("muted", "card"), ("muted", "page"), ("accent", "card"), ("text", "tint"),
     ("accent", "tint"), ("on_accent", "accent")],
)  # fmt: skip
def test_colours_can_be_told_apart(mode: str, text: str, ground: str) -> None:
    colours = getattr(read_theme(template_folders(None)), mode)
    lighter, darker = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
