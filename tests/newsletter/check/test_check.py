"""The check before a send: each finding has its line, says what a reader would suffer, and what to do."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.check import examine, missing_settings, without_pages
from newsletter.compiler import CompiledEmail, Finding, Furniture, Severity, compile_post
from newsletter.post import read_post
from newsletter.publish import Beside
from newsletter.settings import Settings
from newsletter.theme import template_folders
from tests.enclosures import photograph
from tests.newsletter.check.front import FIRST, FRONT

Look = Callable[..., list[Finding]]


def test_a_good_post_has_nothing_to_be_said_about_it(look: Look) -> None:
    body = (
        "We dug all of Monday.\n\n## What next\n\nRead [the plan for June](https://example.org/plan) "
        "and write to [Gwen](mailto:gwen@example.org).\n\n![A cake on a spade](https://example.org/cake.jpg)\n\n"
        "| Day | Who |\n| --- | --- |\n| Monday | Ada |\n"
    )
    assert look(body) == []


@pytest.mark.parametrize(
    ("body", "severity", "words"),
    [
        ("[click here](https://example.org/a)", "warning", "does not say where it goes"),
        ("[Cliciwch yma](https://example.org/a)", "warning", "does not say where it goes"),
        ("[the plan](#)", "error", "no address yet"),
        ("[the plan](http://)", "error", "no address yet"),
        ("[the plan](www.example.org/a)", "error", "does not work without https://"),
        ("[the plan](plan.html)", "error", "leads nowhere from a mail"),
        ("[the plan](http://192.168.1.5/plan)", "error", "only your own network"),
        ("[the plan](http://localhost:8000/plan)", "error", "only your own network"),
        ("[the plan](https://docs.google.com/document/d/abc/edit)", "warning", "the page where you edit"),
        ("[write to us](mailto:us)", "error", "not an email address"),
        ("[https://bank.example/](https://elsewhere.example/)", "warning", "looks like fraud"),
        ("<a>the plan</a>", "warning", "has no address"),
        ("See [Follow this link to read the plan.] now", "warning", "looks like a link without an address"),
        ("Appendix 1: the letter – ours, 4 June", "warning", "names a document"),
        (f"<https://example.org/{'a' * 60}>", "note", "screen readers spell out"),
        ("![](https://example.org/a.png)", "warning", "no description (alt text)"),
        ('<img src="https://example.org/a.png">', "warning", "no alt text"),
        ("![IMG_1234.jpg](https://example.org/a.png)", "warning", "does not say what"),
        ("![A cake](https://example.org/a.webp)", "warning", "WebP"),
        ("![A cake](https://example.org/a.svg)", "warning", "SVG"),
        ("![A cake](a.png)", "error", "leads nowhere from a mail"),
        ("![A cake](https://drive.google.com/file/d/1/view)", "error", "web page about a picture"),
        ('<img alt="A cake" src="data:image/png;base64,AAAA">', "error", "data:"),
        ("## One\n\na\n\n#### Three", "note", "skips from level 2 to 4"),
        ("##\n\nWords", "warning", "heading without words"),
        ("| a | b | c | d | e |\n| - | - | - | - | - |\n| 1 | 2 | 3 | 4 | 5 |", "note", "row by row"),
        ('<p style="color: #eee">faint</p>', "note", "#eee"),
        ("Dear *|FNAME|*, hello", "warning", "merge tag of another program"),
        ("Dear %%FIRSTNAME%%, hello", "warning", "merge tag of another program"),
        ("{% include form %}", "warning", "site generator"),
        ("{{ page.title }}", "warning", "template"),
        ("{{first_name}}", "error", "merge: true"),
        ('[gallery ids="1,2"]', "warning", "shortcode"),
        ("Lorem ipsum dolor", "warning", "filler"),
        ("TODO: add the date", "warning", "note to yourself"),
        ("[insert date here]", "warning", "note to yourself"),
        ("It costs Â£5", "warning", "garbled"),
        ("The gardenâ€™s cake", "warning", "garbled"),
        ("<b>never closed", "warning", "is never closed"),
        ("a" * 110_000, "error", "Gmail"),
    ],
)
def test_what_a_reader_would_suffer_is_found_on_its_line(look: Look, body: str, severity: str, words: str) -> None:
    found = [finding for finding in look(f"Before it.\n\n{body}\n\nAfter it.\n") if words in finding.message]
    assert found, look(body)
    assert str(found[0].severity) == severity
    lines = (None, *range(FIRST + 2, FIRST + 2 + body.count("\n") + 1))
    assert found[0].line in lines
    if severity == "warning" and "heading" not in words:
        assert found[0].line is not None


@pytest.mark.parametrize(
    ("front", "severity", "words"),
    [
        ("title: GOOD NEWS FROM THE GARDEN\npreheader: x", "warning", "shouts"),
        ("title: We won!!!\npreheader: x", "warning", "shouts"),
        (f"title: {'long ' * 25}\npreheader: x", "warning", "the subject is 124 characters"),
        (f"title: {'long ' * 14}\npreheader: x", "note", "A phone shows about 40"),
        ("title: 'Re: the garden'\npreheader: x", "warning", "looks like a reply"),
        ("title: Untitled\npreheader: x", "error", "still “Untitled”"),
        ("title: Good news", "note", "no preview text"),
        ("title: Good news\npreheader: good news", "warning", "repeats the subject"),
    ],
)
def test_subject_and_preheader_are_looked_at(look: Look, front: str, severity: str, words: str) -> None:
    found = [finding for finding in look("Words.\n", f"---\n{front}\n---\n") if words in finding.message]
    assert [str(finding.severity) for finding in found] == [severity]


def test_a_name_in_capitals_does_not_shout(look: Look) -> None:
    assert look("Words.\n", "---\ntitle: WCVA and the NHS answered\npreheader: x\n---\n") == []


WELSH = "Mae pawb yn y pentref wedi bod yn gweithio yn yr ardd ac roedd y gacen yn dda. " * 3


def test_welsh_words_said_to_be_english_are_noticed(look: Look) -> None:
    assert any("Put language: cy" in finding.message for finding in look(WELSH))
    assert look(WELSH, FRONT.replace("title", "language: cy\ntitle", 1)) == []


def test_letters_of_another_script_are_noticed(look: Look) -> None:
    assert any(
        "Greek letters" in finding.message for finding in look("Ο κήπος είναι ανοιχτός κάθε Δευτέρα το πρωί. " * 3)
    )


def test_code_is_not_looked_at_for_residue(look: Look) -> None:
    assert look("Write `{{ page.title }}` and `TODO`.\n\n```\n{% raw %} *|FNAME|*\n```\n") == []


def test_findings_stand_in_the_order_of_the_post_and_once(look: Look) -> None:
    found = look("[here](https://example.org/1)\n\n[here](https://example.org/1)\n\nTODO\n")
    assert [finding.line for finding in found] == sorted(finding.line or 0 for finding in found)
    assert len(found) == len(set(found))


def test_a_template_without_an_unsubscribe_link_is_an_error(tmp_path: Path, email: CompiledEmail) -> None:
    file = tmp_path / "post.md"
    file.write_text(FRONT + "Words.\n")
    post = read_post(file)
    assert not any("unsubscribe" in finding.message for finding in examine(post, email))
    found = examine(post, replace(email, text="Words."))
    assert [(str(finding.severity), finding.message) for finding in found if "unsubscribe" in finding.message] == [
        ("error", "the text part has no unsubscribe link. Put {{ gap('unsubscribe_url') }} into the template")
    ]


def test_settings_without_which_nothing_may_be_sent_are_errors() -> None:
    assert [finding.severity for finding in missing_settings(Settings())] == [Severity.ERROR, Severity.ERROR]
    assert list(missing_settings(Settings(organisation="Us", postal_address="1 Example Street"))) == []


def test_without_public_pages_the_organiser_knows_how_readers_leave(tmp_path: Path) -> None:
    file = tmp_path / "post.md"
    file.write_text("---\ntitle: Good news\nmerge: true\n---\nRead it [here]({{web_url}}).\n")
    email = compile_post(read_post(file), Furniture("Us", "1 Example Street", pages=False), template_folders(None))
    found = {str(each.severity): each.message for each in without_pages(Settings(), email)}
    assert found.keys() == {"error", "warning"}
    assert "{{web_url}} does not work" in found["error"]
    assert "bounces process" in found["warning"]
    assert list(without_pages(Settings(base_url="https://news.example.org"), email)) == []


def test_a_file_beside_the_post_is_judged_by_what_is_made_of_it(tmp_path: Path) -> None:
    (tmp_path / "us.webp").write_bytes(photograph(60, 40, "WEBP"))
    file = tmp_path / "post.md"
    file.write_text(FRONT + "![All of us](us.webp)\n\n" + "Some words. " * 20)
    post = read_post(file)
    beside = Beside(tmp_path, "https://news.example.org/f")
    furniture = Furniture("Us", "1 Example Street")
    assert examine(post, compile_post(post, furniture, template_folders(None), (), beside)) == ()
    file.write_text(file.read_text().replace("us.webp", "https://example.org/us.webp"))
    post = read_post(file)
    (found,) = examine(post, compile_post(post, furniture, template_folders(None), (), beside))
    assert "Outlook and older phones do not show WebP" in found.message


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ('<a href="C:\\Users\\us\\plan.pdf">the plan</a>', "a place on your own computer"),
        ('<img src="file:///home/us/us.jpg" alt="All of us">', "on your own computer"),
        ('<img src="http://192.168.1.5/us.jpg" alt="All of us">', "only your own network can reach"),
    ],
)
def test_what_only_the_author_could_open_is_an_error(look: Look, body: str, why: str) -> None:
    found = [finding for finding in look(f"{body}\n\n{'Some words. ' * 20}") if why in finding.message]
    assert [str(finding.severity) for finding in found] == ["error"]
