"""A file becomes a Post, or one clear line says why not."""

import datetime
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from newsletter.errors import PostError
from newsletter.post import MOST_BYTES, Post, read_post
from tests.examples import examples

FRONT = "---\ntitle: Good news\n---\n"


@pytest.fixture
def written(tmp_path: Path) -> "Writer":
    return Writer(tmp_path)


class Writer:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, text: str | bytes, name: str = "post.md") -> Post:
        file = self.folder / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_post(file)

    def refused(self, text: str | bytes, name: str = "post.md") -> str:
        with pytest.raises(PostError) as refusal:
            self(text, name)
        message = str(refusal.value)
        assert str(self.folder / name) in message
        return message


def test_front_matter_becomes_the_facts_of_the_post(written: Writer) -> None:
    post = written(
        "---\ntitle: Good news\nsubject: Read this\npreheader: In short\ndate: 2026-06-03\nauthor: Siân\n"
        "language: cy\nbase_url: https://example.org/blog/\nimage: a.png\nmerge: yes\n---\n\nHello.\n",
        "Llŷn 1.md",
    )
    assert (post.title, post.subject, post.preheader) == ("Good news", "Read this", "In short")
    assert (post.author, post.language, post.base_url) == ("Siân", "cy", "https://example.org/blog/")
    assert (post.date, post.merge, post.slug) == (datetime.date(2026, 6, 3), True, "llyn-1")
    assert post.body.strip() == "Hello."
    assert post.first_line == 12
    assert post.line_of("Hello") == 13


def test_a_title_that_yaml_would_take_for_something_else_is_read_as_written(written: Writer) -> None:
    assert written("---\ntitle: 2026\n---\nx").title == "2026"
    assert written("---\ntitle: no\n---\nx").title == "no"


def test_a_subject_alone_is_the_title_too(written: Writer) -> None:
    assert written("---\nsubject: Only this\n---\nx").title == "Only this"


@pytest.mark.parametrize(
    ("text", "title", "body"),
    [
        ("# A *good* day #\n\nHello", "A good day", "Hello"),
        ("A good day\n==========\n\nHello", "A good day", "Hello"),
        ("A good day\n\nHello", "A good day", "Hello"),
        ("```\n# no heading\n```\n\n# A good day\n", "A good day", "```\n# no heading\n```\n\n# A good day"),
    ],
)
def test_without_a_title_the_first_heading_serves(written: Writer, text: str, title: str, body: str) -> None:
    post = written(text)
    assert (post.title, post.body.strip()) == (title, body)


def test_a_heading_that_became_the_title_does_not_move_the_lines_below(written: Writer) -> None:
    assert written("# Title\n\none\ntwo").line_of("two") == 4


def test_the_h1_of_an_html_post_serves_as_its_title(written: Writer) -> None:
    post = written("<h1>Cake &amp; <em>tea</em></h1><p>Hello</p>", "post.html")
    assert (post.title, post.body, post.markup) == ("Cake & tea", "<p>Hello</p>", "html")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_post_reads_the_same_in_every_encoding_an_editor_may_choose(written: Writer, encoding: str) -> None:
    text = "---\ntitle: £5 – “Siân”\n---\n\nCaffè\n"
    post = written(text.encode(encoding))
    assert (post.title, post.body.strip()) == ("£5 – “Siân”", "Caffè")


def test_a_declared_charset_is_believed_where_utf_8_fails(written: Writer) -> None:
    page = '<meta charset="iso-8859-2"><h1>Łódź</h1><p>x</p>'
    assert written(page.encode("iso-8859-2"), "post.html").title == "Łódź"


def test_spaces_line_ends_and_composed_letters_are_made_plain(written: Writer) -> None:
    post = written("---\r\ntitle: Tŷ\u00a0 Gobaith\u0007\r\n---\r\nw\u0302 a\u00a0b\r\n\ue000email\ue001")
    assert post.title == "Tŷ Gobaith"
    assert post.body.strip() == "ŵ a b\nemail"
    assert unicodedata.is_normalized("NFC", post.body + post.title)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("---\ntitle: [a, b]\n---\nx", "line 2", "title must be text, not a list"),
        ("---\ntitle: x\nmerge: maybe\n---\nx", "line 3", "merge must be true or false"),
        ("---\ntitle: x\ntopic: a\ntopic: b\n---\nx", "line 4", '"topic" is here and on line 3'),
        ("---\nTopic: a\ntitle: x\ntopic: b\n---\nx", "line 4", '"topic" is here and on line 2'),
        ("---\ntitle: x\nMerge: maybe\n---\nx", "line 3", "merge must be true or false"),
        ("---\ntitle: x\nlanguage: Welsh please\n---\nx", "line 3", "language must be a language code"),
        ("---\ntitle: x\ndate: soon\n---\nx", "line 3", "date must be a date like"),
        ("---\ntitle: x\nbase_url: ftp://x\n---\nx", "line 3", "base_url must be a web address"),
        ("---\ntitle: x\nsubject: a: b: c\n---\nx", "line 3", "this line cannot be read"),
        ("---\ntitle: x\n\nbody", "line 1", "have no end"),
        ("---\njust words\n---\nx", "line 1", 'must be like "title:'),
        ("---\nauthor: x\n---\n- a list and no title", "line 1", "has no title"),
        ("---\ntitle: x\n---\n  \n", "post.md", "has no text to send"),
        ("", "post.md", "has no text to send"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00", "post.md", "is not text"),
        (b"caf\x81\xff", "post.md", "is not text"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(
    written: Writer, text: str | bytes, place: str, words: str
) -> None:
    message = written.refused(text)
    assert place in message
    assert words in message


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PostError, match="there is no such file"):
        read_post(tmp_path / "no.md")
    with pytest.raises(PostError, match="is a folder"):
        read_post(tmp_path)


def test_a_file_too_large_for_a_post_is_not_even_read(written: Writer) -> None:
    assert "larger than 5 MB" in written.refused(b"a" * (MOST_BYTES + 1))


def test_the_fingerprint_follows_what_the_reader_would_get_and_nothing_else(written: Writer) -> None:
    first = written(FRONT + "Hello\n").fingerprint
    assert written(FRONT.replace("\n", "\r\n") + "Hello\r\n\r\n", "other-name.md").fingerprint == first
    assert written("---\ntitle: Good news\ntags: [a]\n---\nHello\n").fingerprint == first
    assert written(FRONT + "Hello!\n").fingerprint != first
    assert written("---\ntitle: Good news\nmerge: true\n---\nHello\n").fingerprint != first


@examples(150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: f"---\n{text}\n---\nx".encode()))
def test_any_bytes_are_a_post_or_refused_in_words(written: Writer, data: bytes) -> None:
    try:
        post = written(data)
    except PostError:
        return
    assert post.title
    assert post.body.strip()
