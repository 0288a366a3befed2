"""TLS and login: verified, or no word of mail or password is said."""

import asyncio
import ssl
import traceback
import warnings
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import trustme

from newsletter.errors import RelayRefused, RelayUnreachable
from newsletter.message import MailObject
from newsletter.settings import Security
from newsletter.transport.relay import Relay
from newsletter.transport.tls import verifying_context
from tests.newsletter.transport.scripted import Remembering, ScriptedRelay, listening, mails, settings_for

PASSWORD = "canary-password"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def shown_by(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def offering(*keywords: str) -> Callable[[str, int, int], str | None]:
    lines = ["relay.test", *keywords]
    ehlo = "\r\n".join(f"250{'-' if n < len(lines) else ' '}{line}" for n, line in enumerate(lines, 1))
    usual = {"EHLO": ehlo, "STARTTLS": "220 Go ahead", "AUTH": "235 Welcome"}
    return lambda command, connection, mail: usual.get(command)


def run(
    relay: ScriptedRelay, tls: ssl.SSLContext | None, letters: list[MailObject] | None = None, **settings: object
) -> Remembering:
    outbox = Remembering(letters or mails(2))

    async def scene() -> None:
        async with listening(relay) as where:
            terms = {"security": Security.STARTTLS, "username": "ada", "password": PASSWORD, **settings}
            await Relay(replace(where, **terms), tls).transmit(outbox)  # type: ignore[arg-type]

    asyncio.run(scene())
    return outbox


def test_starttls_then_login_then_mail(authority: trustme.CA, trusting: ssl.SSLContext) -> None:
    relay = ScriptedRelay(offering("STARTTLS", "AUTH PLAIN"), shown_by(authority.issue_cert("127.0.0.1")))
    assert run(relay, trusting).codes == [250, 250]
    assert [line.split()[0] for line in relay.heard[:5]] == ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL"]


def test_tls_from_the_first_octet(authority: trustme.CA, trusting: ssl.SSLContext) -> None:
    relay = ScriptedRelay(offering("AUTH PLAIN"), shown_by(authority.issue_cert("127.0.0.1")), tls_first=True)
    assert run(relay, trusting, security=Security.TLS).codes == [250, 250]
    assert [line.split()[0] for line in relay.heard[:3]] == ["EHLO", "AUTH", "MAIL"]


def test_large_mails_go_through_tls_whole(authority: trustme.CA, trusting: ssl.SSLContext) -> None:
    relay = ScriptedRelay(offering("STARTTLS"), shown_by(authority.issue_cert("127.0.0.1")))
    large = mails(3, b"Subject: Hello\r\n\r\n" + (b"y" * 70 + b"\r\n") * 10_000)
    assert run(relay, trusting, large, username="").codes == [250] * 3
    assert [content.removesuffix(b".\r\n") for _, content in relay.mails] == [mail.content for mail in large]


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        ("expired", "its certificate has expired"),
        ("address", "its certificate is for another address"),
        ("name", "its certificate is for another host name"),
        ("issuer", "its certificate comes from an issuer nobody here knows"),
        ("stripped", "it does not offer STARTTLS"),
    ],
)
def test_a_relay_that_cannot_be_trusted_hears_neither_password_nor_mail(
    authority: trustme.CA, trusting: ssl.SSLContext, problem: str, words: str
) -> None:
    certificate = {
        "expired": lambda: authority.issue_cert("127.0.0.1", not_after=datetime(2020, 1, 1, tzinfo=UTC)),
        "address": lambda: authority.issue_cert("other.example"),
        "name": lambda: authority.issue_cert("other.example"),
        "issuer": lambda: trustme.CA().issue_cert("127.0.0.1"),
    }.get(problem, lambda: authority.issue_cert("127.0.0.1"))()
    context = shown_by(certificate)
    offers = ["AUTH PLAIN"] if problem == "stripped" else ["STARTTLS", "AUTH PLAIN"]
    relay = ScriptedRelay(offering(*offers), context)
    with pytest.raises(RelayRefused, match=words):
        run(relay, trusting, host="localhost" if problem == "name" else "127.0.0.1")
    assert {line.split()[0] for line in relay.heard} <= {"EHLO", "STARTTLS"}


def test_a_system_that_does_not_know_the_issuer_says_so(authority: trustme.CA) -> None:
    relay = ScriptedRelay(offering("STARTTLS"), shown_by(authority.issue_cert("127.0.0.1")))
    with pytest.raises(RelayRefused, match="issuer"):
        run(relay, None)


def test_tls_is_never_older_than_1_2_whatever_the_system_says() -> None:
    context = verifying_context()
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_a_port_for_starttls_is_not_mistaken_for_one_for_tls(trusting: ssl.SSLContext) -> None:
    relay = ScriptedRelay(offering("STARTTLS", "AUTH PLAIN"))
    with pytest.raises(RelayRefused, match="TLS"):
        run(relay, trusting, security=Security.TLS)
    assert "canary" not in "".join(relay.heard)


def test_words_slipped_in_before_the_handshake_end_it(authority: trustme.CA, trusting: ssl.SSLContext) -> None:
    usual = offering("STARTTLS", "AUTH PLAIN")
    relay = ScriptedRelay(usual, shown_by(authority.issue_cert("127.0.0.1")))
    relay.answer = lambda command, connection, mail: (
        "220 Go ahead\r\n250 relay.test" if command == "STARTTLS" else usual(command, connection, mail)
    )
    with pytest.raises(RelayRefused, match="in between"):
        run(relay, trusting)
    assert relay.heard == ["EHLO localhost", "STARTTLS"]


@pytest.mark.parametrize(
    ("reply", "trouble"),
    [("535 5.7.8 No", RelayRefused), ("454 4.7.0 Later", RelayUnreachable), (f"535 {PASSWORD}?", RelayRefused)],
)
def test_a_refused_login_stops_it_and_the_password_is_nowhere(
    authority: trustme.CA,
    trusting: ssl.SSLContext,
    reply: str,
    trouble: type[Exception],
    caplog: pytest.LogCaptureFixture,
) -> None:
    usual = offering("STARTTLS", "AUTH PLAIN")
    relay = ScriptedRelay(usual, shown_by(authority.issue_cert("127.0.0.1")))
    relay.answer = lambda command, connection, mail: reply if command == "AUTH" else usual(command, connection, mail)
    with pytest.raises(trouble) as caught:
        run(relay, trusting)
    assert "MAIL" not in {line.split()[0] for line in relay.heard}
    written = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caplog.text
    for secret in (PASSWORD, b64encode(PASSWORD.encode()).decode(), b64encode(f"\0ada\0{PASSWORD}".encode()).decode()):
        assert secret not in written


def test_a_login_that_is_not_offered_stops_it(authority: trustme.CA, trusting: ssl.SSLContext) -> None:
    relay = ScriptedRelay(offering("STARTTLS"), shown_by(authority.issue_cert("127.0.0.1")))
    with pytest.raises(RelayRefused, match="no way to log in"):
        run(relay, trusting)
    assert "MAIL" not in {line.split()[0] for line in relay.heard}


def test_tls_1_1_is_not_good_enough(trusting: ssl.SSLContext, authority: trustme.CA) -> None:
    heard = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 relay.test\r\n")
        heard.append(await reader.readline())
        writer.write(b"250-relay.test\r\n250 STARTTLS\r\n")
        heard.append(await reader.readline())
        writer.write(b"220 Go ahead\r\n")
        writer.write(answer_of(only_tls_1_1(shown_by(authority.issue_cert("127.0.0.1"))), await reader.read(4096)))
        heard.append(await reader.read())
        writer.close()

    async def scene() -> None:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        where = replace(settings_for(server.sockets[0].getsockname()[1]), security=Security.STARTTLS)
        try:
            await Relay(where, trusting).transmit(Remembering(mails(1)))
        finally:
            server.close()
            await asyncio.sleep(0.01)

    # The second reason is that of an OpenSSL which objects to the old signature before the old version.
    with pytest.raises(RelayRefused, match=r"it speaks no TLS newer than 1\.1|TLS handshake failed: .*legacy sigalg"):
        asyncio.run(scene())
    assert heard == [b"EHLO localhost\r\n", b"STARTTLS\r\n", b""]


def only_tls_1_1(context: ssl.SSLContext) -> ssl.SSLContext:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def answer_of(context: ssl.SSLContext, hello: bytes) -> bytes:
    """Because asyncio's server hangs up on a failed handshake without the alert that real servers send."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    incoming.write(hello)
    with pytest.raises(ssl.SSLError):
        context.wrap_bio(incoming, outgoing, server_side=True).do_handshake()
    return outgoing.read()
