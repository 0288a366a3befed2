"""S16: nothing in a post can run, ask for input or hide text, in a mail, on the web, or in the archive.

The attempts are in s16_bypasses.txt, between lines of four hyphens; each is tried as Markdown and as HTML.
"""

import re
from contextlib import suppress
from html import escape
from pathlib import Path

import pytest
from lxml.html import HtmlElement, document_fromstring
from playwright.sync_api import Browser, Dialog, Route

from newsletter.compiler import CompiledEmail, Furniture, compile_post
from newsletter.errors import CompileError, PostError
from newsletter.merge import fill
from newsletter.post import MOST_BYTES, read_post
from newsletter.publish import Beside
from newsletter.theme import template_folders

ATTEMPTS = Path(__file__).with_name("s16_bypasses.txt").read_text(encoding="utf-8").split("\n----\n")
FILLED = dict.fromkeys(("unsubscribe_url", "preferences_url", "web_url"), "https://news.example.org/u/1")
ELEMENTS = """
    html head body title meta style div span p a b strong i em u s del ins sub sup small code pre kbd samp q cite abbr
    h1 h2 h3 h4 h5 h6 ul ol li dl dt dd blockquote hr br img table caption colgroup col thead tbody tfoot tr td th
    bdi bdo mark time var dfn wbr address
"""
ATTRIBUTES = """
    align alt aria-hidden aria-label aria-roledescription bgcolor border cellpadding cellspacing charset class colspan
    content dir height href http-equiv lang media name reversed role rowspan scope span src start style title type
    valign value width xmlns xmlns:o xmlns:v
"""


def compiled(folder: Path, body: str, suffix: str) -> CompiledEmail | None:
    """Compile an attempt; None if the compiler refuses it and says why."""
    file = folder / f"post{suffix}"
    file.write_text(f"---\ntitle: Good news\n---\nFirst words.\n\n{body}\n\nLast words.\n", encoding="utf-8")
    beside = Beside(folder, "https://news.example.org/f")
    try:
        return compile_post(read_post(file), Furniture("Us", "1 Example Street"), template_folders(None), (), beside)
    except PostError as refusal:
        said = str(refusal)
    assert re.search(r"line \d+: .* is never closed", said), "a refusal says where, and what to do"
    return None


def harmless(address: str) -> bool:
    return bool(re.match(r"(?:https?://|mailto:|tel:)", address))


def judge(html: str, attempt: str = "") -> None:
    """Raise AssertionError unless every element and attribute of a mail is known to be harmless."""
    elements: list[HtmlElement] = [each for each in document_fromstring(html).iter() if isinstance(each.tag, str)]
    for element in elements:
        assert element.tag in ELEMENTS.split(), (attempt, element.tag)
        assert set(map(str, element.attrib)) <= set(ATTRIBUTES.split()), (attempt, element.tag, dict(element.attrib))
        for name in ("href", "src"):
            assert harmless(element.get(name, "https://")), (attempt, element.get(name))
        assert element.tag != "meta" or element.get("http-equiv") in (None, "Content-Type", "X-UA-Compatible")
        style = (element.get("style") or "").lower()
        assert not re.search(r"url\(|expression|behavior|binding|position|javascript|@import", style), style
    sheets = " ".join(element.text or "" for element in elements if element.tag == "style")
    assert not re.search(r"@import|url\(|evil\.example", sheets)


@pytest.fixture(scope="module")
def sheets(tmp_path_factory: pytest.TempPathFactory) -> int:
    """The number of style sheets in a mail of plain words."""
    email = compiled(tmp_path_factory.mktemp("plain"), "Words.", ".md")
    assert email is not None
    return email.html.count("<style")


@pytest.mark.parametrize("suffix", [".md", ".html"])
def test_nothing_but_words_comes_through(tmp_path: Path, suffix: str, sheets: int) -> None:
    for attempt in ATTEMPTS:
        email = compiled(tmp_path, attempt, suffix)
        if email is None:
            continue
        html = fill(email.html, FILLED, escape)
        judge(html, attempt)
        assert html.count("<style") == sheets, attempt
        assert "First words." in html, attempt
        assert "Last words." in html, f"what comes after is swallowed without a word: {attempt}"
        assert "Unsubscribe" in html, attempt


@pytest.mark.thorough
def test_a_browser_that_runs_everything_finds_nothing_to_run(tmp_path: Path, browser: Browser) -> None:
    said: list[str] = []
    asked: list[str] = []
    page = browser.new_page()

    def hear(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    def see(route: Route) -> None:
        asked.append(f"{route.request.resource_type} {route.request.url}")
        route.abort()

    page.on("dialog", hear)
    page.route("**/*", see)
    for suffix in (".md", ".html"):
        for attempt in ATTEMPTS:
            email = compiled(tmp_path, attempt, suffix)
            if email is None:
                continue
            asked.clear()
            page.set_content(fill(email.html, FILLED, escape), wait_until="load")
            page.evaluate("document.querySelectorAll('*').forEach(e => e.dispatchEvent(new Event('click')))")
            assert not said, attempt
            assert all(one.startswith("image http") for one in asked), (attempt, asked)
    page.close()


def test_what_is_hidden_from_a_reader_is_hidden_by_us_alone(tmp_path: Path) -> None:
    for attempt in ATTEMPTS:
        email = compiled(tmp_path, attempt, ".md")
        if email is not None:
            root = document_fromstring(email.html)
            hidden = [each for each in root.iter() if "display:none" in (each.get("style") or "").replace(" ", "")]
            assert {each.get("class") for each in hidden} <= {"preheader"}


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("word " * 990_000, "characters long"),
        ("<div>" * 50_000 + "x", "deep"),
        ("<b>" * 5_000 + "x" + "</b>" * 5_000, "deep"),
        ("> " * 5_000 + "x", "deep"),
        ("- " * 3_000 + "x", "deep"),
        ("![" * 50_000, "deep"),
        ("[a](" * 30_000, ""),
        ("*" * 60_000 + "a", ""),
        ("`" * 60_000 + "a", ""),
        ("<!--" * 30_000, "never closed"),
        ("&" * 100_000, ""),
        ("|a" * 20_000 + "\n" + "|-" * 20_000, ""),
        ("https://example.org/" + "a" * 200_000, ""),
        ("[^1]" * 20_000 + "\n\n[^1]: words", ""),
    ],
)
def test_a_post_made_to_wear_the_machine_out_is_made_or_refused(tmp_path: Path, body: str, why: str) -> None:
    file = tmp_path / "post.md"
    file.write_text(f"---\ntitle: T\n---\n{body}\n", encoding="utf-8")
    furniture = Furniture("Us", "1 Example Street")
    if why:
        with pytest.raises((CompileError, PostError), match=why):
            compile_post(read_post(file), furniture, template_folders(None))
    else:
        with suppress(CompileError, PostError):
            assert compile_post(read_post(file), furniture, template_folders(None)).html


def test_a_post_of_more_than_5_mb_is_not_even_read(tmp_path: Path) -> None:
    file = tmp_path / "post.md"
    with file.open("wb") as out:
        out.truncate(MOST_BYTES + 1)
    with pytest.raises(PostError, match="larger than 5 MB"):
        read_post(file)


def test_the_judge_finds_what_is_let_through() -> None:
    whole = "<html><body><p>words</p>{}</body></html>"
    judge(whole.format(""))
    for bad in (
        "<script>alert(1)</script>", "<p onclick='alert(1)'>x</p>", "<a href='javascript:alert(1)'>x</a>",
        "<img src='data:image/png;base64,AA'>", "<p style='background:url(x)'>x</p>", "<iframe></iframe>",
        "<style>@import 'x'</style>", "<meta http-equiv='refresh' content='0'>",
    ):  # fmt: skip
        with pytest.raises(AssertionError):
            judge(whole.format(bad))
