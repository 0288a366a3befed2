"""One issue in Welsh and English: frozen once, and each recipient gets it in the language that was kept for them."""

import re
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
from lxml.html import HtmlElement, document_fromstring
from sqlalchemy import insert, select, update

from newsletter.app import look_back, posts
from newsletter.app import send as sending
from newsletter.database.engine import reading, writing
from newsletter.database.tables import deliveries
from newsletter.issue import read_issue
from newsletter.runtime.clock import now
from newsletter.web.archive.pages import for_nobody, in_language
from subscribers.tables import subscribers
from tests.newsletter.app.conftest import Caller

WELSH = """---
title: Newyddion da
preheader: Cytunodd y cyngor
---
Dywedodd y cyngor **ie** ar 3 Mawrth.

## Beth nesaf

Cwrdd am 7yh.
"""
ENGLISH = """---
title: Good news
preheader: The council agreed
---
The council said **yes** on 3 March.

## What next

We meet at 7pm.
"""
READERS = {"mair": "cy", "eleri": "cy-GB", "sam": "en", "kofi": "EN-gb", "ola": "pl", "noname": ""}
Written = Callable[..., Path]


@pytest.fixture
def written(caller: Caller) -> Written:
    """Write both halves, and readers of several languages; return the path of one half."""

    def files(layout: str = "both", half: str = "en", english: str = ENGLISH) -> Path:
        caller.writes("good.cy.md", WELSH.replace("title:", f"layout: {layout}\ntitle:", 1))
        caller.writes("good.en.md", english)
        return caller.workspace.folder / f"good.{half}.md"

    rows = [
        {"address": f"{name}@example.org", "language": language, "consent": "confirmed", "joined_at": now()}
        for name, language in READERS.items()
    ]
    with writing(caller.workspace.engine) as connection:
        connection.execute(insert(subscribers), rows)
    return files


def mails(caller: Caller) -> dict[str, EmailMessage]:
    """Return the mails that the relay got, by recipient."""
    return {str(mail["To"]).partition("@")[0]: mail for mail in caller.mailboxes.mails}


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part
    return str(part.get_content())


def languages(caller: Caller) -> dict[str, str]:
    with reading(caller.workspace.engine) as connection:
        rows = connection.execute(select(deliveries.c.address, deliveries.c.language)).all()
    return {row.address.partition("@")[0]: row.language for row in rows}


def test_one_mail_has_both_each_half_in_its_language_and_its_headings_in_order(
    caller: Caller, written: Written
) -> None:
    sending.send(caller.workspace, sending.look(caller.workspace, written()), watch=caller.watch)
    assert set(languages(caller).values()) == {"cy+en"}
    mail = mails(caller)["sam"]
    assert (mail["Subject"], mail["Content-Language"]) == ("Newyddion da | Good news", "cy, en")
    page: HtmlElement = document_fromstring(body(mail, "html"))
    headings = list(page.iter("h1", "h2", "h3", "h4"))
    spoken = [next(at.get("lang") for at in (each, *each.iterancestors()) if at.get("lang")) for each in headings]
    assert [(each.tag, each.text_content(), lang) for each, lang in zip(headings, spoken, strict=True)] == [
        ("h1", "Newyddion da", "cy"),
        ("h2", "Beth nesaf", "cy"),
        ("h2", "Good news", "en"),
        ("h3", "What next", "en"),
    ]
    text = body(mail, "plain")
    ways = [text.index(words) for words in ("Dywedodd", "English below / Cymraeg uchod", "The council said", "I ddad-")]
    assert ways == sorted(ways)
    assert "To unsubscribe:" in text[ways[-1] :]
    # A visitor of the archive sees no action that only a subscriber can take, in neither language.
    with reading(caller.workspace.engine) as connection:
        shown = for_nobody(read_issue(connection))
    assert "Unsubscribe" not in shown
    assert "Dad-danysgrifio" not in shown


def test_readers_get_their_language_and_the_others_both(caller: Caller, written: Written) -> None:
    ended = sending.send(caller.workspace, sending.look(caller.workspace, written("chosen")), watch=caller.watch)
    kept = languages(caller)
    assert {name: kept[name] for name in READERS} == {
        "mair": "cy",
        "eleri": "cy",
        "sam": "en",
        "kofi": "en",
        "ola": "cy+en",
        "noname": "cy+en",
    }
    got = mails(caller)
    assert {name: got[name]["Subject"] for name in READERS} == {
        name: {"cy": "Newyddion da", "en": "Good news"}.get(kept[name], "Newyddion da | Good news") for name in READERS
    }
    assert "The council" not in body(got["mair"], "html")
    assert re.search(r'href="https?://[^"]+/i/[^"]+\?lang=en"[^>]*>Read this in English<', body(got["mair"], "html"))
    assert re.search(r"Darllenwch hwn yn Gymraeg: https?://\S+/i/\S+\?lang=cy\s", body(got["sam"], "plain"))
    assert got["sam"]["Content-Language"] == "en"
    assert ended.account.languages == {"cy": 2, "en": 2, "cy+en": len(kept) - 4}
    with look_back.log(caller.workspace, None, None, "mair@example.org") as log:
        assert [entry.language for entry in log.entries] == ["cy"]


def test_a_page_of_the_archive_has_a_page_in_each_language(caller: Caller, written: Written) -> None:
    sending.send(caller.workspace, sending.look(caller.workspace, written("chosen")), watch=caller.watch)
    with reading(caller.workspace.engine) as connection:
        issue = read_issue(connection)
    assert "Newyddion da" in for_nobody(issue)
    assert "Good news" in for_nobody(issue)
    english = for_nobody(in_language(issue, "en"))
    assert "Newyddion da" not in english
    assert 'href="?lang=cy"' in english
    assert for_nobody(in_language(issue, "xx")) == for_nobody(issue)


def test_a_send_that_was_interrupted_goes_on_in_the_same_language_for_each(caller: Caller, written: Written) -> None:
    path = written("chosen")
    sending.send(caller.workspace, sending.look(caller.workspace, path), sending.ThisRun(limit=17), watch=caller.watch)
    before = languages(caller)
    # They may change their language meanwhile: the issue is frozen.
    with writing(caller.workspace.engine) as connection:
        connection.execute(update(subscribers).values(language="en"))
    sending.resume(caller.workspace, None, watch=caller.watch)
    assert languages(caller) == before
    assert {name: mails(caller)[name]["Content-Language"] for name in ("mair", "noname")} == {
        "mair": "cy",
        "noname": "cy, en",
    }
    assert set(caller.mailboxes.recipients.values()) == {1}


def test_one_half_goes_out_alone_only_for_a_reason_that_is_kept(caller: Caller, written: Written) -> None:
    path = written(english=ENGLISH.replace("7pm", "8pm"))
    with pytest.raises(posts.PostRefused, match="has 1 error"):
        sending.look(caller.workspace, path)
    alone = sending.look(caller.workspace, path, only=("en", "The translator is ill"))
    ended = sending.send(caller.workspace, alone, watch=caller.watch)
    assert (mails(caller)["mair"]["Subject"], ended.account.only_because) == ("Good news", "The translator is ill")
    with pytest.raises(posts.OnlyOneLanguage):
        sending.look(caller.workspace, caller.workspace.folder / "post.md", only=("en", "why"))
