"""The doctor sends a forged header through the public address, and says whether it was believed."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from newsletter.doctor import public
from newsletter.doctor.finding import DoctorSeverity
from newsletter.settings.values import networks
from newsletter.transport.tls import verifying_context
from subscribers import forwarded
from tests.public_pages import SETTINGS, serving


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("trusted", "severity", "words"),
    [
        ("127.0.0.1", DoctorSeverity.ERROR, "the pages believe X-Forwarded-For and Forwarded from outside"),
        ("none", DoctorSeverity.WARNING, "All visitors look the same to the pages: each seems to come from 127.0.0.1"),
    ],
)
def test_what_a_forged_header_comes_to(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, trusted: str, severity: DoctorSeverity, words: str
) -> None:
    monkeypatch.setattr(public, "is_loopback", lambda host: False)  # as if this machine were seen from outside
    with serving(engine, replace(SETTINGS, trusted_proxies=networks(trusted))) as pages:
        (finding,) = public._forged(pages.url, verifying_context())
    assert (finding.severity, words in finding.found) == (severity, True)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_readers_from_outside_who_are_told_apart_are_well(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public, "is_loopback", lambda host: False)
    monkeypatch.setattr(forwarded.Proxies, "client", lambda *asked: "198.41.0.4")
    with serving(engine) as pages:
        (finding,) = public._forged(pages.url, verifying_context())
    assert finding.severity is DoctorSeverity.OK


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_this_machine_is_trusted_and_not_tried(engine: Engine) -> None:
    with serving(engine) as pages:
        assert list(public._forged(pages.url, verifying_context())) == []
