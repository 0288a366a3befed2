"""What every compiled mail must show, for the golden posts and for the demo's own."""

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from newsletter import merge
from newsletter.compiler import CompiledEmail, Furniture, Severity, compile_post
from newsletter.errors import CompileError, NewsletterError, PostError, UnknownMergeTag
from newsletter.post import read_post
from newsletter.theme import read_theme, template_folders

ROOT = Path(__file__).parents[3]
FURNITURE = Furniture("Gyda’n Gilydd & Friends", "12 Heol yr Eglwys, Caerdydd CF10 1AA")
POSTS = [*sorted((ROOT / "tests" / "golden").glob("*/post.*")), *sorted((ROOT / "newsletter" / "demo").glob("*.md"))]
FILLED = {
    "first_name": "Siân",
    "unsubscribe_url": "https://news.example.org/u/1",
    "web_url": "https://news.example.org/w/1",
}

Compile = Callable[..., CompiledEmail]


@pytest.fixture
def compile(tmp_path: Path) -> Compile:
    """Compile the text of a post, written as a file."""

    def compiled(text: str, name: str = "post.md", front: str = "title: A title\n", **options: object) -> CompiledEmail:
        file = tmp_path / name
        file.write_text(f"---\n{front}---\n{text}", encoding="utf-8")
        templates = options.pop("templates", template_folders(None))
        return compile_post(read_post(file), FURNITURE, templates, **options)  # type: ignore[arg-type]

    return compiled


@pytest.fixture(params=POSTS, ids=lambda post: f"{post.parent.name}/{post.name}")
def mail(request: pytest.FixtureRequest) -> CompiledEmail:
    return compile_post(read_post(request.param), FURNITURE, template_folders(None))


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def body_of(mail: CompiledEmail) -> lxml_html.HtmlElement:
    body = lxml_html.document_fromstring(mail.html).find("body")
    assert body is not None
    return body


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
        address = link.get("href", "").removeprefix("mailto:").removeprefix("tel:")
        assert len(re.findall(rf"(?<![\w/]){re.escape(address)}(?![\w/?])", mail.text)) >= 1


def test_styles_stay_far_below_what_a_client_would_drop(mail: CompiledEmail) -> None:
    assert sum(map(len, re.findall(r"<style.*?</style>", mail.html, re.DOTALL))) <= 8_000
    assert mail.html.startswith("<!DOCTYPE html>")


def test_no_disguise_of_a_gap_is_left(mail: CompiledEmail) -> None:
    for part in (mail.subject, mail.html, mail.text, mail.preheader):
        assert not re.search(r"[ga][0-9a-f]{8}x", part)


def test_a_plain_post_goes_through_word_for_word(compile: Compile) -> None:
    paragraphs = ["Lots of news – cake! Or two.", "[Follow this link.] He’s “in”.", "1 < 2 & 3 > 2; a * b * c_d_e %s"]
    mail = compile("\n\n".join(paragraphs))
    wanted = words(" ".join(paragraphs))
    for part in (body_of(mail).text_content(), mail.text):
        assert " ".join(wanted) in " ".join(words(part))


def test_an_html_part_survives_filling_in(compile: Compile) -> None:
    mail = compile("Dear {{first_name|friend}}, [stop]({{unsubscribe_url}})", front="title: T\nmerge: true\n")
    filled = merge.fill(mail.html, FILLED)
    assert 'href="https://news.example.org/u/1"' in filled
    assert "Dear Siân, " in filled
    assert "Dear friend, " in merge.fill(mail.text, {})


def test_without_merge_true_a_tag_is_read_as_it_is_written(compile: Compile) -> None:
    mail = compile("Dear {{first_name}}, {% if x %} {{ 7*7 }}")
    assert "Dear {{first_name}}, {% if x %} {{ 7*7 }}" in mail.text
    assert [finding.line for finding in mail.findings] == [4]


def test_an_unknown_merge_tag_is_refused_with_its_line(compile: Compile) -> None:
    with pytest.raises(UnknownMergeTag, match=r"post\.md, line 7: \{\{shoe_size\}\} is not a merge tag"):
        compile("\n\nyour {{ shoe_size|9 }}", front="title: T\nmerge: true\n")
    assert (
        "\ue000shoe_size\ue001" in compile("{{shoe_size}}", front="title: T\nmerge: true\n", fields=["shoe_size"]).text
    )


def test_a_link_cannot_begin_with_what_a_person_wrote(compile: Compile) -> None:
    mail = compile("[x]({{first_name}})", front="title: T\nmerge: true\n")
    assert [finding.severity for finding in mail.findings] == [Severity.ERROR]
    assert 'href="\ue000first_name' not in mail.html


def test_an_author_cannot_forge_a_gap(compile: Compile) -> None:
    assert "\ue000email" not in compile("\ue000email\ue001 &#xE000;email&#xE001;").text
    forged = r'title: "\uE000email\uE001"' + "\n" + r'author: "\uE000email\uE001"' + "\n"
    mail = compile("x", front=forged)
    assert "\ue000email" not in mail.subject + mail.html + mail.text


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("<p>a</p>\n<!-- b\n<p>c</p>", 5, "the comment"),
        ("<p>a</p>\n\n<script>b\n<p>c</p>", 6, "<script>"),
        ("<p>a</p><textarea>b", 4, "<textarea>"),
        ("<p>a</p>\n<form><p>words", 5, "<form>"),
        ('<p>a</p>\n<a href="https://example.org>b</a> <i class="x">c</i>', 5, "the tag"),
        ('<p>a</p>\n<a href="https://example.org>our 12" pipe -> here</a>', 5, "the tag"),
        ("<p>a</p>\n<a href='https://example.org' b", 5, "the tag"),
    ],
)
def test_html_that_would_swallow_words_is_refused_with_its_line(
    compile: Compile, text: str, line: int, what: str
) -> None:
    with pytest.raises(PostError, match=rf"post\.html, line {line}: .*{what}.* is never closed"):
        compile(text, "post.html")


@pytest.mark.parametrize("tag", ["script", "style", "textarea", "form", "title"])
def test_markdown_that_would_swallow_words_is_refused_with_its_line(compile: Compile, tag: str) -> None:
    for text, line in ((f"a\n\n<{tag}>\n\nlost", 6), (f"a\nb <{tag}> lost", 5)):
        with pytest.raises(PostError, match=rf"post\.md, line {line}: <{tag}> is never closed"):
            compile(text)


def test_markdown_reads_an_unfinished_tag_as_words(compile: Compile) -> None:
    assert 'see <a href="https://example.org>here' in compile('see <a href="https://example.org>here').text.replace(
        "\n", " "
    )


def test_html_that_only_forgot_to_close_is_closed_and_reported(compile: Compile) -> None:
    mail = compile("<div>\n<b>bold <i>both</b> after", "post.html")
    assert "after" in mail.text
    assert sorted((finding.line or 0, finding.message.split()[0]) for finding in mail.findings) == [
        (4, "<div>"),
        (5, "<i>"),
    ]


def test_a_name_in_angle_brackets_is_reported_before_it_vanishes(compile: Compile) -> None:
    assert (
        "<siân@example.org> is no HTML"
        in compile("<p>Write to <siân@example.org></p>", "post.html").findings[0].message
    )


def test_deep_nesting_is_refused_in_words(compile: Compile) -> None:
    with pytest.raises(CompileError, match="deep"):
        compile("<div>" * 5000 + "x" + "</div>" * 5000, "post.html")
    with pytest.raises(CompileError, match="deep"):
        compile("> " * 300 + "x")


def test_relative_addresses_need_a_base(compile: Compile) -> None:
    text = "[here](a.html) ![b](c.png)"
    without = compile(text)
    assert [finding.severity for finding in without.findings] == [Severity.ERROR, Severity.ERROR]
    assert "here b" in without.text
    with_base = compile(text, front="title: T\nbase_url: https://example.org/x/\n")
    assert not with_base.findings
    assert 'href="https://example.org/x/a.html"' in with_base.html


def test_a_mail_that_gmail_would_clip_is_an_error(compile: Compile) -> None:
    assert [finding.severity for finding in compile("word " * 15_000).findings] == [Severity.WARNING]
    assert [finding.severity for finding in compile("word " * 21_000).findings] == [Severity.ERROR]


def test_the_title_is_not_said_twice(compile: Compile) -> None:
    assert compile("# A title\n\nHello").text.count("A title") == 1
    assert compile("<div><h1>A title</h1><p>Hello</p></div>", "post.html").text.count("A title") == 1
    assert compile("Hello\n\n# A title\n\nmore").text.count("A title") == 2


def test_a_language_without_words_of_its_own_gets_english_ones_marked_as_english(compile: Compile) -> None:
    mail = compile("Hei", front="title: T\nlanguage: fi\n")
    assert '<div lang="en" dir="ltr">' in mail.html
    assert "Unsubscribe" in mail.html
    assert "Dad-danysgrifio" in compile("Hei", front="title: T\nlanguage: cy-GB\n").html


def test_a_right_to_left_post_is_set_from_the_right(compile: Compile) -> None:
    mail = compile("سلام", front="title: سلام\nlanguage: ar\n")
    assert "direction:ltr" not in mail.html
    assert "text-align:left" not in mail.html
    assert 'dir="rtl"' in mail.html


def test_the_organisers_own_templates_win_and_may_hold_just_what_differs(tmp_path: Path, compile: Compile) -> None:
    own = tmp_path / "templates"
    (own / "languages").mkdir(parents=True)
    (own / "theme.toml").write_text('[light]\naccent = "#7a1f5c"\n', encoding="utf-8")
    (own / "languages" / "en.po").write_text('msgid "Unsubscribe"\nmsgstr "Enough, thank you"\n', encoding="utf-8")
    mail = compile("[a](https://example.org)", templates=template_folders(own))
    assert "#7a1f5c" in mail.html
    assert "Enough, thank you" in mail.html
    assert "View in your browser" in mail.html


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("email/layout.mjml", "<mjml><mj-body>{{ nothing }}</mj-body></mjml>", "nothing"),
        ("email/layout.mjml", "<mjml><mj-body>{% if %}</mj-body></mjml>", "line 1"),
        ("email/layout.mjml", "<mjml><mj-body><mj-section></mj-body></mjml>", "not well-formed"),
        ("email/layout.mjml", "<mjml><mj-body><mj-sektion></mj-sektion></mj-body></mjml>", "mj-sektion"),
        ("email/layout.mjml", "<mjml><mj-body></mj-body></mjml>", "must stand in it once"),
        ("email/layout.txt", '{{ gap("shoe") }}', "shoe"),
        ("theme.toml", '[light]\ntext = "red"\n', "light.text must be a colour"),
        ("theme.toml", "text =\n", "theme.toml"),
    ],
)
def test_a_broken_template_is_named(tmp_path: Path, compile: Compile, file: str, content: str, words: str) -> None:
    own = tmp_path / "templates"
    (own / "email").mkdir(parents=True)
    (own / file).write_text(content, encoding="utf-8")
    with pytest.raises(CompileError, match=re.escape(words)):
        compile("x", templates=template_folders(own))


def test_a_post_is_never_template_source(compile: Compile) -> None:
    attack = "{{ cycler.next }} {% include 'theme.toml' %}"
    mail = compile(attack, front=f"title: \"{attack}\"\nauthor: '{{{{ 7*7 }}}}'\n")
    assert attack in mail.text
    assert "{{ 7*7 }}" in mail.text
    assert "{{ 7*7 }}" in mail.html


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


MARKUP = st.text(alphabet="<>/abip \n\"'=-!#*[]()|`&;{}éŵ\ue000&", max_size=120)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(MARKUP, st.sampled_from(["post.md", "post.html"]))
def test_any_markup_compiles_or_is_refused_in_words(compile: Compile, text: str, name: str) -> None:
    try:
        mail = compile(f"x {text}", name)
    except NewsletterError:
        return
    assert mail.html.count("</body>") == 1
    assert not re.search(r"<script|<[a-z][^<>]*\son\w+=", mail.html)


@pytest.mark.parametrize("player", ["<embed src='https://video.example/1'>", "<source src='https://video.example/1'>"])
def test_what_follows_a_player_that_holds_nothing_stays(compile: Compile, player: str) -> None:
    mail = compile(f"<p>one</p>{player} two <b>three</b> four<p>five</p> six")
    assert " ".join(mail.text.partition("one")[2].split("--")[0].split()).replace("<https://video.example/1>", "") in (
        "▶ video.example two three four five six",
        "▶ video.example  two three four five six",
    )
