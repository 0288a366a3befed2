"""A Welsh and an English file side by side are one post, and one mail."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.app import sources
from newsletter.check import examine
from newsletter.compiler import Furniture, compile_post
from newsletter.errors import PostError
from newsletter.post import read_post
from newsletter.theme import template_folders

WELSH = "---\ntitle: Newyddion da\n---\nDywedodd y cyngor ie ar 3 Mawrth.\n"
ENGLISH = "---\ntitle: Good news\n---\nThe council said yes on 3 March.\n"
FURNITURE = Furniture("Ni", "1 Example Street", second_organisation="Us")
Written = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Write both halves; return the path of the English one."""

    def files(welsh: str = WELSH, english: str = ENGLISH) -> Path:
        (tmp_path / "good.cy.md").write_text(welsh, encoding="utf-8")
        path = tmp_path / "good.en.md"
        path.write_text(english, encoding="utf-8")
        return path

    return files


def test_either_file_is_the_whole_post_and_both_count_in_its_fingerprint(written: Written) -> None:
    english = written()
    welsh = english.with_name("good.cy.md")
    assert read_post(welsh) == read_post(english)
    whole = read_post(english)
    assert (whole.slug, whole.subject) == ("good", "Newyddion da | Good news")
    assert [each.path for each in sources.listed(english.parent)] == [welsh]
    for half in (welsh, english):
        before = half.read_text(encoding="utf-8")
        half.write_text(before + "More.\n", encoding="utf-8")
        assert read_post(welsh).fingerprint != whole.fingerprint
        half.write_text(before, encoding="utf-8")
    unsaved = read_post(english, source=ENGLISH.replace("yes", "no"))
    assert "no" in unsaved.halves[1].body
    assert unsaved.halves[0] == whole.halves[0]


def test_a_file_without_the_other_half_is_a_post_like_any_other(written: Written) -> None:
    english = written()
    english.with_name("good.cy.md").unlink()
    alone = read_post(english)
    assert (alone.slug, alone.subject, alone.halves) == ("good-en", "Good news", ())
    # Site generators write such a line; it means nothing here, and must not make it another issue.
    with_layout = read_post(
        written(english=ENGLISH.replace("title:", "layout: post\ntitle:")).rename(english.with_name("x.md"))
    )
    assert with_layout.unknown_keys == {"layout": 2}
    assert with_layout.fingerprint == alone.fingerprint


def test_what_the_halves_say_of_the_whole_must_agree(written: Written) -> None:
    def with_lines(lines: str, welsh: str = "") -> Path:
        return written(WELSH.replace("title:", f"{welsh}title:", 1), ENGLISH.replace("title:", f"{lines}title:", 1))

    assert read_post(with_lines("topic: events\n")).topic == "events"
    assert read_post(with_lines("layout: chosen\n")).layout == "chosen"
    for english, welsh, why in (
        ("topic: events\n", "topic: news\n", 'says "topic: news", and line 2 of good.en.md "topic: events"'),
        ("language: cy\n", "", 'says that it is in "cy", but its name says "en"'),
        ("layout: columns\n", "", 'layout must be "both" or "chosen"'),
    ):
        with pytest.raises(PostError, match=re.escape(why)):
            read_post(with_lines(english, welsh))


def test_too_long_for_one_mail_says_whether_one_language_each_would_fit(written: Written) -> None:
    more = "\n\n".join(["Llan llan llan llan. " * 40] * 65)
    post = read_post(written(f"{WELSH}\n\n{more}\n", f"{ENGLISH}\n\n{more}\n"))
    email = compile_post(post, FURNITURE, template_folders(None))
    (large,) = [each.message for each in email.findings if "Gmail would hide" in each.message]
    assert "With “layout: chosen” each reader gets one language: that would fit" in large
    chosen = WELSH.replace("title:", "layout: chosen\ntitle:")
    email = compile_post(
        read_post(written(f"{chosen}\n\n{more}\n", f"{ENGLISH}\n\n{more}\n")), FURNITURE, template_folders(None)
    )
    assert [each.severity for each in email.findings] == ["note"]
    assert email.languages == ("cy",)
    assert email.languages_for("pl") == "cy"


def test_each_finding_names_the_file_that_it_is_about(written: Written) -> None:
    path = written(english=f"{ENGLISH}\n[here](https://example.org/en/x)\n")
    post = read_post(path)
    found = examine(post, compile_post(post, FURNITURE, template_folders(None)))
    assert {"good.en.md"} == {each.file.name for each in found if each.file and "“here”" in each.message}
    lengths = [each for each in found if "the subject is" in each.message]
    assert lengths == []
    long = read_post(written(WELSH.replace("da", "da " * 22), ENGLISH.replace("Good", "Good " * 10)))
    found = examine(long, compile_post(long, FURNITURE, template_folders(None)))
    assert len([each for each in found if each.message.startswith("the subject is 13")]) == 1
