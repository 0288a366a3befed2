"""What an author may write, and what becomes of it: words, gaps, addresses, languages, templates of their own."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter import merge
from newsletter.compiler import CompiledEmail, Severity
from newsletter.errors import CompileError, UnknownMergeTag
from newsletter.theme import template_folders
from tests.newsletter.compiler.reading import FILLED, body_of

Compile = Callable[..., CompiledEmail]


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


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


@pytest.mark.parametrize(
    ("title", "heading", "times"),
    [
        ("Pond news | Friends of the Pond", "Pond news", 1),
        ("Pond news – Pond.example", "POND NEWS!", 1),
        ("“Pond news”", '"Pond news"', 1),
        ("Pond news", "Pond newsletter", 2),
        ("Co-op news", "Co", 2),
        ("Pond news", "Pond", 2),
    ],
)
def test_a_heading_that_says_what_the_title_says_is_not_said_again(
    compile: Compile, title: str, heading: str, times: int
) -> None:
    mail = compile(f"## {heading}\n\nHello", front=f"title: '{title}'\n")
    assert (f"{heading}\n--" in mail.text) is (times == 2)


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
