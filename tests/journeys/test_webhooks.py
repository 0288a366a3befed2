"""All seven services call a real `serve` about real mails: the right person is suppressed, once, and nobody else."""

import json
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import httpx
import pytest

from newsletter.bounces.hooks.posted import SIGNING
from newsletter.settings import HookService
from tests.journeys.conftest import Mailboxes, Organiser
from tests.newsletter.hooks.bodies import body, echo, sent_back
from tests.newsletter.hooks.signing import amazon_certificate, hook_keys, signed
from tests.public_pages import http_client
from tests.starter import NEWSLETTER

SECRET = "Hn5tV0kqYw2Zr8LmXc4BdGfJ7sPa9eUi"
AMAZONS_SERVER = """
from newsletter.bounces.hooks.sns import Sns
from newsletter.sources.fetch import Fetched
def fetch(url, limits):
    return Fetched(url, open("certificate.pem", "rb").read())
Sns.__init__.__defaults__ = (fetch, *Sns.__init__.__defaults__[1:])
"""
"""Amazon's certificate comes from a file; everything that verifies is as it is."""
SIGNED = (*SIGNING, HookService.SES)


@pytest.fixture
def hooked(ready: Organiser, mailboxes: Mailboxes) -> Organiser:
    """An organiser whose issue all services have taken, each for one person: ses@…, mailgun@…, and so on."""
    ready.settings |= {
        "SMTP_PORT": str(mailboxes.port),
        "HOOKS": " ".join(HookService),
        "HOOK_SECRET": SECRET,
        "HOOK_KEY": " ".join(hook_keys()),
    }
    ready.writes("more.csv", "email\n" + "".join(f"{name}@example.org\n" for name in HookService))
    assert ready.types("subscribers", "import", "more.csv").code == 0
    sent = ready.types("send", "post.md", "--yes")
    assert sent.code == 0, sent.err
    return ready


@pytest.fixture
def address(hooked: Organiser) -> Iterator[str]:
    """The address of a running `serve`."""
    hooked.writes("certificate.pem", amazon_certificate())
    environment = hooked.environment()
    words = ("serve", "--port", "0")
    program = hooked.starter.start(
        NEWSLETTER, *words, folder=hooked.folder, environment=environment, prelude=AMAZONS_SERVER
    )
    try:
        yield program.stderr.readline().partition("Serving at ")[2].partition(";")[0]
    finally:
        program.close()


def mail_to(mailboxes: Mailboxes, name: str) -> EmailMessage:
    return next(mail for mail in mailboxes.mails if f"{name}@example.org" in str(mail["To"]))


def post(client: httpx.Client, address: str, service: HookService, document: Any, version: str = "1") -> int:
    content, fields = signed(service, document, version=version)
    return client.post(f"{address}/hooks/{service}/{SECRET}", content=content, headers=fields).status_code


def suppressed(organiser: Organiser) -> dict[str, str]:
    lines = organiser.types("suppress", "list", "--json").out.splitlines()
    return {row["address"]: row["reason"] for row in map(json.loads, lines)}


def test_all_seven_end_to_end(hooked: Organiser, mailboxes: Mailboxes, address: str) -> None:
    with http_client() as client:
        for service in HookService:
            echoed = sent_back(service, mail_to(mailboxes, service))
            # The address in the event is somebody else's: only our token says whom it is about.
            hard = body(service, "hard", echoed, address="ben@example.org")
            for version in ("1", "2", "1"):
                assert post(client, address, service, hard, version) == 200
            late = body(service, "late", sent_back(service, mail_to(mailboxes, "ada")))
            assert [post(client, address, service, late) for _ in range(2)] == [200, 200]
            forged = body(service, "complaint", echo(service, "2-1-aaaabbbbccccdddd"))
            assert post(client, address, service, forged) == 200
            unsigned = client.post(f"{address}/hooks/{service}/{SECRET}", json=hard)
            assert unsigned.status_code == (401 if service in SIGNED else 200)
    assert suppressed(hooked) == {f"{service}@example.org": "bounced" for service in HookService}
    listed = [json.loads(line) for line in hooked.types("bounces", "list", "--json").out.splitlines()]
    assert [event["kind"] for event in listed].count("bounce") == 7
    assert [event["kind"] for event in listed].count("late") == 7
    assert {event["reporter"] for event in listed} == {service.brand for service in HookService}
    assert "there is no such mailbox" in hooked.types("why", "brevo@example.org").out
