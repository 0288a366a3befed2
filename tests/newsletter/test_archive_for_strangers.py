"""What a stranger sees of a real mail in the archive: its words, and nothing that only a subscriber can do."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from newsletter.compiler import Furniture, compile_post
from newsletter.issue import Issue, letterhead
from newsletter.post import read_post
from newsletter.theme import template_folders
from newsletter.web.archive.pages import for_nobody
from tests.public_pages import SETTINGS

FOOTER = {
    "en": ("Unsubscribe", "Your preferences", "You are getting this email"),
    "cy": ("Dad-danysgrifio", "Eich dewisiadau", "Rydych yn cael yr e-bost hwn"),
}


@pytest.mark.parametrize("language", list(FOOTER))
@pytest.mark.parametrize("theme", ["bulletin", "letter", "notice"])
def test_a_stranger_is_offered_nothing_that_only_a_subscriber_can_do(
    tmp_path: Path, language: str, theme: str, noon: datetime
) -> None:
    file = tmp_path / "good-news.md"
    file.write_text(f"---\ntitle: Good news\nlanguage: {language}\ntheme: {theme}\n---\nThe council said yes.\n")
    furniture = Furniture(
        "Co-production Wales", "1 Example Street", privacy_url="https://www.example.org/privacy?a=b#c"
    )
    email = compile_post(read_post(file), furniture, template_folders(None))
    settings = replace(SETTINGS, base_url="https://news.example.org")
    issue = Issue(1, "good-news", "x", noon, 0, 0, email, letterhead(settings, "0123456789abcdef"))
    shown = for_nobody(issue)
    for words in FOOTER[language]:
        assert words in email.html
        assert words not in shown
    assert "mailto:" not in shown
    assert "\ue000" not in shown
    assert shown.count("<div") == shown.count("</div>")
    for words in ("The council said yes.", "1 Example Street", "https://www.example.org/privacy?a=b#c"):
        assert words in shown
    assert "https://www.example.org/privacy?a=b#c" in email.text
