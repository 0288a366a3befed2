"""Pages as the usual systems make them: the story is kept word for word, and nothing of what stands around it.

Each file of ``pages/`` is the frame of such a page, in its own markup, with ``[story]`` where the story goes.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.sources import Draft

PAGES = sorted((Path(__file__).parent / "pages").glob("*.html"))
PARTS = (
    (
        "<p>The council voted last night, and the <strong>little ferry</strong> sails again from May. "
        "More than four hundred of you wrote, and <a href='https://harbour.example/letters'>all of it was read</a>.</p>"
    ),
    (
        "<h2>What happens now</h2><p>The boat goes to the yard for a new engine. Three can join the crew:</p>"
        "<ul><li>a deckhand on weekdays</li><li>somebody who sells tickets</li><li>a cat</li></ul>"
        "<p>Write to <a href='mailto:crew@harbour.example'>the crew</a> by Friday, whoever you are.</p>"
    ),
    (
        "<blockquote><p>I have waited nine years for this, and I will be on the first crossing.</p></blockquote>"
        "<p>So will we. Bring a coat, because it blows out there, and thank you for never once giving up on us.</p>"
    ),
)


@pytest.fixture(params=PAGES, ids=lambda page: page.stem)
def page(request: pytest.FixtureRequest) -> str:
    text: str = request.param.read_text(encoding="utf-8")
    for number, part in enumerate(PARTS, start=1):
        text = text.replace(f"[story {number}]", part)
    return text.replace("[story]", "".join(PARTS))


def letters(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def test_the_story_is_kept_word_for_word_and_nothing_around_it(
    page: str, add: Callable[..., Draft], words_of: Callable[[str], str]
) -> None:
    draft = add(page, "page.html", url="https://harbour.example/ferry")
    assert draft.title == "The ferry is saved"
    story = re.sub(r"<[^>]*>", " ", "".join(PARTS))
    assert letters(words_of(draft.body)) == letters(story)


def test_links_and_lists_of_the_story_are_kept(page: str, add: Callable[..., Draft]) -> None:
    draft = add(page, "page.html", url="https://harbour.example/ferry")
    assert "[all of it was read](https://harbour.example/letters)" in draft.body
    assert "[the crew](mailto:crew@harbour.example)" in draft.body
    assert "## What happens now" in draft.body
    assert "- a cat" in draft.body
    assert "> I have waited" in draft.body
