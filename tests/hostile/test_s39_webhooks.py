"""S39: forged, replayed, oversized, slow or nonsensical webhooks suppress nobody, and hold up nothing."""

import json
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import Engine, func, insert, select

from newsletter.bounces.hooks import posted, proof, received
from newsletter.bounces.hooks.posted import HookAnswer, Hooks
from newsletter.bounces.parse.identity import Signatures
from newsletter.database.engine import reading, writing
from newsletter.database.tables import State, deliveries, events, issues
from newsletter.errors import DatabaseError
from newsletter.settings import HookService
from newsletter.theme import template_folders
from newsletter.web import hooks as web
from newsletter.web.server import application
from subscribers import consent
from subscribers.tables import subscribers, suppressions
from subscribers.tokens import LinkSigner
from tests.newsletter.hooks.bodies import body, echo
from tests.newsletter.hooks.signing import (
    CERTIFICATE_URL,
    MAILGUN_KEY,
    SUBSCRIBE_URL,
    Amazon,
    by_amazon,
    by_mailgun,
    hook_keys,
    signed,
)
from tests.public_pages import SETTINGS, http_client
from tests.shared_server import shared_server

SECRET = "Hn5tV0kqYw2Zr8LmXc4BdGfJ7sPa9eUi"
LIST = SETTINGS.list_name
ATTACKER, VICTIM = 1, 2
SIGNER = LinkSigner(SETTINGS.secret_keys, LIST)
UNSIGNED = [HookService.POSTMARK, HookService.BREVO, HookService.MAILJET]


@dataclass
class Target:
    """One list: the attacker and the victim have had issue 1, and all services may call."""

    engine: Engine
    hooks: Hooks
    amazon: Amazon

    def take(self, service: HookService, document: Any, at: datetime | None = None) -> HookAnswer:
        content, fields = signed(service, document, at or self.hooks.clock())
        return self.hooks.take(service, content, {name.lower(): value for name, value in fields.items()})

    def harm(self) -> list[tuple[str, ...]]:
        """List who is suppressed or has left."""
        with reading(self.engine) as connection:
            gone = [tuple(row) for row in connection.execute(select(suppressions.c.address, suppressions.c.reason))]
            left = select(subscribers.c.address).where(subscribers.c.consent == "withdrawn")
            return sorted([*gone, *((address, "left") for address in connection.scalars(left))])

    def events(self) -> int:
        with reading(self.engine) as connection:
            return connection.execute(select(func.count()).select_from(events)).scalar_one()

    def counts(self) -> dict[tuple[str, str, str], int]:
        with reading(self.engine) as connection:
            return {(each.service.value, each.what, each.name): each.number for each in received.tallies(connection)}


@pytest.fixture
def target(engine: Engine, noon: datetime) -> Target:
    with writing(engine) as connection:
        people = [{"address": f"{name}@example.org", "consent": "confirmed", "joined_at": noon} for name in "av"]
        connection.execute(insert(subscribers), people)
        issue = {"post": "p", "fingerprint": "f", "frozen_at": noon, "content": {}, "candidates": 2, "frozen": 2}
        connection.execute(insert(issues), issue)
        row = {"issue_id": 1, "first_name": "", "last_name": "", "fields": {}, "state": State.ACCEPTED, "dotted": True}
        rows = [row | {"subscriber_id": n, "address": f"{name}@example.org"} for n, name in ((1, "a"), (2, "v"))]
        connection.execute(insert(deliveries), [each | {"at": noon} for each in rows])
    amazon = Amazon()
    signatures = Signatures(SETTINGS.secret_keys, LIST)
    hooks = Hooks(engine, tuple(HookService), SECRET, hook_keys(), signatures, amazon.sns(), lambda: noon)
    return Target(engine, hooks, amazon)


only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def token(service: HookService, subscriber: int = VICTIM, issue: int = 1, signer: LinkSigner = SIGNER) -> str:
    make = signer.unsubscribe if service is HookService.SES else signer.echo
    return make(subscriber, issue)


def about(service: HookService, what: str = "hard", subscriber: int = VICTIM, **more: Any) -> Any:
    return body(service, what, echo(service, token(service, subscriber)), "v@example.org", **more)


def test_s39_what_every_service_says_of_the_victim_is_believed_once(target: Target) -> None:
    """This shows that the forged ones below fail only because they are forged."""
    for service in HookService:
        for _ in range(2):
            assert target.take(service, about(service)) is HookAnswer.OK
        assert target.take(service, about(service, "late")) is HookAnswer.OK
        assert target.take(service, about(service, "seen")) is HookAnswer.OK
        assert target.take(service, about(service, "new")) is HookAnswer.OK
    assert target.harm() == [("v@example.org", "bounced")]
    assert target.events() == 2 * len(HookService)
    by_kind = {what: number for (_, what, _), number in sorted(target.counts().items()) if what in ("again", "unknown")}
    assert by_kind == {"again": 1, "unknown": 1}


def forgeries(service: HookService, chance: random.Random) -> Iterator[str]:
    """Yield tokens that a stranger can make who has the secret and the keys of the webhook, and a mail of their own."""
    own, right = token(service, ATTACKER), token(service)
    other_list, other_key = LinkSigner(SETTINGS.secret_keys, "other.example.org"), LinkSigner(["k" * 40], LIST)
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    mark = "." if service is HookService.SES else "-"
    fixed = [
        own.replace(f"1{mark}1{mark}", f"2{mark}1{mark}", 1),
        token(service, signer=other_list),
        token(service, signer=other_key),
        f"{'9' * 18}{mark}1{mark}" + "a" * 16,
        f"{own} {right}",  # two people's
        "",
    ]
    while True:
        yield chance.choice(fixed)
        place = chance.randrange(len(right) - 15, len(right) - 1)
        yield right[:place] + chance.choice(letters.replace(right[place].lower(), "")) + right[place + 1 :]
        yield f"2{mark}1{mark}" + "".join(chance.choices(letters, k=43 if mark == "." else 16))


@only_sqlite
def test_s39_ten_thousand_forged_events_suppress_nobody(target: Target) -> None:
    chance = random.Random(39)
    batches = {service: forgeries(service, chance) for service in HookService}
    for service, tokens in batches.items():
        lists = service in (HookService.SENDGRID, HookService.BREVO, HookService.MAILJET)
        made = [
            body(service, chance.choice(("hard", "complaint")), echo(service, next(tokens)), "v@example.org", number)
            for number in range(3_270 if lists else 50)
        ]
        if lists:
            flat = [each[0] if isinstance(each, list) else each for each in made]
            assert target.take(service, flat) is HookAnswer.OK
        else:
            assert {target.take(service, each) for each in made} == {HookAnswer.OK}
    assert target.harm() == []
    assert target.events() == 0
    assert sum(number for (_, what, _), number in target.counts().items() if what == "not ours") == 10_010


@only_sqlite
def test_s39_without_the_keys_of_the_service_nothing_is_believed(target: Target, noon: datetime) -> None:
    def refused(service: HookService, content: bytes, **fields: str) -> None:
        named = {name.lower().replace("_", "-"): value for name, value in fields.items()}
        assert target.hooks.take(service, content, named) is HookAnswer.UNPROVEN, (service, content[:200], fields)

    at = str(int(noon.timestamp()))
    mailgun = about(HookService.MAILGUN)
    public = hook_keys()[1]
    for signature in (
        {},
        by_mailgun(at, "another key"),
        by_mailgun(at, ""),
        by_mailgun(at, public),
        by_mailgun(at) | {"token": "x"},
    ):
        refused(HookService.MAILGUN, json.dumps({"signature": signature, **mailgun}).encode())
    for minutes in (-6, 6):
        refused(HookService.MAILGUN, signed(HookService.MAILGUN, mailgun, noon + timedelta(minutes=minutes))[0])
    for service in (HookService.SENDGRID, HookService.RESEND):
        content, fields = signed(service, about(service), noon)
        refused(service, content)
        refused(service, content + b" ", **fields)
        for name in list(fields)[1:]:
            refused(service, content, **(fields | {name: "1"}))
            refused(service, content, **{other: value for other, value in fields.items() if other != name})
    content, fields = signed(HookService.RESEND, about(HookService.RESEND), noon - timedelta(minutes=6))
    refused(HookService.RESEND, content, **fields)
    keyless = replace(target.hooks, keys=())
    for service in posted.SIGNING:
        content, fields = signed(service, about(service), noon)
        lower = {name.lower(): value for name, value in fields.items()}
        assert keyless.take(service, content, lower) is HookAnswer.UNPROVEN
    assert target.harm() == []
    assert {name for _, _, name in target.counts()} == {
        "wrong signature",
        "not signed within five minutes",
        "NEWSLETTER_HOOK_KEY is not set",
    }


@only_sqlite
def test_s39_a_notice_of_amazon_must_be_signed_by_amazon(target: Target) -> None:
    notice = about(HookService.SES)
    good = by_amazon(notice)
    for changed in (
        {"Message": good["Message"].replace("Bounce", "Complaint")},
        {"Subject": "another"},
        {"Timestamp": "2026-03-02T13:00:00.000Z"},
        {"Signature": ""},
        {"Signature": "AAAA"},
        {"SignatureVersion": "2"},
        {"SignatureVersion": "3"},
        {"SigningCertURL": ""},
    ):
        assert target.hooks.take(HookService.SES, json.dumps(good | changed).encode(), {}) is HookAnswer.UNPROVEN, (
            changed
        )
    visited = len(target.amazon.visited)
    for url in (
        CERTIFICATE_URL.replace("https", "http"),
        CERTIFICATE_URL.replace("amazonaws.com", "amazonaws.com.example.org"),
        CERTIFICATE_URL.replace("sns.eu-west-1.", "sns.eu-west-1.s3."),
        CERTIFICATE_URL.replace("sns.", "snsx."),
        CERTIFICATE_URL.replace("https://", "https://user@"),
        CERTIFICATE_URL.replace(".com/", ".com:8443/"),
        CERTIFICATE_URL.replace("/Simple", "/x/Simple"),
        CERTIFICATE_URL + "?Action=GetTopic",
        CERTIFICATE_URL + "\n",
        "https://sns.eu-west-1.amazonaws.com/?Action=GetEndpointAttributes&x=SimpleNotificationService-01.pem",
        "https://example.org/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem",
        "file:///etc/passwd",
    ):
        forged = by_amazon(notice | {"SigningCertURL": url})
        assert target.hooks.take(HookService.SES, json.dumps(forged).encode(), {}) is HookAnswer.UNPROVEN, url
    assert len(target.amazon.visited) == visited
    assert target.harm() == []


@only_sqlite
def test_s39_amazon_is_visited_for_a_certificate_and_a_subscription_only_and_seldom(target: Target) -> None:
    notice = {
        "Type": "SubscriptionConfirmation",
        "MessageId": "1",
        "Token": "2336412f37",
        "TopicArn": "arn:aws:sns:x:1:y",
        "Message": "You have chosen to subscribe.",
        "SubscribeURL": SUBSCRIBE_URL,
        "Timestamp": "2026-03-01T13:00:00Z",
    }

    def take(changed: dict[str, str]) -> HookAnswer:
        return target.hooks.take(HookService.SES, json.dumps(by_amazon({**notice, **changed})).encode(), {})

    for elsewhere in (
        SUBSCRIBE_URL.replace("https", "http"),
        SUBSCRIBE_URL.replace("eu-west-1", "eu-west-2"),
        SUBSCRIBE_URL.replace("amazonaws.com", "example.org"),
        SUBSCRIBE_URL.replace("ConfirmSubscription", "DeleteTopic"),
        SUBSCRIBE_URL.replace("/?", "/x?"),
        "",
    ):
        assert take({"SubscribeURL": elsewhere}) is HookAnswer.UNPROVEN
    assert target.amazon.visited == [CERTIFICATE_URL]
    assert take({}) is HookAnswer.OK
    assert target.amazon.visited == [CERTIFICATE_URL, SUBSCRIBE_URL]
    # Each forged notice may name a new certificate: Amazon is not asked for all of them.
    for number in range(100):
        url = CERTIFICATE_URL.replace("0123456789abcdef", f"{number:016x}", 1)
        forged = by_amazon(about(HookService.SES) | {"SigningCertURL": url}) | {"Signature": "AAAA"}
        target.hooks.take(HookService.SES, json.dumps(forged).encode(), {})
    assert len(target.amazon.visited) == 10
    assert target.take(HookService.SES, about(HookService.SES)) is HookAnswer.OK  # its certificate is known


@only_sqlite
def test_s39_when_amazon_cannot_be_asked_the_notice_comes_again(target: Target) -> None:
    target.amazon.away = True
    assert target.take(HookService.SES, about(HookService.SES)) is HookAnswer.AWAY
    target.amazon.away = False
    assert target.take(HookService.SES, about(HookService.SES)) is HookAnswer.OK
    assert target.harm() == [("v@example.org", "bounced")]


def test_s39_a_token_of_mailgun_counts_once(target: Target, noon: datetime) -> None:
    """Mailgun does not sign the body, so whoever sees one request could send another in its name."""
    signature = by_mailgun(str(int(noon.timestamp())))
    sent = json.dumps({"signature": signature, **about(HookService.MAILGUN, "seen")}).encode()
    other = json.dumps({"signature": signature, **about(HookService.MAILGUN, "complaint")}).encode()
    assert target.hooks.take(HookService.MAILGUN, sent, {}) is HookAnswer.OK
    assert target.hooks.take(HookService.MAILGUN, other, {}) is HookAnswer.UNPROVEN
    assert target.harm() == []
    assert target.hooks.take(HookService.MAILGUN, sent, {}) is HookAnswer.OK  # sent again, as our answer was lost


def test_s39_a_replay_takes_back_no_later_decision(target: Target) -> None:
    """What came once is not done again, after the organiser has lifted it or the reader has come back."""
    left = [
        {
            "event": "unsubscribe",
            "email": "v@example.org",
            "sg_event_id": "1",
            **echo(HookService.SENDGRID, token(HookService.SENDGRID)),
        }
    ]
    spam = about(HookService.SENDGRID, "complaint")
    for document in (left, spam):
        assert target.take(HookService.SENDGRID, document) is HookAnswer.OK
    assert target.harm() == [("v@example.org", "complained"), ("v@example.org", "left")]
    with writing(target.engine) as connection:
        connection.execute(suppressions.delete())
        consent.restore(connection, VICTIM, target.hooks.clock(), "the reader")
    assert target.harm() == []
    for document in (spam, left, spam):
        assert target.take(HookService.SENDGRID, document) is HookAnswer.OK
    assert target.harm() == []


@only_sqlite
def test_s39_the_order_of_events_does_not_matter(target: Target, noon: datetime) -> None:
    batch = [
        about(HookService.SENDGRID, what, number=number)[0]
        for number, what in enumerate(("late", "full", "seen", "hard", "new"))
    ]
    outcomes = set()
    for seed in range(6):
        random.Random(seed).shuffle(batch)
        with writing(target.engine) as connection:
            connection.execute(events.delete())
            connection.execute(suppressions.delete())
        target.take(HookService.SENDGRID, batch)
        with reading(target.engine) as connection:
            outcomes.add(
                (tuple(target.harm()), *sorted(connection.execute(select(events.c.kind, events.c.reason)).all()))
            )
    assert len(outcomes) == 1


def test_s39_one_fault_that_two_ways_tell_is_one_strike(target: Target) -> None:
    for service in (HookService.POSTMARK, HookService.BREVO, HookService.MAILJET):
        target.take(service, about(service, "full"))
    with reading(target.engine) as connection:
        assert connection.execute(select(func.count()).where(events.c.strike)).scalar_one() == 1
        assert connection.execute(select(func.count()).select_from(events)).scalar_one() == 3


NONSENSE: list[bytes] = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b"7",
    b'"text"',
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"\xff\xfe\x00",
    b"\x00" * 100,
    b"event=bounce&email=v%40example.org",
    b"<xml/>",
    b"[1e999, -1e999, NaN, Infinity, " + b"9" * 5_000 + b"]",
    b'{"event": "bounce", "timestamp": ' + b"9" * 5_000 + b"}",
    b'[{"event": ["bounce"], "email": {"a": 1}, "timestamp": {}, "reason": 7}]',
    b'{"event": "hard_bounce", "event": "spam", "ts_epoch": 1e300}',
    b'{"RecordType": "Bounce", "Type": {"a": []}, "BouncedAt": "0000-99-99", "Metadata": [1]}',
    b"[" + b"{}," * 20_000 + b"{}]",
]


def test_s39_nonsense_is_answered_counted_and_has_no_consequence(target: Target) -> None:
    for content in NONSENSE:
        for service in UNSIGNED:
            assert target.hooks.take(service, content, {}) is not None
        for service in set(HookService) - set(UNSIGNED):
            assert target.hooks.take(service, content, {}) is not HookAnswer.OK
    assert target.harm() == []
    names = {name for _, _, name in target.counts()}
    assert all(len(name) <= 40 for name in names)


def test_s39_texts_that_no_database_stores_and_names_without_end_are_stored_in_part(target: Target) -> None:
    hard = about(HookService.POSTMARK)
    text = "550 5.1.1 no\x00such \ud800 user" + "x" * 5_000
    content = json.dumps(hard | {"Details": text, "Name": text}).encode()
    assert target.hooks.take(HookService.POSTMARK, content, {}) is HookAnswer.OK
    assert target.harm() == [("v@example.org", "bounced")]
    for number in range(60):
        content = json.dumps({"event": f"{number} \x00 v@example.org {'n' * 300}"}).encode()
        assert target.hooks.take(HookService.BREVO, content, {}) is HookAnswer.OK
    names = [name for service, _, name in target.counts() if service == "brevo"]
    assert len(names) <= received.MOST_NAMES + 1
    assert not [name for name in names if "@" in name]


@only_sqlite
def test_s39_a_key_that_occurs_twice_says_nothing(target: Target) -> None:
    """Two readers may disagree about which of them counts, so neither does."""
    right, own = token(HookService.MAILGUN), token(HookService.MAILGUN, ATTACKER)
    event = '{"event": "complained", "id": "1", "timestamp": 1, "user-variables": {"newsletter-delivery": "%s"%s}}'
    for first, more in ((own, f', "newsletter-delivery": "{right}"'), (right, f', "newsletter-delivery": "{own}"')):
        signature = json.dumps(by_mailgun(str(int(target.hooks.clock().timestamp()))))
        content = f'{{"signature": {signature}, "event-data": {event % (first, more)}}}'
        assert target.hooks.take(HookService.MAILGUN, content.encode(), {}) is HookAnswer.OK
    signature = json.dumps(by_mailgun(str(int(target.hooks.clock().timestamp()))))
    content = f'{{"signature": {{}}, "signature": {signature}, "event-data": {event % (right, "")}}}'
    assert target.hooks.take(HookService.MAILGUN, content.encode(), {}) is HookAnswer.UNPROVEN
    assert target.harm() == []


@contextmanager
def served(engine: Engine, **changed: Any) -> Iterator[tuple[str, httpx.Client]]:
    given: dict[str, Any] = {"hooks": tuple(HookService), "hook_secret": SECRET, "hook_key": hook_keys()} | changed
    app = application(engine, replace(SETTINGS, **given), template_folders(None), sns=Amazon().sns())
    with shared_server() as server, server.serving(app), http_client(timeout=30) as client:
        yield server.address, client


@only_sqlite
def test_s39_a_wrong_secret_is_like_an_address_that_does_not_exist(target: Target) -> None:
    with served(target.engine, hooks=(HookService.POSTMARK,)) as (address, client):
        document = about(HookService.POSTMARK)
        nowhere = client.post(f"{address}/nowhere/postmark/{SECRET}", json=document)
        for path in (
            f"postmark/{SECRET[:-1]}",
            f"postmark/{SECRET}x",
            f"postmark/{SECRET.lower()}",
            f"postmark/{SECRET[:-1]}%C3%A9",
            "postmark/x",
            f"brevo/{SECRET}",
            f"nobody/{SECRET}",
            f"postmark/{SECRET}/",
        ):
            answer = client.post(f"{address}/hooks/{path}", json=document)
            assert (answer.status_code, answer.text) == (404, nowhere.text), path
        assert client.get(f"{address}/hooks/postmark/{SECRET}").status_code == 405
        assert target.harm() == []
        assert client.post(f"{address}/hooks/postmark/{SECRET}", json=document).status_code == 200
        assert target.harm() == [("v@example.org", "bounced")]
    for off in ({"hooks": ()}, {"hook_secret": ""}):
        with served(target.engine, **off) as (address, client):
            for secret in (SECRET, ""):
                assert client.post(f"{address}/hooks/postmark/{secret}", json=document).status_code == 404


@only_sqlite
def test_s39_any_content_type_is_read_as_what_it_is(target: Target) -> None:
    with served(target.engine) as (address, client):
        url = f"{address}/hooks/postmark/{SECRET}"
        for number, kind in enumerate(
            ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "image/png", "")
        ):
            content = json.dumps(about(HookService.POSTMARK, "full", number=number)).encode()
            assert client.post(url, content=content, headers={"Content-Type": kind}).status_code == 200
        assert client.post(url, data={"event": "bounce"}).status_code == 400
        assert client.post(url, files={"file": b"x"}).status_code == 400
    assert target.events() == 5


@only_sqlite
def test_s39_a_body_that_is_too_long_or_too_slow_is_not_waited_for(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "BODY_SECONDS", 0.3)
    with served(target.engine) as (address, client):
        url = f"{address}/hooks/postmark/{SECRET}"
        fits = json.dumps(about(HookService.POSTMARK)).encode()
        padded = fits + b" " * (web.MOST_BYTES - len(fits))
        assert client.post(url, content=padded).status_code == 200
        assert refused(url, b"Content-Length: 100000000\r\n\r\n" + b" " * (web.MOST_BYTES + 1)) == 413
        chunk = b"%x\r\n%b\r\n" % (web.MOST_BYTES + 1, b" " * (web.MOST_BYTES + 1))
        assert refused(url, b"Transfer-Encoding: chunked\r\n\r\n" + chunk) == 413
        started = time.monotonic()
        assert refused(url, b"Content-Length: 1000\r\n\r\n{") == 408
        assert time.monotonic() - started < 20
        # The body of a request with a wrong secret is not waited for at all.
        assert refused(url + "x", b"Content-Length: 1000\r\n\r\n{") == 404


def refused(url: str, rest: bytes) -> int:
    """Send a request by hand, and return the status that it is answered with."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as line:
        line.sendall(f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n".encode())
        sending = threading.Thread(target=_send, args=(line, rest), daemon=True)
        sending.start()
        answer = line.recv(100)
        sending.join(5)
    return int(answer.split()[1])


def _send(line: socket.socket, rest: bytes) -> None:
    try:
        line.sendall(rest)
    except OSError:
        return


@only_sqlite
def test_s39_an_answer_comes_only_after_everything_is_written(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """If counting fails after the events, then nothing is written and the service is not told that it was."""
    real = received.count
    monkeypatch.setattr(received, "count", _fails)
    with served(target.engine) as (address, client):
        url = f"{address}/hooks/postmark/{SECRET}"
        assert client.post(url, json=about(HookService.POSTMARK)).status_code == 503
        assert (target.harm(), target.events()) == ([], 0)
        monkeypatch.setattr(received, "count", real)
        assert client.post(url, json=about(HookService.POSTMARK)).status_code == 200
    assert target.harm() == [("v@example.org", "bounced")]


def _fails(*given: Any) -> None:
    raise DatabaseError(database="newsletter.db", why="the disk is full")


def test_s39_a_secret_is_compared_as_a_whole() -> None:
    compare: Callable[[str, str], bool] = proof.is_secret
    assert compare(SECRET, SECRET)
    assert not any(compare(given, SECRET) for given in ("", SECRET[:-1], SECRET + "x", SECRET.swapcase(), "\ud800"))
    assert not compare("", "")
    assert MAILGUN_KEY not in repr(SETTINGS)
