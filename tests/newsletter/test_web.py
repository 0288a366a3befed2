"""The public pages as a whole: an issue in the browser is nobody's, health tells the truth, every answer is guarded."""

import socket
import time
from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import Engine, text

from newsletter.database.engine import writing
from newsletter.issue import Issue
from newsletter.message import MessageBuilder, Recipient
from newsletter.web.server import CannotListen, Listener
from tests.conftest import Cast
from tests.public_pages import SETTINGS, Pages

GUARDS = {
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex, nofollow",
    "cache-control": "no-store",
}


def got(pages: Pages, path: str, method: str = "GET", content: bytes | None = None) -> httpx.Response:
    return pages.client.request(method, pages.url + path, content=content)


def test_an_issue_in_the_browser_shows_nobodys_name_and_gives_nobodys_power(
    pages: Pages, issue_for: Callable[..., Issue], builder_of: Callable[[Issue], MessageBuilder]
) -> None:
    issue = issue_for("ada", "zoe")
    page = got(pages, f"/i/{pages.signer.web(issue.number)}")
    assert page.status_code == 200
    assert "Dear friend, it is ŵyl." in page.text
    assert "mailto:hello@example.org" in page.text
    values = builder_of(issue).values(Recipient(1, 1, "ada@example.org", "Ada", ""))
    for theirs in ("Ada", "Zoe", "ada@example.org", "/u/", values["unsubscribe_url"]):
        assert theirs not in page.text


def test_health_is_200_while_the_database_answers_and_503_when_it_does_not(engine: Engine, pages: Pages) -> None:
    assert (got(pages, "/health").status_code, got(pages, "/health").json()) == (200, {"alive": True, "ready": True})
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    assert (got(pages, "/health").status_code, got(pages, "/health").json()) == (503, {"alive": True, "ready": False})


def test_a_path_that_leads_nowhere_gets_a_kind_page(pages: Pages) -> None:
    bad = ("/", "/nowhere", "/i/forged", "/u/forged", f"/i/{pages.signer.web(99)}")
    for path in bad:
        page = got(pages, path)
        assert page.status_code == 404
        assert SETTINGS.organisation in page.text
        assert "news@example.org" in page.text, "somebody to write to"


def test_every_answer_carries_the_guards_also_when_it_says_no(
    engine: Engine, pages: Pages, issue_for: Callable[..., Issue]
) -> None:
    issue = issue_for("ada")
    with writing(engine) as connection:
        ada = connection.execute(text("SELECT id FROM subscribers")).scalar_one()
    link = f"/u/{pages.signer.unsubscribe(ada, issue.number)}"
    answers = [got(pages, path) for path in ("/health", "/nowhere", link, f"/i/{pages.signer.web(issue.number)}")]
    answers += [got(pages, link, "PUT"), got(pages, link, "POST", b"x" * 100_000), got(pages, link, "POST")]
    with writing(engine) as connection:
        cascade = " CASCADE" if connection.dialect.name == "postgresql" else ""
        connection.execute(text(f"DROP TABLE subscribers{cascade}"))
    answers.append(got(pages, link))
    assert [answer.status_code for answer in answers] == [200, 404, 200, 200, 405, 413, 200, 503]
    for answer in answers:
        assert GUARDS.items() <= dict(answer.headers).items()
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert "set-cookie" not in answer.headers


def test_who_is_still_sending_a_body_that_is_too_long_hears_the_answer(cast: Cast, pages: Pages) -> None:
    """As a server in front is; at a closed connection it would tell its reader 502."""
    url = httpx.URL(pages.link(cast.ada))
    with socket.create_connection((url.host, url.port or 80), timeout=10) as connection:
        connection.sendall(f"POST {url.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n".encode())
        for _ in range(10):
            connection.sendall(b"x" * 10_000)
            time.sleep(0.02)
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")
    assert pages.consent(cast.ada) == "confirmed"


def test_a_fault_of_ours_is_answered_kindly_and_with_the_guards(
    engine: Engine, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a fault that nobody thought of")

    monkeypatch.setattr("subscribers.pages.find", broken)
    answer = got(pages, f"/u/{pages.signer.unsubscribe(1, 1)}")
    assert answer.status_code == 503
    assert "Sorry, something went wrong" in answer.text
    assert "nobody thought of" not in answer.text
    assert GUARDS.items() <= dict(answer.headers).items()


def test_a_port_that_is_taken_is_named_once() -> None:
    with Listener.on("127.0.0.1", 0) as first:
        where = first.address.removeprefix("http://")
        with pytest.raises(CannotListen) as trouble, Listener.on("127.0.0.1", int(where.rpartition(":")[2])):
            pass
    assert str(trouble.value) == f"Cannot listen at {where}: Address already in use"
