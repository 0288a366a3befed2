"""The archive: what went out and nothing else, for everybody, with nobody's power in it; as pages and as a feed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import feedparser
import pytest
from lxml import etree, html
from sqlalchemy import Engine, insert, update

from newsletter.compiler import CompiledEmail
from newsletter.database.engine import reading, writing
from newsletter.database.tables import State, deliveries
from newsletter.errors import UnknownIssue
from newsletter.issue import Issue, Letterhead, freeze, schedule
from newsletter.post import Post
from newsletter.settings import ArchiveAccess
from newsletter.web.archive import PAGE, archived_issue, archived_issues, show
from subscribers.segment import parse
from subscribers.tables import subscribers
from tests.public_pages import SETTINGS, Pages, serving

Send = Callable[..., Issue]
BASE = "https://news.example.org"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def sent(engine: Engine, post: Post, email: CompiledEmail, head: Letterhead, noon: datetime) -> Send:
    """Freeze an issue of a post of this name for Ada, and have her relay answer as `state` says."""
    with writing(engine) as connection:
        connection.execute(
            insert(subscribers), {"address": "ada@example.org", "consent": "confirmed", "joined_at": noon}
        )

    def send(
        name: str = "good-news",
        state: State = State.ACCEPTED,
        segment: str = "",
        archive: bool | None = None,
        day: int = 0,
        **words: Any,
    ) -> Issue:
        written = replace(post, slug=name, fingerprint=name, archive=archive)
        tree = parse(segment) if segment else None
        at = noon + timedelta(days=day)
        with writing(engine) as connection:
            issue = freeze(connection, written, replace(email, **({"title": name} | words)), head, at, tree)
            theirs = deliveries.c.issue_id == issue.number
            connection.execute(update(deliveries).where(theirs).values(state=state))
        return issue

    return send


@contextmanager
def public(engine: Engine, archive: ArchiveAccess = ArchiveAccess.YES) -> Iterator[Pages]:
    with serving(engine, replace(SETTINGS, base_url=BASE, archive=archive)) as pages:
        yield pages


def titles(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return [entry.title for entry in archived_issues(connection)]


def test_only_what_went_out_is_shown_the_newest_first(
    engine: Engine, sent: Send, post: Post, email: CompiledEmail, head: Letterhead, noon: datetime
) -> None:
    sent("first")
    sent("frozen", State.QUEUED)
    sent("refused by all", State.REFUSED)
    sent("cancelled", State.SKIPPED)
    with writing(engine) as connection:
        schedule(connection, replace(post, slug="s", fingerprint="s"), email, head, noon, noon + timedelta(days=1))
    sent("last")
    assert titles(engine) == ["last", "first"]
    with reading(engine) as connection:
        for number in (2, 3, 4, 5, 7, 0, 2**31, 10**30):
            with pytest.raises(UnknownIssue):
                archived_issue(connection, number)


def test_what_was_not_for_everybody_is_shown_only_if_its_post_says_so(engine: Engine, sent: Send) -> None:
    sent("to all")
    sent("to all, unlisted", archive=False)
    sent("to some", segment="joined:>2000-01-01")
    sent("to some, listed", segment="joined:>2000-01-01", archive=True)
    assert titles(engine) == ["to some, listed", "to all"]


def test_a_post_that_went_out_twice_stands_there_once_and_the_first_stays(engine: Engine, sent: Send) -> None:
    first = sent("again", day=0)
    second = sent("again", day=9)
    with reading(engine) as connection:
        assert [entry.number for entry in archived_issues(connection)] == [first.number]
    with writing(engine) as connection:
        show(connection, first.number, listed=False)
        assert [entry.number for entry in archived_issues(connection)] == [second.number]


def test_an_issue_is_taken_out_and_put_back(engine: Engine, sent: Send) -> None:
    issue = sent()
    with writing(engine) as connection:
        show(connection, issue.number, listed=False)
    assert titles(engine) == []
    with public(engine) as pages:
        assert pages.client.get(f"{pages.url}/archive/{issue.number}").status_code == 404
        # Whoever has the mail can still read it.
        assert pages.client.get(f"{pages.url}/i/{pages.signer.web(issue.number)}").status_code == 200
    with writing(engine) as connection:
        show(connection, issue.number, listed=True)
        with pytest.raises(UnknownIssue):
            show(connection, 99, listed=True)
    assert titles(engine) == ["good-news"]


def test_titles_have_nobodys_name_and_come_from_the_subject_where_an_older_issue_has_none(
    engine: Engine, sent: Send
) -> None:
    sent("a", title="\ue000first_name|friend\ue001, we won", preheader="Dear \ue000first_name\ue001")
    sent("b", title="", subject="Only a subject")
    with reading(engine) as connection:
        assert [(each.title, each.opening) for each in archived_issues(connection)] == [
            ("Only a subject", "The council said yes."),
            ("friend, we won", "Dear "),
        ]


def test_a_page_shows_issues_with_their_days_in_the_readers_language(engine: Engine, sent: Send) -> None:
    sent("Newyddion <b>da</b>", language="cy")
    with public(engine) as pages:
        english = pages.client.get(f"{pages.url}/archive")
        welsh = pages.client.get(f"{pages.url}/archive", headers={"Accept-Language": "de, cy;q=0.9, en;q=0.8"})
        chosen = pages.client.get(f"{pages.url}/archive?lang=en", headers={"Accept-Language": "cy"})
        assert 'lang="cy" hreflang="cy">Newyddion &lt;b&gt;da&lt;/b&gt;</a>' in english.text
        assert '<time datetime="2026-03-01">1 March 2026</time>' in english.text
        assert '<html lang="cy"' in welsh.text
        assert "1 Mawrth 2026" in welsh.text
        assert '<html lang="en"' in chosen.text
        assert {answer.headers["vary"] for answer in (english, welsh)} == {"Accept-Language"}
        issue = pages.client.get(f"{pages.url}/archive/1")
        assert issue.headers["content-language"] == "cy"
        assert "Dear friend" in issue.text


def test_older_ones_are_a_page_further(engine: Engine, sent: Send) -> None:
    for number in range(PAGE + 2):
        sent(f"n{number}", day=number)
    with public(engine) as pages:
        newest = pages.client.get(f"{pages.url}/archive").text
        assert newest.count("<li>") == PAGE
        assert 'href="archive?before=3&amp;lang=en"' in newest
        oldest = pages.client.get(f"{pages.url}/archive?before=3").text
        assert oldest.count("<li>") == 2
        assert "before=" not in oldest
        for odd in ("", "x", "-1", "9" * 40, "٣", "1 OR 1=1"):
            assert pages.client.get(f"{pages.url}/archive", params={"before": odd}).text.count("<li>") == PAGE


def test_the_feed_is_valid_and_found(engine: Engine, sent: Send) -> None:
    sent("First & <second>", preheader="It is “done” & ŵyl", language="cy")
    sent("next", day=3)
    with public(engine) as pages:
        answer = pages.client.get(f"{pages.url}/archive/feed.atom")
        page = pages.client.get(f"{pages.url}/archive").text
    assert answer.headers["content-type"] == "application/atom+xml"
    assert (
        '<link rel="alternate" type="application/atom+xml" title="Co-production Wales" href="archive/feed.atom">'
        in page
    )
    parsed = feedparser.parse(answer.content)
    assert not parsed.bozo
    assert [each.title for each in parsed.entries] == ["next", "First & <second>"]
    assert [each.link for each in parsed.entries] == [f"{BASE}/archive/2", f"{BASE}/archive/1"]
    assert parsed.feed.updated == parsed.entries[0].updated == "2026-03-04T12:00:00+00:00"
    feed = etree.fromstring(answer.content)
    for element in (feed, *feed.findall(f"{ATOM}entry")):
        # RFC 4287 §4.1.1 and §4.1.2: exactly one of each.
        for name in ("id", "title", "updated"):
            (found,) = element.findall(f"{ATOM}{name}")
            assert found.text
    (own,) = (link.get("href") for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self")
    assert own == f"{BASE}/archive/feed.atom"
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Co-production Wales"
    identities = [each.findtext(f"{ATOM}id") for each in feed.findall(f"{ATOM}entry")]
    assert identities == ["tag:news.example.org,2026-03-04:2", "tag:news.example.org,2026-03-01:1"]


def test_an_empty_archive_says_so_and_its_feed_is_valid(engine: Engine) -> None:
    with public(engine) as pages:
        assert "Nothing here yet." in pages.client.get(f"{pages.url}/archive").text
        feed = feedparser.parse(pages.client.get(f"{pages.url}/archive/feed.atom").content)
        assert (feed.bozo, feed.entries) == (False, [])


def test_copies_are_kept_for_minutes_and_who_has_one_is_told_only_that(engine: Engine, sent: Send) -> None:
    sent()
    with public(engine) as pages:
        for path in ("/archive", "/archive/feed.atom", "/archive/1"):
            answer = pages.client.get(pages.url + path)
            assert answer.headers["cache-control"] == "public, max-age=300"
            known = {"If-None-Match": f'"other", W/{answer.headers["etag"]}'}
            again = pages.client.get(pages.url + path, headers=known)
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", answer.headers["etag"])
        sent("new", day=1)
        assert pages.client.get(f"{pages.url}/archive/feed.atom", headers=known).status_code == 200


@pytest.mark.parametrize(
    ("archive", "status", "robots"),
    [
        (ArchiveAccess.NO, 404, "noindex, nofollow"),
        (ArchiveAccess.YES, 200, "noindex, nofollow"),
        (ArchiveAccess.INDEXED, 200, "all"),
    ],
)
def test_who_finds_it_is_for_the_organiser_to_say(
    engine: Engine, sent: Send, archive: ArchiveAccess, status: int, robots: str
) -> None:
    sent()
    with public(engine, archive) as pages:
        for path in ("/archive", "/archive/feed.atom", "/archive/1"):
            answer = pages.client.get(pages.url + path)
            assert (answer.status_code, answer.headers["x-robots-tag"]) == (status, robots)
            if path == "/archive":
                assert f'<meta name="robots" content="{robots}">' in answer.text
        browser = pages.client.get(f"{pages.url}/i/{pages.signer.web(1)}")
        assert (browser.status_code, browser.headers["x-robots-tag"]) == (200, "noindex, nofollow")


def test_without_a_public_address_there_is_no_archive(engine: Engine, sent: Send) -> None:
    sent()
    with serving(engine) as pages:
        assert pages.client.get(f"{pages.url}/archive").status_code == 404


def test_a_number_of_thousands_of_digits_is_an_issue_nobody_knows(engine: Engine, sent: Send) -> None:
    sent()
    with public(engine) as pages:
        for number in ("9" * 5000, "9" * 12, "-1", "1e3", "0x1", "%D9%A3"):
            assert pages.client.get(f"{pages.url}/archive/{number}").status_code == 404, number
            assert pages.client.get(f"{pages.url}/archive?before={number}").status_code == 200
        assert pages.client.get(f"{pages.url}/archive/1").status_code == 200


def test_a_shared_link_shows_what_the_issue_is(engine: Engine, sent: Send) -> None:
    words = "<html><head><title>x</title></head><body><p>Yes.</p></body></html>"
    number = sent("Pond “news” & more <b>", preheader="The council said yes.", html=words).number
    with public(engine) as pages:
        page = html.fromstring(pages.client.get(f"{pages.url}/archive/{number}").text)
        seen = {each.get("property"): each.get("content") for each in page.iterfind(".//meta[@property]")}
        assert pages.client.get(f"{pages.url}/archive").text.count('property="og:') == 4
    assert seen == {
        "og:type": "article",
        "og:title": "Pond “news” & more <b>",
        "og:url": f"{BASE}/archive/{number}",
        "og:site_name": "Co-production Wales",
        "og:locale": "en",
        "og:description": "The council said yes.",
    }


@pytest.mark.parametrize("number", ["9" * 400, "9" * 5000, "0", "01", "-1", "1x", "１", "9999999999999999999"])
def test_a_number_that_no_issue_has_is_not_found(engine: Engine, sent: Send, number: str) -> None:
    sent("first")
    with public(engine) as pages:
        answer = pages.client.get(f"{pages.url}/archive/{number}")
    assert answer.status_code == 404
    assert "Page not found" in answer.text
