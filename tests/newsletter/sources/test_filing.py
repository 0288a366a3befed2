"""A draft becomes a file that reads back as the same post, and never writes over anything."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from newsletter.errors import SourceError
from newsletter.post import read_post
from newsletter.sources import Draft, Enclosure
from newsletter.sources.filing import file_draft, slug

TODAY = date(2026, 6, 3)


@pytest.mark.parametrize("title", ['It’s "here": 5 # 6', "yes", "2026", "- a", "Ŵy: {{a}}", "back\\slash", "T"])
def test_the_facts_read_back_as_they_were(tmp_path: Path, title: str) -> None:
    draft = Draft("x", title, "Words\n", author="Gwen", date=TODAY, language="cy", base_url="https://example.org/")
    post = read_post(file_draft(draft, tmp_path, TODAY).path)
    assert (post.title, post.author, post.date, post.language) == (title, "Gwen", TODAY, "cy")
    assert (post.base_url, post.body.strip()) == ("https://example.org/", "Words")


def test_a_second_post_of_the_same_name_gets_a_number(tmp_path: Path) -> None:
    draft = Draft("x", "Tŷ’r Gwanwyn!", "Words\n")
    names = [file_draft(draft, tmp_path, TODAY).path.name for _ in range(3)]
    assert names == ["2026-06-03-tyr-gwanwyn.md", "2026-06-03-tyr-gwanwyn-2.md", "2026-06-03-tyr-gwanwyn-3.md"]


def test_a_named_file_is_never_written_over(tmp_path: Path) -> None:
    mine = tmp_path / "mine.md"
    mine.write_text("mine")
    with pytest.raises(SourceError, match="nothing is written over"):
        file_draft(Draft("x", "T", "Words\n"), tmp_path, TODAY, mine)
    assert mine.read_text() == "mine"


def test_pictures_are_filed_beside_the_post_that_shows_them(tmp_path: Path) -> None:
    draft = Draft("x", "T", "![a](p.png)\n", enclosures=(Enclosure("p.png", b"png"),))
    filed = file_draft(draft, tmp_path, TODAY)
    assert "![a](2026-06-03-t-pictures/p.png)" in filed.path.read_text()
    assert filed.pictures[0].read_bytes() == b"png"


def test_a_title_cannot_lead_out_of_the_folder(tmp_path: Path, add: Callable[..., Draft]) -> None:
    assert slug("../../etc/passwd") == "etc-passwd"
    assert slug("日本") == "post"
    filed = file_draft(Draft("x", "../../x", "Words\n"), tmp_path, TODAY)
    assert filed.path.parent == tmp_path
