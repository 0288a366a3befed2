"""The top of a post: keys that mean nothing here, and lines that were meant for the top and would be read out."""

from collections.abc import Callable

import pytest

from newsletter.compiler import Finding

Look = Callable[..., list[Finding]]
WORDS = "Forty people came to the garden on Saturday, and we thank you all."


def told(findings: list[Finding]) -> list[tuple[str, int | None]]:
    return [(str(finding.severity), finding.line) for finding in findings]


@pytest.mark.parametrize(
    ("key", "severity", "words"),
    [
        ("topik: events", "error", "“topic:”"),
        ("langauge: cy", "error", "“language:”"),
        ("merg: true", "error", "“merge:”"),
        ("archiv: no", "error", "“archive:”"),
        ("scheduled: 2027-01-01", "error", "send --at"),
        ("Send-To: members", "error", "send --segment"),
        ("iaith: cy", "error", "language: TAG"),
        ("draft: true", "error", "does nothing here"),
        ("authr: Gwen", "warning", "“author:”"),
        ("zzzz: 1", "warning", "write at the top is title, subject"),
        ("layout: post", "note", "not used"),
    ],
)
def test_a_key_that_means_nothing_is_named_with_its_line_and_what_was_meant(
    look: Look, key: str, severity: str, words: str
) -> None:
    found = look(WORDS, f"---\ntitle: Good news\n{key}\npreheader: Forty people and a cake\n---\n")
    assert told(found) == [(severity, 3)]
    assert words in found[0].message


def test_every_unknown_key_is_named(look: Look) -> None:
    found = look(WORDS, "---\ntopc: events\ntitle: Good news\nlangauge: cy\npreheader: Cake\nat: noon\n---\n")
    assert told(found) == [("error", 2), ("error", 4), ("error", 6)]


def test_capitals_and_hyphens_make_no_other_key(look: Look) -> None:
    assert look(WORDS, "---\nTitle: Good news\nPREHEADER: Forty people\nBase-URL: https://example.org/\n---\n") == []


@pytest.mark.parametrize(
    "top",
    [
        "title: Good news\n\n",
        "title: Good news\npreheader: Forty people\n\n# A heading\n\n",
        "title: Good news\n---\n\n# A heading\n\n",
        "—\ntitle: Good news\n—\n\n# A heading\n\n",
        "–––\nSubject: Good news\n–––\n\n# A heading\n\n",
        "+++\ntitle = 'Good news'\n+++\n\n# A heading\n\n",
        "language: cy\n---\n\n# A heading\n\n",
        "author: Gwen\ndate: 2026-05-03\n\n# A heading\n\n",
    ],
)
def test_a_top_without_its_hyphens_is_an_error(look: Look, top: str) -> None:
    found = [finding for finding in look(top + WORDS, "") if "three hyphens" in finding.message]
    assert [str(finding.severity) for finding in found] == ["error"], look(top + WORDS, "")


@pytest.mark.parametrize(
    "body",
    [
        "# Good news\n\nDate: Saturday 3 May\nPlace: the garden\n\n",
        "# Good news\n\nThe title: a story\n\n",
        "Date: Saturday\n\n# Good news\n\n",
        "# Good news\n\nHello\n\n---\n\ntitle: what we call it\n\n",
        "Good news: we won\n\n",
    ],
)
def test_words_with_a_colon_are_no_top(look: Look, body: str) -> None:
    assert not [finding for finding in look(body + WORDS, "") if "hyphens" in finding.message]


@pytest.mark.parametrize(
    ("front", "lines"),
    [
        ("title: Hello *|FNAME|* and %%first_name%%\npreheader: Dear {{ contact.FIRSTNAME }}", [2, 2, 3]),
        ("title: Good news\nsubject: Dear [Name], good news\npreheader: Cake", [3]),
        ("title: TODO good news\nsubject: Good news\npreheader: ${user.name}, cake", [2, 4]),
    ],
)
def test_tags_of_other_programs_are_found_in_what_inboxes_show(look: Look, front: str, lines: list[int]) -> None:
    found = [finding for finding in look(WORDS, f"---\n{front}\n---\n") if "readers would see it" in finding.message]
    assert [finding.line for finding in found] == lines


@pytest.mark.parametrize(
    "body", ["Dear {{ first_name | friend }},", "[stop]({{unsubscribe_url}})", "# {{email}}", "{{last_name}}\n`code`"]
)
def test_a_tag_of_ours_that_nothing_fills_is_an_error(look: Look, body: str) -> None:
    found = look(f"{body}\n\n{WORDS}")
    assert ("error", 5) in told(found), found


def test_a_tag_in_the_subject_that_nothing_fills_is_an_error(look: Look) -> None:
    found = look(WORDS, "---\ntitle: Dear {{first_name}}\npreheader: Cake for {{last_name|you}}\n---\n")
    assert told(found) == [("error", 2), ("error", 3)]


@pytest.mark.parametrize("body", ["Write `{{first_name}}`.", "```\n{{email}}\n```", "{{ page.name }}"])
def test_a_tag_in_code_is_meant(look: Look, body: str) -> None:
    assert "error" not in [str(finding.severity) for finding in look(f"{body}\n\n{WORDS}")]
