"""The public pages: the real web app, and web servers in front of it that get in the way."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import trustme
from sqlalchemy import Engine

from newsletter.doctor.finding import DoctorFinding, DoctorSeverity
from newsletter.doctor.public import examine_pages
from newsletter.runtime.clock import now
from newsletter.settings import Settings
from tests.conftest import Cast
from tests.public_pages import SETTINGS, serving

Answers = Callable[[str, str], tuple[int, dict[str, str]]]


def well(method: str, path: str) -> tuple[int, dict[str, str]]:
    return 200, {"Content-Type": "text/html; charset=utf-8"}


@contextmanager
def in_front(answers: Answers, tls: ssl.SSLContext | None = None) -> Iterator[Settings]:
    """A web server that answers as it is told, and our settings leading to it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            status, headers = answers(self.command, self.path)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": "0"}.items():
                self.send_header(name, value)
            self.end_headers()

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *words: object) -> None:
            pass

    class Quiet(HTTPServer):
        def handle_error(self, *words: object) -> None:
            pass

    with Quiet(("127.0.0.1", 0), Handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield replace(SETTINGS, base_url=f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}")
        finally:
            server.shutdown()
            thread.join(timeout=5)


def errors(findings: Iterator[DoctorFinding]) -> list[str]:
    return [finding.found for finding in findings if finding.severity is DoctorSeverity.ERROR]


def test_the_real_pages_are_found_well_and_nobody_is_unsubscribed(engine: Engine, cast: Cast) -> None:
    with serving(engine) as pages:
        before = pages.everything()
        findings = list(examine_pages(replace(SETTINGS, base_url=pages.url), now()))
        assert pages.everything() == before
    assert [finding.severity for finding in findings] == [DoctorSeverity.NOTE, *[DoctorSeverity.OK] * 3], findings
    assert "One-click unsubscribing works." in [finding.found for finding in findings]


def test_a_server_with_another_key_is_an_error(engine: Engine) -> None:
    with serving(engine, replace(SETTINGS, secret_key="another key, forty characters long enough")) as pages:
        found = errors(examine_pages(replace(SETTINGS, base_url=pages.url), now()))
    assert found[0] == "The pages do not know an unsubscribe link that was made here."


@pytest.mark.parametrize("status", [301, 302, 403, 405, 500])
def test_a_web_server_that_does_not_pass_a_click_on_is_an_error(status: int) -> None:
    def answers(method: str, path: str) -> tuple[int, dict[str, str]]:
        return (status, {"Location": "https://news.example.org/login"}) if method == "POST" else well(method, path)

    with in_front(answers) as settings:
        assert errors(examine_pages(settings, now())) == [
            f"One-click unsubscribing gives {status}, redirecting to https://news.example.org/login."
        ]


def test_a_page_that_is_no_page_is_an_error() -> None:
    with in_front(lambda method, path: (200, {"Content-Type": "application/json"})) as settings:
        assert "An unsubscribe link gives 200 instead of a page." in errors(examine_pages(settings, now()))


def test_a_server_that_is_not_there_is_an_error() -> None:
    with in_front(well) as settings:
        pass
    (found,) = errors(examine_pages(settings, now()))
    assert found == f"{settings.base_url} does not answer: connection refused."


def test_an_address_without_tls_is_an_error() -> None:
    settings = replace(SETTINGS, base_url="http://news.invalid")
    assert errors(examine_pages(settings, now()))[0] == "http://news.invalid has no https."


def test_the_certificate_must_hold_and_go_on_holding() -> None:
    authority = trustme.CA()
    trusting, shown = ssl.create_default_context(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.configure_trust(trusting)
    authority.issue_cert("127.0.0.1", not_after=now() + timedelta(days=20)).configure_cert(shown)
    with in_front(well, shown) as settings:
        today = list(examine_pages(settings, now(), trusting))
        later = list(examine_pages(settings, now() + timedelta(days=7), trusting))
        (distrusted,) = errors(examine_pages(settings, now()))
    assert not errors(iter(today))
    assert "Its certificate is good until" in today[-1].found
    assert [each.severity for each in later if "certificate" in each.found] == [DoctorSeverity.WARNING]
    assert "its certificate comes from an issuer nobody here knows" in distrusted


def test_two_clocks_that_differ_are_a_warning() -> None:
    with in_front(well) as settings:
        findings = list(examine_pages(settings, datetime(2030, 1, 1, tzinfo=UTC)))
    assert [each.severity for each in findings if each.subject == "clock"] == [DoctorSeverity.WARNING]
