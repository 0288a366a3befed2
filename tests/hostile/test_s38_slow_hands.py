"""S38: a few slow clients do not block the pages for others, and a request that is too long is answered with a page."""

import contextlib
import socket
import time
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Engine

from newsletter.web import server
from subscribers import public
from tests.conftest import Cast
from tests.public_pages import Pages, serving


def connect(pages: Pages) -> socket.socket:
    parts = urlsplit(pages.url)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10)


def drips(line: socket.socket, pieces: int) -> bytes:
    """Send a header every 0.1 seconds, until the server closes the line or `pieces` are sent; return its answer."""
    try:
        for number in range(pieces):
            line.sendall(f"X-Slow-{number}: x\r\n".encode())
            time.sleep(0.1)
        return line.recv(10_000)
    except TimeoutError:
        raise  # the other side still listens
    except OSError:
        return b""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_is_silent_or_slow_is_cut_off_and_others_are_answered(
    engine: Engine, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.6)
    monkeypatch.setattr(public, "BODY_SECONDS", 0.6)
    with serving(engine) as pages, connect(pages) as silent, connect(pages) as slow, connect(pages) as body:
        link = urlsplit(pages.link(cast.ada)).path
        slow.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n")
        head = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nby=rea"
        body.sendall(f"POST {link} HTTP/1.1\r\nHost: x\r\n{head}".encode())
        assert drips(slow, 30) == b""
        assert silent.recv(100) == b""
        assert body.recv(10_000).startswith(b"HTTP/1.1 408")
        assert pages.consent(cast.ada) == "confirmed"
        assert pages.client.get(f"{pages.url}/health").status_code == 200
        time.sleep(0.8)
        assert pages.client.get(f"{pages.url}/health").status_code == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_has_had_an_answer_is_no_slower_with_the_next_question(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.6)
    with serving(engine) as pages, connect(pages) as line:
        line.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert line.recv(1000).startswith(b"HTTP/1.1 200")
        line.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n")
        line.settimeout(2)
        assert drips(line, 15) == b""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_one_connection_too_many_is_closed_and_those_there_are_served(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 5)
    with serving(engine) as pages:
        held = [connect(pages) for _ in range(5)]
        time.sleep(0.2)
        with connect(pages) as one_more:
            one_more.settimeout(5)
            with contextlib.suppress(ConnectionResetError):
                assert one_more.recv(100) == b""
        held[0].sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert held[0].recv(100).startswith(b"HTTP/1.1 200")
        for line in held:
            line.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_too_long_gets_a_page_and_changes_nothing(engine: Engine, cast: Cast, pages: Pages) -> None:
    before = pages.everything()
    for path in ("", "/undo", "/return", "/why"):
        answer = pages.client.post(pages.link(cast.ada) + path, content=b"x" * (public.MOST_FORM + 1))
        assert answer.status_code == 413
        assert "<h1>That is too long</h1>" in answer.text
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    welsh = pages.client.post(pages.link(cast.ada) + "?lang=cy", content=b"x" * 20_000)
    assert "Mae hynny’n rhy hir" in welsh.text
    assert pages.everything() == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("head", "body"),
    [("Content-Length: 1000000000", b""), ("Transfer-Encoding: chunked", b"20001\r\n" + b"x" * 0x20001 + b"\r\n")],
    ids=["as it claims", "as it goes on"],
)
def test_what_is_far_too_long_is_not_waited_for(engine: Engine, cast: Cast, head: str, body: bytes) -> None:
    with serving(engine) as pages, connect(pages) as line:
        path = urlsplit(pages.link(cast.ada)).path
        line.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode() + body)
        assert line.recv(1000).startswith(b"HTTP/1.1 413")
        assert pages.consent(cast.ada) == "confirmed"
