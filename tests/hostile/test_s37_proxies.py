"""S37: a client cannot pose as many: only a trusted proxy's header gives a client's address, by its last entry."""

from dataclasses import replace

import httpx
import pytest
from sqlalchemy import Engine, select

from newsletter.database.engine import reading
from newsletter.settings.values import networks
from subscribers.forwarded import LOOPBACK, MOST, Proxies
from subscribers.tables import consents
from tests.conftest import Cast
from tests.public_pages import SETTINGS, serving

LOCAL = Proxies(LOOPBACK)
BEHIND = Proxies(networks("127.0.0.1 10.0.0.0/8 2001:db8:aa::/48"))


@pytest.mark.parametrize(
    ("proxies", "neighbour", "forwarded_for", "forwarded", "client"),
    [
        # Who is no proxy of ours says nothing of others.
        (LOCAL, "203.0.113.9", ["192.0.2.1"], ["for=192.0.2.1"], "203.0.113.9"),
        (LOCAL, "10.0.0.1", ["192.0.2.1"], [], "10.0.0.1"),
        (Proxies(()), "127.0.0.1", ["192.0.2.1"], [], "127.0.0.1"),
        (LOCAL, "127.0.0.1", [], [], "127.0.0.1"),
        # The last word that is no proxy's counts, over all the lines there are.
        (LOCAL, "127.0.0.1", ["192.0.2.1, 203.0.113.7"], [], "203.0.113.7"),
        (LOCAL, "127.0.0.1", ["192.0.2.1", "203.0.113.7"], [], "203.0.113.7"),
        (LOCAL, "::1", ["203.0.113.7"], [], "203.0.113.7"),
        (LOCAL, "::ffff:127.0.0.1", ["::ffff:203.0.113.7"], [], "203.0.113.7"),
        (BEHIND, "127.0.0.1", ["192.0.2.1, 203.0.113.7, 10.1.2.3, 10.0.0.9"], [], "203.0.113.7"),
        (BEHIND, "2001:db8:aa::1", ["2001:db8:bb::7, 2001:db8:aa::2"], [], "2001:db8:bb::7"),
        (BEHIND, "127.0.0.1", ["10.1.2.3, 10.0.0.9"], [], "10.1.2.3"),
        # With a port, in brackets, in quotation marks.
        (LOCAL, "127.0.0.1", ["203.0.113.7:4711"], [], "203.0.113.7"),
        (LOCAL, "127.0.0.1", ["[2001:db8::1]:4711"], [], "2001:db8::1"),
        (LOCAL, "127.0.0.1", [], ['For="[2001:db8::1]:4711";proto=https;by=203.0.113.43'], "2001:db8::1"),
        (LOCAL, "127.0.0.1", [], ["for=192.0.2.1, for=203.0.113.7;proto=http"], "203.0.113.7"),
        # A proxy that writes the older header passes the newer one on as whoever asks wrote it.
        (LOCAL, "127.0.0.1", ["203.0.113.7"], ["for=192.0.2.1"], "203.0.113.7"),
        # A quotation that is never closed hides nothing of what the proxy adds.
        (LOCAL, "127.0.0.1", [], ['for="192.0.2.1, for=203.0.113.7'], "203.0.113.7"),
        # What is no address is not stored.
        (LOCAL, "127.0.0.1", ["203.0.113.7, unknown"], [], ""),
        (LOCAL, "127.0.0.1", ["<script>alert(1)</script>"], [], ""),
        (LOCAL, "127.0.0.1", ["203.0.113.7, "], [], ""),
        (LOCAL, "127.0.0.1", [], ["for=_hidden"], ""),
        (LOCAL, "127.0.0.1", [], ["for=192.0.2.1;for=192.0.2.2"], ""),
        (LOCAL, "127.0.0.1", ["1" * 100_000], [], ""),
        (LOCAL, "127.0.0.1", ["192.0.2.1, " * 50_000 + "203.0.113.7"], [], "203.0.113.7"),
        # Of a header without end only the end is read: nobody beyond, and no half of an address.
        (LOCAL, "127.0.0.1", [f"192.0.2.1, 203.0.113.7{', 127.0.0.1' * MOST}"], [], ""),
        (LOCAL, "127.0.0.1", [f"203.0.113.7{',127.0.0.1' * 198}"], [], "203.0.113.7"),
        (LOCAL, "127.0.0.1", [f"20{'3.0.113.7'.ljust(MOST - 1990)}{',127.0.0.1' * 199}"], [], ""),
        (LOCAL, "", ["203.0.113.7"], [], ""),
        (LOCAL, "no address", ["203.0.113.7"], [], ""),
    ],
)
def test_who_asks_is_what_a_trusted_proxy_last_says(
    proxies: Proxies, neighbour: str, forwarded_for: list[str], forwarded: list[str], client: str
) -> None:
    assert proxies.client(neighbour, forwarded_for, forwarded) == client


@pytest.mark.parametrize(("text", "number"), [("none", 0), ("127.0.0.1", 1), ("10.0.0.0/8, ::1", 2), ("10.0.0.1/8", 1)])
def test_proxies_are_set_as_addresses_or_networks(text: str, number: int) -> None:
    assert len(networks(text)) == number


@pytest.mark.parametrize("text", ["*", "all", "example.org", "10.0.0.0/99", "127.0.0.1:80"])
def test_what_is_no_network_is_no_setting(text: str) -> None:
    with pytest.raises(ValueError, match="must be addresses"):
        networks(text)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("trusted", "evidence"), [("127.0.0.0/8 ::1", "203.0.113.7"), ("none", "127.0.0.1"), ("10.0.0.1", "127.0.0.1")]
)
def test_the_evidence_has_the_address_that_was_believed(
    engine: Engine, cast: Cast, trusted: str, evidence: str
) -> None:
    with serving(engine, replace(SETTINGS, trusted_proxies=networks(trusted))) as pages:
        said = [("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-For", "203.0.113.7"), ("Forwarded", "for=192.0.2.2")]
        pages.client.post(pages.link(cast.ada), headers=httpx.Headers(said))
        assert pages.client.get(f"{pages.url}/health/you", headers=httpx.Headers(said)).text.strip() == evidence
    with reading(engine) as connection:
        newest = select(consents.c.network_address).order_by(consents.c.id.desc()).limit(1)
        assert connection.scalar(newest) == evidence
