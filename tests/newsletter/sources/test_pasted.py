"""Pasted text: the article is kept, what stood around it on the page is left behind and quoted."""

# ruff: noqa: E501  because sources stand here as they come, in one line

from collections.abc import Callable

import pytest

from newsletter.errors import SourceError
from newsletter.sources import Draft

LONG = "and this goes on for more than a dozen words, so that nobody takes it for a label of a list"
PAGE = f"""\u00a0 Spring\u00a0news from the garden

We have three things to tell you.

Good thing 1. The council wrote back, {LONG}. [Follow this link to read the letter.]

Good thing 2. The hall is ours on Mondays, {LONG}.

Good thing 3. Twelve people planted trees, {LONG}.

Thank you, all of you.

Appendix 1: the council’s letter – Council to us, 4 June

Appendix 2: our answer – Us to council, 2 July

About Gwen

Gwen digs, plants and writes, and has done so for years.

Leave a reply

Fill in your details below or click an icon to log in:

You are commenting using your account. Log Out / Change )

Connecting to %s
"""


def test_a_pasted_page_keeps_the_article_and_quotes_the_rest(add: Callable[..., Draft]) -> None:
    draft = add(PAGE)
    assert draft.title == "Spring news from the garden"
    assert draft.kept == {"paragraphs": 5, "headings": 3, "list items": 2}
    assert [line for line in draft.body.splitlines() if line.startswith("#")] == [
        "## Good thing 1",
        "## Good thing 2",
        "## Good thing 3",
    ]
    assert draft.body.rstrip().endswith(
        "- Appendix 1: the council’s letter – Council to us, 4 June\n- Appendix 2: our answer – Us to council, 2 July"
    )
    assert draft.dropped[0].words == "About Gwen"
    assert draft.dropped[-1].words == "Connecting to %s"
    assert len(draft.dropped) == 6


def test_labels_without_a_link_and_appendices_are_for_a_human(add: Callable[..., Draft]) -> None:
    needs = [str(need) for need in add(PAGE).needs]
    assert len(needs) == 3
    assert all("needs a link" in need for need in needs)
    assert "Follow this link to read the letter." in needs[0]


def test_an_article_that_says_share_this_in_its_middle_keeps_its_end(add: Callable[..., Draft]) -> None:
    ending = "\n\n".join(f"Paragraph {name} has more than enough words to be one of the story." for name in "abcd")
    assert "Paragraph d has" in add(f"A title\n\nWords.\n\nShare this\n\n{ending}\n").body


def test_about_somebody_at_the_end_stays_where_no_comment_form_follows(add: Callable[..., Draft]) -> None:
    assert "About Gwen" in add("A title\n\nWords of the story.\n\nAbout Gwen\n\nGwen digs.\n").body


def test_wrapped_lines_join_and_short_lines_stay_apart(add: Callable[..., Draft]) -> None:
    wrapped = "This line was broken by a mail program at seventy\ncharacters or so, which is\n"
    body = add(f"A title\n\n{wrapped}\n1 Example Street\nCardiff\nCF10 1AA\n").body
    assert "seventy\ncharacters" in body
    assert "1 Example Street\\\nCardiff\\\nCF10 1AA" in body


def test_a_paste_without_blank_lines_is_cut_at_its_long_lines(add: Callable[..., Draft]) -> None:
    line = "A paragraph of a hundred and ten characters or more, that was pasted from a place which puts no blank lines in."
    draft = add(f"A title\n{line}\n{line}\n{line}")
    assert draft.title == "A title"
    assert draft.kept["paragraphs"] == 3


def test_a_pasted_mail_gives_its_subject_and_loses_its_signature(add: Callable[..., Draft]) -> None:
    draft = add(
        "From: Gwen <gwen@example.org>\nTo: us\nSubject: Fwd: Good news\n\nWe won.\n\n* one\n* two\n\n-- \nGwen\n"
    )
    assert draft.title == "Good news"
    assert draft.body == "We won.\n\n- one\n- two\n"


def test_signs_of_markdown_in_plain_text_are_words(add: Callable[..., Draft], words_of: Callable[[str], str]) -> None:
    assert words_of(add("A title\n\n5 * 3 _ok_ <b> #1\n").body) == "5 * 3 _ok_ <b> #1"


def test_a_paste_of_nothing_but_a_page_is_refused(add: Callable[..., Draft]) -> None:
    with pytest.raises(SourceError, match="empty"):
        add("  \n")


@pytest.mark.parametrize(
    "heading",
    ["Next steps", "Sign up for the march", "Follow this link to complain", "Print costs", "Email your councillor", "Sign the letter →",
     "Previous meetings", "Subscribe to the theory, not the practice", "Share the load"],
)  # fmt: skip
def test_a_line_that_only_begins_like_a_button_is_the_authors(add: Callable[..., Draft], heading: str) -> None:
    draft = add(
        f"The title\n\nWe met and talked about it all for a long while.\n\n{heading}\n\nAnd then we went home.\n"
    )
    assert heading in draft.body.replace("\\", "")
    assert draft.dropped == ()


def test_a_page_copied_whole_loses_its_cookies_menu_byline_and_comment_form(add: Callable[..., Draft]) -> None:
    page = (
        "We use cookies to give you the best experience.\nAccept all\n\nSkip to content\nHarbour Friends\nMenu\n\nHome\nNews\nAbout\n\n"
        "The ferry is saved\n\nBy Mair Rees\n3 March 2026\n4 min read\n\nThe council voted last night, and the ferry sails again.\n\n"
        "What happens now\n\nThe boat goes to the yard.\n\nShare this:\nClick to share on Facebook (Opens in new window)\n"
        "Like Loading...\n\nRelated\nRope day\n\nPublished by Mair Rees\nView all posts by Mair Rees\n\nLeave a Reply\nComment *\nName *\n"
    )
    draft = add(page)
    assert draft.title == "The ferry is saved"
    assert draft.body == (
        "The council voted last night, and the ferry sails again.\n\nWhat happens now\n\nThe boat goes to the yard.\n"
    )
    assert len(draft.dropped) == 8


def test_a_letter_keeps_the_date_it_opens_with(add: Callable[..., Draft]) -> None:
    assert "3 March 2026" in add("A letter\n\n3 March 2026\n\nDear all, it is done.\n").body


def test_words_that_print_cut_in_two_are_whole_again(add: Callable[..., Draft]) -> None:
    printed = (
        "Title\n\nWe restored the ferry and re-\npaired the slipway, thanks to co-\nproduction and to every-\none who gave.\n\n"
        "Page 2 of 12\n\nThis is what co-production means.\n"
    )
    draft = add(printed)
    assert " ".join(draft.body.split()) == (
        "We restored the ferry and repaired the slipway, thanks to co-production and to everyone who gave. "
        "This is what co-production means."
    )
    assert [left.words for left in draft.dropped] == ["Page 2 of 12"]


def test_verses_and_addresses_keep_their_lines(add: Callable[..., Draft]) -> None:
    assert "12 Quay Street\\\nBala" in add("Title\n\nWords first.\n\n12 Quay Street\nBala\n").body
    assert "the sea,\\\nThe sea" in add("Title\n\nWords first.\n\nO the sea,\nThe sea, the sea,\nAnd home.\n").body
