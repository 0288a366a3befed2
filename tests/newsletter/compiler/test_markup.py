"""Markup as people write it by hand: what would swallow words is refused with its line, the rest mended and told."""

import re
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from newsletter.compiler import CompiledEmail
from newsletter.errors import CompileError, NewsletterError, PostError
from tests.examples import examples

Compile = Callable[..., CompiledEmail]


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


MARKUP = st.text(alphabet="<>/abip \n\"'=-!#*[]()|`&;{}éŵ\ue000&", max_size=120)


@pytest.mark.thorough
@examples(200, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
