"""A post in a form: a save changes what was changed, keeps all else, and never writes over another's work."""

import datetime
from pathlib import Path

import pytest

from newsletter.app.writing import ChangedMeanwhile, begin_post, mark_of, named_post, open_sheet, save_sheet
from newsletter.errors import PostError
from newsletter.post import read_post

KNOWN = """---
# kept by hand
Title: Good news
our-own-key: stays
preheader: >
  The council
  said yes.
# below
date: 2027-03-01
---

# Heading

Words – with a dash.
"""


@pytest.fixture
def post(tmp_path: Path) -> Path:
    path = tmp_path / "march.md"
    path.write_text(KNOWN)
    return path


def test_a_save_without_a_change_leaves_every_byte(post: Path) -> None:
    sheet = open_sheet(post)
    assert sheet.fields["title"] == "Good news"
    assert sheet.fields["preheader"] == "The council said yes."
    assert post.read_text().splitlines()[sheet.first_line - 1] == "# Heading"
    save_sheet(post, sheet.mark, sheet.fields, sheet.body)
    assert post.read_text() == KNOWN
    save_sheet(post, sheet.mark, sheet.fields, sheet.body.replace("\n", "\r\n"))
    assert post.read_text() == KNOWN, "a browser sends CR LF"


def test_a_save_changes_the_lines_of_what_was_changed_and_no_other(post: Path) -> None:
    sheet = open_sheet(post)
    changed = {**sheet.fields, "title": 'A "no": what now?', "preheader": "", "topic": "events", "language": "no"}
    save_sheet(post, sheet.mark, changed, "New words.")
    text = post.read_text()
    for line in ("# kept by hand", "our-own-key: stays", "# below", "date: 2027-03-01"):
        assert line in text.splitlines()
    written = read_post(post)
    assert (written.title, written.preheader, written.topic) == ('A "no": what now?', "", "events")
    assert written.language == "no", "the language of Norway, not a no"
    assert written.body.strip() == "New words."
    assert "council" not in text


def test_values_that_yaml_would_read_otherwise_come_back_as_they_were_typed(post: Path) -> None:
    for title in ("true", "12:30", "- x", "{a}", "#1", "a: b", "it's", "é — ü", "null", "2027", "@x", "*", "a\\b", "|"):
        save_sheet(post, mark_of(post), {"title": title}, "Words.")
        assert read_post(post).title == title
        assert open_sheet(post).fields["title"] == title


def test_a_file_that_was_changed_meanwhile_is_never_written_over(post: Path) -> None:
    sheet = open_sheet(post)
    post.write_text(KNOWN.replace("yes", "no"))
    theirs = post.read_bytes()
    with pytest.raises(ChangedMeanwhile) as refused:
        save_sheet(post, sheet.mark, sheet.fields, "Mine.")
    assert refused.value.theirs == theirs.decode()
    assert post.read_bytes() == theirs
    post.unlink()
    with pytest.raises(ChangedMeanwhile):
        save_sheet(post, sheet.mark, sheet.fields, "Mine.")
    assert not post.exists()


def test_a_field_that_means_nothing_is_refused_before_anything_is_written(post: Path) -> None:
    before = post.read_bytes()
    for name, value in (("date", "tomorrow"), ("language", "Welsh!"), ("topic", "Two Words"), ("title", "x" * 251)):
        with pytest.raises(PostError, match=name):
            save_sheet(post, mark_of(post), {name: value}, "Words.")
    assert post.read_bytes() == before


def test_a_post_with_a_top_that_cannot_be_read_is_edited_whole(tmp_path: Path) -> None:
    path = tmp_path / "broken.md"
    path.write_text("---\ntitle: a: b: c\n---\n\nWords.\n")
    sheet = open_sheet(path)
    assert sheet.whole
    assert "a: b: c" in sheet.body
    save_sheet(path, sheet.mark, {}, sheet.body.replace("a: b: c", "plain"), whole=True)
    assert read_post(path).title == "plain"


def test_a_post_without_a_top_gets_one_and_a_new_post_never_takes_anothers_name(tmp_path: Path) -> None:
    path = tmp_path / "bare.md"
    path.write_text("# A title\n\nWords.\n")
    save_sheet(path, mark_of(path), {"title": "Another"}, open_sheet(path).body)
    assert read_post(path).title == "Another"
    day = datetime.date(2027, 3, 1)
    first, second = (begin_post(tmp_path, {"title": "The same"}, "Words.", day) for _ in range(2))
    assert first != second
    assert named_post(tmp_path, first.name) == first
    assert named_post(tmp_path, "../" + first.name) is None
