"""S1: link scanners follow every link of a mail, with GET, HEAD and JavaScript. That must not unsubscribe anybody."""

import re
from collections.abc import Callable
from email.message import EmailMessage
from html import unescape
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine, select

from newsletter.database.engine import reading
from subscribers.tables import unsubscribe_reasons
from tests.conftest import Cast
from tests.public_pages import Pages

RealMail = Callable[[], EmailMessage]


def links(mail: EmailMessage) -> set[str]:
    """Find every web address in headers, HTML and text."""
    found = {url for value in mail.values() for url in re.findall(r"https?://[^\s<>,]+", str(value))}
    for kind in ("html", "plain"):
        part = mail.get_body((kind,))
        assert part is not None
        content = part.get_content()
        found |= {unescape(url) for url in re.findall(r"href=\"(https?://[^\"]+)", content)}
        found |= set(re.findall(r"https?://[^\s<>\")]+", content))
    return found


def doors(url: str, page: str) -> set[str]:
    """Find all addresses that a page leads to: its links, and its forms as if they were sent with GET."""
    targets = [unescape(target) for target in re.findall(r"(?:href|action)=\"([^\"]+)\"", page)]
    pairs = re.findall(r"name=\"(\w+)\" value=\"([\w-]+)\"", page)
    targets += [f"{target}&{name}={value}" for target in targets for name, value in pairs]
    return {urljoin(url, target) for target in targets if not target.startswith("mailto:")}


def test_a_scanner_following_every_link_changes_nothing(
    engine: Engine, cast: Cast, pages: Pages, real_mail: RealMail
) -> None:
    mail = real_mail()
    before = pages.everything()
    waiting = {url for url in links(mail) if url.startswith(pages.url)}
    assert {f"{pages.url}/{door}" for door in "upi"} == {url.rpartition("/")[0] for url in waiting}
    waiting.add(pages.link(cast.cleo))  # an old mail to somebody who has left, whose page asks why
    seen: set[str] = set()
    while waiting:
        url = waiting.pop()
        seen.add(url)
        assert pages.client.head(url).status_code == pages.client.get(url).status_code == 200
        found = doors(url, pages.client.get(url, headers={"Purpose": "prefetch"}).text)
        waiting |= {door for door in found if door.startswith(pages.url)} - seen
        assert len(seen) < 80
    assert f"{pages.link(cast.cleo)}/why?lang=en" in seen
    assert pages.everything() == before
    with reading(engine) as connection:
        assert connection.execute(select(unsubscribe_reasons)).all() == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # what is tried are the pages
def test_a_scanner_that_runs_javascript_unsubscribes_nobody(
    cast: Cast, pages: Pages, real_mail: RealMail, browser: Browser
) -> None:
    mail = real_mail()
    before = pages.everything()
    tab = browser.new_page()
    for url in sorted(url for url in links(mail) if url.startswith(pages.url)):
        answer = tab.goto(url, wait_until="load")
        assert answer is not None
        assert answer.status == 200
        for link in tab.locator("a[href^='?']").all():
            link.hover()
        tab.keyboard.press("Tab")
        tab.reload()
        tab.go_back()
    tab.close()
    assert pages.everything() == before


def test_the_header_of_a_real_mail_leads_to_the_page_that_acts(cast: Cast, pages: Pages, real_mail: RealMail) -> None:
    mail = real_mail()
    url = re.fullmatch(r"<(\S+)>(?:, <mailto:\S+>)?", str(mail["List-Unsubscribe"]))
    assert url is not None
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert pages.client.post(url[1], data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert pages.consent(cast.ada) == "withdrawn"
