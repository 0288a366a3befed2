"""The relay, as aiosmtpd plays it."""

import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult

from newsletter.doctor.finding import DoctorSeverity
from newsletter.doctor.relay import examine_relay
from newsletter.settings import Security
from newsletter.transport.opening import RelaySettings
from tests.newsletter.doctor.smtp import Remembering, listening


def test_a_relay_that_would_take_mail_is_found_well_and_gets_none() -> None:
    handler = Remembering()
    with listening(handler, data_size_limit=5_000_000) as relay:
        answers, limits = examine_relay(relay)
    assert answers.severity is DoctorSeverity.OK
    assert answers.found == f"{relay.name} answers, without protection: anybody on the way can read what you send."
    assert limits.severity is DoctorSeverity.NOTE
    assert limits.found == "It offers emails of up to 5,000,000 bytes, 8BITMIME."
    assert handler.mails == 0


def test_a_relay_that_takes_only_small_mail_is_a_warning() -> None:
    with listening(Remembering(), data_size_limit=100_000) as relay:
        _, limits = examine_relay(relay)
    assert limits.severity is DoctorSeverity.WARNING


def test_tls_and_login_are_tried_out() -> None:
    authority = trustme.CA()
    trusting, shown = ssl.create_default_context(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.configure_trust(trusting)
    authority.issue_cert("127.0.0.1").configure_cert(shown)

    def judge(server: SMTP, session: Any, envelope: Any, mechanism: str, login: Any) -> AuthResult:
        return AuthResult(success=login.password == b"right", handled=False)

    with listening(Remembering(), tls_context=shown, require_starttls=True, authenticator=judge) as relay:
        protected = replace(relay, security=Security.STARTTLS, username="ada", password="right")
        (good, _), (bad,) = (
            examine_relay(protected, trusting),
            examine_relay(replace(protected, password="wrong"), trusting),
        )
        (distrusted,) = examine_relay(protected)
        anonymous = [each.found for each in examine_relay(replace(protected, username=""), trusting)]
    assert "It offers a login, but NEWSLETTER_SMTP_USERNAME is not set." in anonymous
    assert good.found.endswith("protected by STARTTLS with a valid certificate, and accepts the login ada.")
    assert (bad.severity, "535" in bad.found, "wrong" in bad.found) == (DoctorSeverity.ERROR, True, False)
    assert distrusted.severity is DoctorSeverity.ERROR
    assert "its certificate comes from an issuer nobody here knows" in distrusted.found


def test_a_relay_without_starttls_is_an_error() -> None:
    with listening(Remembering()) as relay:
        (finding,) = examine_relay(replace(relay, security=Security.STARTTLS))
    assert finding.severity is DoctorSeverity.ERROR
    assert "it does not offer STARTTLS" in finding.found


@pytest.fixture
def nobody() -> Iterator[int]:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        yield line.getsockname()[1]


def test_a_relay_that_is_not_there_is_an_error(nobody: int) -> None:
    (finding,) = examine_relay(RelaySettings("127.0.0.1", nobody, Security.NONE))
    assert finding.severity is DoctorSeverity.ERROR
    assert finding.found == f"127.0.0.1:{nobody} cannot be reached: connection refused."
